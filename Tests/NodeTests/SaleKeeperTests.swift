import Engine
import Inventory
import Movements
import Storage
import Support
import Testing

@testable import Node

/// A node gives the rest of a sale back and forgets the sale, all by itself.
@Suite struct SaleKeeperTests {
    @Test func restOfAClosedSaleGoesBackAndTheSaleIsForgottenAfterItsRetention() throws {
        let sale = try KeptSale()
        try sale.put(["bolt": 10])
        sale.rules { $0.closesAt = sale.instant(in: 60_000) }
        _ = sale.hold("bolt", 4, milliseconds: 90_000)
        sale.pass(milliseconds: 0)
        #expect(sale.onHand("bolt") == [10, 0])
        sale.pass(milliseconds: 60_000)
        #expect(sale.onHand("bolt") == [4, 6])
        // What expires late follows, and nothing moves again after that.
        sale.pass(milliseconds: 30_000)
        #expect(sale.onHand("bolt") == [0, 10])
        let tail = sale.node.ring.tail
        sale.pass(milliseconds: 1_000)
        #expect(sale.node.ring.tail == tail)
        #expect(sale.node.engine.network.sales.count == 1)
        sale.pass(milliseconds: Limits.saleRetentionMilliseconds)
        #expect(sale.node.engine.network.sales.isEmpty)
        sale.close()
    }

    @Test func orderThatIsCalledOffLateGoesBackBeforeItsSaleIsForgotten() throws {
        let sale = try KeptSale()
        try sale.put(["bolt": 10])
        sale.rules { $0.closesAt = sale.instant(in: 60_000) }
        let order = sale.hold("bolt", 4, milliseconds: 90_000)
        sale.change(order, .commit)
        sale.pass(milliseconds: 60_000)
        sale.pass(milliseconds: Limits.saleRetentionMilliseconds)
        #expect(sale.onHand("bolt") == [4, 6])
        #expect(sale.node.engine.network.sales.count == 1)
        sale.change(order, .cancel)
        sale.pass(milliseconds: 1_000)
        #expect(sale.onHand("bolt") == [0, 10])
        sale.pass(milliseconds: 60_000)
        #expect(sale.node.engine.network.sales.isEmpty)
        sale.close()
    }

    @Test func saleThatIsOpenedAgainKeepsItsRest() throws {
        let sale = try KeptSale()
        try sale.put(["bolt": 10])
        sale.rules { $0.closesAt = sale.instant(in: 60_000) }
        sale.clock.advance(milliseconds: 120_000)
        sale.rules { $0.closesAt = nil }
        sale.pass(milliseconds: 10_000)
        #expect(sale.onHand("bolt") == [10, 0])
        sale.rules { $0.closesAt = sale.instant(in: 0) }
        sale.pass(milliseconds: 1_000)
        #expect(sale.onHand("bolt") == [0, 10])
        sale.close()
    }

    @Test(arguments: ["axle", "bolt", "cog"])
    func skuThatDefaultHasNoRoomForIsPassedOver(full: String) throws {
        let sale = try KeptSale()
        try sale.put(["axle": 3, "bolt": 4, "cog": 5])
        try sale.put([full: Limits.unitsPerCellMax - 1], in: .default)
        sale.rules { $0.closesAt = sale.instant(in: 0) }
        sale.pass(milliseconds: 1_000)
        for (sku, units) in ["axle": Int64(3), "bolt": 4, "cog": 5] {
            let wanted = sku == full ? [units, Limits.unitsPerCellMax - 1] : [0, units]
            #expect(sale.onHand(sku) == wanted, "\(sku)")
        }
        sale.close()
    }

    @Test(arguments: 0..<3)
    func cellThatDefaultHasNoRoomForIsPassedOverAndKeepsItsSale(full: Int) throws {
        let sale = try KeptSale()
        for place in KeptSale.places { try sale.put(["bolt": 3], at: place) }
        let crowded = KeptSale.places[full]
        try sale.put(["bolt": Limits.unitsPerCellMax - 1], in: .default, at: crowded)
        sale.rules { $0.closesAt = sale.instant(in: 0) }
        sale.pass(milliseconds: 1_000)
        for place in KeptSale.places {
            let wanted = place == crowded ? [3, Limits.unitsPerCellMax - 1] : [0, 3]
            #expect(sale.onHand("bolt", at: place) == wanted, "\(place)")
        }
        sale.pass(milliseconds: Limits.saleRetentionMilliseconds)
        #expect(sale.node.engine.network.sales.count == 1)
        // Once there is room its rest goes as well, and then the sale.
        try sale.put(["bolt": -10], in: .default, at: crowded, .adjusted)
        sale.pass(milliseconds: 60_000)
        #expect(sale.onHand("bolt", at: crowded) == [0, Limits.unitsPerCellMax - 8])
        sale.pass(milliseconds: 60_000)
        #expect(sale.node.engine.network.sales.isEmpty)
        sale.close()
    }

