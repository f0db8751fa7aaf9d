"""Segments of a log and the batches in them, each checked by itself.

Laid out as the head of ``JournalFormat.swift`` says. What follows what is told by
``holdfast.files.journal``.
"""

import os
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.files.checksums import crc32c
from holdfast.files.faults import FileFault
from holdfast.files.fields import padded

VERSION = 3
"""The only version of segments that this reader knows."""

SECTOR_BYTES = 512
"""What headers fill and batches begin at multiples of."""

_NAME = re.compile(r"([0-9]{20})\.log")
_HEADER = struct.Struct("<8sIIQQQ472s")
_BATCH = struct.Struct("<4sIIIQQQQIIQ")
_SEGMENT_MAGIC, _BATCH_MAGIC = b"HFJRNL01", b"HFB1"
_RECORDS_BYTES_MAX = 2_097_152
_OPENING, _CLOSING = 1, 2
_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What stands before the records of a batch."""

    checksum: int
    record_bytes: int
    record_count: int
    number: int
    first_lsn: int
    durable_lsn: int
    run: int
    previous_checksum: int
    flags: int
    log_id: int

    @property
    def is_opening(self) -> bool:
        """Whether a run begins with it."""
        return bool(self.flags & _OPENING)

    @property
    def is_closing(self) -> bool:
        """Whether a run was stopped with it."""
        return bool(self.flags & _CLOSING)

    @property
    def end_lsn(self) -> int:
        """The LSN behind its last record."""
        return self.first_lsn + self.record_bytes

    @property
    def size(self) -> int:
        """Its bytes in the segment."""
        return padded(_BATCH.size + self.record_bytes, SECTOR_BYTES)


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole batch: its checksum is right and zeros fill its last sector."""

    header: BatchHeader
    records: bytes


class Segment:
    """One file of a log, its header good; open until ``close``."""

    def __init__(self, path: str, number: int) -> None:
        self.path = path
        self.number = number
        self._file = open(path, "rb")  # noqa: SIM115, closed by ``close``
        try:
            self.size = os.fstat(self._file.fileno()).st_size
            self.log_id = self._checked_header()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _bytes(self, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes; fewer only at the end of the file."""
        self._file.seek(offset)
        return self._file.read(size)

    def _checked_header(self) -> int:
        """The log id of a good header. Raises ``FileFault``."""
        sector = self._bytes(0, _HEADER.size)
        if len(sector) < _HEADER.size:
            raise FileFault(self.path, 0, "the segment is shorter than its header")
        magic, checksum, version, number, log_id, size, rest = _HEADER.unpack(sector)
        checks = [
            (magic == _SEGMENT_MAGIC, 0, "this isn't a segment of a log"),
            (checksum == crc32c(sector[12:]), 8, "the segment header's checksum doesn't match"),
            (version == VERSION, 12, f"log version {version} isn't known"),
            (number == self.number, 16, f"the segment says it is number {number}"),
            (size == self.size, 32, f"the file has {self.size} bytes, not {size}"),
            (size % SECTOR_BYTES == 0 and not any(rest), 32, "the segment header makes no sense"),
        ]
        for holds, offset, what in checks:
            if not holds:
                raise FileFault(self.path, offset, what)
        return int(log_id)

    def batch(self, offset: int) -> Batch | None:
        """The whole batch of this log that begins at ``offset``, if there is one."""
        head = self._bytes(offset, _BATCH.size)
        if len(head) < _BATCH.size or not head.startswith(_BATCH_MAGIC):
            return None
        header = BatchHeader(*_BATCH.unpack(head)[1:])
        if header.record_bytes > _RECORDS_BYTES_MAX or header.record_bytes % 8 != 0:
            return None
        if header.log_id != self.log_id:
            return None
        whole = self._bytes(offset, header.size)
        end = _BATCH.size + header.record_bytes
        if len(whole) < header.size or any(whole[end:]):
            return None
        if header.checksum != crc32c(whole[8:end]):
            return None
        return Batch(header, whole[_BATCH.size : end])

    def first_used_sector(self, offset: int) -> int | None:
        """The offset of the first sector from ``offset`` on that isn't all zeros."""
        while data := self._bytes(offset, _READ_BYTES):
            if data != bytes(len(data)):
                first = next(index for index, byte in enumerate(data) if byte)
                return offset + first // SECTOR_BYTES * SECTOR_BYTES
            offset += len(data)
        return None


def segment_paths(directories: Iterable[str]) -> dict[int, str]:
    """The paths of the segments in directories by number, ascending; each number once."""
    found: dict[int, str] = {}
    for directory in directories:
        for name in os.listdir(directory):
            if match := _NAME.fullmatch(name):
                found.setdefault(int(match[1]), os.path.join(directory, name))
    return dict(sorted(found.items()))
