import Inventory
import Wire

/// The messages about sales.
extension Samples {
    static let sneakers = pool("sneakers")

    /// Rules with every field.
    static let fullSale: SaleRules = {
        var rules = SaleRules(pool: sneakers)
        rules.opensAt = Instant(milliseconds: 1_795_852_800_000)
        rules.closesAt = Instant(milliseconds: 1_795_860_000_000)
        rules.wall = .borrows
        rules.returnsRest = true
        rules.unitsPerOwnerAndSKU = 1
        rules.unitsPerOwner = 2
        rules.unitsPerOrder = 3
        rules.unitsPerWindow = 4
        rules.windowMilliseconds = 60_000
        rules.openHoldsPerOwner = 5
        rules.openHoldsPerCredential = 100_000
        rules.firstHoldMilliseconds = 120_000
        return rules
    }()

    static let everydayTrade: SaleRules = {
        var rules = SaleRules(pool: .default)
        rules.unitsPerOrder = 50
        return rules
    }()

    static let saleWrite = SaleWrite(
        id: id,
        changes: [
            .rules(fullSale), .rules(everydayTrade), .opening(pool("tickets")),
            .closing(pool("toys")), .removal(pool("flash-2026-11-27")),
        ]
    )

    static let saleList = SaleList(
        instant: Instant(milliseconds: 1_795_852_799_000),
        sales: [fullSale, everydayTrade]
    )

    static let saleFigures: SaleFigures = {
        var figures = SaleFigures()
        figures.cells = CellFigures(
            onHand: 900,
            reserved: 200,
            committed: 100,
            safetyStock: 1,
            backorderLimit: 2
        )
        figures.owners = 260
        figures.holds = 410
        figures.committedHolds = 190
        figures.openHolds = 170
        figures.openUnits = 300
        figures.fulfilledUnits = 100
        figures.returnedUnits = 40
        figures.refusals = [.insufficientStock: 12, .ownerLimit: 7, .saleNotOpen: 4_000_000_000]
        return figures
    }()

    static let saleStatus = SaleStatus(
        instant: Instant(milliseconds: 1_795_853_000_000),
        rules: fullSale,
        figures: saleFigures
    )

    static let saleOverview = SaleOverview(
        instant: Instant(milliseconds: 1_795_860_000_001),
        rules: fullSale,
        report: SaleReport(
            figures: saleFigures,
            bands: [
                SaleReport.Band(unitsMin: 0, unitsMax: 0, owners: 10),
                SaleReport.Band(unitsMin: 1, unitsMax: 1, owners: 100, units: 100),
                SaleReport.Band(unitsMin: 2, unitsMax: .max, owners: 150, units: 300),
            ],
            top: [
                OwnerShare(
                    owner: owner,
                    openUnits: 1,
                    fulfilledUnits: 2,
                    holds: 3,
                    committedHolds: 2,
                    openHolds: 1
                )
            ]
        )
    )

    static let fence = Fence(
        id: id,
        from: .default,
        to: sneakers,
        reason: "sneaker drop",
        rows: [
            Fence.Row(sku: "85123A", warehouse: london, units: 1_000),
            Fence.Row(sku: "85123A", warehouse: leeds, units: 2_147_483_647),
        ]
    )

    static let fenceBack = Fence(
        id: id,
        from: sneakers,
        to: .default,
        rows: [Fence.Row(sku: "71053", warehouse: london, units: 1)]
    )
}
