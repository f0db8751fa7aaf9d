"""Requests about sales and the stock that is fenced off for them."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.messages.writes import WriteRequest
from holdfast.outcomes import Outcome
from holdfast.sales import (
    FenceRow,
    OwnerShare,
    SaleBand,
    SaleChange,
    SaleFigures,
    SaleList,
    SaleOverview,
    SaleRules,
    SaleStatus,
    SaleStep,
    SaleStepChange,
    SaleWall,
)
from holdfast.wire import MalformedFrame, Reader, Writer, ascii_bytes, pool_bytes

_OPENS, _CLOSES, _RETURNS = 1, 2, 4
_RULES = 0
_ANY_UNITS = 0xFFFF_FFFF_FFFF_FFFF
_REASON_BYTES_MAX = 64


@dataclass(frozen=True)
class SaleWrite(WriteRequest):
    """Defines, opens, closes or forgets sales: all rows or none."""

    operation: ClassVar[Operation] = Operation.SALE_WRITE

    rows: tuple[SaleChange, ...]
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.id)
        writer.zeros(2)
        writer.u16(len(self.rows))
        writer.zeros(4)
        for row in self.rows:
            if isinstance(row, SaleRules):
                writer.u8(_RULES)
                _write_rules(row, writer)
            else:
                writer.u8(row.step)
                writer.sized(pool_bytes(row.pool))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id = reader.id()
        reader.zeros(2)
        count = reader.u16()
        reader.zeros(4)
        return cls(tuple(_read_change(reader) for _ in range(count)), request_id)


def _read_change(reader: Reader) -> SaleChange:
    kind = reader.u8()
    if kind == _RULES:
        return _read_rules(reader)
    step = member(SaleStep, kind)
    return SaleStepChange(step, reader.pool(reader.u8()))


def _write_rules(rules: SaleRules, writer: Writer) -> None:
    pool = pool_bytes(rules.pool)
    fields = _OPENS if rules.opens_at is not None else 0
    fields |= _CLOSES if rules.closes_at is not None else 0
    fields |= _RETURNS if rules.returns_rest else 0
    writer.u8(len(pool))
    writer.u8(fields)
    writer.u8(rules.wall)
    writer.zeros(1)
    writer.u32(rules.units_per_owner_and_sku)
    writer.u32(rules.units_per_owner)
    writer.u32(rules.units_per_order)
    writer.u32(rules.units_per_window)
    writer.u32(rules.window_milliseconds)
    writer.u32(rules.open_holds_per_owner)
    writer.u32(rules.open_holds_per_credential)
    writer.u32(rules.first_hold_milliseconds)
    for instant in (rules.opens_at, rules.closes_at):
        if instant is not None:
            writer.i64(instant)
    writer.raw(pool)


def _read_rules(reader: Reader) -> SaleRules:
    pool_size = reader.u8()
    fields = reader.flags(_OPENS | _CLOSES | _RETURNS)
    wall = member(SaleWall, reader.u8())
    reader.zeros(1)
    limits = [reader.u32() for _ in range(8)]
    opens_at = reader.instant() if fields & _OPENS else None
    closes_at = reader.instant() if fields & _CLOSES else None
    pool = reader.pool(pool_size)
    return SaleRules(pool, opens_at, closes_at, wall, bool(fields & _RETURNS), *limits)


@dataclass(frozen=True)
class SaleListShow(Request[SaleList]):
    """All sales, and the server's instant."""

    operation: ClassVar[Operation] = Operation.SALE_LIST

    def write(self, writer: Writer) -> None:
        """See ``Request``."""

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls()

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SaleList:
        """See ``Request``."""
        instant, count = reader.instant(), reader.u16()
        reader.zeros(6)
        return SaleList(instant, tuple(_read_rules(reader) for _ in range(count)))

    @staticmethod
    def write_answer(answer: SaleList, writer: Writer) -> None:
        """See ``Request``."""
        writer.i64(answer.instant)
        writer.u16(len(answer.sales))
        writer.zeros(6)
        for rules in answer.sales:
            _write_rules(rules, writer)


@dataclass(frozen=True)
class SaleStatusShow(Request[SaleStatus]):
    """What became of a sale so far."""

    operation: ClassVar[Operation] = Operation.SALE_STATUS

    pool: str

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.sized(pool_bytes(self.pool))

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.pool(reader.u8()))

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SaleStatus:
        """See ``Request``."""
        return _read_status(reader)

    @staticmethod
    def write_answer(answer: SaleStatus, writer: Writer) -> None:
        """See ``Request``."""
        _write_status(answer, writer)


