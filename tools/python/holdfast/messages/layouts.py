"""The layouts that several answers share: reservations and receipts of writes."""

from holdfast.messages.alternatives import read_alternatives, write_alternatives
from holdfast.messages.members import member
from holdfast.values import (
    Progress,
    Reservation,
    ReservationReport,
    ReservationState,
    ReservedLine,
    Share,
)
from holdfast.wire import DEFAULT_POOL, MalformedFrame, Reader, Writer, pool_bytes

_REPLACED, _REST_EXPIRED, _REROUTED, _ALTERNATIVES = 1, 2, 4, 8
_BACKORDERED, _POOL, _PROGRESS, _OFFLINE = 1, 2, 4, 8


def read_reservation(reader: Reader, is_repeated: bool) -> Reservation:
    """Reads the layout called a reservation."""
    lsn, expires_at, promised_at = reader.u64(), reader.instant(), reader.instant()
    state = member(ReservationState, reader.u8())
    facts = reader.flags(_REPLACED | _REST_EXPIRED | _REROUTED | _ALTERNATIVES)
    lines = tuple(_read_line(reader) for _ in range(reader.u16()))
    is_replaced, is_rest_expired = bool(facts & _REPLACED), bool(facts & _REST_EXPIRED)
    return Reservation(
        lsn,
        expires_at,
        state,
        lines,
        is_replaced,
        is_rest_expired,
        is_repeated,
        bool(facts & _REROUTED),
        promised_at or None,
        read_alternatives(reader) if facts & _ALTERNATIVES else (),
    )


def write_reservation(reservation: Reservation, writer: Writer) -> None:
    """Writes the layout called a reservation."""
    writer.u64(reservation.lsn)
    writer.i64(reservation.expires_at)
    writer.i64(reservation.promised_at or 0)
    writer.u8(reservation.state.value)
    facts = _REPLACED if reservation.is_replaced else 0
    facts |= _REST_EXPIRED if reservation.is_rest_expired else 0
    facts |= _ALTERNATIVES if reservation.alternatives else 0
    writer.u8(facts | (_REROUTED if reservation.is_rerouted else 0))
    writer.u16(len(reservation.lines))
    for line in reservation.lines:
        writer.u32(line.requested)
        writer.u32(line.reserved)
        writer.u16(len(line.shares))
        writer.zeros(2)
        for share in line.shares:
            _write_share(share, writer)
    if reservation.alternatives:
        write_alternatives(reservation.alternatives, writer)


def _read_line(reader: Reader) -> ReservedLine:
    requested, reserved, count = reader.u32(), reader.u32(), reader.u16()
    reader.zeros(2)
    return ReservedLine(requested, reserved, tuple(_read_share(reader) for _ in range(count)))


def _read_share(reader: Reader) -> Share:
    units = reader.u32()
    fields = reader.flags(_BACKORDERED | _POOL | _PROGRESS | _OFFLINE)
    warehouse = reader.warehouse(reader.u8())
    backordered = reader.u32() if fields & _BACKORDERED else None
    pool_name = reader.pool(reader.u8() if fields & _POOL else 0)
    if fields & _POOL and pool_name == DEFAULT_POOL:
        raise MalformedFrame("a share names the pool `default`")
    progress = None
    if fields & _PROGRESS:
        progress = Progress(reader.u32(), reader.u32(), reader.u32(), reader.u32())
    return Share(units, warehouse, pool_name, backordered, progress, bool(fields & _OFFLINE))


def _write_share(share: Share, writer: Writer) -> None:
    pool_name = pool_bytes(share.pool)
    fields = _BACKORDERED if share.backordered is not None else 0
    fields |= _POOL if pool_name else 0
    fields |= _PROGRESS if share.progress is not None else 0
    writer.u32(share.units)
    writer.u8(fields | (_OFFLINE if share.is_offline else 0))
    writer.name(share.warehouse)
    if share.backordered is not None:
        writer.u32(share.backordered)
    if pool_name:
        writer.sized(pool_name)
    if share.progress is not None:
        progress = share.progress
        for units in (progress.held, progress.committed, progress.fulfilled, progress.cancelled):
            writer.u32(units)


def read_reservation_report(reader: Reader, is_repeated: bool) -> ReservationReport:
    """Reads a reservation with its owner, its first hold and the names of its SKUs."""
    reservation = read_reservation(reader, is_repeated)
    owner, first_held_at = reader.id(), reader.instant()
    skus = tuple(_read_known_sku(reader) for _ in reservation.lines)
    return ReservationReport(reservation, owner, first_held_at, skus)


def _read_known_sku(reader: Reader) -> str | None:
    size = reader.u8()
    return reader.sku(size) if size else None


def write_reservation_report(report: ReservationReport, writer: Writer) -> None:
    """Writes a reservation with its owner, its first hold and the names of its SKUs."""
    if len(report.skus) != len(report.reservation.lines):
        raise ValueError("a report needs one SKU for each line")
    write_reservation(report.reservation, writer)
    writer.id(report.owner)
    writer.i64(report.first_held_at)
    for sku in report.skus:
        writer.name(sku or "")
