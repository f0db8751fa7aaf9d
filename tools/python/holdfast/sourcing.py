"""What plan an order would get, and all that it was chosen from."""

from dataclasses import dataclass

from holdfast.alternatives import Alternative, SourcingExclusion
from holdfast.labels import LabelledEnum
from holdfast.outcomes import Outcome
from holdfast.stock import Policy
from holdfast.values import Constraints, Destination, ReserveMode, Share


class SourcingLoss(LabelledEnum):
    """Why a warehouse that may serve doesn't."""

    NO_STOCK = 0
    DOMINATED = 1
    """Another one costs no more in anything and has at least its units."""
    COSTS_MORE = 2
    TIE = 3
    """A plan with it is as good, and came second by the rule for ties."""


class SourcingCriterion(LabelledEnum):
    """What plans are judged by; earlier ones outweigh later ones, and less is better."""

    SHORT = 0
    BACKORDERED = 1
    NOT_PREFERRED = 2
    TIER_1 = 3
    TIER_2 = 4
    TIER_3 = 5
    TIER_4 = 6
    SHIPMENTS = 7


@dataclass(frozen=True, slots=True)
class SourcingCandidate:
    """A warehouse with stock of some line, or named by one.

    ``metres`` are those to the destination, ``promised_at`` is when a shipment would arrive, or
    None, and ``promise_minutes`` how long after the order. ``capacity_left`` is how many shipments
    it takes still, None for any number. ``loss`` is None unless it may serve and doesn't.
    """

    warehouse: str
    metres: int
    shipment_cost: int
    promised_at: int | None
    promise_minutes: int
    priority: int
    capacity_left: int | None = None
    exclusion: SourcingExclusion = SourcingExclusion.NONE
    loss: SourcingLoss | None = None
    is_preferred: bool = False
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class SourcingCell:
    """What one cell can give a line.

    ``present`` of the ``available`` units are there; the others would be backordered. ``balance``
    is 1000 × promised ÷ on hand before the order.
    """

    warehouse: str
    pool: str
    available: int
    present: int
    unit_cost: int
    balance: int


@dataclass(frozen=True, slots=True)
class SourcingLine:
    """A line of the order, the cells that it may take from, and the shares that it gets.

    ``version`` is that of the SKU, 0 where it isn't known. ``alternatives`` could serve now what it
    is short of, the best first.
    """

    sku: str
    requested: int
    reserved: int
    version: int
    warehouse: str | None = None
    pools: tuple[str, ...] = ()
    cells: tuple[SourcingCell, ...] = ()
    shares: tuple[Share, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    @property
    def short(self) -> int:
        """The units that the line asks for and wouldn't get."""
        return self.requested - self.reserved


@dataclass(frozen=True, slots=True)
class SourcingReport:
    """What plan an order would get, and all that it was chosen from.

    ``outcome`` is what a reserve would be answered, ``refused_line`` the line that a refusal speaks
    of, or None. ``objective`` is what the plan comes to, and no plan comes to less than
    ``lower_bound``, in the order in which criteria count: a tier with a tolerance is bounded by
    itself, what follows it among the plans within the tolerance. Where the plan ``is_proven`` all
    other criteria are the same in both. ``nodes`` counts those of the search.
    """

    mode: ReserveMode
    outcome: Outcome
    refused_line: int | None
    ordered_at: int
    nodes: int
    is_proven: bool
    destination: Destination | None
    policy: Policy
    constraints: Constraints
    candidates: tuple[SourcingCandidate, ...]
    lines: tuple[SourcingLine, ...]
    objective: tuple[tuple[SourcingCriterion, int], ...]
    lower_bound: tuple[tuple[SourcingCriterion, int], ...]
