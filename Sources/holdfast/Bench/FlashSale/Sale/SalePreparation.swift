internal import HoldfastClient

/// Makes what is sold: a warehouse, the SKUs, and the pool that the crowd buys from.
///
/// The units lie in `default` until the opening and go to the pool then, in movements of many rows,
/// so that nothing is sold before.
struct SalePreparation {
    let client: HoldfastClient
    let scenario: FlashSaleScenario

    /// Whether the server holds owners to the limits of the scenario.
    let enforcesLimits = false

    private static let rowsMax = Limits.rowsPerRequestMax

    /// The warehouse of all goods.
    static var warehouse: WarehouseCode {
        guard let code = WarehouseCode("SALE") else { preconditionFailure("a code") }
        return code
    }

    /// Makes the goods, out of reach of the crowd.
    func prepare() async throws(CommandFailure) {
        try await checkNames()
        guard let place = Position(latitude: 50, longitude: 8) else {
            preconditionFailure("a place")
        }
        let warehouse = Warehouse(
            code: SalePreparation.warehouse,
            city: "Flash sale",
            position: place
        )
        _ = try await accepted("warehouse \(warehouse.code)") { () throws(ClientError) in
            try await client.write([warehouse])
        }
        for first in stride(from: 0, to: scenario.skus, by: SalePreparation.rowsMax) {
            let end = min(first + SalePreparation.rowsMax, scenario.skus)
            let rows = (first..<end).map { row($0, units: scenario.units, pool: .default) }
            try await write(StockWrite(id: .random(), cause: .imported, rows: rows))
        }
    }

    /// Opens the sale.
    func open() async throws(CommandFailure) {
        let skusMax = SalePreparation.rowsMax / 2
        for first in stride(from: 0, to: scenario.skus, by: skusMax) {
            let rows = (first..<min(first + skusMax, scenario.skus)).flatMap { sku in
                [
                    row(sku, units: -scenario.units, pool: .default),
                    row(sku, units: scenario.units, pool: scenario.poolName),
                ]
            }
            try await write(StockWrite(id: .random(), cause: .transferred, rows: rows))
        }
    }

    private func row(_ sku: Int, units: Int, pool: PoolName) -> StockWrite.Row {
        StockWrite.Row(
            sku: scenario.skuName(sku),
            warehouse: SalePreparation.warehouse,
            units: Int64(units),
            pool: pool
        )
    }

    private func write(_ request: StockWrite) async throws(CommandFailure) {
        _ = try await accepted("stock of the sale") { () throws(ClientError) in
            try await client.write(request)
        }
    }

    /// Refuses goods that are there already: what was sold of them before would count.
    private func checkNames() async throws(CommandFailure) {
        let name = scenario.skuName(0)
        let found = try await answered { () throws(ClientError) in
            try await client.stock(of: name)
        }
        guard case .failure(let refusal) = found, refusal.outcome == .unknownSKU else {
            throw CommandFailure(
                .refused,
                "sku_there",
                "\(name) is there already — set another sku-prefix, for example with "
                    + "--set sku-prefix=NEXT"
            )
        }
    }
}
