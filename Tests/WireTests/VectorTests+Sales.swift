import Inventory
import Testing
import Wire

extension VectorTests {
    @Test func sales() throws {
        try check(
            Samples.saleWrite,
            "sale-write",
            "sneakers with every rule, 50 units an order of default; opening, closing, removal"
        )
        try check(
            answer: Samples.writeReceipt,
            to: .saleWrite,
            "sale-write-answer",
            "as any write is answered"
        )
        try check(PlainRequest(.saleList), "sale-list", "all sales")
        try check(
            answer: Samples.saleList,
            to: .saleList,
            "sale-list-answer",
            "sneakers, which opens in a second, and default"
        )
        try check(SaleQuestion.status(Samples.sneakers), "sale-status", "of sneakers")
        try check(
            answer: Samples.saleStatus,
            to: .saleStatus,
            "sale-status-answer",
            "260 owners, 410 holds, three outcomes of refusals"
        )
        try check(
            SaleQuestion.report(Samples.sneakers, limit: 1),
            "sale-report",
            "of sneakers, with the owner of most units"
        )
        try check(
            answer: Samples.saleOverview,
            to: .saleReport,
            "sale-report-answer",
            "as sale-status-answer; owners with 0, 1, and 2 or more units; one owner"
        )
    }

    @Test func fences() throws {
        try check(
            Samples.fence,
            "fence",
            "1,000 of 85123A at LON1 and 2,147,483,647 at LDS-NORTH-0001-X, default to sneakers"
        )
        try check(Samples.fenceBack, "fence-back", "1 of 71053 at LON1, sneakers to default")
        try check(
            answer: Samples.writeReceipt,
            to: .fence,
            "fence-answer",
            "as any write is answered"
        )
    }
}
