"""Reads the files of a Holdfast server without it: snapshots and logs.

``Snapshot`` and ``settled_cells`` tell the stock of a snapshot at its end LSN, ``Journal`` the
movements of a log, ``logged_cells`` what they leave. They check every byte they use and raise
``FileFault`` with the file, the offset and what is wrong there. ``python3 -m holdfast.files``
prints them as JSON lines.

The package goes by the documents of the formats (``SnapshotFormat.md``, ``JournalFormat.md``,
``StateRecords.md``, ``MovementRecords.md`` and the heads of the sources that they name) and shares
no code with the server, so it shows as well that these say enough.
"""

from holdfast.files.cells import Figures, SettledCell, logged_cells, settled_cells
from holdfast.files.faults import FileFault
from holdfast.files.journal import Journal, TornTail
from holdfast.files.movements import Movement, MovementKind
from holdfast.files.names import Names
from holdfast.files.snapshot import Section, SectionKind, Snapshot, SnapshotHeader

__all__ = [
    "Figures",
    "FileFault",
    "Journal",
    "Movement",
    "MovementKind",
    "Names",
    "Section",
    "SectionKind",
    "SettledCell",
    "Snapshot",
    "SnapshotHeader",
    "TornTail",
    "logged_cells",
    "settled_cells",
]
