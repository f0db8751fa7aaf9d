"""Fields of records, taken one after the other."""

import struct
from enum import IntEnum
from typing import TypeVar

from holdfast.files.faults import Malformed

RECORD_BYTES_MAX = 1_048_576
"""The size of the largest record of either kind."""

_U8, _U16, _U32, _U64 = (struct.Struct("<" + code) for code in "BHIQ")
_I16, _I32, _I64 = (struct.Struct("<" + code) for code in "hiq")


_Choice = TypeVar("_Choice", bound=IntEnum)


def chosen(choices: type[_Choice], number: int) -> _Choice:
    """The choice of a number. Raises ``Malformed`` for one that isn't known."""
    try:
        return choices(number)
    except ValueError as error:
        raise Malformed(f"{choices.__name__} {number} isn't known") from error


def padded(size: int, alignment: int) -> int:
    """``size`` rounded up to a multiple of ``alignment``."""
    return -(-size // alignment) * alignment


class Fields:
    """Takes the fields of one record in their order, little-endian, and never looks past its end.

    Whatever breaks the layout, bytes declared zero that aren't included, raises ``Malformed``.
    """

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._offset = 0

    def _take(self, layout: struct.Struct) -> int:
        if self._offset + layout.size > len(self._record):
            raise Malformed(f"a record of {len(self._record)} bytes is cut short")
        value: int = layout.unpack_from(self._record, self._offset)[0]
        self._offset += layout.size
        return value

    def u8(self) -> int:
        """An unsigned byte."""
        return self._take(_U8)

    def u16(self) -> int:
        """An unsigned integer of 2 bytes."""
        return self._take(_U16)

    def u32(self) -> int:
        """An unsigned integer of 4 bytes."""
        return self._take(_U32)

    def u64(self) -> int:
        """An unsigned integer of 8 bytes."""
        return self._take(_U64)

    def flags(self, known: int) -> int:
        """A byte of flags, none of which is beyond those of ``known``."""
        value = self.u8()
        if value & ~known:
            raise Malformed(f"flags {value:#04x} aren't known")
        return value

    def i16(self) -> int:
        """A signed integer of 2 bytes."""
        return self._take(_I16)

    def i32(self) -> int:
        """A signed integer of 4 bytes."""
        return self._take(_I32)

    def i64(self) -> int:
        """A signed integer of 8 bytes."""
        return self._take(_I64)

    def raw(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size > len(self._record) - self._offset:
            raise Malformed(f"a record of {len(self._record)} bytes is cut short")
        self._offset += size
        return self._record[self._offset - size : self._offset]

    def zeros(self, size: int) -> None:
        """Passes ``size`` bytes that have to be zero."""
        if any(self.raw(size)):
            raise Malformed("bytes that should be zero aren't")

    def text(self, size: int, *, alignment: int = 1) -> str:
        """UTF-8 of ``size`` bytes, and the zeros that pad it to ``alignment``."""
        data = self.raw(size)
        self.zeros(padded(size, alignment) - size)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed(f"a text isn't UTF-8: {data!r}") from error

    def name(self, size: int) -> str:
        """ASCII that zeros fill up to ``size`` bytes: a code, a region, the name of a pool."""
        data = self.raw(size).rstrip(b"\0")
        if not all(0x20 < byte < 0x7F for byte in data):
            raise Malformed(f"a name isn't printable ASCII: {data!r}")
        return data.decode("ascii")

    def pad(self) -> None:
        """Passes the zeros up to the next multiple of 8 bytes from the record's beginning."""
        self.zeros(padded(self._offset, 8) - self._offset)

    def finish(self) -> None:
        """Checks that nothing is left but the zeros that fill the record's last 8 bytes."""
        self.pad()
        if self._offset != len(self._record):
            raise Malformed(f"{len(self._record) - self._offset} bytes too many in a record")


def split_records(data: bytes) -> list[bytes]:
    """Cuts a row of whole records, each of which begins with its size, into the records."""
    records: list[bytes] = []
    offset = 0
    while offset < len(data):
        size = int.from_bytes(data[offset : offset + 4], "little")
        if size % 8 != 0 or not 8 <= size <= min(RECORD_BYTES_MAX, len(data) - offset):
            raise Malformed(f"record {len(records)} says that it has {size} bytes")
        records.append(data[offset : offset + size])
        offset += size
    return records
