"""The words of the trade as values: what requests are made of and answers consist of.

Units are pieces, weights grams, costs minor units of money (pence), positions millionths of a
degree, instants milliseconds since 1970-01-01T00:00:00Z. An LSN (log sequence number) is a
movement's place in the server's log; 0 means that nothing changed.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.alternatives import LineAlternatives
from holdfast.labels import LabelledEnum
from holdfast.wire import DEFAULT_POOL


class ReservationState(LabelledEnum):
    """What a whole reservation is: held while any unit is, then committed, and so on."""

    HELD = 0
    COMMITTED = 1
    FULFILLED = 2
    RELEASED = 3
    EXPIRED = 4
    CANCELLED = 5


class ReserveMode(LabelledEnum):
    """What happens to a line that can't be served in full."""

    ALL_OR_NOTHING = 0
    """The whole request is refused ``insufficient_stock``."""
    WHOLE_LINES = 1
    """The line gets nothing; the others stand."""
    BEST_EFFORT = 2
    """The line gets what there is."""


class SourcingPolicy(LabelledEnum):
    """What sourcing minimises, of the policies that are always there."""

    NEAREST = 0
    CHEAPEST = 1
    FASTEST = 2
    FEWEST_SHIPMENTS = 3
    BALANCED = 4
    PRIORITY = 5


class SourcingTerm(LabelledEnum):
    """What plans are judged by; less is better."""

    METRES = 0
    COST_MINOR = 1
    PROMISE = 2
    SHIPMENTS = 3
    BALANCE = 4
    PRIORITY = 5


class StockCause(LabelledEnum):
    """Why stock changes, which says what the units of a row mean."""

    RECEIVED = 0
    ADJUSTED = 1
    RETURNED = 2
    IMPORTED = 3
    COUNTED = 4
    TRANSFERRED = 5
    CONFIGURED = 6


class WarehouseState(LabelledEnum):
    """Whether new units may be taken from a warehouse."""

    ONLINE = 0
    DRAINING = 1
    OFFLINE = 2


class Durability(LabelledEnum):
    """What the server's answers are worth after a crash."""

    SYNC = 0
    """All that an answer tells of is on disk."""
    INTERVAL = 1
    """The log is synced every few milliseconds; a power loss takes back the last of them."""
    NONE = 2
    """The log is never synced."""


