"""What could serve now what a line is short of."""

from dataclasses import dataclass

from holdfast.labels import LabelledEnum


class SourcingExclusion(LabelledEnum):
    """Why a warehouse may not serve."""

    NONE = 0
    """It may."""
    DRAINING = 1
    OFFLINE = 2
    EXCLUDED = 3
    """The order excludes it."""
    NOT_REQUIRED = 4
    """The order names warehouses that alone may serve, and not this one."""
    REGION_NOT_SERVED = 5
    TOO_FAR = 6
    TOO_LATE = 7
    FULL = 8
    """It has as many open shipments as it takes."""
    SPLITS = 9
    """The plan uses as many warehouses as the order allows; told of alternatives only."""
    NOT_OF_LINE = 10
    """The line names another one as the only one; told of alternatives only."""


class AlternativeKind(LabelledEnum):
    """What an alternative departs from the order in."""

    POOL = 0
    """The SKU, in a pool that the line doesn't name."""
    WAREHOUSE = 1
    """The SKU, in a warehouse that a constraint or the line itself leaves out."""
    SUBSTITUTE = 2
    """A SKU that is declared as a substitute."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A warehouse and pool with units that could serve now; nothing is held there.

    It departs from the order in one thing only. ``exclusion`` says why a warehouse is left out, and
    is NONE for the other kinds.
    """

    kind: AlternativeKind
    sku: str
    warehouse: str
    pool: str
    available: int
    exclusion: SourcingExclusion = SourcingExclusion.NONE


@dataclass(frozen=True, slots=True)
class LineAlternatives:
    """One to five alternatives of a short line, the best first.

    Those that could serve all that is missing come before those that could serve a part; in either
    group pools, warehouses, then substitutes by their rank; of a kind the nearer one first.
    """

    line: int
    alternatives: tuple[Alternative, ...]
