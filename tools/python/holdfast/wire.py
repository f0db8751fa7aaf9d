"""Frames and the fields in them: the lowest layer of the protocol.

All numbers are little-endian and nothing is aligned. A ``Reader`` never looks past the bytes that
it was given: each size is checked before it is used, and whatever breaks the layout raises
``MalformedFrame``. A ``Writer`` refuses with ``ValueError`` what the layout can't carry.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

HEADER_BYTES = 16
"""Bytes in front of every body: size, operation or outcome, flags, correlation id."""

FRAME_BYTES_MAX = 1_048_576
"""The size of the largest frame, its header included."""

ID_BYTES = 16
"""The size of ids and owners."""

SKU_BYTES_MAX = 64
WAREHOUSE_BYTES_MAX = 16
POOL_BYTES_MAX = 16
REGION_BYTES = 8
POLICY_BYTES_MAX = 16
TEXT_BYTES_MAX = 64

INSTANT_MILLISECONDS_MAX = 253_402_300_799_999
"""The last instant, 9999-12-31T23:59:59.999Z."""

DEFAULT_POOL = "default"
"""The pool of stock that no other pool fences off. On the line it is a name without bytes."""

_ANSWER = 0b10
_REPEATED = 0b01
_HEADER = struct.Struct("<IHHQ")


class HoldfastError(Exception):
    """The root of every error that this package raises on purpose."""


class MalformedFrame(HoldfastError):
    """Bytes that break the protocol's layout. Their connection is of no use any more."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One request or answer as it stands on the line.

    ``number`` is the operation of a request and the outcome of an answer.
    """

    number: int
    correlation: int
    body: bytes
    is_answer: bool = False
    is_repeated: bool = False

    def encoded(self) -> bytes:
        """The frame's bytes, from its size on. Raises ``ValueError`` if it would be too large."""
        size = HEADER_BYTES + len(self.body)
        if size > FRAME_BYTES_MAX:
            raise ValueError(f"a frame of {size} bytes: {FRAME_BYTES_MAX} at most")
        flags = (_ANSWER if self.is_answer else 0) | (_REPEATED if self.is_repeated else 0)
        return _HEADER.pack(size, self.number, flags, self.correlation) + self.body

    @classmethod
    def decoded(cls, data: bytes) -> "Frame":
        """The frame that fills ``data``, no more and no less."""
        splitter = FrameSplitter()
        frames = list(splitter.frames(data))
        if len(frames) != 1 or splitter.has_rest:
            raise MalformedFrame(f"{len(data)} bytes aren't one frame")
        return frames[0]


class FrameSplitter:
    """Cuts a stream of bytes into frames, however the network has torn it."""

    def __init__(self) -> None:
        self._rest = bytearray()

    @property
    def has_rest(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._rest)

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Takes the next bytes of the stream and yields every frame that ends in them."""
        self._rest += data
        start = 0
        try:
            while len(self._rest) - start >= HEADER_BYTES:
                size, number, flags, correlation = _HEADER.unpack_from(self._rest, start)
                _check_header(size, flags)
                if len(self._rest) - start < size:
                    break
                body = bytes(self._rest[start + HEADER_BYTES : start + size])
                start += size
                is_answer, is_repeated = bool(flags & _ANSWER), bool(flags & _REPEATED)
                yield Frame(number, correlation, body, is_answer, is_repeated)
        finally:
            del self._rest[:start]


def _check_header(size: int, flags: int) -> None:
    if not HEADER_BYTES <= size <= FRAME_BYTES_MAX:
        raise MalformedFrame(f"a frame says that it has {size} bytes")
    if flags not in (0, _ANSWER, _ANSWER | _REPEATED):
        raise MalformedFrame(f"a frame has the flags {flags:#x}")


class Writer:
    """Gathers the fields of a body."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def body(self) -> bytes:
        """All that was written."""
        return bytes(self._bytes)

    def _number(self, layout: str, value: int, name: str) -> None:
        try:
            self._bytes += struct.pack(layout, value)
        except struct.error:
            raise ValueError(f"{value!r} doesn't fit into a field of type {name}") from None

    def u8(self, value: int) -> None:
        """One unsigned byte."""
        self._number("<B", value, "u8")

    def u16(self, value: int) -> None:
        """Two bytes, unsigned."""
        self._number("<H", value, "u16")

    def u32(self, value: int) -> None:
        """Four bytes, unsigned."""
        self._number("<I", value, "u32")

    def u64(self, value: int) -> None:
        """Eight bytes, unsigned."""
        self._number("<Q", value, "u64")

    def i16(self, value: int) -> None:
        """Two bytes, signed."""
        self._number("<h", value, "i16")

    def i32(self, value: int) -> None:
        """Four bytes, signed."""
        self._number("<i", value, "i32")

    def i64(self, value: int) -> None:
        """Eight bytes, signed."""
        self._number("<q", value, "i64")

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._bytes += data

    def zeros(self, count: int) -> None:
        """Bytes called 0."""
        self._bytes += bytes(count)

    def id(self, value: bytes) -> None:
        """An id or an owner: 16 bytes."""
        if len(value) != ID_BYTES:
            raise ValueError(f"an id has {ID_BYTES} bytes, not {len(value)}")
        self._bytes += value

    def sized(self, data: bytes) -> None:
        """A u8 size and the bytes."""
        self.u8(len(data))
        self._bytes += data

    def region(self, value: str | None) -> None:
        """A region in 8 bytes, zero-padded; zeros for none."""
        data = ascii_bytes(value or "")
        if len(data) > REGION_BYTES:
            raise ValueError(f"a region has {REGION_BYTES} bytes at most")
        self._bytes += data.ljust(REGION_BYTES, b"\0")

    def name(self, value: str) -> None:
        """A u8 size and a name in ASCII."""
        self.sized(ascii_bytes(value))


