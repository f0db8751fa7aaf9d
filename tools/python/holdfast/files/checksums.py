"""The two checksums of the files: CRC-32C, and the XXH32 of LZ4 frames.

Both are pure Python, at some megabytes a second: enough to look into files, not to serve from them.
"""

import struct
import sys
from array import array
from functools import cache

_CRC_POLYNOMIAL = 0x82F63B78  # 0x1EDC6F41 with its bits reversed
_WORD = 0xFFFF_FFFF
_P1, _P2, _P3, _P4, _P5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393


@cache
def _crc_table() -> tuple[int, ...]:
    """What two bytes, read little-endian, make of a remainder."""
    table = []
    for value in range(1 << 16):
        for _ in range(16):
            value = value >> 1 ^ (_CRC_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


def crc32c(*parts: bytes) -> int:
    """CRC-32C (RFC 3720) of the parts, one behind the other."""
    table = _crc_table()
    data = b"".join(parts)
    value = _WORD
    pairs = array("H", data[: len(data) & ~1])
    if sys.byteorder == "big":
        pairs.byteswap()
    for pair in pairs:
        value = table[(value ^ pair) & 0xFFFF] ^ value >> 16
    if len(data) & 1:
        value ^= data[-1]
        for _ in range(8):
            value = value >> 1 ^ (_CRC_POLYNOMIAL if value & 1 else 0)
    return value ^ _WORD


def _rotated(value: int, count: int) -> int:
    return (value << count | value >> (32 - count)) & _WORD


def xxh32(data: bytes) -> int:
    """XXH32 with seed 0."""
    stripes = len(data) & ~15
    if stripes:
        a, b, c, d = (_P1 + _P2) & _WORD, _P2, 0, -_P1 & _WORD
        for w, x, y, z in struct.iter_unpack("<4I", data[:stripes]):
            a = (a + w * _P2) & _WORD
            a = ((a << 13 | a >> 19) & _WORD) * _P1 & _WORD
            b = (b + x * _P2) & _WORD
            b = ((b << 13 | b >> 19) & _WORD) * _P1 & _WORD
            c = (c + y * _P2) & _WORD
            c = ((c << 13 | c >> 19) & _WORD) * _P1 & _WORD
            d = (d + z * _P2) & _WORD
            d = ((d << 13 | d >> 19) & _WORD) * _P1 & _WORD
        value = _rotated(a, 1) + _rotated(b, 7) + _rotated(c, 12) + _rotated(d, 18)
    else:
        value = _P5
    value = (value + len(data)) & _WORD
    words = len(data) & ~3
    for (word,) in struct.iter_unpack("<I", data[stripes:words]):
        value = _rotated((value + word * _P3) & _WORD, 17) * _P4 & _WORD
    for byte in data[words:]:
        value = _rotated((value + byte * _P5) & _WORD, 11) * _P1 & _WORD
    value = (value ^ value >> 15) * _P2 & _WORD
    value = (value ^ value >> 13) * _P3 & _WORD
    return value ^ value >> 16