@dataclass(frozen=True)
class SaleReportShow(Request[SaleOverview]):
    """What became of a sale so far, and who got what share of it."""

    operation: ClassVar[Operation] = Operation.SALE_REPORT

    pool: str
    limit: int = 10

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.sized(pool_bytes(self.pool))
        writer.u16(self.limit)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        pool = reader.pool(reader.u8())
        return cls(pool, reader.u16())

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SaleOverview:
        """See ``Request``."""
        status = _read_status(reader)
        band_count, share_count = reader.u16(), reader.u16()
        reader.zeros(4)
        bands = tuple(_read_band(reader) for _ in range(band_count))
        return SaleOverview(status, bands, tuple(_read_share(reader) for _ in range(share_count)))

    @staticmethod
    def write_answer(answer: SaleOverview, writer: Writer) -> None:
        """See ``Request``."""
        _write_status(answer.status, writer)
        writer.u16(len(answer.bands))
        writer.u16(len(answer.top))
        writer.zeros(4)
        for band in answer.bands:
            writer.u64(band.units_min)
            writer.u64(_ANY_UNITS if band.units_max is None else band.units_max)
            writer.u64(band.owners)
            writer.u64(band.units)
        for share in answer.top:
            writer.id(share.owner)
            writer.u64(share.open_units)
            writer.u64(share.fulfilled_units)
            writer.u32(share.holds)
            writer.u32(share.committed_holds)
            writer.u32(share.open_holds)
            writer.zeros(4)


def _read_band(reader: Reader) -> SaleBand:
    units_min, units_max = reader.u64(), reader.u64()
    owners, units = reader.u64(), reader.u64()
    return SaleBand(units_min, None if units_max == _ANY_UNITS else units_max, owners, units)


def _read_share(reader: Reader) -> OwnerShare:
    owner, open_units, fulfilled_units = reader.id(), reader.u64(), reader.u64()
    holds, committed_holds, open_holds = reader.u32(), reader.u32(), reader.u32()
    reader.zeros(4)
    return OwnerShare(owner, open_units, fulfilled_units, holds, committed_holds, open_holds)


def _read_status(reader: Reader) -> SaleStatus:
    instant, rules = reader.instant(), _read_rules(reader)
    cells = [reader.i64() for _ in range(5)]
    counts = [reader.u64() for _ in range(7)]
    count = reader.u16()
    reader.zeros(6)
    refusals: dict[Outcome, int] = {}
    last = -1
    for _ in range(count):
        number = reader.u16()
        if number <= last:
            raise MalformedFrame("outcomes come in ascending order")
        last = number
        reader.zeros(6)
        refusals[member(Outcome, number)] = reader.u64()
    return SaleStatus(instant, rules, SaleFigures(*cells, *counts, refusals))


def _write_status(status: SaleStatus, writer: Writer) -> None:
    figures = status.figures
    writer.i64(status.instant)
    _write_rules(status.rules, writer)
    writer.i64(figures.on_hand)
    writer.i64(figures.reserved)
    writer.i64(figures.committed)
    writer.i64(figures.safety_stock)
    writer.i64(figures.backorder_limit)
    writer.u64(figures.owners)
    writer.u64(figures.holds)
    writer.u64(figures.committed_holds)
    writer.u64(figures.open_holds)
    writer.u64(figures.open_units)
    writer.u64(figures.fulfilled_units)
    writer.u64(figures.returned_units)
    writer.u16(len(figures.refusals))
    writer.zeros(6)
    for outcome in sorted(figures.refusals):
        writer.u16(outcome)
        writer.zeros(6)
        writer.u64(figures.refusals[outcome])


@dataclass(frozen=True)
class Fence(WriteRequest):
    """Moves units of many SKUs from one pool to another: all rows or none."""

    operation: ClassVar[Operation] = Operation.FENCE

    rows: tuple[FenceRow, ...]
    giving: str
    taking: str
    reason: str = ""
    id: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        reason = self.reason.encode()
        giving, taking = pool_bytes(self.giving), pool_bytes(self.taking)
        writer.id(self.id)
        writer.u16(len(self.rows))
        writer.u8(len(reason))
        writer.u8(len(giving))
        writer.u8(len(taking))
        writer.zeros(3)
        writer.raw(reason)
        writer.raw(giving)
        writer.raw(taking)
        for row in self.rows:
            code, sku = ascii_bytes(row.warehouse), ascii_bytes(row.sku)
            writer.u32(row.units)
            writer.u8(len(code))
            writer.u8(len(sku))
            writer.raw(code)
            writer.raw(sku)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, count = reader.id(), reader.u16()
        reason_size, giving_size, taking_size = reader.u8(), reader.u8(), reader.u8()
        reader.zeros(3)
        reason = reader.people_text(reason_size, _REASON_BYTES_MAX)
        giving, taking = reader.pool(giving_size), reader.pool(taking_size)
        rows = tuple(_read_fence_row(reader) for _ in range(count))
        return cls(rows, giving, taking, reason, request_id)


def _read_fence_row(reader: Reader) -> FenceRow:
    units, code_size, sku_size = reader.u32(), reader.u8(), reader.u8()
    warehouse = reader.warehouse(code_size)
    return FenceRow(reader.sku(sku_size), warehouse, units)
