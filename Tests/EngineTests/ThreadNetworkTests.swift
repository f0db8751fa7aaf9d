import Engine
import Glibc
import Inventory
import Support
import Synchronization
import Testing

@Suite(.serialized) struct ThreadNetworkTests {
    /// Warehouses come one by one while others reserve and read SKUs that get cells in them.
    ///
    /// Whoever copies the cells of a SKU must know every warehouse that they name.
    @Test(.timeLimit(.minutes(30))) func warehousesMayComeWhileOthersReserveAndRead() throws {
        let rounds = isFullRun ? 40 : 4
        for round in 0..<rounds {
            let shop = ReserveShop(stripes: 16)
            shop.setWarehouses(["A0"])
            for index in 0..<4 { shop.stock("n-\(index)", ["A0": 1_000_000]) }
            let crowd = ThreadShop(shop.harness)
            let isOver = ThreadFlag()
            runThreads(4, draining: shop.harness) { thread in
                var shopper = ThreadShopper(crowd, index: thread, seed: UInt64(round))
                if thread == 0 {
                    for number in 1..<200 { shopper.open("A\(number)", skuCount: 4) }
                    isOver.value.store(true, ordering: .releasing)
                    return
                }
                while !isOver.value.load(ordering: .acquiring) {
                    if thread == 1 {
                        _ = crowd.engine.stock(of: "n-\(shopper.roll(4))")
                        var reports: [CellReport] = []
                        _ = crowd.engine.cells(fromSKU: 0, limit: 50, into: &reports)
                        continue
                    }
                    shopper.holdOverManySKUs()
                }
            }
            #expect(crowd.noted == [])
            try shop.expectSound()
        }
    }

    /// One change of the network for each look, so that the second look at the latest is whole.
    @Test(.timeLimit(.minutes(10))) func alternativesAreFoundWhileTheNetworkChanges() throws {
        let rounds = 10_000
        let shop = ReserveShop(stripes: 16)
        shop.setWarehouses(["A", "B", "C"])
        shop.stock("shirt", ["A": 1, "B": 9])
        let crowd = ThreadShop(shop.harness)
        let turns = ThreadCounts(firsts: 0, closings: 0)
        let missed = ThreadCounts(firsts: 0, closings: 0)
        runThreads(2, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 61)
            for round in 1...rounds {
                if thread == 0 {
                    turns.firsts.store(round, ordering: .releasing)
                    let line = ReserveShop.line("shirt", 2, at: "A")
                    var command = ReserveCommand(id: shopper.newID(), lines: [line])
                    command.wantsAlternatives = true
                    let reply = shopper.reserve(command)
                    if reply.outcome != .insufficientStock { crowd.note("\(reply.outcome)") }
                    if reply.alternatives.isEmpty { missed.firsts.add(1, ordering: .relaxed) }
                    while turns.closings.load(ordering: .acquiring) < round { sched_yield() }
                } else {
                    while turns.firsts.load(ordering: .acquiring) < round { sched_yield() }
                    _ = shopper.write(
                        shopper.newState(of: "C", round % 2 == 0 ? .online : .offline)
                    )
                    turns.closings.store(round, ordering: .releasing)
                }
            }
        }
        #expect(crowd.noted == [])
        #expect(missed.firsts.load(ordering: .relaxed) == 0)
        try shop.expectSound()
    }

    /// Warehouse A is closed only while B has a unit, so one is always to be had.
    ///
    /// An order that takes A's state from one instant and B's stock from another finds none.
    @Test(.timeLimit(.minutes(30))) func refusalsAreTrueAtOneInstantOfNetworkAndStock() throws {
        let rounds = isFullRun ? 100_000 : 3_000
        let shop = ReserveShop(stripes: 64)
        shop.setWarehouses(["A", "B"])
        shop.stock("scarce", ["A": 1, "B": 0])
        shop.stock("plenty", ["A": 1_000_000, "B": 1_000_000])
        let crowd = ThreadShop(shop.harness)
        let isOver = ThreadFlag()
        runThreads(2, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 51)
            if thread == 0 {
                let lines = [ReserveShop.line("scarce", 1), ReserveShop.line("plenty", 1)]
                for _ in 0..<rounds {
                    let command = ReserveCommand(id: shopper.newID(), lines: lines)
                    let reply = shopper.reserve(command)
                    if reply.outcome != .accepted { crowd.note("\(reply)") }
                    _ = shopper.release(command.id)
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            while !isOver.value.load(ordering: .acquiring) {
                _ = shopper.write(shopper.newStock(of: "scarce", 1))
                _ = shopper.write(shopper.newState(of: "A", .offline))
                _ = shopper.write(shopper.newState(of: "A", .online))
                _ = shopper.write(shopper.newStock(of: "scarce", -1))
            }
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
    }
}

extension ThreadShopper {
    /// A change of the units of a SKU in warehouse B.
    fileprivate mutating func newStock(of sku: String, _ units: Int64) -> StockCommand {
        let row = CommandRow(
            sku: Array(sku.utf8),
            warehouse: ReserveShop.code("B"),
            onHand: units
        )
        return StockCommand(id: newID(), cause: .adjusted, rows: [row])
    }

    /// Adds a warehouse and gives each SKU a cell in it.
    fileprivate mutating func open(_ text: String, skuCount: Int) {
        if write(newState(of: text, .online)).outcome != .accepted { shop.note("no warehouse") }
        for index in 0..<skuCount {
            let row = CommandRow(
                sku: Array("n-\(index)".utf8),
                warehouse: ReserveShop.code(text),
                onHand: 5
            )
            let command = StockCommand(id: newID(), cause: .received, rows: [row])
            if write(command).outcome != .accepted { shop.note("no cell") }
        }
    }

    /// Holds a few units of several SKUs for a place, and gives them back.
    fileprivate mutating func holdOverManySKUs() {
        let lines = (0..<3).map { _ in ReserveShop.line("n-\(roll(4))", UInt32(1 + roll(20))) }
        var command = ReserveCommand(id: newID(), lines: lines)
        command.destination = Destination(position: Workload.position(index: roll(50)))
        let reply = reserve(command)
        if reply.outcome != .accepted { return shop.note("\(reply)") }
        _ = release(command.id)
    }
}
