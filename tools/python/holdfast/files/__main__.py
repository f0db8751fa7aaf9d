"""Prints what is in the files of a server, as JSON lines: ``python3 -m holdfast.files``.

Exit codes are those of ``holdfast``: 0 done, 1 damage, 64 usage, 74 a file can't be read. What
stood before damage has been printed.
"""

import argparse
import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import NoReturn

from holdfast.files.cells import logged_cells, settled_cells
from holdfast.files.faults import FileFault, Malformed
from holdfast.files.journal import Journal
from holdfast.files.json_lines import JSONObject, cell_object, movement_object, state_object
from holdfast.files.names import Names
from holdfast.files.snapshot import SectionKind, Snapshot
from holdfast.files.state_records import read_state

DONE, DAMAGED, USAGE, NO_FILE = 0, 1, 64, 74


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def cells(path: str, *archives: str) -> Iterator[JSONObject]:
    """The cells of a snapshot at its end LSN, or of a log at its end."""
    if os.path.isdir(path):
        with journal_in(path, *archives) as journal:
            yield from map(cell_object, logged_cells(journal))
    else:
        with Snapshot(path) as snapshot:
            yield from map(cell_object, settled_cells(snapshot))


def state(path: str) -> Iterator[JSONObject]:
    """The state records of a snapshot as they were copied."""
    with Snapshot(path) as snapshot:
        for section in snapshot.sections:
            if section.kind is SectionKind.LOG_SLICE:
                continue
            for record in snapshot.records(section):
                try:
                    yield state_object(read_state(record))
                except Malformed as error:
                    raise FileFault(path, section.offset, str(error)) from error


def journal_in(directory: str, *archives: str) -> Journal:
    """The log of a data directory, or in a journal directory."""
    inner = os.path.join(directory, "journal")
    journal = Journal(inner if os.path.isdir(inner) else directory, *archives)
    if journal.log_id is None:
        raise FileNotFoundError(errno.ENOENT, "no segment of a log is there")
    return journal


def movements(directory: str, *archives: str) -> Iterator[JSONObject]:
    """The movements of a log."""
    names = Names()
    with journal_in(directory, *archives) as journal:
        for movement in journal.movements():
            names.learn(movement)
            yield movement_object(movement, names)
        if (tail := journal.tail) is not None:
            print(f"{tail.path}: byte {tail.offset}: a torn tail, never durable", file=sys.stderr)


COMMANDS: dict[str, Callable[..., Iterator[JSONObject]]] = {
    "cells": cells,
    "state": state,
    "movements": movements,
}


def main() -> int:
    """Runs one command. Returns the exit code."""
    parser = _Parser(
        prog="python3 -m holdfast.files", description="Read snapshots and logs without a server."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning, argument in (
        ("cells", "the cells of a snapshot at its end LSN, or of a log at its end", "FILE|DIR"),
        ("state", "the state records of a snapshot as they were copied", "FILE"),
        ("movements", "the movements of a log", "DIR"),
    ):
        command = commands.add_parser(name, help=meaning, description=f"Print {meaning}.")
        command.add_argument("path", metavar=argument)
        command.set_defaults(archives=[])
        if name != "state":
            command.add_argument("archives", metavar="ARCHIVE", nargs="*")
    chosen = parser.parse_args()
    try:
        for line in COMMANDS[chosen.command](chosen.path, *chosen.archives):
            print(json.dumps(line, ensure_ascii=False, separators=(",", ":")))
        sys.stdout.flush()
    except FileFault as fault:
        sys.stdout.flush()
        print(fault, file=sys.stderr)
        return DAMAGED
    except BrokenPipeError:
        # Whoever reads has had enough; nothing more can be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print(f"{chosen.path}: {error.strerror}", file=sys.stderr)
        return NO_FILE
    return DONE


if __name__ == "__main__":
    sys.exit(main())
