"""What sales look like in a conversation."""

from typing import Any

from holdfast import (
    DEFAULT_POOL,
    FenceRow,
    SaleFigures,
    SaleList,
    SaleOverview,
    SaleRules,
    SaleState,
    SaleStatus,
    SaleStep,
    SaleStepChange,
    SaleWall,
)
from holdfast.messages import Fence, SaleReportShow, SaleWrite
from tests.vocabulary_sourcing import fields

Json = dict[str, Any]

_LIMITS = (
    "units_per_owner_and_sku units_per_owner units_per_order units_per_window window_milliseconds "
    "open_holds_per_owner open_holds_per_credential first_hold_milliseconds"
)


def sale_change(of: Any) -> SaleRules | SaleStepChange:
    """A row of a write of sales."""
    pool, step = of.take("pool", DEFAULT_POOL), of.take("step", None)
    if step is not None:
        return SaleStepChange(SaleStep[step.upper()], pool)
    limits = {name: of.take(name, 0) for name in _LIMITS.split()}
    return SaleRules(
        pool,
        of.take("opens_at", None),
        of.take("closes_at", None),
        SaleWall[of.take("wall", "hard").upper()],
        of.take("returns_rest", False),
        **limits,
    )


def sale_write(of: Any) -> SaleWrite:
    """A request to define, open, close or forget sales."""
    return SaleWrite(of.each("rows", sale_change), of.id("id"))


def sale_report(of: Any) -> SaleReportShow:
    """A question who got what share."""
    return SaleReportShow(of.take("pool"), of.take("limit", 10))


def fence(of: Any) -> Fence:
    """A request to move units from one pool to another."""
    rows = of.each(
        "rows", lambda row: FenceRow(row.take("sku"), row.take("warehouse"), row.take("units"))
    )
    giving, taking = of.take("giving", DEFAULT_POOL), of.take("taking", DEFAULT_POOL)
    return Fence(rows, giving, taking, of.take("reason", ""), of.id("id"))


def sales_seen(answer: SaleList) -> Json:
    """All sales."""
    sales = [_rules_seen(one, one.state_at(answer.instant)) for one in answer.sales]
    return {"instant": answer.instant, "sales": sales}


def status_seen(answer: SaleStatus) -> Json:
    """What became of a sale so far."""
    return (
        {"instant": answer.instant}
        | _rules_seen(answer.rules, answer.state)
        | _figures_seen(answer.figures)
    )


def overview_seen(answer: SaleOverview) -> Json:
    """Who got what share of a sale."""
    names = "owner open_units fulfilled_units holds committed_holds open_holds"
    return status_seen(answer.status) | {
        "bands": [fields(one, "units_min units_max owners units") for one in answer.bands],
        "top": [fields(one, names) for one in answer.top],
    }


def _rules_seen(rules: SaleRules, state: SaleState) -> Json:
    names = f"pool opens_at closes_at returns_rest {_LIMITS}"
    return fields(rules, names) | {"wall": rules.wall.label, "state": state.label}


def _figures_seen(figures: SaleFigures) -> Json:
    names = (
        "on_hand reserved committed safety_stock backorder_limit owners holds committed_holds "
        "open_holds open_units fulfilled_units returned_units"
    )
    refusals = {outcome.label: count for outcome, count in figures.refusals.items()}
    return fields(figures, names) | {"refusals": refusals}
