"""Requests about snapshots, checks on an image of the state, and backups."""

from dataclasses import dataclass
from typing import ClassVar, Self

from holdfast.messages.base import DETAIL_BYTES_MAX, Operation, Request, member
from holdfast.messages.operating import Check
from holdfast.snapshots import (
    BackupFile,
    BackupFolder,
    BackupPlan,
    ImageCheckReport,
    SnapshotEntry,
    SnapshotReport,
    SnapshotState,
)
from holdfast.wire import MalformedFrame, Reader, Writer, ascii_bytes

FILE_NAME_BYTES_MAX = 64
READ_BYTES_MAX = 524_288


def _read_report(reader: Reader) -> SnapshotReport:
    run, state = reader.u64(), member(SnapshotState, reader.u8())
    reader.zeros(7)
    started_at, ended_at = reader.instant(), reader.instant()
    figures = tuple(reader.u64() for _ in range(9))
    name_size, failure_size = reader.u8(), reader.u16()
    name = reader.text(name_size, 0, FILE_NAME_BYTES_MAX)
    failure = reader.ascii_text(failure_size, DETAIL_BYTES_MAX)
    return SnapshotReport(run, state, started_at, ended_at or None, *figures, name, failure)


def _write_report(report: SnapshotReport, writer: Writer) -> None:
    writer.u64(report.run)
    writer.u8(report.state)
    writer.zeros(7)
    writer.i64(report.started_at)
    writer.i64(report.ended_at or 0)
    for figure in (
        report.lsn,
        report.written,
        report.to_write,
        report.skus,
        report.cells,
        report.remembered,
        report.log_bytes,
        report.unpacked_bytes,
        report.size_bytes,
    ):
        writer.u64(figure)
    name, failure = ascii_bytes(report.name), ascii_bytes(report.failure)
    writer.u8(len(name))
    writer.u16(len(failure))
    writer.raw(name)
    writer.raw(failure)


@dataclass(frozen=True)
class _SnapshotRequest(Request[SnapshotReport]):
    """A request without a body that is answered with a report on a snapshot."""

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SnapshotReport:
        """See ``Request``."""
        return _read_report(reader)

    @staticmethod
    def write_answer(answer: SnapshotReport, writer: Writer) -> None:
        """See ``Request``."""
        _write_report(answer, writer)


@dataclass(frozen=True)
class SnapshotStart(_SnapshotRequest):
    """Begins to take a snapshot beside all traffic."""

    operation: ClassVar[Operation] = Operation.SNAPSHOT_START


@dataclass(frozen=True)
class SnapshotStatus(_SnapshotRequest):
    """How that goes, or what came of the last one."""

    operation: ClassVar[Operation] = Operation.SNAPSHOT_STATUS


@dataclass(frozen=True)
class _CheckRequest(Request[ImageCheckReport]):
    """A request without a body that is answered with a report on a check."""

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> ImageCheckReport:
        """See ``Request``."""
        image = _read_report(reader)
        has_result = reader.boolean()
        result = Check.read_answer(reader, is_repeated) if has_result else None
        return ImageCheckReport(image, result)

    @staticmethod
    def write_answer(answer: ImageCheckReport, writer: Writer) -> None:
        """See ``Request``."""
        _write_report(answer.image, writer)
        writer.u8(answer.result is not None)
        if answer.result is not None:
            Check.write_answer(answer.result, writer)


@dataclass(frozen=True)
class CheckStart(_CheckRequest):
    """Begins to check every invariant on an image that isn't kept, beside all traffic."""

    operation: ClassVar[Operation] = Operation.CHECK_START


@dataclass(frozen=True)
class CheckStatus(_CheckRequest):
    """How that goes, or what the last one found."""

    operation: ClassVar[Operation] = Operation.CHECK_STATUS


@dataclass(frozen=True)
class SnapshotList(Request[tuple[SnapshotEntry, ...]]):
    """The snapshots that the server keeps, the newest first."""

    operation: ClassVar[Operation] = Operation.SNAPSHOT_LIST

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[SnapshotEntry, ...]:
        """See ``Request``."""
        return tuple(_read_entry(reader) for _ in range(reader.u16()))

    @staticmethod
    def write_answer(answer: tuple[SnapshotEntry, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for entry in answer:
            name, fault = ascii_bytes(entry.name), ascii_bytes(entry.fault)
            writer.u64(entry.lsn)
            writer.i64(entry.taken_at)
            writer.u64(entry.size_bytes)
            writer.u8(len(name))
            writer.u16(len(fault))
            writer.raw(name)
            writer.raw(fault)


def _read_entry(reader: Reader) -> SnapshotEntry:
    lsn, taken_at, size_bytes = reader.u64(), reader.instant(), reader.u64()
    name_size, fault_size = reader.u8(), reader.u16()
    name = reader.text(name_size, 0, FILE_NAME_BYTES_MAX)
    fault = reader.ascii_text(fault_size, DETAIL_BYTES_MAX)
    return SnapshotEntry(name, lsn, taken_at, size_bytes, fault)


@dataclass(frozen=True)
class BackupStart(Request[BackupPlan]):
    """Says what a backup copies; the server keeps these files for a while."""

    operation: ClassVar[Operation] = Operation.BACKUP_START

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> BackupPlan:
        """See ``Request``."""
        token, lsn, lease, count = reader.u64(), reader.u64(), reader.u32(), reader.u32()
        return BackupPlan(token, lsn, lease, tuple(_read_file(reader) for _ in range(count)))

    @staticmethod
    def write_answer(answer: BackupPlan, writer: Writer) -> None:
        """See ``Request``."""
        writer.u64(answer.token)
        writer.u64(answer.durable_lsn)
        writer.u32(answer.lease_milliseconds)
        writer.u32(len(answer.files))
        for file in answer.files:
            writer.u64(file.size_bytes)
            writer.u8(file.folder)
            writer.name(file.name)


def _read_file(reader: Reader) -> BackupFile:
    size_bytes, folder = reader.u64(), member(BackupFolder, reader.u8())
    name = reader.text(reader.u8(), 1, FILE_NAME_BYTES_MAX)
    # The name becomes one of a file here: it mustn't lead elsewhere.
    if "/" in name or name.startswith("."):
        raise MalformedFrame(f"a file's name that leads elsewhere: {name}")
    return BackupFile(folder, name, size_bytes)


@dataclass(frozen=True)
class BackupRead(Request[bytes]):
    """Bytes of a file of the plan, 1 to 524,288; fewer than asked for where the file ends."""

    operation: ClassVar[Operation] = Operation.BACKUP_READ

    token: int
    file: int
    offset: int
    size_bytes: int = READ_BYTES_MAX

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.u64(self.token)
        writer.u64(self.offset)
        writer.u32(self.file)
        writer.u32(self.size_bytes)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        token, offset, file, size_bytes = reader.u64(), reader.u64(), reader.u32(), reader.u32()
        if not 1 <= size_bytes <= READ_BYTES_MAX:
            raise MalformedFrame(f"a read of {size_bytes} bytes")
        return cls(token, file, offset, size_bytes)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> bytes:
        """See ``Request``."""
        return reader.raw(reader.u32())

    @staticmethod
    def write_answer(answer: bytes, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(len(answer))
        writer.raw(answer)


@dataclass(frozen=True)
class BackupEnd(Request[None]):
    """Says that a backup has all it wants."""

    operation: ClassVar[Operation] = Operation.BACKUP_END

    token: int

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.u64(self.token)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.u64())

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> None:
        """See ``Request``."""

    @staticmethod
    def write_answer(answer: None, writer: Writer) -> None:
        """See ``Request``."""
