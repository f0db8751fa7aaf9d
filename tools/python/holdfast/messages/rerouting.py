"""Requests that move all held units away from a warehouse, and tell how that goes."""

from dataclasses import dataclass
from typing import ClassVar, Self

from holdfast.messages.base import Operation, Request
from holdfast.messages.members import member
from holdfast.outcomes import Outcome
from holdfast.rerouting import (
    RerouteEntry,
    RerouteFate,
    RerouteReason,
    RerouteReport,
    RerouteState,
    RerouteSum,
)
from holdfast.wire import Reader, Writer


@dataclass(frozen=True)
class _WarehouseReroute(Request[RerouteReport]):
    """A request about one warehouse that is answered with a report."""

    warehouse: str

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.name(self.warehouse)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.warehouse(reader.u8()))

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> RerouteReport:
        """See ``Request``."""
        run, state = reader.u64(), member(RerouteState, reader.u8())
        reader.zeros(1)
        paused_by = member(Outcome, reader.u16())
        reader.zeros(4)
        started_at, ended_at = reader.instant(), reader.instant()
        looked_at, to_look_at = reader.u64(), reader.u64()
        sums = tuple(RerouteSum(reader.u64(), reader.u64()) for _ in RerouteFate)
        reason_count, entry_count = reader.u16(), reader.u16()
        reader.zeros(4)
        return RerouteReport(
            run,
            state,
            paused_by,
            started_at,
            ended_at or None,
            looked_at,
            to_look_at,
            sums,
            tuple(_read_reason(reader) for _ in range(reason_count)),
            tuple(_read_entry(reader) for _ in range(entry_count)),
        )

    @staticmethod
    def write_answer(answer: RerouteReport, writer: Writer) -> None:
        """See ``Request``."""
        writer.u64(answer.run)
        writer.u8(answer.state)
        writer.zeros(1)
        writer.u16(answer.paused_by)
        writer.zeros(4)
        writer.i64(answer.started_at)
        writer.i64(answer.ended_at or 0)
        writer.u64(answer.looked_at)
        writer.u64(answer.to_look_at)
        for total in answer.sums:
            writer.u64(total.reservations)
            writer.u64(total.units)
        writer.u16(len(answer.reasons))
        writer.u16(len(answer.entries))
        writer.zeros(4)
        for reason in answer.reasons:
            writer.u16(reason.outcome)
            writer.zeros(6)
            writer.u64(reason.reservations)
        for entry in answer.entries:
            writer.id(entry.reservation)
            writer.u8(entry.fate)
            writer.zeros(1)
            writer.u16(entry.reason)
            writer.i32(entry.line)
            writer.u64(entry.units)
            writer.u32(entry.minutes_later)
            writer.zeros(4)


def _read_reason(reader: Reader) -> RerouteReason:
    outcome = member(Outcome, reader.u16())
    reader.zeros(6)
    return RerouteReason(outcome, reader.u64())


def _read_entry(reader: Reader) -> RerouteEntry:
    reservation, fate = reader.id(), member(RerouteFate, reader.u8())
    reader.zeros(1)
    reason, line = member(Outcome, reader.u16()), reader.i32()
    units, minutes_later = reader.u64(), reader.u32()
    reader.zeros(4)
    return RerouteEntry(reservation, fate, units, reason, line, minutes_later)


@dataclass(frozen=True)
class RerouteStart(_WarehouseReroute):
    """Begins to move all held units away from a warehouse that isn't online."""

    operation: ClassVar[Operation] = Operation.REROUTE_START


@dataclass(frozen=True)
class RerouteStatus(_WarehouseReroute):
    """How moving all held units away from a warehouse goes, or what came of it last."""

    operation: ClassVar[Operation] = Operation.REROUTE_STATUS
