"""Logs are read to their end; a torn tail is told from damage."""

import os
import tempfile
import unittest

from holdfast.files import FileFault, Journal, logged_cells
from tests.file_samples import LogFile, closed, reserved, stock, warehouses

OPENING, CLOSING = 1, 2


class JournalTests(unittest.TestCase):
    """A log in a directory that goes with the test."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.log = LogFile()
        self.log.batch(flags=OPENING)

    def fill(self) -> list[str]:
        """Batches over three segments, the last of which lies ready. Returns the paths."""
        self.log.batch(warehouses(1, "A"), stock(2, 0, 100, name="MUG"))
        for number in range(10, 16):
            self.log.batch(
                reserved(number, 0, 2), closed(4, number, 0, 2), durable_lsn=self.log.lsn
            )
        self.log.ready_segment()
        return self.log.write(self.folder)

    def movements(self) -> tuple[list[int], bool]:
        """The LSNs of all movements, and whether there is a torn tail."""
        with Journal(self.folder) as journal:
            return [movement.lsn for movement in journal.movements()], journal.tail is not None

    def flip(self, path: str, offset: int) -> None:
        """Flips a bit of a file."""
        with open(path, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([byte ^ 0x10]))

    def test_movements_stand_in_the_order_of_their_lsns(self) -> None:
        paths = self.fill()
        self.assertEqual(len(paths), 3)
        lsns, is_torn = self.movements()
        self.assertEqual(len(lsns), 14)
        self.assertEqual(lsns, sorted(lsns))
        self.assertEqual(lsns[0], 8)
        self.assertFalse(is_torn)

    def test_a_log_alone_has_its_cells(self) -> None:
        self.fill()
        with Journal(self.folder) as journal:
            (cell,) = logged_cells(journal)
        self.assertEqual((cell.sku, cell.warehouse, cell.pool), ("MUG", "A", "default"))
        self.assertEqual((cell.figures.on_hand, cell.figures.committed), (100, 12))
        self.assertEqual((cell.figures.available, cell.version), (88, 13))

    def test_the_last_batch_may_be_torn_and_no_other(self) -> None:
        places = []
        for path in self.fill():
            with open(path, "rb") as file:
                data = file.read()
            places += [
                (path, at) for at in range(512, len(data), 512) if data[at : at + 4] == b"HFB1"
            ]
        for number, (path, at) in enumerate(places, 1):
            self.flip(path, at + 40)
            if number == len(places):
                lsns, is_torn = self.movements()
                self.assertEqual((len(lsns), is_torn), (12, True))
            else:
                with self.assertRaises(FileFault, msg=f"batch {number}") as caught:
                    self.movements()
                self.assertEqual((caught.exception.path, caught.exception.offset), (path, at))
            self.flip(path, at + 40)

    def test_a_closed_log_has_no_tail(self) -> None:
        self.log.batch(warehouses(1, "A"))
        self.log.batch(flags=CLOSING)
        (path,) = self.log.write(self.folder)
        self.assertEqual(self.movements(), ([8], False))
        end = len(self.log.segments[0])
        self.flip(path, end + 3)
        self.assertEqual(self.movements(), ([8], True))
        self.flip(path, end + 600)
        with self.assertRaisesRegex(FileFault, "closed before"):
            self.movements()

    def test_a_run_may_skip_lsns_only_as_it_opens(self) -> None:
        self.log.batch(warehouses(1, "A"))
        self.log.lsn += 1_000
        self.log.run += 1
        self.log.batch(flags=OPENING)
        self.log.batch(stock(2, 0, 5, name="MUG"))
        self.log.write(self.folder)
        lsns, _ = self.movements()
        self.assertGreater(lsns[1], 1_000)
        self.log.lsn += 8
        self.log.batch(stock(3, 0, 5), durable_lsn=self.log.lsn)
        self.log.write(self.folder)
        with self.assertRaises(FileFault):
            self.movements()

    def test_older_segments_may_be_gone_or_in_an_archive(self) -> None:
        paths = self.fill()
        whole, _ = self.movements()
        archive = tempfile.TemporaryDirectory()
        self.addCleanup(archive.cleanup)
        os.rename(paths[0], os.path.join(archive.name, os.path.basename(paths[0])))
        rest, is_torn = self.movements()
        self.assertFalse(is_torn)
        self.assertEqual(rest, whole[-len(rest) :])
        self.assertTrue(0 < len(rest) < len(whole))
        with Journal(self.folder) as journal, self.assertRaisesRegex(FileFault, "is gone"):
            list(logged_cells(journal))
        with Journal(self.folder, archive.name) as journal:
            self.assertEqual([movement.lsn for movement in journal.movements()], whole)
        self.flip(paths[1], 600)
        with self.assertRaisesRegex(FileFault, "oldest segment"):
            self.movements()

    def test_a_missing_segment_is_damage(self) -> None:
        paths = self.fill()
        os.remove(paths[1])
        with self.assertRaisesRegex(FileFault, "segment 2 is missing"):
            self.movements()

    def test_every_flipped_byte_of_a_header_is_found(self) -> None:
        paths = self.fill()
        for offset in range(512):
            self.flip(paths[1], offset)
            with self.assertRaises(FileFault, msg=f"byte {offset}"):
                self.movements()
            self.flip(paths[1], offset)

    def test_bytes_between_the_batches_of_two_segments_are_damage(self) -> None:
        self.log = LogFile(segment_bytes=2_560)
        self.log.batch(flags=OPENING)
        for number in range(3):
            # Two sectors each, so that one of the first segment's five is left over.
            self.log.batch(*(warehouses(10 * number + row, "A") for row in range(4)))
        paths = self.log.write(self.folder)
        self.assertEqual(len(self.log.segments[0]), 2_048)
        self.assertEqual(len(self.movements()[0]), 12)
        self.flip(paths[0], 2_559)
        with self.assertRaisesRegex(FileFault, "belong to no batch"):
            self.movements()
