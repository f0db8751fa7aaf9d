"""Unpacks LZ4 frames, after the public descriptions of the frame and the block format.

Every size is checked before it is used and every checksum that a frame carries is compared. A
frame with a dictionary is refused: there is none that it could mean.
"""

from holdfast.files.checksums import xxh32
from holdfast.files.faults import Malformed

_MAGIC = 0x184D2204
_VERSION_BITS, _VERSION = 0b1100_0000, 0b0100_0000
_INDEPENDENT = 0b0010_0000
_BLOCK_CHECKSUMS = 0b0001_0000
_CONTENT_SIZE = 0b0000_1000
_CONTENT_CHECKSUM = 0b0000_0100
_RESERVED_OR_DICTIONARY = 0b0000_0011
_NOT_PACKED = 0x8000_0000
_BLOCK_SIZE_CODE_MIN, _BLOCK_SIZE_CODE_MAX = 4, 7
_MATCH_BYTES_MIN = 4


class _Frame:
    """The bytes of a frame, taken in their order."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def raw(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size > len(self.data) - self.offset:
            raise Malformed("an LZ4 frame is cut short")
        self.offset += size
        return self.data[self.offset - size : self.offset]

    def number(self, size: int) -> int:
        """The next ``size`` bytes as a number."""
        return int.from_bytes(self.raw(size), "little")


def unpacked_frame(data: bytes, size: int) -> bytes:
    """The content of the one LZ4 frame that fills ``data``, which has to be ``size`` bytes.

    Raises ``Malformed`` for anything else, and never makes more than ``size`` bytes and a block.
    """
    frame = _Frame(data)
    if frame.number(4) != _MAGIC:
        raise Malformed("not an LZ4 frame")
    flags, block_size_code = frame.raw(2)
    if flags & _VERSION_BITS != _VERSION or flags & _RESERVED_OR_DICTIONARY:
        raise Malformed(f"an LZ4 frame has the flags {flags:#04x}")
    code = block_size_code >> 4
    if not _BLOCK_SIZE_CODE_MIN <= code <= _BLOCK_SIZE_CODE_MAX or block_size_code & 15:
        raise Malformed(f"an LZ4 frame has a block size of code {block_size_code:#04x}")
    if flags & _CONTENT_SIZE and frame.number(8) != size:
        raise Malformed(f"an LZ4 frame doesn't say that its content has {size} bytes")
    descriptor = data[4 : frame.offset]
    if frame.number(1) != xxh32(descriptor) >> 8 & 0xFF:
        raise Malformed("the checksum of an LZ4 frame's descriptor doesn't match")
    content = _unpacked_blocks(frame, flags, 1 << (2 * code + 8), size)
    if flags & _CONTENT_CHECKSUM and frame.number(4) != xxh32(content):
        raise Malformed("the checksum of an LZ4 frame's content doesn't match")
    if frame.offset != len(data):
        raise Malformed("bytes stand behind an LZ4 frame")
    return content


def _unpacked_blocks(frame: _Frame, flags: int, block_bytes_max: int, size: int) -> bytes:
    content = bytearray()
    while head := frame.number(4):
        block_bytes = head & ~_NOT_PACKED
        if block_bytes > block_bytes_max:
            raise Malformed(f"an LZ4 block has {block_bytes} bytes")
        block = frame.raw(block_bytes)
        if flags & _BLOCK_CHECKSUMS and frame.number(4) != xxh32(block):
            raise Malformed("the checksum of an LZ4 block doesn't match")
        limit = min(size, len(content) + block_bytes_max)
        if head & _NOT_PACKED:
            content += block
        else:
            _unpack_block(block, content, len(content) if flags & _INDEPENDENT else 0, limit)
        if len(content) > limit:
            raise Malformed("an LZ4 frame holds more than it says")
    if len(content) != size:
        raise Malformed(f"an LZ4 frame holds {len(content)} bytes, not {size}")
    return bytes(content)


def _unpack_block(block: bytes, content: bytearray, reach: int, limit: int) -> None:
    """Appends what a block stands for; its matches begin at ``reach`` in the content or later."""
    position = 0

    def byte() -> int:
        nonlocal position
        if position >= len(block):
            raise Malformed("an LZ4 block is cut short")
        position += 1
        return block[position - 1]

    def length(start: int) -> int:
        if start < 15:
            return start
        while (more := byte()) == 255:
            start += 255
        return start + more

    while True:
        token = byte()
        literals = length(token >> 4)
        if literals > min(len(block) - position, limit - len(content)):
            raise Malformed("an LZ4 block has more literals than there is room for")
        content += block[position : position + literals]
        position += literals
        if position == len(block):
            return
        distance = byte() | byte() << 8
        size = length(token & 15) + _MATCH_BYTES_MIN
        start = len(content) - distance
        if distance == 0 or start < reach or size > limit - len(content):
            raise Malformed("an LZ4 block copies from nowhere, or more than there is room for")
        pattern = bytes(content[start : start + size])
        content += (pattern * -(-size // len(pattern)))[:size]
