import Engine
import Inventory
import Movements
import Storage
import Support
import Testing

@testable import Node

/// A node gives the rest of a sale back and forgets the sale, all by itself.
@Suite struct SaleKeeperTests {
    private let warehouse = WarehouseCode("NEAR") ?? .none
    private let pool = PoolName("flash") ?? .default

    private func open(_ clock: SimulatedClock) throws -> Node {
        var settings = smallSettings()
        settings.snapshotLogBytes = nil
        settings.snapshotIntervalMilliseconds = nil
        return try openStepped(SimulatedDisk(), settings, clock: clock)
    }

    private func onHand(_ node: Node) -> [PoolName: Int64] {
        var found: [PoolName: Int64] = [:]
        for cell in node.engine.stock(of: "bolt")?.cells ?? [] {
            found[cell.pool] = cell.figures.onHand
        }
        return found
    }

    @Test func restOfAClosedSaleGoesBackAndTheSaleIsForgottenAfterItsRetention() throws {
        let clock = SimulatedClock()
        let node = try open(clock)
        let worker = NodeWorker(node)
        let warehouses = WarehousesCommand(
            id: RequestID(high: 1, low: 1),
            warehouses: [
                Warehouse(
                    code: warehouse,
                    position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
                )
            ]
        )
        #expect(worker.run(.warehouses(warehouses)).outcome == .accepted)
        var row = CommandRow(sku: Array("bolt".utf8), warehouse: warehouse, onHand: 10)
        row.pool = pool
        let stock = StockCommand(id: RequestID(high: 1, low: 2), cause: .received, rows: [row])
        #expect(worker.run(.stock(stock)).outcome == .accepted)
        var rules = SaleRules(pool: pool)
        rules.returnsRest = true
        rules.closesAt = node.now().advanced(byMilliseconds: 60_000)
        let sale = SalesCommand(id: RequestID(high: 1, low: 3), changes: [.rules(rules)])
        #expect(worker.run(.configuration(.sales(sale))).outcome == .accepted)
        var line = ReserveLine(sku: Array("bolt".utf8), quantity: 4)
        line.pools = [pool]
        var hold = ReserveCommand(id: RequestID(high: 2, low: 1), lines: [line])
        hold.timeToLiveMilliseconds = 90_000
        #expect(worker.run(.reserve(hold)).outcome == .accepted)

        func pass(milliseconds: Int64) {
            clock.advance(milliseconds: milliseconds)
            for _ in 0..<3 {
                clock.advance(milliseconds: 1_000)
                _ = node.step()
            }
        }
        pass(milliseconds: 0)
        #expect(onHand(node) == [pool: 10])
        pass(milliseconds: 60_000)
        #expect(onHand(node) == [pool: 4, .default: 6])
        // What expires late follows, and nothing moves again after that.
        pass(milliseconds: 30_000)
        #expect(onHand(node) == [pool: 0, .default: 10])
        let tail = node.ring.tail
        pass(milliseconds: 1_000)
        #expect(node.ring.tail == tail)
        #expect(node.engine.network.sales.count == 1)
        pass(milliseconds: Limits.saleRetentionMilliseconds)
        #expect(node.engine.network.sales.isEmpty)
        #expect(node.engine.check().violations == [])
        node.close()
    }
}
