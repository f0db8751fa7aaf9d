"""Prints what is in the files of a server, as JSON lines: ``python3 -m holdfast.files``.

Exit codes are those of ``holdfast``: 0 done, 1 damage, 64 usage, 74 a file can't be read. What
stood before damage has been printed.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import NoReturn

from holdfast.files.cells import settled_cells
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


def cells(path: str) -> Iterator[JSONObject]:
    """The cells of a snapshot at its end LSN."""
    with Snapshot(path) as snapshot:
        for cell in settled_cells(snapshot):
            yield cell_object(cell)


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


def movements(directory: str) -> Iterator[JSONObject]:
    """The movements of a log: a data directory, or its journal directory."""
    inner = os.path.join(directory, "journal")
    names = Names()
    with Journal(inner if os.path.isdir(inner) else directory) as journal:
        for movement in journal.movements():
            names.learn(movement)
            yield movement_object(movement, names)
        if (tail := journal.tail) is not None:
            print(f"{tail.path}: byte {tail.offset}: a torn tail, never durable", file=sys.stderr)


def main() -> int:
    """Runs one command. Returns the exit code."""
    parser = _Parser(
        prog="python3 -m holdfast.files", description="Read snapshots and logs without a server."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning, argument in (
        ("cells", "the cells of a snapshot at its end LSN", "FILE"),
        ("state", "the state records of a snapshot as they were copied", "FILE"),
        ("movements", "the movements of a log", "DIR"),
    ):
        command = commands.add_parser(name, help=meaning, description=f"Print {meaning}.")
        command.add_argument("path", metavar=argument)
    chosen = parser.parse_args()
    lines = {"cells": cells, "state": state, "movements": movements}[chosen.command]
    try:
        for line in lines(chosen.path):
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
