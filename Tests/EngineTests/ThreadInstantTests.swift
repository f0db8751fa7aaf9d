import Engine
import Inventory
import Support
import Synchronization
import Testing

/// What is refused while others move stock and shipments was true at one instant.
///
/// In each of these shops the order can be served at every instant, by one warehouse or another;
/// only who looks at the two in different instants sees neither.
@Suite(.serialized) struct ThreadInstantTests {
    private static let orders = isSanitized ? 100 : isFullRun ? 20_000 : 1_500

    /// Warehouses that take no shipment: a look at one after the other takes its time.
    private static let closed = (0..<150).map { "full-\($0)" }

    /// Warehouses `A`, `B` and `C`, of which the last two take one shipment each.
    private func shop() -> ReserveShop {
        let shop = ReserveShop(stripes: 64) { $0.closedRetentionMilliseconds = 1 }
        let capacities: [String: UInt32] = ["B": 1, "C": 1]
        let warehouses = (["A", "B", "C"] + ThreadInstantTests.closed).map { code in
            Warehouse(
                code: ReserveShop.code(code),
                position: Workload.position(index: 7),
                capacityShipments: code == "A" ? nil : capacities[code] ?? 0
            )
        }
        #expect(shop.set(warehouses).outcome == .accepted)
        return shop
    }

    /// Runs `act` so many times on one thread, beside another that repeats `disturb`.
    private func run(
        _ shop: ReserveShop,
        times: Int = orders,
        beside disturb: @escaping @Sendable (inout ThreadShopper) -> Void,
        _ act: @escaping @Sendable (inout ThreadShopper) -> Void
    ) throws {
        let crowd = ThreadShop(shop.harness)
        let isOver = ThreadFlag()
        runThreads(2, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 5)
            if thread == 1 {
                while !isOver.value.load(ordering: .acquiring) { disturb(&shopper) }
                return
            }
            for number in 0..<times {
                act(&shopper)
                crowd.advance(byMilliseconds: 1)
                if number % 50 == 0 { _ = shopper.sweep(limit: 200) }
            }
            isOver.value.store(true, ordering: .releasing)
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
    }

    /// Two SKUs wander from one warehouse to the other and back in one movement each.
    @Test(.timeLimit(.minutes(30))) func whatOneWarehouseAlwaysHasIsNeverRefused() throws {
        let shop = ReserveShop(stripes: 64) { $0.closedRetentionMilliseconds = 1 }
        shop.setWarehouses(["A", "B"])
        let skus = ["hat", "glove", "scarf", "boot"]
        for sku in skus { shop.stock(sku, ["A": 1, "B": 0]) }
        try run(shop) { mover in
            for (from, to) in [("A", "B"), ("B", "A")] {
                let rows = skus.flatMap { sku in
                    [ReserveShop.row(sku, from, "", -1), ReserveShop.row(sku, to, "", 1)]
                }
                // Refused while somebody holds them: then they stay.
                _ = mover.write(
                    StockCommand(id: mover.newID(), cause: .transferred, rows: rows)
                )
            }
        } _: { shopper in
            var order = ReserveCommand(
                id: shopper.newID(),
                lines: skus.map { ReserveShop.line($0, 1) }
            )
            order.constraints = SourcingConstraints(splitsMax: 1)
            let planned = shopper.source(order)
            if planned != .accepted { shopper.shop.note("dry: \(planned)") }
            let reply = shopper.reserve(order)
            if reply.outcome != .accepted { return shopper.shop.note("\(reply)") }
            _ = shopper.release(order.id)
        }
    }

    /// The only shipment of one of two warehouses is taken, in turn.
    @Test(.timeLimit(.minutes(30)), arguments: [1, 3])
    func aShipmentThatIsAlwaysLeftIsNeverRefused(lines: Int) throws {
        let shop = shop()
        let skus = (0..<lines).map { "shirt-\($0)" }
        for sku in skus {
            shop.stock(sku, ["B": 9])
            let rows = ThreadInstantTests.closed.map { ReserveShop.row(sku, $0, "", 9) }
            #expect(shop.write(.imported, rows).outcome == .accepted)
            shop.stock(sku, ["C": 9])
        }
        shop.stock("other", ["B": 9, "C": 9])
        try run(shop, times: ThreadInstantTests.orders / 5, beside: { $0.takeShipmentInTurn() }) {
            shopper in
            let order = ReserveCommand(
                id: shopper.newID(),
                lines: skus.map { ReserveShop.line($0, 1) }
            )
            let planned = shopper.source(order)
            if planned != .accepted { shopper.shop.note("dry: \(planned)") }
            let reply = shopper.reserve(order)
            if reply.outcome != .accepted { return shopper.shop.note("\(reply)") }
            _ = shopper.release(order.id)
        }
    }

    /// A hold that has to move finds the warehouse whose shipment is left.
    @Test(.timeLimit(.minutes(30))) func aRerouteThatLosesTheLastShipmentPlansAnew() throws {
        let shop = shop()
        shop.stock("shirt", ["A": 9, "B": 9, "C": 9])
        shop.stock("other", ["B": 9, "C": 9])
        try run(shop, times: ThreadInstantTests.orders / 5, beside: { $0.takeShipmentInTurn() }) {
            shopper in
            let order = ReserveCommand(
                id: shopper.newID(),
                lines: [ReserveShop.line("shirt", 1)]
            )
            _ = shopper.write(shopper.newState(of: "A", .online))
            let reply = shopper.reserve(order)
            if reply.outcome != .accepted { shopper.shop.note("\(reply)") }
            _ = shopper.write(shopper.newState(of: "A", .draining))
            let moved = shopper.shop.engine.reroute(
                order.id,
                from: 0,
                now: shopper.shop.now,
                session: shopper.session
            )
            if moved.outcome != .accepted { shopper.shop.note("\(moved)") }
            _ = shopper.release(order.id)
        }
    }
}

extension ThreadShopper {
    /// What a reserve of `command` would be answered.
    fileprivate mutating func source(_ command: ReserveCommand) -> Outcome {
        withReserveRequest(command) { request in
            shop.engine.prepare(&request)
            let planned = shop.engine.source(request, now: shop.now, session: session)
            switch planned {
            case .success(let report): return report.outcome
            case .failure(let refusal): return refusal.outcome
            }
        }
    }

    /// Takes the shipment of `B` and gives it back, then that of `C`: never both.
    fileprivate mutating func takeShipmentInTurn() {
        for code in ["B", "C"] {
            let order = ReserveCommand(
                id: newID(),
                lines: [ReserveShop.line("other", 1, at: code)]
            )
            // Refused while the other thread has it.
            if reserve(order).outcome == .accepted { _ = release(order.id) }
        }
    }
}
