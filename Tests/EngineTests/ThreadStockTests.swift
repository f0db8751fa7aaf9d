import Engine
import Inventory
import Support
import Synchronization
import Testing

@Suite(.serialized) struct ThreadStockTests {
    private static let units: Int64 = 1_000

    /// Units wander between warehouses and pools, which are made on the way, while others hold.
    ///
    /// A SKU's units are never more or fewer for a reader, and no hold is made of units on their
    /// way.
    @Test(.timeLimit(.minutes(30))) func transfersMoveUnitsAtOneInstant() throws {
        let rounds = isFullRun ? 40 : 4
        for round in 0..<rounds {
            let shop = ReserveShop(stripes: 16)
            shop.setWarehouses(["A", "B"])
            for index in 0..<4 { shop.stock("m-\(index)", ["A": ThreadStockTests.units]) }
            let crowd = ThreadShop(shop.harness)
            let isOver = ThreadFlag()
            runThreads(4, draining: shop.harness) { thread in
                var shopper = ThreadShopper(crowd, index: thread, seed: UInt64(round))
                if thread == 0 {
                    for number in 0..<2_000 { shopper.transfer(number) }
                    isOver.value.store(true, ordering: .releasing)
                    return
                }
                while !isOver.value.load(ordering: .acquiring) {
                    if thread == 1 { shopper.readStock() } else { shopper.holdAndRelease() }
                }
            }
            #expect(crowd.noted == [])
            try shop.expectSound()
        }
    }

    /// A hold that is there before and after a list of holds is in the list, whatever comes and
    /// goes meanwhile.
    @Test(.timeLimit(.minutes(30))) func holdsThatStayAreListed() throws {
        let shop = ReserveShop(stripes: 2) { $0.closedRetentionMilliseconds = 5 }
        shop.setWarehouses(["A"])
        shop.stock("m-0", ["A": 1_000_000])
        let crowd = ThreadShop(shop.harness)
        let isOver = ThreadFlag()
        runThreads(3, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 3)
            if thread == 0 {
                for _ in 0..<(isFullRun ? 20_000 : 1_000) { shopper.holdAndList() }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            while !isOver.value.load(ordering: .acquiring) { shopper.crowdHolds() }
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
    }

    /// Of two counts that expect one version only one is carried out.
    @Test(.timeLimit(.minutes(30))) func oneOfTwoWritesThatExpectAVersionLoses() throws {
        let shop = ReserveShop(stripes: 4)
        shop.setWarehouses(["A"])
        shop.stock("m-0", ["A": 0])
        let crowd = ThreadShop(shop.harness)
        let won = ThreadCounts(firsts: 0, closings: 0)
        let each = isFullRun ? 20_000 : 2_000
        runThreads(4, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 4)
            for _ in 0..<each where shopper.addOneToWhatWasRead() {
                won.firsts.add(1, ordering: .relaxed)
            }
        }
        #expect(crowd.noted == [])
        let count = Int64(won.firsts.load(ordering: .relaxed))
        #expect(count >= Int64(each))
        #expect(shop.onHand("m-0") == ["A": count])
        try shop.expectSound()
    }
}

extension ThreadShopper {
    /// Moves a few units of a SKU to a random cell, now and then in a pool that is new.
    fileprivate mutating func transfer(_ number: Int) {
        let pools = ["", "", "flash", "vip", "pool-\(number / 100)"]
        let sku = "m-\(roll(4))"
        let units = Int64(1 + roll(3))
        let codes = ["A", "B"]
        let rows = [
            ReserveShop.row(sku, codes[roll(2)], pools[roll(5)], -units),
            ReserveShop.row(sku, codes[roll(2)], pools[roll(5)], units),
        ]
        let answer = write(StockCommand(id: newID(), cause: .transferred, rows: rows))
        switch answer.outcome {
        case .accepted, .insufficientStock, .unknownPool, .unknownCell, .tooManyPools: return
        case .invalidQuantity where answer.refusedRow == 1: return  // A cell to itself.
        default: shop.note("\(answer)")
        }
    }

    fileprivate mutating func readStock() {
        let sku = "m-\(roll(4))"
        let cells = shop.engine.stock(of: sku)?.cells ?? []
        let sum = cells.reduce(0) { $0 + $1.figures.onHand }
        if sum != 1_000 { shop.note("\(sum) units: \(cells)") }
        let query = AvailabilityQuery(skus: [sku, "ghost"], pools: shop.engine.network.pools)
        let answer = shop.engine.availability(query, now: shop.now)
        if answer[0].available > 1_000 || answer[1].version != 0 { shop.note("\(answer)") }
        let fill = shop.engine.warehouseFill()
        if fill.count != 2 { shop.note("\(fill)") }
    }

    fileprivate mutating func holdAndRelease() {
        let lines = (0..<2).map { _ in ReserveShop.line("m-\(roll(4))", UInt32(1 + roll(5))) }
        var command = ReserveCommand(id: newID(), lines: lines)
        command.mode = .bestEffort
        let reply = reserve(command)
        if reply.outcome != .accepted { return shop.note("\(reply)") }
        _ = release(command.id)
    }

    /// Holds a unit, and finds the hold in the list until it is released.
    fileprivate mutating func holdAndList() {
        let command = ReserveCommand(id: newID(), lines: [ReserveShop.line("m-0", 1)])
        if reserve(command).outcome != .accepted { return shop.note("no hold") }
        if !isListed(command.id) { shop.note("\(command.id) isn't listed") }
        _ = release(command.id)
        if isListed(command.id) { shop.note("\(command.id) is listed") }
    }

    private func isListed(_ id: ReservationID) -> Bool {
        let holds = shop.engine.holds(of: "m-0", warehouse: nil, limit: .max / 2, now: shop.now)
        return holds?.holds.contains { $0.id == id } ?? false
    }

    /// Makes and ends holds, and forgets them, so that records move and serve again.
    fileprivate mutating func crowdHolds() {
        for _ in 0..<20 {
            var command = ReserveCommand(id: newID(), lines: [ReserveShop.line("m-0", 1)])
            command.timeToLiveMilliseconds = 5
            _ = reserve(command)
            if roll(2) == 0 { _ = release(command.id) }
        }
        shop.advance(byMilliseconds: 1)
        while sweep(limit: 64).hasMore {}
    }

    /// Reads a cell and writes it one higher, if it is still as it was read.
    fileprivate mutating func addOneToWhatWasRead() -> Bool {
        guard let stock = shop.engine.stock(of: "m-0"), let cell = stock.cells.first else {
            shop.note("no stock")
            return false
        }
        var row = ReserveShop.row("m-0", "A", "", cell.figures.onHand + 1)
        row.expectedVersion = stock.version
        let answer = write(StockCommand(id: newID(), cause: .imported, rows: [row]))
        switch answer.outcome {
        case .accepted: return true
        case .versionConflict:
            if answer.conflict?.version ?? 0 <= stock.version { shop.note("\(answer)") }
        default: shop.note("\(answer)")
        }
        return false
    }
}