def instant_of(moment: datetime) -> int:
    """The instant of an aware ``datetime`` in milliseconds since 1970, parts cut off."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def moment_of(instant: int) -> datetime:
    """An instant in milliseconds since 1970 as a ``datetime`` in UTC."""
    seconds, rest = divmod(instant, 1_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000)


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The answer to hello: what the server is and how much it takes."""

    version: int
    durability: Durability
    features: int
    instant: int
    frame_bytes_max: int
    in_flight_max: int
    lines_max: int
    rows_max: int


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the plan of a reserve has to keep to; without arguments nothing.

    ``splits_max`` and ``splits_per_line_max``: the most warehouses of the order and of one line, 0
    for any number. ``metres_max``: to the destination, 0 for any distance. ``latest_promise``: an
    instant in milliseconds since 1970. ``ships_complete``: nothing backordered. ``excluded`` may
    not serve, ``required`` alone may (empty: all), ``preferred`` are used before others.
    """

    splits_max: int = 0
    splits_per_line_max: int = 0
    metres_max: int = 0
    latest_promise: int | None = None
    ships_complete: bool = False
    excluded: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an order goes, in millionths of a degree; the region has 1–8 bytes or is None."""

    latitude: int
    longitude: int
    region: str | None = None

    @classmethod
    def of_degrees(
        cls, latitude: float, longitude: float, region: str | None = None
    ) -> "Destination":
        """A destination given in degrees, rounded to the nearest millionth."""
        return cls(round(latitude * 1_000_000), round(longitude * 1_000_000), region)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: units (1 … 1,000,000,000) of a SKU.

    ``warehouse`` fixes the only warehouse that may serve it. ``pools`` (8 at most, each different)
    are the pools it may take from, in this order; none means ``default``. With
    ``expected_version`` the request is refused ``version_conflict`` unless the SKU has it.
    """

    sku: str
    units: int
    warehouse: str | None = None
    pools: tuple[str, ...] = ()
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a reservation to commit, release, fulfil or cancel.

    ``units`` 0 takes all that are there to take, of the line or of its share in ``warehouse`` and
    ``pool`` where those are given.
    """

    line: int
    units: int = 0
    warehouse: str | None = None
    pool: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the units of a share have gone; the rest was released or has expired."""

    held: int = 0
    committed: int = 0
    fulfilled: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """What one warehouse's pool gives to a line.

    ``backordered`` of the ``units`` were promised beyond what was there. ``progress`` is None where
    all units are in the reservation's state; ``Share.progress_in`` tells it either way.
    """

    units: int
    warehouse: str
    pool: str = DEFAULT_POOL
    backordered: int | None = None
    progress: Progress | None = None
    is_offline: bool = False

    def progress_in(self, state: ReservationState) -> Progress:
        """The progress of this share in a reservation of the given state, never None."""
        if self.progress is not None:
            return self.progress
        return Progress(
            held=self.units if state is ReservationState.HELD else 0,
            committed=self.units if state is ReservationState.COMMITTED else 0,
            fulfilled=self.units if state is ReservationState.FULFILLED else 0,
            cancelled=self.units if state is ReservationState.CANCELLED else 0,
        )


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """What a line asked for, what it got, and from where."""

    requested: int
    reserved: int
    shares: tuple[Share, ...] = ()

    @property
    def short(self) -> int:
        """The units that the line asked for and didn't get."""
        return self.requested - self.reserved


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as an answer tells it; lines stand in the order of the request.

    From ``expires_at`` on the hold can't be committed. ``promised_at``: when the last of its
    shipments is promised to arrive; None without a destination. ``is_replaced``: it took the place
    of the hold that its request named. ``is_rest_expired``: some of its units ran out of time after
    others were committed. ``is_repeated``: the request had been carried out before.
    ``is_rerouted``: units have moved to other warehouses since; a repeated reserve still tells the
    shares that it told first, and ``show`` tells where the units are. ``alternatives``: what could
    serve short lines instead, where the request asked for it.
    """

    lsn: int
    expires_at: int
    state: ReservationState
    lines: tuple[ReservedLine, ...]
    is_replaced: bool = False
    is_rest_expired: bool = False
    is_repeated: bool = False
    is_rerouted: bool = False
    promised_at: int | None = None
    alternatives: tuple[LineAlternatives, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether every line got all that it asked for."""
        return all(line.short == 0 for line in self.lines)

    def progress(self, line: int) -> Progress:
        """How far the units of a line have gone, over all of its shares.

        Nothing for what a repeated reserve tells of units that have moved since.
        """
        shares = self.lines[line].shares
        if self.is_rerouted:
            shares = tuple(share for share in shares if share.progress is not None)
        parts = [share.progress_in(self.state) for share in shares]
        return Progress(
            sum(part.held for part in parts),
            sum(part.committed for part in parts),
            sum(part.fulfilled for part in parts),
            sum(part.cancelled for part in parts),
        )


@dataclass(frozen=True, slots=True)
class ReservationReport:
    """A reservation with what only a show tells.

    ``first_held_at`` is the instant of the first hold of its chain of replacements. ``skus`` has
    one name for each line, None where the SKU wasn't known when the reservation was made.
    """

    reservation: Reservation
    owner: bytes
    first_held_at: int
    skus: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class OwnerReport:
    """The reservations of an owner, newest first; ``total`` counts those left out as well."""

    total: int
    reservations: tuple[tuple[bytes, ReservationReport], ...]
