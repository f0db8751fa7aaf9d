package import Inventory

// What is told of sales.
extension ModelInventory {
    /// The sales in the order of their numbers.
    package var knownSales: [Sale] { sales.sales }

    /// What became of the sale of a pool, with all its owners; `nil` for one that is not known.
    ///
    /// Without what is counted in memory only: refusals, and what went back.
    package func saleReport(of pool: PoolName) -> SaleReport? {
        guard let sale = sales.sales.first(where: { $0.rules.pool == pool }) else { return nil }
        var report = SaleReport()
        for (key, share) in sales.shares where key.sale == sale.number {
            guard case .owner(let owner) = key.holder else { continue }
            report.count(ownerWith: share.units)
            report.top.append(share.told(of: owner))
            report.figures.owners += 1
            report.figures.holds += UInt64(share.holds)
            report.figures.committedHolds += UInt64(share.committedHolds)
            report.figures.openHolds += UInt64(share.openHolds)
            report.figures.openUnits += share.open
            report.figures.fulfilledUnits += share.fulfilled
        }
        for (key, figures) in skus.values.flatMap(\.cells) where key.pool == pool {
            report.figures.cells.onHand += figures.onHand
            report.figures.cells.reserved += figures.reserved
            report.figures.cells.committed += figures.committed
            report.figures.cells.safetyStock += figures.safetyStock
            report.figures.cells.backorderLimit += figures.backorderLimit
        }
        report.top.sort { one, other in
            let units = (one.openUnits + one.fulfilledUnits, other.openUnits + other.fulfilledUnits)
            if units.0 != units.1 { return units.0 > units.1 }
            return (one.owner.high, one.owner.low) < (other.owner.high, other.owner.low)
        }
        return report
    }
}
