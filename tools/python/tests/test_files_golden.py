"""The golden images of the versions that this reader knows are read and agree with themselves."""

import json
import pathlib
import struct
import unittest

from holdfast.files import Journal, Snapshot, logged_cells, settled_cells
from holdfast.files.json_lines import cell_object
from holdfast.files.segments import VERSION as LOG_VERSION
from holdfast.files.snapshot import VERSION as SNAPSHOT_VERSION
from holdfast.files.snapshot import SectionKind
from holdfast.files.state import ReservationStateRecord, SkuState, WriteState
from holdfast.files.state_records import read_state
from holdfast.values import ReservationState

IMAGES = pathlib.Path(__file__).resolve().parents[3] / "snapshots" / "images"
OPEN = (ReservationState.HELD, ReservationState.COMMITTED)


def known(pattern: str, version: int) -> list[pathlib.Path]:
    """The golden files of a version; it stands at byte 12 of either format."""
    paths = sorted(IMAGES.glob(pattern))
    return [path for path in paths if struct.unpack_from("<I", path.read_bytes(), 12)[0] == version]


@unittest.skipUnless(IMAGES.is_dir(), "there are no golden images")
class GoldenTests(unittest.TestCase):
    """Snapshots and logs as the server wrote them once."""

    def test_counts_of_a_header_are_those_of_its_records(self) -> None:
        for path in known("*/data/snapshots/*.hfs", SNAPSHOT_VERSION):
            skus = cells = open_reservations = reservations = writes = 0
            with Snapshot(str(path)) as snapshot:
                for section in snapshot.sections:
                    if section.kind is SectionKind.LOG_SLICE:
                        continue
                    for record in snapshot.records(section):
                        body = read_state(record).body
                        if isinstance(body, SkuState):
                            skus, cells = skus + 1, cells + len(body.cells)
                        elif isinstance(body, ReservationStateRecord):
                            reservations += 1
                            open_reservations += body.state in OPEN
                        writes += isinstance(body, WriteState)
                header = snapshot.header
                self.assertEqual((header.skus, header.cells), (skus, cells))
                self.assertEqual(header.open_reservations, open_reservations)
                self.assertEqual(header.retained_reservations, reservations - open_reservations)
                self.assertEqual(header.request_ids, writes)

    def test_a_snapshot_at_the_end_of_the_log_has_the_cells_that_the_log_leaves(self) -> None:
        for first in known("*/data/journal/00000000000000000001.log", LOG_VERSION):
            with Journal(str(first.parent)) as journal:
                left = [json.dumps(cell_object(cell)) for cell in logged_cells(journal)]
            newest = max((first.parents[1] / "snapshots").glob("*.hfs"))
            with Snapshot(str(newest)) as snapshot:
                kept = [json.dumps(cell_object(cell)) for cell in settled_cells(snapshot)]
            self.assertEqual(kept, left)
