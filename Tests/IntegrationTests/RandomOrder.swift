import Inventory
import Support
import Wire

/// An order over a network of its own, with the stock that it meets: scarce, so that it may be
/// hard to plan.
///
/// Each SKU lies in 30–60 % of the warehouses, a line asks for 20–90 % of what is there, and a
/// shipment costs 0.5 to 5 times what the units of the order cost. Part of each cell is promised
/// to others already.
struct RandomOrder {
    var warehouses: [Warehouse] = []
    var rows: [StockWrite.Row] = []
    /// What is promised to others.
    var promised: [ReservationRequest.Line] = []
    var lines: [ReservationRequest.Line] = []
    var policy: SourcingPolicy

    static let orderedAt = Instant(milliseconds: 1_793_100_000_000)

    /// The order of a number and a seed: 1–10 lines, 5–50 warehouses, each policy in turn.
    init(_ number: Int, seed: UInt64) {
        var dice = SplitMix64(seed: seed &+ UInt64(number) &* 0x1234_5678_9ABC_DEF1)
        let lineCount = Int.random(in: 1...10, using: &dice)
        let warehouseCount = Int.random(in: 5...50, using: &dice)
        self.init(number, lines: lineCount, warehouses: warehouseCount, &dice)
    }

    /// An order of so many lines over so many warehouses.
    private init(
        _ number: Int,
        lines count: Int,
        warehouses warehouseCount: Int,
        _ dice: inout SplitMix64
    ) {
        policy = SourcingPolicy(rawValue: UInt8(number % PolicyDefinition.builtIn.count))
        addWarehouses(warehouseCount, &dice)
        var cost = 0.0
        for index in 0..<count { cost += addLine("O\(number)-\(index)", &dice) }
        for index in warehouses.indices {
            warehouses[index].shipmentCostMinor =
                Int64(cost * Double.random(in: 0.5...5, using: &dice))
        }
    }

    private mutating func addWarehouses(_ count: Int, _ dice: inout SplitMix64) {
        for number in 0..<count {
            let place = Position(
                latitudeMicrodegrees: Int32.random(in: 40_000_000...60_000_000, using: &dice),
                longitudeMicrodegrees: Int32.random(in: -15_000_000...15_000_000, using: &dice)
            )
            var warehouse = Warehouse(
                code: WarehouseCode("W\(number)") ?? .none,
                position: place,
                priority: Int32.random(in: 0...8, using: &dice)
            )
            warehouse.unitCostMinor = Int64.random(in: 5...44, using: &dice)
            warehouse.handlingHours = UInt16.random(in: 0...144, using: &dice)
            warehouses.append(warehouse)
        }
    }

    /// Adds a line of a SKU of its own.
    /// - Returns: About what its units cost.
    private mutating func addLine(_ sku: String, _ dice: inout SplitMix64) -> Double {
        let part = Int.random(in: 30...60, using: &dice)
        var places = warehouses.indices.filter { _ in Int.random(in: 0..<100, using: &dice) < part }
        if places.isEmpty { places = [Int.random(in: warehouses.indices, using: &dice)] }
        var there: UInt32 = 0
        var cost: Int64 = 0
        for place in places {
            let available = UInt32.random(in: 1...40, using: &dice)
            let taken = UInt32.random(in: 0...40, using: &dice)
            let code = warehouses[place].code
            rows.append(
                StockWrite.Row(sku: sku, warehouse: code, units: Int64(available + taken))
            )
            if taken > 0 { promised.append(.init(sku: sku, quantity: taken, warehouse: code)) }
            there += available
            cost += warehouses[place].unitCostMinor
        }
        let units = max(1, Double(there) * Double.random(in: 0.2...0.9, using: &dice))
        lines.append(.init(sku: sku, quantity: UInt32(units)))
        return Double(UInt32(units)) * Double(cost) / Double(places.count)
    }

    /// The same order of other SKUs, over the same network.
    func renamed(_ prefix: String) -> RandomOrder {
        var other = self
        for index in rows.indices { other.rows[index].sku = prefix + rows[index].sku }
        for index in promised.indices { other.promised[index].sku = prefix + promised[index].sku }
        for index in lines.indices { other.lines[index].sku = prefix + lines[index].sku }
        return other
    }

    /// A reserve of it.
    func request(replacing old: ReservationID? = nil) -> ReservationRequest {
        ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 1, low: 2),
            lines: lines,
            policy: policy,
            destination: Destination(
                position: Position(latitudeMicrodegrees: 51_500_000, longitudeMicrodegrees: 0)
            ),
            orderedAt: RandomOrder.orderedAt,
            replaces: old
        )
    }

    /// Makes its network and its stock.
    func stock(_ client: RawClient) throws {
        _ = try client.call(WarehouseWrite(id: .random(), warehouses: warehouses))
            .content(WriteReceipt.self)
        _ = try client.call(StockWrite(id: .random(), cause: .imported, rows: rows))
            .content(WriteReceipt.self)
        guard !promised.isEmpty else { return }
        let request = ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 3, low: 4),
            lines: promised
        )
        _ = try client.call(request).content(ReservationReceipt.self)
    }
}

extension RawClient {
    /// The plan of an order's dry run.
    func source(_ order: RandomOrder) throws -> SourcingReport {
        try call(SourceRequest(order.request())).content(SourcingAnswer.self).report
    }
}

/// The shares of a plan, line by line, in an order that plans can be compared in.
func shares(_ report: SourcingReport) -> [Set<Share>] { report.lines.map { Set($0.shares) } }

func shares(_ receipt: ReservationReceipt) -> [Set<Share>] { receipt.lines.map { Set($0.shares) } }
