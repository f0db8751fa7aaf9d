"""Snapshot files: header, sections, directory and trailer, each checked before it is used.

Laid out as ``SnapshotFormat.md`` says. A section is read and unpacked when its records are asked
for, so memory grows with the largest section and not with the file.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from holdfast.files.checksums import crc32c
from holdfast.files.faults import FileFault, Malformed
from holdfast.files.fields import split_records
from holdfast.files.lz4 import unpacked_frame
from holdfast.values import LabelledEnum

VERSION = 1
"""The only version of the file that this reader knows."""

_HEADER = struct.Struct("<8sIIQQIIQqQQQQIIQQQQQ376s")
_ENTRY = struct.Struct("<IIQQQQQ")
_TRAILER = struct.Struct("<8sII")
_HEADER_MAGIC, _TRAILER_MAGIC = b"HFSNAP01", b"HFSNEND1"
_SECTIONS_MAX = 1_048_576
_UNPACKED_BYTES_MAX, _PACKED_BYTES_MAX = 4_194_304, 4_259_840


class SectionKind(LabelledEnum):
    """What the records of a section are of; sections stand in this order."""

    SKUS = 1
    RESERVATIONS = 2
    CONFIGURATION = 3
    LOG_SLICE = 4


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """What a snapshot says of itself; the counts are those of its state records."""

    log_id: int
    instant: int
    start_lsn: int
    end_lsn: int
    configuration_digest: int
    next_sku: int
    stripes: int
    skus: int
    cells: int
    open_reservations: int
    retained_reservations: int
    request_ids: int


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section stands and what its directory entry says of it."""

    index: int
    kind: SectionKind
    checksum: int
    offset: int
    packed_bytes: int
    unpacked_bytes: int
    record_count: int
    first_lsn: int

    @property
    def end_lsn(self) -> int:
        """The LSN behind the last record of a section of the log slice."""
        return self.first_lsn + self.unpacked_bytes


class Snapshot:
    """An open snapshot whose header, directory and trailer are good.

    Raises ``FileFault`` where a byte of the file isn't as it was written, ``OSError`` where it
    can't be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = open(path, "rb")  # noqa: SIM115, closed by ``close``
        try:
            self._size = os.fstat(self._file.fileno()).st_size
            self._read_ends()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _bytes(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise FileFault(self.path, offset + len(data), "the file ends here")
        return data

    def _check(self, holds: bool, offset: int, what: str) -> None:
        if not holds:
            raise FileFault(self.path, offset, what)

    def _read_ends(self) -> None:
        """Reads and checks all but the sections, in the order that the format names."""
        header = self._bytes(0, _HEADER.size)
        values = _HEADER.unpack(header)
        magic, checksum, version, size, directory_offset, count, directory_checksum = values[:7]
        self._check(magic == _HEADER_MAGIC, 0, "this isn't a snapshot")
        self._check(checksum == crc32c(header[12:]), 8, "the header's checksum doesn't match")
        self._check(version == VERSION, 12, f"snapshot version {version} isn't known")
        self._check(size == self._size, 16, f"the file has {self._size} bytes, not {size}")
        self.header = SnapshotHeader(*values[7:13], *values[13:14], *values[15:20])
        self._check(count <= _SECTIONS_MAX, 32, f"{count} sections are too many")
        end = size - _TRAILER.size - count * _ENTRY.size
        self._check(
            directory_offset == end >= _HEADER.size, 24, "the directory isn't where it should be"
        )
        self._check(self.header.start_lsn <= self.header.end_lsn, 56, "the LSNs are out of order")
        self._check(values[14] == 0 and not any(values[20]), 92, "bytes that should be zero aren't")
        directory = self._bytes(directory_offset, count * _ENTRY.size)
        self._check(
            directory_checksum == crc32c(directory), 36, "the directory's checksum doesn't match"
        )
        trailer_offset = size - _TRAILER.size
        trailer = self._bytes(trailer_offset, _TRAILER.size)
        magic, zero, checksum = _TRAILER.unpack(trailer)
        self._check(magic == _TRAILER_MAGIC and zero == 0, trailer_offset, "the trailer is bad")
        self._check(
            checksum == crc32c(header, directory, trailer[:12]),
            trailer_offset + 12,
            "the checksum of the whole doesn't match",
        )
        self.sections = tuple(self._entries(directory, directory_offset))

    def _entries(self, directory: bytes, directory_offset: int) -> Iterator[Section]:
        """The sections, each of which has to go on from the one before."""
        next_offset, last_kind, next_lsn = _HEADER.size, 0, self.header.start_lsn
        for index, entry in enumerate(_ENTRY.iter_unpack(directory)):
            at = directory_offset + index * _ENTRY.size
            kind, checksum, offset, packed, unpacked, records, first_lsn = entry
            self._check(
                kind in iter(SectionKind) and kind >= last_kind,
                at,
                f"section {index} has kind {kind}",
            )
            self._check(
                offset == next_offset and 0 < packed <= _PACKED_BYTES_MAX,
                at + 8,
                f"section {index} isn't where the one before ends",
            )
            self._check(
                unpacked % 8 == 0 and 8 <= 8 * records <= unpacked <= _UNPACKED_BYTES_MAX,
                at + 24,
                f"section {index} has {records} records in {unpacked} bytes",
            )
            is_slice = kind == SectionKind.LOG_SLICE
            self._check(
                first_lsn == (next_lsn if is_slice else 0),
                at + 40,
                f"section {index} has a wrong LSN",
            )
            section = Section(
                index, SectionKind(kind), checksum, offset, packed, unpacked, records, first_lsn
            )
            yield section
            next_offset, last_kind = offset + packed, kind
            next_lsn = section.end_lsn if is_slice else next_lsn
        self._check(next_offset == directory_offset, 24, "the sections don't reach the directory")
        self._check(next_lsn == self.header.end_lsn, 64, "the log slice doesn't reach the end LSN")

    def records(self, section: Section) -> list[bytes]:
        """The whole records of a section, in their order. Raises ``FileFault``."""
        what = f"section {section.index} ({section.kind.label})"
        packed = self._bytes(section.offset, section.packed_bytes)
        self._check(
            crc32c(packed) == section.checksum,
            section.offset,
            f"{what}: the checksum doesn't match",
        )
        try:
            records = split_records(unpacked_frame(packed, section.unpacked_bytes))
        except Malformed as error:
            raise FileFault(self.path, section.offset, f"{what}: {error}") from error
        self._check(
            len(records) == section.record_count, section.offset, f"{what}: {len(records)} records"
        )
        return records
