"""Requests about reservations."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from holdfast.ids import new_id
from holdfast.messages.base import Operation, Request
from holdfast.messages.layouts import (
    read_reservation,
    read_reservation_report,
    write_reservation,
    write_reservation_report,
)
from holdfast.messages.members import member
from holdfast.payment import ExtendReason
from holdfast.values import (
    Constraints,
    Destination,
    Item,
    Line,
    OwnerReport,
    Reservation,
    ReservationReport,
    ReserveMode,
    SourcingPolicy,
)
from holdfast.wire import REGION_BYTES, MalformedFrame, Reader, Writer, ascii_bytes, pool_bytes

_DESTINATION, _ORDERED_AT, _REGION, _REPLACES, _CONSTRAINTS, _POLICY_NAME = 1, 2, 4, 8, 16, 32
_ALTERNATIVES = 64
_NAMED_POLICY = 255
_SHIPS_COMPLETE, _LATEST_PROMISE = 1, 2
_CONSTRAINT_WAREHOUSES_MAX = 64
_WAREHOUSE, _POOLS, _EXPECTED_VERSION = 1, 2, 4
_ITEM_WAREHOUSE, _ITEM_POOL = 1, 2
_FULFIL = 1


class _ReservationRequest(Request[Reservation]):
    """A request that is answered with a reservation."""

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> Reservation:
        """See ``Request``."""
        return read_reservation(reader, is_repeated)

    @staticmethod
    def write_answer(answer: Reservation, writer: Writer) -> None:
        """See ``Request``."""
        write_reservation(answer, writer)


@dataclass(frozen=True)
class Reserve(_ReservationRequest):
    """Hold these lines for this owner.

    ``id`` becomes the reservation's. ``time_to_live`` is in milliseconds: 0 for the server's
    default of 15 minutes, 86,400,000 at most. ``ordered_at`` is an instant in milliseconds since
    1970. ``replaces`` names a hold of the same owner whose units count as free. ``policy`` is one
    that is always there, or the name of one that the server's operator made. With ``alternatives``
    the answer tells what could serve lines that are short instead.
    """

    operation: ClassVar[Operation] = Operation.RESERVE

    lines: tuple[Line, ...]
    owner: bytes
    id: bytes = field(default_factory=new_id)
    time_to_live: int = 0
    mode: ReserveMode = ReserveMode.ALL_OR_NOTHING
    policy: SourcingPolicy | str = SourcingPolicy.NEAREST
    destination: Destination | None = None
    ordered_at: int | None = None
    replaces: bytes | None = None
    constraints: Constraints | None = None
    alternatives: bool = False

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.id)
        writer.id(self.owner)
        writer.u32(self.time_to_live)
        writer.u16(len(self.lines))
        writer.u8(self.mode)
        is_named = isinstance(self.policy, str)
        writer.u8(_NAMED_POLICY if isinstance(self.policy, str) else self.policy)
        region = self.destination.region if self.destination is not None else None
        fields = _DESTINATION if self.destination is not None else 0
        fields |= _ORDERED_AT if self.ordered_at is not None else 0
        fields |= _REGION if region is not None else 0
        fields |= _REPLACES if self.replaces is not None else 0
        constraints = self.constraints or Constraints()
        fields |= _CONSTRAINTS if constraints != Constraints() else 0
        fields |= _ALTERNATIVES if self.alternatives else 0
        writer.u8(fields | (_POLICY_NAME if is_named else 0))
        writer.zeros(3)
        if self.destination is not None:
            writer.i32(self.destination.latitude)
            writer.i32(self.destination.longitude)
        if self.ordered_at is not None:
            writer.i64(self.ordered_at)
        if region is not None:
            _write_region(region, writer)
        if self.replaces is not None:
            writer.id(self.replaces)
        if constraints != Constraints():
            _write_constraints(constraints, writer)
        if isinstance(self.policy, str):
            writer.name(self.policy)
        for line in self.lines:
            _write_line(line, writer)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        request_id, owner, time_to_live, count = (
            reader.id(),
            reader.id(),
            reader.u32(),
            reader.u16(),
        )
        mode, number = member(ReserveMode, reader.u8()), reader.u8()
        fields = reader.flags(
            _DESTINATION
            | _ORDERED_AT
            | _REGION
            | _REPLACES
            | _CONSTRAINTS
            | _POLICY_NAME
            | _ALTERNATIVES
        )
        if bool(fields & _POLICY_NAME) != (number == _NAMED_POLICY):
            raise MalformedFrame("a policy has a number or a name")
        if fields & _REGION and not fields & _DESTINATION:
            raise MalformedFrame("a region without a destination")
        reader.zeros(3)
        position = (reader.i32(), reader.i32()) if fields & _DESTINATION else None
        ordered_at = reader.instant() if fields & _ORDERED_AT else None
        region = _read_region(reader) if fields & _REGION else None
        replaces = reader.id() if fields & _REPLACES else None
        constraints = _read_constraints(reader) if fields & _CONSTRAINTS else None
        policy: SourcingPolicy | str
        if number == _NAMED_POLICY:
            policy = reader.warehouse(reader.u8())
        else:
            policy = member(SourcingPolicy, number)
        lines = tuple(_read_line(reader) for _ in range(count))
        return cls(
            lines,
            owner,
            request_id,
            time_to_live,
            mode,
            policy,
            Destination(*position, region) if position is not None else None,
            ordered_at,
            replaces,
            constraints,
            bool(fields & _ALTERNATIVES),
        )


def _write_constraints(constraints: Constraints, writer: Writer) -> None:
    flags = _SHIPS_COMPLETE if constraints.ships_complete else 0
    writer.u8(flags | (_LATEST_PROMISE if constraints.latest_promise is not None else 0))
    writer.zeros(1)
    writer.u16(constraints.splits_max)
    writer.u16(constraints.splits_per_line_max)
    writer.zeros(2)
    writer.u32(constraints.metres_max)
    if constraints.latest_promise is not None:
        writer.i64(constraints.latest_promise)
    lists = (constraints.excluded, constraints.required, constraints.preferred)
    for codes in lists:
        if len(codes) > _CONSTRAINT_WAREHOUSES_MAX:
            raise ValueError(f"a list names at most {_CONSTRAINT_WAREHOUSES_MAX} warehouses")
        writer.u8(len(codes))
    writer.zeros(1)
    for codes in lists:
        for code in codes:
            writer.name(code)


def _read_constraints(reader: Reader) -> Constraints:
    flags = reader.flags(_SHIPS_COMPLETE | _LATEST_PROMISE)
    reader.zeros(1)
    splits, splits_per_line = reader.u16(), reader.u16()
    reader.zeros(2)
    metres = reader.u32()
    latest = reader.instant() if flags & _LATEST_PROMISE else None
    counts = (reader.u8(), reader.u8(), reader.u8())
    reader.zeros(1)
    excluded, required, preferred = (
        tuple(reader.warehouse(reader.u8()) for _ in range(count)) for count in counts
    )
    constraints = Constraints(
        splits,
        splits_per_line,
        metres,
        latest,
        bool(flags & _SHIPS_COMPLETE),
        excluded,
        required,
        preferred,
    )
    if constraints == Constraints():
        raise MalformedFrame("constraints that ask for nothing are left out")
    return constraints


def _write_region(region: str, writer: Writer) -> None:
    data = ascii_bytes(region)
    if not 1 <= len(data) <= REGION_BYTES:
        raise ValueError(f"a region has 1 to {REGION_BYTES} bytes")
    writer.raw(data.ljust(REGION_BYTES, b"\0"))


def _read_region(reader: Reader) -> str:
    data = reader.raw(REGION_BYTES).rstrip(b"\0")
    return Reader(data).text(len(data), 1, REGION_BYTES)


def _write_line(line: Line, writer: Writer) -> None:
    name = ascii_bytes(line.sku)
    writer.u32(line.units)
    fields = _WAREHOUSE if line.warehouse is not None else 0
    fields |= _POOLS if line.pools else 0
    writer.u8(fields | (_EXPECTED_VERSION if line.expected_version is not None else 0))
    writer.u8(len(name))
    if line.warehouse is not None:
        writer.name(line.warehouse)
    if line.pools:
        writer.u8(len(line.pools))
        for pool in line.pools:
            writer.sized(pool_bytes(pool))
    if line.expected_version is not None:
        writer.u64(line.expected_version)
    writer.raw(name)


def _read_line(reader: Reader) -> Line:
    units = reader.u32()
    fields = reader.flags(_WAREHOUSE | _POOLS | _EXPECTED_VERSION)
    size = reader.u8()
    warehouse = reader.warehouse(reader.u8()) if fields & _WAREHOUSE else None
    pools: tuple[str, ...] = ()
    if fields & _POOLS:
        pools = tuple(reader.pool(reader.u8()) for _ in range(reader.u8()))
        if not pools or len(set(pools)) != len(pools):
            raise MalformedFrame("a line's list of pools is empty or names one twice")
    expected_version = reader.u64() if fields & _EXPECTED_VERSION else None
    return Line(reader.sku(size), units, warehouse, pools, expected_version)


@dataclass(frozen=True)
class _Change(_ReservationRequest):
    """A change of a whole reservation, or of the parts that ``items`` names."""

    reservation: bytes
    items: tuple[Item, ...] = ()
    request: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.reservation)
        writer.id(self.request)
        if self._fields() or self.items:
            writer.u8(self._fields())
            writer.zeros(1)
            writer.u16(len(self.items))
        for item in self.items:
            _write_item(item, writer)

    def _fields(self) -> int:
        return 0

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        reservation, request, _, items = _read_change(reader, 0)
        return cls(reservation, items, request)


@dataclass(frozen=True)
class Commit(_Change):
    """Makes held units an order's own; with ``fulfil`` they leave at once.

    Without items it takes all held units, and with ``fulfil`` all committed ones too.
    """

    operation: ClassVar[Operation] = Operation.COMMIT

    fulfil: bool = False

    def _fields(self) -> int:
        return _FULFIL if self.fulfil else 0

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        reservation, request, fields, items = _read_change(reader, _FULFIL)
        return cls(reservation, items, request, bool(fields & _FULFIL))


@dataclass(frozen=True)
class Release(_Change):
    """Gives held units back."""

    operation: ClassVar[Operation] = Operation.RELEASE


@dataclass(frozen=True)
class Fulfil(_Change):
    """Committed units leave the warehouse: on hand falls."""

    operation: ClassVar[Operation] = Operation.FULFIL


@dataclass(frozen=True)
class Cancel(_Change):
    """Frees committed units."""

    operation: ClassVar[Operation] = Operation.CANCEL


def _read_change(reader: Reader, known: int) -> tuple[bytes, bytes, int, tuple[Item, ...]]:
    reservation, request = reader.id(), reader.id()
    if reader.is_at_end:
        return reservation, request, 0, ()
    fields = reader.flags(known)
    reader.zeros(1)
    items = tuple(_read_item(reader) for _ in range(reader.u16()))
    if not fields and not items:
        raise MalformedFrame("the whole without a field is written as 32 bytes")
    return reservation, request, fields, items


def _write_item(item: Item, writer: Writer) -> None:
    writer.u16(item.line)
    fields = _ITEM_WAREHOUSE if item.warehouse is not None else 0
    writer.u8(fields | (_ITEM_POOL if item.pool is not None else 0))
    writer.zeros(1)
    writer.u32(item.units)
    if item.warehouse is not None:
        writer.name(item.warehouse)
    if item.pool is not None:
        writer.sized(pool_bytes(item.pool))


def _read_item(reader: Reader) -> Item:
    line = reader.u16()
    fields = reader.flags(_ITEM_WAREHOUSE | _ITEM_POOL)
    reader.zeros(1)
    units = reader.u32()
    warehouse = reader.warehouse(reader.u8()) if fields & _ITEM_WAREHOUSE else None
    return Item(line, units, warehouse, reader.pool(reader.u8()) if fields & _ITEM_POOL else None)


@dataclass(frozen=True)
class Extend(_ReservationRequest):
    """Lets a hold live until now + ``time_to_live`` milliseconds, if that is later.

    Cut to the server's cap on the whole chain of holds. 0 stands for the default. With the reason
    ``PAYMENT_PENDING`` the hold is frozen: once in the life of its chain, for ten minutes at most,
    and beyond the cap.
    """

    operation: ClassVar[Operation] = Operation.EXTEND

    reservation: bytes
    time_to_live: int = 0
    request: bytes = field(default_factory=new_id)
    reason: ExtendReason = ExtendReason.SHOPPER

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.reservation)
        writer.id(self.request)
        writer.u32(self.time_to_live)
        writer.u8(self.reason)
        writer.zeros(3)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        reservation, request, time_to_live = reader.id(), reader.id(), reader.u32()
        reason = member(ExtendReason, reader.u8())
        reader.zeros(3)
        return cls(reservation, time_to_live, request, reason)


@dataclass(frozen=True)
class Reroute(_ReservationRequest):
    """Moves a hold's units away from warehouses that aren't online: all of them or none."""

    operation: ClassVar[Operation] = Operation.REROUTE

    reservation: bytes
    request: bytes = field(default_factory=new_id)

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.reservation)
        writer.id(self.request)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        reservation = reader.id()
        return cls(reservation, reader.id())


@dataclass(frozen=True)
class Show(Request[ReservationReport]):
    """A reservation as it is now."""

    operation: ClassVar[Operation] = Operation.SHOW

    reservation: bytes

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.reservation)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        return cls(reader.id())

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> ReservationReport:
        """See ``Request``."""
        return read_reservation_report(reader, is_repeated)

    @staticmethod
    def write_answer(answer: ReservationReport, writer: Writer) -> None:
        """See ``Request``."""
        write_reservation_report(answer, writer)


@dataclass(frozen=True)
class OwnerShow(Request[OwnerReport]):
    """The reservations of an owner, newest first: 1–256 of them, closed ones on request."""

    operation: ClassVar[Operation] = Operation.OWNER_SHOW

    owner: bytes
    limit: int = 256
    with_closed: bool = False

    def write(self, writer: Writer) -> None:
        """See ``Request``."""
        writer.id(self.owner)
        writer.u16(self.limit)
        writer.u8(self.with_closed)
        writer.zeros(1)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """See ``Request``."""
        owner, limit, with_closed = reader.id(), reader.u16(), reader.boolean()
        reader.zeros(1)
        return cls(owner, limit, with_closed)

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> OwnerReport:
        """See ``Request``."""
        total, count = reader.u32(), reader.u16()
        reader.zeros(2)
        reservations = tuple(
            (reader.id(), read_reservation_report(reader, is_repeated=False)) for _ in range(count)
        )
        if count > total:
            raise MalformedFrame("more reservations follow than there are")
        return OwnerReport(total, reservations)

    @staticmethod
    def write_answer(answer: OwnerReport, writer: Writer) -> None:
        """See ``Request``."""
        writer.u32(answer.total)
        writer.u16(len(answer.reservations))
        writer.zeros(2)
        for reservation, report in answer.reservations:
            writer.id(reservation)
            write_reservation_report(report, writer)