    /// What is called off behind a walk over the SKUs doesn't wait for the pause after it.
    @Test func whatComesBackBehindAWalkBeginsTheNext() throws {
        let sale = try KeptSale()
        try sale.put(["bolt": 4])
        sale.rules { $0.closesAt = sale.instant(in: 60_000) }
        let order = sale.hold("bolt", 4, milliseconds: 90_000)
        sale.change(order, .commit)
        // Each cell that is refused takes a batch: more of them than one step carries out.
        for index in 0..<300 {
            try sale.put(["full-\(index)": 1])
            try sale.put(["full-\(index)": Limits.unitsPerCellMax], in: .default)
        }
        sale.pass(milliseconds: 60_000, steps: 1)
        sale.change(order, .cancel)
        sale.pass(milliseconds: 0, steps: 6)
        #expect(sale.onHand("bolt") == [0, 4])
        #expect(sale.onHand("full-299") == [1, Limits.unitsPerCellMax])
        sale.close()
    }

    @Test func whatOwnersHadOfAForgottenSaleMakesRoomForTheNext() throws {
        let sale = try KeptSale { settings in
            settings.engine.ownerStripes = 1
            settings.engine.ownerEntriesMax = 700
        }
        try sale.put(["bolt": 1_000])
        for _ in 0..<3 {
            sale.rules { _ in }
            let holds = (1...300).map { sale.hold("bolt", 1, owner: $0, milliseconds: 90_000) }
            for hold in holds { sale.change(hold, .release) }
            sale.rules { rules in
                rules.closesAt = sale.instant(in: 0)
                rules.returnsRest = false
            }
            sale.pass(milliseconds: Limits.saleRetentionMilliseconds)
            #expect(sale.node.engine.network.sales.isEmpty)
            sale.pass(milliseconds: 1_000)
        }
        sale.close()
    }
}

/// A node with a warehouse and a sale whose rest goes back by itself.
private final class KeptSale {
    let clock = SimulatedClock()
    let node: Node
    private let worker: NodeWorker
    static let places = ["NEAR", "MID", "FAR"].compactMap { WarehouseCode($0) }
    private let pool = PoolName("flash") ?? .default
    private var ids: UInt64 = 0

    init(_ change: (inout NodeSettings) -> Void = { _ in }) throws {
        var settings = smallSettings()
        settings.snapshotLogBytes = nil
        settings.snapshotIntervalMilliseconds = nil
        change(&settings)
        node = try openStepped(SimulatedDisk(), settings, clock: clock)
        worker = NodeWorker(node)
        let position = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let warehouses = KeptSale.places.map { Warehouse(code: $0, position: position) }
        let command = WarehousesCommand(id: newID(), warehouses: warehouses)
        #expect(worker.run(.warehouses(command)).outcome == .accepted)
    }

    private func newID() -> RequestID {
        ids += 1
        return RequestID(high: 1, low: ids)
    }

    func instant(in milliseconds: Int64) -> Instant {
        node.now().advanced(byMilliseconds: milliseconds)
    }

    /// Takes units in, into the sale's pool and the first warehouse where none is named.
    func put(
        _ units: KeyValuePairs<String, Int64>,
        in pool: PoolName? = nil,
        at place: WarehouseCode = KeptSale.places[0],
        _ cause: StockCause = .received
    ) throws {
        let rows = units.map { sku, units in
            var row = CommandRow(sku: Array(sku.utf8), warehouse: place, onHand: units)
            row.pool = pool ?? self.pool
            return row
        }
        let command = StockCommand(id: newID(), cause: cause, rows: rows)
        try #require(worker.run(.stock(command)).outcome == .accepted)
    }

    func rules(_ change: (inout SaleRules) -> Void) {
        var rules = SaleRules(pool: pool)
        rules.returnsRest = true
        change(&rules)
        let command = SalesCommand(id: newID(), changes: [.rules(rules)])
        #expect(worker.run(.configuration(.sales(command))).outcome == .accepted)
    }

    func hold(
        _ sku: String,
        _ units: UInt32,
        owner: UInt64 = 1,
        milliseconds: UInt32
    ) -> ReservationID {
        var line = ReserveLine(sku: Array(sku.utf8), quantity: units)
        line.pools = [pool]
        var command = ReserveCommand(id: newID(), lines: [line])
        command.owner = OwnerID(high: owner, low: 0)
        command.timeToLiveMilliseconds = milliseconds
        #expect(worker.run(.reserve(command)).outcome == .accepted)
        return command.id
    }

    func change(_ reservation: ReservationID, _ kind: ReservationChangeKind) {
        let request = ChangeRequest(
            reservation: reservation,
            id: newID(),
            digest: 7,
            kind: kind,
            isFulfilling: false,
            items: []
        )
        #expect(worker.run(.change(request)).outcome == .accepted)
    }

    /// Lets time pass, and the node do what it does by itself.
    func pass(milliseconds: Int64, steps: Int = 3) {
        clock.advance(milliseconds: milliseconds)
        for _ in 0..<steps {
            clock.advance(milliseconds: 1_000)
            _ = node.step()
        }
    }

    /// Units of a SKU in the sale's pool and in `default`.
    func onHand(_ sku: String, at place: WarehouseCode = KeptSale.places[0]) -> [Int64] {
        var found: [Int64] = [0, 0]
        for cell in node.engine.stock(of: sku)?.cells ?? [] where cell.warehouse == place {
            found[cell.pool == pool ? 0 : 1] = cell.figures.onHand
        }
        return found
    }

    func close() {
        #expect(node.engine.check().violations == [])
        node.close()
    }
}
