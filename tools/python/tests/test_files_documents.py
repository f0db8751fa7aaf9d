"""The examples in the documents of the formats are what the reader makes of them."""

import json
import pathlib
import re
import tempfile
import unittest
from typing import Any

from holdfast.files import Journal, Names
from holdfast.files.json_lines import movement_object, state_object
from holdfast.files.movement_records import read_movement
from holdfast.files.state_records import read_state
from tests.file_samples import LogFile

SOURCES = pathlib.Path(__file__).resolve().parents[3] / "Sources"
FENCED = re.compile(r"^```(json)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def examples(document: str) -> tuple[list[bytes], list[Any]]:
    """The bytes and the JSON values that stand in a document."""
    text = (SOURCES / document).read_text(encoding="utf-8")
    dumps: list[bytes] = []
    values: list[Any] = []
    for kind, content in FENCED.findall(text):
        if kind:
            values.append(json.loads(content))
        else:
            dumps.append(bytes.fromhex(content))
    return dumps, values


class DocumentTests(unittest.TestCase):
    """One test for each document with an example."""

    def test_a_movement(self) -> None:
        (record,), (value,) = examples("Movements/Movements.docc/MovementRecords.md")
        self.assertEqual(movement_object(read_movement(record, 8), Names()), value)

    def test_a_state_record(self) -> None:
        (record,), (value,) = examples("Movements/Movements.docc/StateRecords.md")
        self.assertEqual(state_object(read_state(record)), value)

    def test_two_batches(self) -> None:
        (opening, head, record), _ = examples("Journal/Journal.docc/JournalFormat.md")
        log_id = int.from_bytes(opening[56:64], "little")
        log = LogFile(log_id=log_id)
        log.ready_segment()
        for batch in (opening, head + record):
            log.segments[0] += batch.ljust(512, b"\0")
        with tempfile.TemporaryDirectory() as folder:
            log.write(folder)
            with Journal(folder) as journal:
                (movement,) = journal.movements()
                self.assertIsNone(journal.tail)
        names = Names()
        names.learn(movement)
        self.assertEqual((movement.lsn, names.actor(1)), (8, "holdfast-cli"))
