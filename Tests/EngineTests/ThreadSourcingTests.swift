import Engine
import Inventory
import Support
import Testing

/// Many threads source orders of many lines over many warehouses that take so many shipments.
@Suite(.serialized) struct ThreadSourcingTests {
    private static let warehouseCount = 50
    private static let skuCount = 40
    private static let capacity: UInt32 = 40
    private static let ordersPerThread = isSanitized ? 60 : isFullRun ? 5_000 : 300

    private func shop() -> ReserveShop {
        let shop = ReserveShop(stripes: 64) { $0.closedRetentionMilliseconds = 200 }
        let warehouses = (0..<ThreadSourcingTests.warehouseCount).map { index in
            Warehouse(
                code: ReserveShop.code("W\(index)"),
                position: Workload.position(index: index),
                shipmentCostMinor: Int64(index * 37 % 400),
                capacityShipments: index % 5 == 0 ? nil : ThreadSourcingTests.capacity
            )
        }
        #expect(shop.set(warehouses).outcome == .accepted)
        for sku in 0..<ThreadSourcingTests.skuCount {
            let rows = (0..<ThreadSourcingTests.warehouseCount).filter { ($0 + sku) % 3 != 0 }
                .map { index in
                    CommandRow(
                        sku: Array("s-\(sku)".utf8),
                        warehouse: ReserveShop.code("W\(index)"),
                        onHand: 60
                    )
                }
            #expect(shop.write(.imported, rows).outcome == .accepted)
        }
        return shop
    }

    @Test(.timeLimit(.minutes(30))) func noLimitIsEverPassed() throws {
        let shop = shop()
        let crowd = ThreadShop(shop.harness)
        runThreads(8, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 77)
            var open: [ReservationID] = []
            for number in 0..<ThreadSourcingTests.ordersPerThread {
                let command = shopper.order(of: ThreadSourcingTests.skuCount)
                if shopper.reserve(command).outcome == .accepted { open.append(command.id) }
                if open.count > 12 || number % 3 == 0, let id = open.popLast() {
                    _ = shopper.roll(2) == 0 ? shopper.release(id) : shopper.commit(id)
                }
                if number % 50 == 0 { _ = shopper.sweep(limit: 32) }
            }
        }
        #expect(crowd.noted == [])
        for fill in shop.harness.engine.warehouseFill() {
            guard let limit = fill.capacityShipments else { continue }
            #expect(fill.openShipments <= UInt64(limit), "\(fill.warehouse)")
        }
        try shop.expectSound()
    }
}

extension ThreadShopper {
    /// An order of ten lines by one of the policies, now and then with constraints.
    fileprivate mutating func order(of skus: Int) -> ReserveCommand {
        let lines = (0..<10).map { _ in
            ReserveShop.line("s-\(roll(skus))", UInt32(1 + roll(4)))
        }
        var command = ReserveCommand(id: newID(), lines: lines)
        command.mode = ReserveMode.allCases[roll(3)]
        command.policy = SourcingPolicy(rawValue: UInt8(roll(6)))
        command.destination = Destination(position: Workload.position(index: 100 + roll(20)))
        if roll(4) == 0 { command.constraints = SourcingConstraints(splitsMax: 3) }
        command.timeToLiveMilliseconds = UInt32(1 + roll(100_000))
        return command
    }
}
