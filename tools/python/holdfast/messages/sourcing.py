"""Requests about what sourcing goes by: policies, rates, substitutes."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.messages.writes import WriteRequest
from holdfast.stock import Policy, Rate, SubstitutesPage, SubstitutesRow, Tier
from holdfast.values import SourcingTerm
from holdfast.wire import POLICY_BYTES_MAX, Reader, Writer, ascii_bytes

_ANY_DISTANCE = 0xFFFF_FFFF
_NO_CURSOR = 0xFFFF_FFFF


def _write_head(id: bytes, count: int, writer: Writer) -> None:
    writer.id(id)
    writer.zeros(2)
    writer.u16(count)
    writer.zeros(4)


def _read_head(reader: Reader) -> tuple[bytes, int]:
    request_id = reader.id()
    reader.zeros(2)
    count = reader.u16()
    reader.zeros(4)
    return request_id, count


@dataclass(frozen=True)
class PolicyWrite(WriteRequest):
    """Defines policies by name, or replaces those whose name is known: all rows or none."""

    operation: ClassVar[Operation] = Operation.POLICY_WRITE

    rows: tuple[Policy, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        _write_head(self.id, len(self.rows), writer)
        for row in self.rows:
            write_policy(row, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, count = _read_head(reader)
        return cls(tuple(read_policy(reader, None) for _ in range(count)), request_id)


@dataclass(frozen=True)
class PolicyList(Request[tuple[Policy, ...]]):
    """All policies with their numbers, those that are always there first."""

    operation: ClassVar[Operation] = Operation.POLICY_LIST

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[Policy, ...]:
        """See ``Request``."""
        return tuple(read_policy(reader, reader.u8()) for _ in range(reader.u16()))

    @staticmethod
    def write_answer(answer: tuple[Policy, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for policy in answer:
            if policy.number is None:
                raise ValueError("a listed policy has a number")
            writer.u8(policy.number)
            write_policy(policy, writer)


def write_policy(policy: Policy, writer: Writer) -> None:
    """Writes a policy without its number."""
    name = ascii_bytes(policy.name)
    writer.u8(len(name))
    writer.u8(len(policy.tiers))
    writer.raw(name)
    for tier in policy.tiers:
        writer.u16(tier.tolerance)
        writer.u8(len(tier.terms))
        for term, weight in tier.terms:
            writer.u8(term)
            writer.u32(weight)


def read_policy(reader: Reader, number: int | None) -> Policy:
    """Reads a policy whose number was read before, if it has one."""
    size, count = reader.u8(), reader.u8()
    name = reader.text(size, 1, POLICY_BYTES_MAX)
    return Policy(name, tuple(_read_tier(reader) for _ in range(count)), number)


def _read_tier(reader: Reader) -> Tier:
    tolerance, count = reader.u16(), reader.u8()
    terms = tuple((member(SourcingTerm, reader.u8()), reader.u32()) for _ in range(count))
    return Tier(terms, tolerance)


@dataclass(frozen=True)
class RatesWrite(WriteRequest):
    """Replaces the rate card; without a row it is empty afterwards."""

    operation: ClassVar[Operation] = Operation.RATES_WRITE

    rows: tuple[Rate, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        _write_head(self.id, len(self.rows), writer)
        for row in self.rows:
            _write_rate(row, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, count = _read_head(reader)
        return cls(tuple(_read_rate(reader) for _ in range(count)), request_id)


@dataclass(frozen=True)
class RatesList(Request[tuple[Rate, ...]]):
    """The rate card, in the order in which it was given."""

    operation: ClassVar[Operation] = Operation.RATES_LIST

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> tuple[Rate, ...]:
        """See ``Request``."""
        return tuple(_read_rate(reader) for _ in range(reader.u16()))

    @staticmethod
    def write_answer(answer: tuple[Rate, ...], writer: Writer) -> None:
        """See ``Request``."""
        writer.u16(len(answer))
        for row in answer:
            _write_rate(row, writer)


def _write_rate(row: Rate, writer: Writer) -> None:
    code = ascii_bytes(row.warehouse or "")
    writer.u32(_ANY_DISTANCE if row.metres_max is None else row.metres_max)
    writer.u16(row.transit_hours)
    writer.u8(len(code))
    writer.zeros(1)
    writer.region(row.region)
    writer.i64(row.base_cost)
    writer.i64(row.kilometre_cost)
    writer.i64(row.kilogram_cost)
    writer.raw(code)


def _read_rate(reader: Reader) -> Rate:
    metres_max, transit_hours, code_size = reader.u32(), reader.u16(), reader.u8()
    reader.zeros(1)
    region = reader.region() or None
    base_cost, kilometre_cost, kilogram_cost = reader.i64(), reader.i64(), reader.i64()
    return Rate(
        transit_hours,
        reader.warehouse(code_size) if code_size else None,
        region,
        None if metres_max == _ANY_DISTANCE else metres_max,
        base_cost,
        kilometre_cost,
        kilogram_cost,
    )


@dataclass(frozen=True)
class SubstitutesWrite(WriteRequest):
    """Says what may be offered in the place of SKUs: all rows or none."""

    operation: ClassVar[Operation] = Operation.SUBSTITUTES_WRITE

    rows: tuple[SubstitutesRow, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        _write_head(self.id, len(self.rows), writer)
        for row in self.rows:
            _write_substitutes(row, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, count = _read_head(reader)
        return cls(tuple(_read_substitutes(reader) for _ in range(count)), request_id)


@dataclass(frozen=True)
class SubstitutesList(Request[SubstitutesPage]):
    """The substitutes of one SKU, or a page of all SKUs that have some."""

    operation: ClassVar[Operation] = Operation.SUBSTITUTES_LIST

    cursor: int = 0
    limit: int = 1_024
    sku: str | None = None

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(self.cursor)
        writer.u32(self.limit)
        writer.name(self.sku or "")

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        cursor, limit, size = reader.u32(), reader.u32(), reader.u8()
        return cls(cursor, limit, reader.sku(size) if size else None)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SubstitutesPage:
        """See ``Request``."""
        cursor, count = reader.u32(), reader.u32()
        rows = []
        for _ in range(count):
            rows.append(_read_substitutes(reader))
        return SubstitutesPage(None if cursor == _NO_CURSOR else cursor, tuple(rows))

    @staticmethod
    def write_answer(answer: SubstitutesPage, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(_NO_CURSOR if answer.next_cursor is None else answer.next_cursor)
        writer.u32(len(answer.rows))
        for row in answer.rows:
            _write_substitutes(row, writer)


def _write_substitutes(row: SubstitutesRow, writer: Writer) -> None:
    name = ascii_bytes(row.sku)
    writer.u8(len(name))
    writer.u8(len(row.substitutes))
    writer.raw(name)
    for substitute in row.substitutes:
        writer.name(substitute)


def _read_substitutes(reader: Reader) -> SubstitutesRow:
    size, count = reader.u8(), reader.u8()
    sku = reader.sku(size)
    return SubstitutesRow(sku, tuple(reader.sku(reader.u8()) for _ in range(count)))