class Reader:
    """Takes a body apart, field after field."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def raw(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._position + size
        if size < 0 or end > len(self._data):
            raise MalformedFrame(
                f"{size} bytes wanted at {self._position} of a body of {len(self._data)}"
            )
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def _number(self, layout: str, size: int) -> int:
        return int(struct.unpack(layout, self.raw(size))[0])

    def u8(self) -> int:
        """One unsigned byte."""
        return self.raw(1)[0]

    def u16(self) -> int:
        """Two bytes, unsigned."""
        return self._number("<H", 2)

    def u32(self) -> int:
        """Four bytes, unsigned."""
        return self._number("<I", 4)

    def u64(self) -> int:
        """Eight bytes, unsigned."""
        return self._number("<Q", 8)

    def i16(self) -> int:
        """Two bytes, signed."""
        return self._number("<h", 2)

    def i32(self) -> int:
        """Four bytes, signed."""
        return self._number("<i", 4)

    def i64(self) -> int:
        """Eight bytes, signed."""
        return self._number("<q", 8)

    def instant(self) -> int:
        """An instant in milliseconds since 1970, checked against its range."""
        value = self.i64()
        if not 0 <= value <= INSTANT_MILLISECONDS_MAX:
            raise MalformedFrame(f"{value} isn't an instant")
        return value

    def id(self) -> bytes:
        """An id or an owner."""
        return self.raw(ID_BYTES)

    def zeros(self, count: int) -> None:
        """Passes over bytes that must be 0."""
        if any(self.raw(count)):
            raise MalformedFrame("a byte that must be 0 isn't")

    def flags(self, known: int) -> int:
        """A u8 of bits, of which none outside ``known`` may be set."""
        value = self.u8()
        if value & ~known:
            raise MalformedFrame(f"bits without a meaning are set: {value:#x}")
        return value

    def boolean(self) -> bool:
        """A u8 that is 0 or 1."""
        return bool(self.flags(1))

    def text(self, size: int, bytes_min: int, bytes_max: int) -> str:
        """A name of ``size`` bytes, each 0x21 … 0x7E."""
        if not bytes_min <= size <= bytes_max:
            raise MalformedFrame(f"a name of {size} bytes")
        data = self.raw(size)
        if any(not 0x21 <= byte <= 0x7E for byte in data):
            raise MalformedFrame(f"a name with other than printable bytes: {data!r}")
        return data.decode("ascii")

    def sku(self, size: int) -> str:
        """A SKU's name of ``size`` bytes."""
        return self.text(size, 1, SKU_BYTES_MAX)

    def warehouse(self, size: int) -> str:
        """A warehouse's code of ``size`` bytes."""
        return self.text(size, 1, WAREHOUSE_BYTES_MAX)

    def pool(self, size: int) -> str:
        """A pool's name of ``size`` bytes, where none stands for ``default``."""
        if size == 0:
            return DEFAULT_POOL
        name = self.text(size, 1, POOL_BYTES_MAX)
        if name == DEFAULT_POOL:
            raise MalformedFrame("the pool `default` is never written by name")
        return name

    def region(self) -> str:
        """A region in 8 bytes, zero-padded; empty for none."""
        data = self.raw(REGION_BYTES).rstrip(b"\0")
        if any(not 0x21 <= byte <= 0x7E for byte in data):
            raise MalformedFrame(f"a region with other than printable bytes: {data!r}")
        return data.decode("ascii")

    def people_text(self, size: int, bytes_max: int) -> str:
        """Text for people in UTF-8 without control characters."""
        if size > bytes_max:
            raise MalformedFrame(f"a text of {size} bytes")
        try:
            value = self.raw(size).decode("utf-8")
        except UnicodeDecodeError:
            raise MalformedFrame("a text that isn't UTF-8") from None
        if any(ord(letter) < 0x20 or 0x7F <= ord(letter) <= 0x9F for letter in value):
            raise MalformedFrame("a text with control characters")
        return value

    def ascii_text(self, size: int, bytes_max: int) -> str:
        """A detail or a violation: ASCII, 0x20 … 0x7E."""
        if size > bytes_max:
            raise MalformedFrame(f"a text of {size} bytes")
        data = self.raw(size)
        if any(not 0x20 <= byte <= 0x7E for byte in data):
            raise MalformedFrame("a text that isn't printable ASCII")
        return data.decode("ascii")

    @property
    def is_at_end(self) -> bool:
        """Whether every byte was taken."""
        return self._position == len(self._data)

    def finish(self) -> None:
        """Makes sure that nothing follows the last field."""
        if not self.is_at_end:
            rest = len(self._data) - self._position
            raise MalformedFrame(f"{rest} bytes follow the last field")


def ascii_bytes(value: str) -> bytes:
    """A name's bytes. Raises ``ValueError`` where it isn't ASCII; the server checks the rest."""
    try:
        return value.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError(f"{value!r} isn't ASCII") from None


def pool_bytes(value: str) -> bytes:
    """A pool's bytes on the line: none for ``default``."""
    return b"" if value == DEFAULT_POOL else ascii_bytes(value)
