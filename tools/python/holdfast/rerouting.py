"""What becomes of the units that are held on a warehouse when it takes nothing any more."""

from dataclasses import dataclass
from enum import IntEnum

from holdfast.outcomes import Outcome


class RerouteState(IntEnum):
    """How far it has come."""

    NONE = 0
    WAITING = 1
    RUNNING = 2
    DONE = 3
    STOPPED = 4


class RerouteFate(IntEnum):
    """What became of a reservation's units there."""

    KEPT = 0
    LATER = 1
    STUCK = 2
    COMMITTED = 3


@dataclass(frozen=True, slots=True)
class RerouteSum:
    """How many reservations, and how many of their units."""

    reservations: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class RerouteReason:
    """How many reservations are stuck for one reason."""

    outcome: Outcome
    reservations: int


@dataclass(frozen=True, slots=True)
class RerouteEntry:
    """One reservation and what became of its units; ``line`` is −1 where none is to blame."""

    reservation: bytes
    fate: RerouteFate
    units: int
    reason: Outcome = Outcome.ACCEPTED
    line: int = -1
    minutes_later: int = 0


@dataclass(frozen=True, slots=True)
class RerouteReport:
    """How moving all held units away from a warehouse goes, or what came of it.

    ``sums`` counts by fate; ``entries`` names the first 256 of each. ``paused_by`` is ``ACCEPTED``
    while it goes on. Instants are milliseconds since 1970.
    """

    run: int
    state: RerouteState
    paused_by: Outcome
    started_at: int
    ended_at: int | None
    looked_at: int
    to_look_at: int
    sums: tuple[RerouteSum, ...]
    reasons: tuple[RerouteReason, ...] = ()
    entries: tuple[RerouteEntry, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self.state not in (RerouteState.WAITING, RerouteState.RUNNING)

    def sum(self, fate: RerouteFate) -> RerouteSum:
        """Reservations and units of one fate."""
        return self.sums[fate]
