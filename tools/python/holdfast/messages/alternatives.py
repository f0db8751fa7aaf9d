"""The layout of alternatives, which answers to reserve and source share."""

from holdfast.alternatives import (
    Alternative,
    AlternativeKind,
    LineAlternatives,
    SourcingExclusion,
)
from holdfast.messages.members import member
from holdfast.wire import MalformedFrame, Reader, Writer, pool_bytes

_PER_LINE_MAX = 5
_LINES_MAX = 32


def write_alternatives(lines: tuple[LineAlternatives, ...], writer: Writer) -> None:
    """Writes alternatives by line; there is at least one line."""
    writer.u16(len(lines))
    for one in lines:
        writer.u16(one.line)
        write_alternatives_of_line(one.alternatives, writer)


def write_alternatives_of_line(alternatives: tuple[Alternative, ...], writer: Writer) -> None:
    """Writes the alternatives of one line."""
    writer.u8(len(alternatives))
    writer.zeros(1)
    for one in alternatives:
        writer.u8(one.kind)
        writer.u8(one.exclusion)
        writer.i64(one.available)
        writer.name(one.sku)
        writer.name(one.warehouse)
        writer.sized(pool_bytes(one.pool))


def read_alternatives(reader: Reader) -> tuple[LineAlternatives, ...]:
    """Reads alternatives by line."""
    lines: list[LineAlternatives] = []
    count = reader.u16()
    if not 1 <= count <= _LINES_MAX:
        raise MalformedFrame(f"alternatives of {count} lines")
    for _ in range(count):
        line = reader.u16()
        if lines and line <= lines[-1].line:
            raise MalformedFrame("lines with alternatives stand in order")
        alternatives = read_alternatives_of_line(reader)
        if not alternatives:
            raise MalformedFrame("a line without alternatives")
        lines.append(LineAlternatives(line, alternatives))
    return tuple(lines)


def read_alternatives_of_line(reader: Reader) -> tuple[Alternative, ...]:
    """Reads the alternatives of one line."""
    count = reader.u8()
    if count > _PER_LINE_MAX:
        raise MalformedFrame(f"{count} alternatives of one line")
    reader.zeros(1)
    return tuple(_read_alternative(reader) for _ in range(count))


def _read_alternative(reader: Reader) -> Alternative:
    kind = member(AlternativeKind, reader.u8())
    exclusion = member(SourcingExclusion, reader.u8())
    if (kind == AlternativeKind.WAREHOUSE) != (exclusion != SourcingExclusion.NONE):
        raise MalformedFrame("a warehouse is left out for a reason")
    available = reader.i64()
    if available <= 0:
        raise MalformedFrame("an alternative without units")
    sku, warehouse = reader.sku(reader.u8()), reader.warehouse(reader.u8())
    return Alternative(kind, sku, warehouse, reader.pool(reader.u8()), available, exclusion)
