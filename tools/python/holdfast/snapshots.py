"""Snapshots, checks on an image of the state, and backups."""

from dataclasses import dataclass
from enum import IntEnum

from holdfast.stock import CheckReport


class SnapshotState(IntEnum):
    """How far the taking of an image has come."""

    NONE = 0
    RUNNING = 1
    DONE = 2
    FAILED = 3


@dataclass(frozen=True, slots=True)
class SnapshotReport:
    """How the taking of a snapshot goes, or what came of it.

    ``written`` and ``to_write`` count records of the state, ``to_write`` as of the beginning.
    ``name`` is empty as long as the file has none, ``failure`` unless it failed. Instants are
    milliseconds since 1970.
    """

    run: int
    state: SnapshotState
    started_at: int
    ended_at: int | None
    lsn: int
    written: int
    to_write: int
    skus: int
    cells: int
    remembered: int
    log_bytes: int
    unpacked_bytes: int
    size_bytes: int
    name: str = ""
    failure: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self.state != SnapshotState.RUNNING


@dataclass(frozen=True, slots=True)
class ImageCheckReport:
    """How a check on an image goes; ``result`` is None until it is done, and where it failed."""

    image: SnapshotReport
    result: CheckReport | None = None


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """A snapshot that a server keeps; ``fault`` says what is wrong with its file, if anything."""

    name: str
    lsn: int
    taken_at: int
    size_bytes: int
    fault: str = ""


class BackupFolder(IntEnum):
    """The directory of a data directory that a file stands in."""

    SNAPSHOTS = 0
    JOURNAL = 1

    @property
    def label(self) -> str:
        """The name of the directory."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One file of a backup."""

    folder: BackupFolder
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """What a backup copies, in the order in which it is best copied.

    The server keeps the files for the lease; each read begins it anew.
    """

    token: int
    durable_lsn: int
    lease_milliseconds: int
    files: tuple[BackupFile, ...]
