"""The question what plan a reserve would get."""

from dataclasses import dataclass
from typing import ClassVar, Self

from holdfast.alternatives import SourcingExclusion
from holdfast.messages.alternatives import (
    read_alternatives_of_line,
    write_alternatives_of_line,
)
from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.messages.reservations import Reserve
from holdfast.messages.sourcing import read_policy, write_policy
from holdfast.outcomes import Outcome
from holdfast.sourcing import (
    SourcingCandidate,
    SourcingCell,
    SourcingCriterion,
    SourcingLine,
    SourcingLoss,
    SourcingReport,
)
from holdfast.values import Constraints, Destination, ReserveMode, Share
from holdfast.wire import MalformedFrame, Reader, Writer, pool_bytes

_DESTINATION, _LATEST_PROMISE, _SHIPS_COMPLETE, _PROVEN = 1, 2, 4, 8
_PREFERRED, _USED = 1, 2
_NO_LINE = -1
_NO_LOSS = 255
_ANY_CAPACITY = 0xFFFF_FFFF

_Criteria = tuple[tuple[SourcingCriterion, int], ...]


@dataclass(frozen=True)
class Source(Request[SourcingReport]):
    """What plan ``reserve`` would get. Its id, owner and time to live don't matter."""

    operation: ClassVar[Operation] = Operation.SOURCE

    reserve: Reserve

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        self.reserve.write(writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(Reserve.read(reader))

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> SourcingReport:
        """See ``Request``."""
        mode = member(ReserveMode, reader.u8())
        fields = reader.flags(_DESTINATION | _LATEST_PROMISE | _SHIPS_COMPLETE | _PROVEN)
        outcome, refused_line = member(Outcome, reader.u16()), reader.i32()
        if refused_line < _NO_LINE:
            raise MalformedFrame(f"a refusal of line {refused_line}")
        ordered_at, nodes = reader.instant(), reader.u32()
        reader.zeros(4)
        return SourcingReport(
            mode,
            outcome,
            None if refused_line == _NO_LINE else refused_line,
            ordered_at,
            nodes,
            bool(fields & _PROVEN),
            _read_destination(reader) if fields & _DESTINATION else None,
            read_policy(reader, None),
            _read_constraints(reader, fields),
            tuple(_read_candidate(reader) for _ in range(reader.u16())),
            tuple(_read_line(reader) for _ in range(reader.u16())),
            _read_criteria(reader),
            _read_criteria(reader),
        )

    @staticmethod
    def write_answer(answer: SourcingReport, writer: Writer) -> None:
        """See ``Request``."""
        fields = _DESTINATION if answer.destination is not None else 0
        fields |= _LATEST_PROMISE if answer.constraints.latest_promise is not None else 0
        fields |= _SHIPS_COMPLETE if answer.constraints.ships_complete else 0
        writer.u8(answer.mode)
        writer.u8(fields | (_PROVEN if answer.is_proven else 0))
        writer.u16(answer.outcome)
        writer.i32(_NO_LINE if answer.refused_line is None else answer.refused_line)
        writer.i64(answer.ordered_at)
        writer.u32(answer.nodes)
        writer.zeros(4)
        if answer.destination is not None:
            writer.i32(answer.destination.latitude)
            writer.i32(answer.destination.longitude)
            writer.region(answer.destination.region)
        write_policy(answer.policy, writer)
        _write_constraints(answer.constraints, writer)
        writer.u16(len(answer.candidates))
        for candidate in answer.candidates:
            _write_candidate(candidate, writer)
        writer.u16(len(answer.lines))
        for line in answer.lines:
            _write_line(line, writer)
        _write_criteria(answer.objective, writer)
        _write_criteria(answer.lower_bound, writer)


def _read_destination(reader: Reader) -> Destination:
    return Destination(reader.i32(), reader.i32(), reader.region() or None)


def _write_constraints(constraints: Constraints, writer: Writer) -> None:
    writer.u16(constraints.splits_max)
    writer.u16(constraints.splits_per_line_max)
    writer.u32(constraints.metres_max)
    if constraints.latest_promise is not None:
        writer.i64(constraints.latest_promise)
    for codes in (constraints.excluded, constraints.required, constraints.preferred):
        writer.u8(len(codes))
        for code in codes:
            writer.name(code)


def _read_constraints(reader: Reader, fields: int) -> Constraints:
    return Constraints(
        reader.u16(),
        reader.u16(),
        reader.u32(),
        reader.instant() if fields & _LATEST_PROMISE else None,
        bool(fields & _SHIPS_COMPLETE),
        _read_codes(reader),
        _read_codes(reader),
        _read_codes(reader),
    )


def _read_codes(reader: Reader) -> tuple[str, ...]:
    return tuple(reader.warehouse(reader.u8()) for _ in range(reader.u8()))


def _write_candidate(candidate: SourcingCandidate, writer: Writer) -> None:
    writer.name(candidate.warehouse)
    writer.u32(candidate.metres)
    writer.i64(candidate.shipment_cost)
    writer.i64(candidate.promised_at or 0)
    writer.u32(candidate.promise_minutes)
    writer.u32(candidate.priority)
    writer.u32(_ANY_CAPACITY if candidate.capacity_left is None else candidate.capacity_left)
    writer.u8(candidate.exclusion)
    writer.u8(_NO_LOSS if candidate.loss is None else candidate.loss)
    fields = _PREFERRED if candidate.is_preferred else 0
    writer.u8(fields | (_USED if candidate.is_used else 0))


def _read_candidate(reader: Reader) -> SourcingCandidate:
    warehouse, metres = reader.warehouse(reader.u8()), reader.u32()
    shipment_cost, promised_at = reader.i64(), reader.instant()
    promise_minutes, priority, capacity = reader.u32(), reader.u32(), reader.u32()
    exclusion, loss = member(SourcingExclusion, reader.u8()), reader.u8()
    fields = reader.flags(_PREFERRED | _USED)
    return SourcingCandidate(
        warehouse,
        metres,
        shipment_cost,
        promised_at or None,
        promise_minutes,
        priority,
        None if capacity == _ANY_CAPACITY else capacity,
        exclusion,
        None if loss == _NO_LOSS else member(SourcingLoss, loss),
        bool(fields & _PREFERRED),
        bool(fields & _USED),
    )


def _write_line(line: SourcingLine, writer: Writer) -> None:
    writer.name(line.sku)
    writer.u32(line.requested)
    writer.u32(line.reserved)
    writer.u64(line.version)
    writer.name(line.warehouse or "")
    writer.u8(len(line.pools))
    for pool in line.pools:
        writer.sized(pool_bytes(pool))
    writer.u16(len(line.cells))
    for cell in line.cells:
        writer.name(cell.warehouse)
        writer.sized(pool_bytes(cell.pool))
        writer.i64(cell.available)
        writer.i64(cell.present)
        writer.i64(cell.unit_cost)
        writer.u32(cell.balance)
    writer.u16(len(line.shares))
    for share in line.shares:
        writer.name(share.warehouse)
        writer.sized(pool_bytes(share.pool))
        writer.u32(share.units)
        writer.u32(share.backordered or 0)
    write_alternatives_of_line(line.alternatives, writer)


def _read_line(reader: Reader) -> SourcingLine:
    sku, requested, reserved = reader.sku(reader.u8()), reader.u32(), reader.u32()
    version, size = reader.u64(), reader.u8()
    return SourcingLine(
        sku,
        requested,
        reserved,
        version,
        reader.warehouse(size) if size else None,
        tuple(reader.pool(reader.u8()) for _ in range(reader.u8())),
        tuple(_read_cell(reader) for _ in range(reader.u16())),
        tuple(_read_share(reader) for _ in range(reader.u16())),
        read_alternatives_of_line(reader),
    )


def _read_cell(reader: Reader) -> SourcingCell:
    warehouse, pool = reader.warehouse(reader.u8()), reader.pool(reader.u8())
    available, present, unit_cost = reader.i64(), reader.i64(), reader.i64()
    return SourcingCell(warehouse, pool, available, present, unit_cost, reader.u32())


def _read_share(reader: Reader) -> Share:
    warehouse, pool = reader.warehouse(reader.u8()), reader.pool(reader.u8())
    return Share(reader.u32(), warehouse, pool, reader.u32())


def _write_criteria(criteria: _Criteria, writer: Writer) -> None:
    writer.u8(len(criteria))
    for criterion, value in criteria:
        writer.u8(criterion)
        writer.i64(value)


def _read_criteria(reader: Reader) -> _Criteria:
    return tuple((member(SourcingCriterion, reader.u8()), reader.i64()) for _ in range(reader.u8()))
