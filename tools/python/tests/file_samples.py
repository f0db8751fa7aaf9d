"""Small snapshots and logs for tests, written after the documents of their formats.

Nothing is shared with the reader but the checksums, which have tests of their own.
"""

import os
import struct
from dataclasses import dataclass, field

from holdfast.files.checksums import crc32c, xxh32

LOG_ID, RUN = 0x1122_3344_5566_7788, 77
INSTANT = 1_700_000_000_000
OWNER = bytes(range(16, 32))


def stored_frame(content: bytes) -> bytes:
    """An LZ4 frame with a content size and checksum, whose blocks aren't packed."""
    descriptor = struct.pack("<BBQ", 0b0110_1100, 0x70, len(content))
    blocks = [content[at : at + 0x40_0000] for at in range(0, len(content), 0x40_0000)]
    return b"".join(
        [
            struct.pack("<I", 0x184D2204),
            descriptor,
            bytes([xxh32(descriptor) >> 8 & 0xFF]),
            *(struct.pack("<I", len(block) | 1 << 31) + block for block in blocks),
            struct.pack("<II", 0, xxh32(content)),
        ]
    )


def sized(content: bytes) -> bytes:
    """A record: its size, ``content`` and zeros up to a multiple of 8."""
    size = (len(content) + 4 + 7) // 8 * 8
    return struct.pack("<I", size) + content.ljust(size - 4, b"\0")


def movement(kind: int, body: bytes, *, request: int = 0, cause: int = 0, actor: int = 0) -> bytes:
    """A record of the log."""
    head = struct.pack("<BBHq", kind, cause, actor, INSTANT + request)
    return sized(head + request.to_bytes(16, "big") + body)


def state(kind: int, lsn: int, body: bytes, *, byte: int = 0, half: int = 0) -> bytes:
    """A state record."""
    return sized(struct.pack("<BBHQ", kind, byte, half, lsn) + body)


def warehouse_row(number: int, code: str) -> bytes:
    """A row of warehouses."""
    head = struct.pack("<HBBHBB16s", number, 0, 24, 0, 4, 0, code.encode())
    place = struct.pack("<iiihBB", 51_500_000, -130_000, 1, 0, 0, 0)
    return head + place + struct.pack("<qqqII", 1, 2, 3, 0xFFFF_FFFF, 0) + b"City\0\0\0\0"


def sku_state(lsn: int, number: int, name: str, version: int, *cells: tuple[int, ...]) -> bytes:
    """The state record of a SKU; a cell is its warehouse, pool and five figures."""
    head = struct.pack("<QIIBB6x", version, number, 0, len(name), 0)
    padded_name = name.encode().ljust((len(name) + 7) // 8 * 8, b"\0")
    body = head + padded_name + b"".join(struct.pack("<HHiiiii", *cell) for cell in cells)
    return state(5, lsn, body, half=len(cells))


def reserved(request: int, sku: int, units: int, *, warehouse: int = 0) -> bytes:
    """A hold of one line and one share."""
    head = OWNER + struct.pack("<QIHHBBBB", 9, 900_000, 1, 1, 0, 0, 0, 0)
    line = struct.pack("<IIHBB", sku, units, 1, 1, 0)
    return movement(3, head + line + struct.pack("<HHI", warehouse, 0, units), request=request)


def closed(kind: int, reservation: int, sku: int, units: int, *, pool_bits: int = 0) -> bytes:
    """A change of a whole hold of one share."""
    head = reservation.to_bytes(16, "big") + struct.pack("<HBB", 1, 0, 0)
    change = struct.pack("<IHHI", sku, 0, 0x8000 | pool_bits, units)
    return movement(kind, head + change, request=1_000 + reservation)


def stock(request: int, sku: int, on_hand: int, *, name: str = "", warehouse: int = 0) -> bytes:
    """A change of one cell, of a new SKU where it has a name."""
    head = struct.pack("<QIIqqQIHBB", 9, 1, 0, 0, 0, 0, 1, 0, 0, 0)
    flags = 1 | (2 | 4 if name else 0)
    row = struct.pack("<IHHiiiBBH", sku, warehouse, 0, on_hand, 0, 0, flags, len(name), 0)
    padded_name = name.encode().ljust((len(name) + 3) // 4 * 4, b"\0")
    return movement(1, head + row + padded_name, request=request)


def warehouses(request: int, *codes: str) -> bytes:
    """A movement that makes warehouses."""
    rows = b"".join(warehouse_row(number, code) for number, code in enumerate(codes))
    return movement(2, struct.pack("<QII", 9, len(codes), 0) + rows, request=request)


def snapshot_file(sections: dict[int, list[bytes]], start_lsn: int) -> bytes:
    """A snapshot of records by kind of section; one section a kind."""
    frames, directory, offset, end_lsn = b"", b"", 512, start_lsn
    for kind, records in sorted(sections.items()):
        content = b"".join(records)
        frame = stored_frame(content)
        first_lsn = start_lsn if kind == 4 else 0
        end_lsn += len(content) if kind == 4 else 0
        directory += struct.pack(
            "<IIQQQQQ",
            *(kind, crc32c(frame), offset, len(frame), len(content), len(records), first_lsn),
        )
        frames += frame
        offset += len(frame)
    size = offset + len(directory) + 16
    header = struct.pack(
        "<IQQIIQqQQQQIIQQQQQ376x",
        *(1, size, offset, len(sections), crc32c(directory), LOG_ID, INSTANT),
        *(start_lsn, end_lsn, 5, 2, 16, 0, 1, 1, 0, 0, 0),
    )
    header = struct.pack("<8sI", b"HFSNAP01", crc32c(header)) + header
    trailer = struct.pack("<8sI", b"HFSNEND1", 0)
    whole = crc32c(header, directory, trailer)
    return header + frames + directory + trailer + struct.pack("<I", whole)


@dataclass
class LogFile:
    """A log that is written batch by batch into segments of one size."""

    segment_bytes: int = 4_096
    segments: list[bytearray] = field(default_factory=list)
    number: int = 0
    checksum: int = 0
    lsn: int = 8
    run: int = RUN
    log_id: int = LOG_ID

    def batch(self, *records: bytes, flags: int = 0, durable_lsn: int = 8) -> None:
        """Appends a batch."""
        content = b"".join(records)
        self.number += 1
        head = struct.pack(
            "<IIQQQQIIQ",
            *(len(content), len(records), self.number, self.lsn, durable_lsn, self.run),
            *(self.checksum, flags, self.log_id),
        )
        self.checksum = crc32c(head, content)
        whole = struct.pack("<4sI", b"HFB1", self.checksum) + head + content
        whole = whole.ljust((len(whole) + 511) // 512 * 512, b"\0")
        if not self.segments or len(self.segments[-1]) + len(whole) > self.segment_bytes:
            self._begin_segment()
        self.segments[-1] += whole
        self.lsn += len(content)

    def _begin_segment(self) -> None:
        number = len(self.segments) + 1
        head = struct.pack("<IQQQ472x", 3, number, self.log_id, self.segment_bytes)
        self.segments.append(bytearray(struct.pack("<8sI", b"HFJRNL01", crc32c(head)) + head))

    def ready_segment(self) -> None:
        """Adds a segment that lies ready."""
        self._begin_segment()

    def write(self, directory: str) -> list[str]:
        """Writes the segments, filled up with zeros. Returns their paths."""
        paths = []
        for number, segment in enumerate(self.segments, 1):
            paths.append(os.path.join(directory, f"{number:020}.log"))
            with open(paths[-1], "wb") as file:
                file.write(segment.ljust(self.segment_bytes, b"\0"))
        return paths
