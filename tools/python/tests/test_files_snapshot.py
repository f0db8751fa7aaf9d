"""Snapshots are read to the byte: cells at the end LSN, and every flipped bit found."""

import os
import tempfile
import unittest

from holdfast.files import FileFault, Snapshot, settled_cells
from holdfast.files.fields import split_records
from tests.file_samples import (
    closed,
    reserved,
    sku_state,
    snapshot_file,
    state,
    stock,
    warehouse_row,
)

START = 4_096
NETWORK = (0).to_bytes(16, "little") + bytes(16)


def configuration(lsn: int, *codes: str) -> list[bytes]:
    """The state records of warehouses without pools."""
    rows = b"".join(warehouse_row(number, code) for number, code in enumerate(codes))
    return [state(1, lsn, NETWORK, half=1), state(2, lsn, rows, half=len(codes))]


class SnapshotTests(unittest.TestCase):
    """A snapshot in a directory that goes with the test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "00000000000000004096.hfs")

    def write(self, data: bytes) -> None:
        """Makes ``data`` the file."""
        with open(self.path, "wb") as file:
            file.write(data)

    def cells(self, data: bytes) -> dict[str, tuple[int, ...]]:
        """On hand, reserved, committed and version by ``SKU/warehouse``."""
        self.write(data)
        with Snapshot(self.path) as snapshot:
            return {
                f"{cell.sku}/{cell.warehouse}": (
                    cell.figures.on_hand,
                    cell.figures.reserved,
                    cell.figures.committed,
                    cell.version,
                )
                for cell in settled_cells(snapshot)
            }

    def sections(self) -> dict[int, list[bytes]]:
        """Two SKUs copied in the middle of a slice that makes a third."""
        slice_ = [
            reserved(1, 0, 2),
            reserved(2, 1, 3),
            stock(3, 2, 40, name="NEW", warehouse=1),
            closed(4, 1, 0, 2),
            closed(9, 1, 0, 2),
            closed(6, 2, 1, 3),
        ]
        ends = [START]
        for record in slice_:
            ends.append(ends[-1] + len(record))
        return {
            # MUG has the first hold already, and JUG all up to its hold's end.
            1: [
                sku_state(ends[1], 0, "MUG", 2, (0, 0, 10, 2, 0, 0, 0)),
                sku_state(ends[6], 1, "JUG", 3, (1, 0, 7, 0, 0, 0, 0)),
            ],
            3: configuration(ends[2], "A", "B"),
            4: slice_,
        }

    def test_cells_are_those_of_the_end(self) -> None:
        self.assertEqual(
            self.cells(snapshot_file(self.sections(), START)),
            {"MUG/A": (8, 0, 0, 4), "JUG/B": (7, 0, 0, 3), "NEW/B": (40, 0, 0, 1)},
        )

    def test_units_that_were_held_leave_what_is_reserved(self) -> None:
        slice_ = [reserved(1, 0, 2), closed(9, 1, 0, 2, pool_bits=0x4000)]
        mug = sku_state(START, 0, "MUG", 1, (0, 0, 10, 0, 5, 0, 0))
        sections = {1: [mug], 3: configuration(START, "A"), 4: slice_}
        self.assertEqual(self.cells(snapshot_file(sections, START)), {"MUG/A": (8, 0, 5, 3)})

    def test_a_snapshot_of_nothing_has_no_cells(self) -> None:
        self.assertEqual(self.cells(snapshot_file({}, START)), {})

    def test_every_flipped_bit_is_found(self) -> None:
        good = snapshot_file(self.sections(), START)
        for index in range(len(good)):
            bad = bytearray(good)
            bad[index] ^= 1 << index % 8
            with self.assertRaises(FileFault, msg=f"byte {index}") as caught:
                self.cells(bytes(bad))
            self.assertEqual(caught.exception.path, self.path)

    def test_every_shorter_file_is_refused(self) -> None:
        good = snapshot_file(self.sections(), START)
        for size in range(0, len(good), 7):
            with self.assertRaises(FileFault, msg=f"{size} bytes"):
                self.cells(good[:size])

    def test_what_contradicts_itself_is_refused(self) -> None:
        mug = sku_state(START, 0, "MUG", 1, (0, 0, 10, 0, 0, 0, 0))
        for records, slice_, what in (
            ([mug, mug], [], "a second state record"),
            ([mug], [reserved(1, 9, 2)], "SKU 9 was never made"),
            ([mug], [reserved(1, 0, 2, warehouse=1)], "the wrong cells"),
            ([mug], [closed(5, 1, 0, 2)], "the figures of a cell"),
            ([mug], [stock(1, 0, 5, name="JUG")], "made a second time"),
            ([mug[:-8] + b"\xff" * 8], [], "the figures of a cell"),
            ([state(200, START, bytes(8))], [], "StateKind 200"),
        ):
            sections = {1: records, 3: configuration(START, "A")}
            if slice_:
                sections[4] = slice_
            with self.assertRaisesRegex(FileFault, what):
                self.cells(snapshot_file(sections, START))

    def test_records_are_whole(self) -> None:
        self.assertEqual(len(split_records(b"".join(self.sections()[4]))), 6)
