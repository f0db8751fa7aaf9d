"""Outcomes, and the refusal that carries one."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from holdfast.alternatives import LineAlternatives
from holdfast.values import ReservationState
from holdfast.wire import HoldfastError


class OutcomeKind(Enum):
    """The hundred that an outcome belongs to, and what it says about trying again."""

    DONE = 0
    REQUEST = 1
    """1xx: the request itself is at fault; sent again unchanged it is refused again."""
    STOCK = 2
    """2xx: the stock doesn't allow it at present."""
    RESERVATION = 3
    """3xx: the reservation's state doesn't allow it."""
    LIMIT = 4
    """4xx: a limit that may pass."""
    SALE = 5
    """5xx: a sale or a limit on the shopper doesn't allow it."""
    UNKNOWN = 6
    """A hundred that this client has never heard of."""


class Outcome(IntEnum):
    """What became of a request. An unknown number is a value too, and counts as its hundred."""

    ACCEPTED = 0
    MALFORMED_FRAME = 100
    UNKNOWN_OPERATION = 101
    FRAME_TOO_LARGE = 102
    HELLO_EXPECTED = 103
    UNSUPPORTED_VERSION = 104
    AUTHENTICATION_FAILED = 105
    INVALID_SKU = 110
    INVALID_QUANTITY = 111
    NO_LINES = 112
    TOO_MANY_LINES = 113
    INVALID_TIME_TO_LIVE = 114
    INVALID_WAREHOUSE_CODE = 115
    INVALID_POSITION = 116
    UNKNOWN_MODE = 117
    UNKNOWN_POLICY = 118
    UNKNOWN_POOL = 119
    UNKNOWN_CAUSE = 120
    INVALID_POOL = 121
    UNKNOWN_LINE = 122
    INVALID_REASON = 123
    INVALID_POLICY = 124
    INVALID_RATE = 125
    INVALID_CONSTRAINTS = 126
    INVALID_SUBSTITUTE = 127
    INVALID_SALE = 128
    UNKNOWN_REASON = 129
    INSUFFICIENT_STOCK = 200
    UNKNOWN_SKU = 201
    UNKNOWN_WAREHOUSE = 202
    UNKNOWN_CELL = 203
    WAREHOUSE_CLOSED = 204
    QUANTITY_OVERFLOW = 205
    NEGATIVE_ON_HAND = 206
    VERSION_CONFLICT = 207
    CONSTRAINTS_UNMET = 208
    CAPACITY_EXHAUSTED = 209
    WAREHOUSE_ONLINE = 210
    UNKNOWN_SALE = 211
    SALE_IN_USE = 212
    UNKNOWN_RESERVATION = 300
    REQUEST_ID_REUSED = 301
    WRONG_STATE = 302
    HOLD_EXPIRED = 303
    STOCK_LOST = 304
    WRONG_OWNER = 305
    INSUFFICIENT_UNITS = 306
    TOO_MANY_RESERVATIONS = 400
    TOO_MANY_SKUS = 401
    TOO_MANY_WAREHOUSES = 402
    TOO_MANY_SHARES = 403
    READ_ONLY_DISK_FULL = 404
    SHUTTING_DOWN = 405
    TOO_MANY_CONNECTIONS = 406
    TOO_MANY_CELLS = 407
    LOG_BUSY = 408
    TOO_MANY_CHANGES = 409
    TOO_MANY_POOLS = 410
    TOO_MANY_POLICIES = 411
    TOO_MANY_BACKUPS = 412
    UNKNOWN_BACKUP = 413
    FILE_UNREADABLE = 414
    TOO_MANY_SALES = 415
    TOO_MANY_OWNERS = 416
    SALE_NOT_OPEN = 500
    SALE_CLOSED = 501
    MIXED_SALE = 502
    OWNER_SKU_LIMIT = 503
    OWNER_LIMIT = 504
    ORDER_LIMIT = 505
    WINDOW_LIMIT = 506
    OWNER_HOLD_BUDGET = 507
    CREDENTIAL_HOLD_BUDGET = 508
    FROZEN_BEFORE = 509
    RATE_LIMITED = 510

    @classmethod
    def _missing_(cls, value: object) -> "Outcome | None":
        """A member for a number that isn't in the list, so that new servers can be understood."""
        if not isinstance(value, int) or not 0 < value <= 0xFFFF:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    @property
    def label(self) -> str:
        """The name as the protocol writes it, such as ``insufficient_stock``."""
        return self.name.lower()

    @property
    def kind(self) -> OutcomeKind:
        """The hundred that this outcome belongs to."""
        hundred = self.value // 100
        if self.value and hundred == 0 or hundred >= OutcomeKind.UNKNOWN.value:
            return OutcomeKind.UNKNOWN
        return OutcomeKind(hundred)

    @property
    def is_retried(self) -> bool:
        """Whether the same request is worth sending again after a pause."""
        return self in _RETRIED


_RETRIED = frozenset(
    {
        Outcome.SHUTTING_DOWN,
        Outcome.READ_ONLY_DISK_FULL,
        Outcome.TOO_MANY_CONNECTIONS,
        Outcome.TOO_MANY_RESERVATIONS,
        Outcome.LOG_BUSY,
        Outcome.RATE_LIMITED,
    }
)


@dataclass(frozen=True, slots=True)
class Figures:
    """The present figures beside a ``version_conflict``.

    They are those of the row's cell with a stock write, and of all cells of the line's SKU together
    with a reserve. ``version`` is 0 for a SKU that isn't known.
    """

    version: int
    on_hand: int
    reserved: int
    committed: int
    safety_stock: int
    backorder_limit: int


@dataclass(frozen=True, slots=True)
class MissingUnits:
    """One line of a ``stock_lost`` commit: the units it was to commit, and those there for it."""

    line: int
    needed: int
    there: int


class Refusal(HoldfastError):
    """The server's refusal of a request. It has changed nothing.

    ``index`` is the line, row or item that it speaks of, counted from 0, or None. ``state`` comes
    with ``wrong_state`` and ``hold_expired``, ``figures`` with ``version_conflict``, ``missing``
    with ``stock_lost``; ``alternatives`` with a reserve that asks for them and is refused for want
    of units; ``retry_after``, in milliseconds, with ``rate_limited``. ``detail`` is for people and
    often empty.
    """

    def __init__(
        self,
        outcome: Outcome,
        *,
        index: int | None = None,
        state: ReservationState | None = None,
        detail: str = "",
        figures: Figures | None = None,
        missing: tuple[MissingUnits, ...] = (),
        alternatives: tuple[LineAlternatives, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(
            outcome, index, state, detail, figures, missing, alternatives, retry_after
        )
        self.outcome = outcome
        self.index = index
        self.state = state
        self.detail = detail
        self.figures = figures
        self.missing = missing
        self.alternatives = alternatives
        self.retry_after = retry_after

    def __str__(self) -> str:
        parts = [self.outcome.label]
        if self.index is not None:
            parts.append(f"at {self.index}")
        if self.state is not None:
            parts.append(f"(the reservation is {self.state.label})")
        if self.figures is not None:
            parts.append(f"(version {self.figures.version}, on hand {self.figures.on_hand})")
        for one in self.missing:
            parts.append(f"(line {one.line}: {one.there} of {one.needed} units there)")
        return " ".join(parts) + (f": {self.detail}" if self.detail else "")

    @property
    def kind(self) -> OutcomeKind:
        """The hundred that the outcome belongs to."""
        return self.outcome.kind
