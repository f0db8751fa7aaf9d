"""Messages about sales, with every optional field and without."""

from typing import Any

from holdfast import (
    FenceRow,
    Outcome,
    OwnerShare,
    SaleBand,
    SaleFigures,
    SaleList,
    SaleOverview,
    SaleRules,
    SaleStatus,
    SaleStep,
    SaleStepChange,
    SaleWall,
    WriteReceipt,
)
from holdfast.messages import (
    Fence,
    Request,
    SaleListShow,
    SaleReportShow,
    SaleStatusShow,
    SaleWrite,
)

NOW = 1_795_852_800_000
FULL = SaleRules("flash", NOW, NOW + 1, SaleWall.BORROWS, True, 1, 2, 3, 4, 60_000, 6, 7, 8)
PLAIN = SaleRules(units_per_order=50)
FIGURES = SaleFigures(
    9, 2, 1, -1, 3, 4, 5, 6, 7, 8, 2**40, 40, {Outcome.SALE_NOT_OPEN: 2**33, Outcome.OWNER_LIMIT: 1}
)
STATUS = SaleStatus(NOW, FULL, FIGURES)
OVERVIEW = SaleOverview(
    STATUS,
    (SaleBand(0, 0, 3, 0), SaleBand(1, 1, 1, 1), SaleBand(2, None, 2**40, 2**41)),
    (OwnerShare(bytes(range(16)), 2**40, 1, 2, 3, 4),),
)

SALE_REQUESTS: list[Request[Any]] = [
    SaleWrite((FULL, PLAIN, *(SaleStepChange(step, "toys") for step in SaleStep))),
    SaleListShow(),
    SaleStatusShow("flash"),
    SaleStatusShow("default"),
    SaleReportShow("flash", 1_024),
    Fence((FenceRow("85123A", "LON1", 1), FenceRow("71053", "LDS", 2**31 - 1)), "default", "flash"),
    Fence((FenceRow("85123A", "LON1", 1),), "flash", "default", "the rest"),
]

SALE_ANSWERS: list[tuple[type[Request[Any]], Any]] = [
    (SaleWrite, WriteReceipt(1, 2)),
    (SaleListShow, SaleList(NOW, (FULL, PLAIN))),
    (SaleStatusShow, STATUS),
    (SaleStatusShow, SaleStatus(0, PLAIN, SaleFigures())),
    (SaleReportShow, OVERVIEW),
    (Fence, WriteReceipt(3, 4, is_repeated=True)),
]
