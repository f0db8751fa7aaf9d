internal import HoldfastClient

/// Makes what is sold: a warehouse, the SKUs, the rules of the sale, and the pool that the crowd
/// buys from, which sells nothing before the opening.
struct SalePreparation {
    let client: HoldfastClient
    let scenario: FlashSaleScenario

    private static let rowsMax = Limits.rowsPerRequestMax

    /// The warehouse of all goods.
    static var warehouse: WarehouseCode {
        guard let code = WarehouseCode("SALE") else { preconditionFailure("a code") }
        return code
    }

    /// Makes the goods and the rules; nothing is sold yet.
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
        try await write([.rules(rules)])
        try await fence()
    }

    /// Opens the sale.
    func open() async throws(CommandFailure) {
        try await write([.opening(scenario.poolName)])
    }

    /// The rules of the sale, which open it when somebody says so.
    private var rules: SaleRules {
        var rules = SaleRules(pool: scenario.poolName)
        rules.opensAt = SalePreparation.farAway
        rules.unitsPerOwner = UInt32(scenario.unitsPerOwner)
        rules.unitsPerOwnerAndSKU = UInt32(scenario.unitsPerOwnerAndSKU)
        rules.unitsPerOrder = UInt32(scenario.unitsPerOrder)
        rules.openHoldsPerOwner = UInt32(scenario.openHoldsPerOwner)
        if scenario.unitsPerWindow > 0 {
            rules.unitsPerWindow = UInt32(scenario.unitsPerWindow)
            rules.windowMilliseconds = UInt32(scenario.windowMilliseconds)
        }
        return rules
    }

    /// The year 2100.
    private static let farAway = Instant(milliseconds: 4_102_444_800_000)

    /// Moves the units of the sale into its pool.
    private func fence() async throws(CommandFailure) {
        for first in stride(from: 0, to: scenario.skus, by: SalePreparation.fenceRowsMax) {
            let end = min(first + SalePreparation.fenceRowsMax, scenario.skus)
            let rows = (first..<end).map {
                Fence.Row(
                    sku: scenario.skuName($0),
                    warehouse: SalePreparation.warehouse,
                    units: UInt32(scenario.units)
                )
            }
            _ = try await accepted("fencing the sale's units") { () throws(ClientError) in
                try await client.fence(rows, to: scenario.poolName)
            }
        }
    }

    private static let fenceRowsMax = 8_192

    private func write(_ changes: [SaleChange]) async throws(CommandFailure) {
        _ = try await accepted("sale \(scenario.pool)") { () throws(ClientError) in
            try await client.write(changes)
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
