internal import HoldfastClient

/// The figures of a sale's goods as the server tells them.
struct ServerBook: Sendable {
    /// By SKU, of the sale's pool.
    var figures: [CellFigures]

    /// Asks the server.
    init(
        _ scenario: FlashSaleScenario,
        _ client: HoldfastClient
    ) async throws(CommandFailure) {
        figures = Array(repeating: .zero, count: scenario.skus)
        var cursor: UInt32? = 0
        while let start = cursor {
            let page = try await accepted("stock of the sale") { () throws(ClientError) in
                try await client.stockPage(from: start)
            }
            for report in page.reports {
                guard let sku = scenario.skuIndex(of: report.sku) else { continue }
                for cell in report.cells where cell.pool == scenario.poolName {
                    figures[sku] = cell.figures
                }
            }
            cursor = page.next
        }
    }

    /// Figures that are known.
    init(figures: [CellFigures]) { self.figures = figures }

    /// Units of a SKU that orders own or owned: committed, or gone by now.
    func sold(_ sku: Int, of units: Int) -> Int64 {
        figures[sku].committed + Int64(units) - figures[sku].onHand
    }
}
