import Engine
import Inventory
import Support
import Synchronization
import Testing

@Suite(.serialized) struct ThreadTests {
    static let threadCount = 8
    static let skuCount = 64
    static let unitsPerCell: Int64 = 200
    static let codes = ["A", "B", "C"]
    static let requestsPerThread =
        isSanitized ? (isFullRun ? 10_000 : 1_000) : (isFullRun ? 50_000 : 2_000)

    /// 64 SKUs in three warehouses each, in fewer stripes than SKUs.
    private func hotShop(
        stripes: Int,
        unitsPerCell units: Int64 = ThreadTests.unitsPerCell
    ) -> ReserveShop {
        let shop = ReserveShop(stripes: stripes) { $0.closedRetentionMilliseconds = 200 }
        shop.setWarehouses(ThreadTests.codes)
        for index in 0..<ThreadTests.skuCount {
            shop.stock(
                "hot-\(index)",
                ["A": units, "B": units, "C": units]
            )
        }
        return shop
    }

    @Test(.timeLimit(.minutes(30)), arguments: [16, 1_024])
    func crowdSellsExactlyWhatThereIs(stripes: Int) throws {
        let shop = hotShop(stripes: stripes)
        let crowd = ThreadShop(shop.harness)
        let sums = ThreadSums()
        runThreads(ThreadTests.threadCount, draining: shop.harness) { index in
            var buyer = ThreadBuyer(ThreadShopper(crowd, index: index, seed: 11))
            for _ in 0..<ThreadTests.requestsPerThread { buyer.storm() }
            sums.add(buyer.sold, buyer.received)
        }
        #expect(crowd.noted == [])
        try shop.expectSound()

        // All holds run out; then the crowd wants more than there is.
        crowd.advance(byMilliseconds: 1_000_000)
        shop.now = crowd.now
        shop.setWarehouses(ThreadTests.codes)
        _ = shop.sweep()
        runThreads(ThreadTests.threadCount, draining: shop.harness) { index in
            var buyer = ThreadBuyer(ThreadShopper(crowd, index: 100 + index, seed: 12))
            buyer.buyOut()
            sums.add(buyer.sold, buyer.received)
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
        expectSoldOut(shop, sums)
    }

    /// What the buyers know they bought is what there was, and nothing is left.
    private func expectSoldOut(_ shop: ReserveShop, _ sums: ThreadSums) {
        let sold = sums.sold
        let received = sums.received
        for index in 0..<ThreadTests.skuCount {
            let stock = ThreadTests.unitsPerCell * Int64(ThreadTests.codes.count) + received[index]
            #expect(sold[index] == stock, "hot-\(index)")
            for report in shop.harness.engine.stock(of: "hot-\(index)")?.cells ?? [] {
                #expect(report.figures.reserved == 0)
                #expect(report.figures.available == 0)
            }
        }
    }

    /// One unit wanders between SKUs of many stripes, each step one movement.
    ///
    /// So at every instant exactly one of them has it, and an answer that says otherwise was true
    /// at no instant.
    @Test(.timeLimit(.minutes(30))) func shortAnswersAreTrueAtOneInstant() throws {
        let count = 6
        let rounds = isFullRun ? 200_000 : 5_000
        let shop = ReserveShop(stripes: 64)
        shop.setWarehouses(["A"])
        for index in 0..<count { shop.stock("w-\(index)", ["A": index == 0 ? 1 : 0]) }
        let crowd = ThreadShop(shop.harness)
        let isOver = ThreadFlag()
        runThreads(3, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 21)
            if thread == 0 {
                var lines = (0..<count).map { ReserveShop.line("w-\($0)", 1) }
                for round in 0..<rounds {
                    lines.shuffle(using: &shopper.generator)
                    var command = ReserveCommand(id: shopper.newID(), lines: lines)
                    command.mode = round % 2 == 0 ? .bestEffort : .wholeLines
                    // The clock runs a thousand times too fast here: a hold whose thread has to
                    // wait must not run out, for then its unit is nobody's until it is swept.
                    command.timeToLiveMilliseconds = UInt32(Limits.timeToLiveMillisecondsMax)
                    let reply = shopper.reserve(command)
                    let units = reply.lines.map(\.reserved).reduce(0, +)
                    if units != 1 { crowd.note("\(units) units in round \(round)") }
                    let released = shopper.release(command.id).outcome
                    if released != .accepted { crowd.note("release: \(released)") }
                }
                isOver.value.store(true, ordering: .releasing)
            } else if thread == 1 {
                var place = 0
                while !isOver.value.load(ordering: .acquiring) {
                    let next = (place + 1 + shopper.roll(count - 1)) % count
                    let move = shopper.newMove(from: place, to: next)
                    if shopper.write(move).outcome != .accepted { crowd.note("no move") }
                    place = next
                }
            } else {
                while !isOver.value.load(ordering: .acquiring) {
                    crowd.advance(byMilliseconds: 1)
                    _ = shopper.sweep(limit: 8)
                }
            }
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
    }

    @Test(.timeLimit(.minutes(30))) func oneIDIsAppliedOnceWhoeverRaces() throws {
        let rounds = isFullRun ? 20_000 : 500
        // Enough even if every round is committed.
        let shop = hotShop(stripes: 16, unitsPerCell: Int64(rounds))
        let crowd = ThreadShop(shop.harness)
        let counts = ThreadCounts(firsts: 0, closings: 0)
        runThreads(ThreadTests.threadCount, draining: shop.harness) { index in
            var shopper = ThreadShopper(crowd, index: index, seed: 31)
            for round in 0..<rounds {
                let lines = (0..<3).map {
                    ReserveShop.line("hot-\((round * 7 + $0 * 31) % ThreadTests.skuCount)", 1)
                }
                let id = RequestID(high: 1 << 60, low: UInt64(round))
                let command = ReserveCommand(id: id, lines: lines)
                let reply = shopper.reserve(command)
                if reply.outcome != .accepted || reply.shares.count != 3 {
                    crowd.note("round \(round): \(reply)")
                }
                if !reply.isRepeated { counts.firsts.add(1, ordering: .relaxed) }
                let closed = index % 2 == 0 ? shopper.release(id) : shopper.commit(id)
                if closed.outcome == .accepted, !closed.isRepeated {
                    counts.closings.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(crowd.noted == [])
        #expect(counts.firsts.load(ordering: .relaxed) == rounds)
        #expect(counts.closings.load(ordering: .relaxed) == rounds)
        try shop.expectSound()
    }

    @Test(.timeLimit(.minutes(30))) func nothingIsTakenFromAWarehouseOnceItIsOffline() throws {
        let rounds = isFullRun ? 5_000 : 200
        let shop = hotShop(stripes: 16)
        let crowd = ThreadShop(shop.harness)
        // Odd while warehouse A is known to be offline.
        let epoch = ThreadCounts(firsts: 0, closings: 0)
        let isOver = ThreadFlag()
        runThreads(5, draining: shop.harness) { index in
            var shopper = ThreadShopper(crowd, index: index, seed: 41)
            if index == 0 {
                for _ in 0..<rounds {
                    _ = shopper.write(shopper.newState(of: "A", .offline))
                    epoch.firsts.add(1, ordering: .sequentiallyConsistent)
                    for _ in 0..<20 { _ = shopper.sweep(limit: 1) }
                    epoch.firsts.add(1, ordering: .sequentiallyConsistent)
                    _ = shopper.write(shopper.newState(of: "A", .online))
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            while !isOver.value.load(ordering: .acquiring) {
                let before = epoch.firsts.load(ordering: .sequentiallyConsistent)
                let lines = (0..<(1 + index % 3)).map { _ in
                    ReserveShop.line("hot-\(shopper.roll(ThreadTests.skuCount))", 1)
                }
                var command = ReserveCommand(id: shopper.newID(), lines: lines)
                command.mode = .bestEffort
                let reply = shopper.reserve(command)
                let after = epoch.firsts.load(ordering: .sequentiallyConsistent)
                let code = ReserveShop.code("A")
                if before == after, before % 2 == 1,
                    reply.shares.contains(where: { $0.warehouse == code })
                {
                    crowd.note("\(reply.shares) while A is offline")
                }
                _ = shopper.release(command.id)
            }
        }
        #expect(crowd.noted == [])
        try shop.expectSound()
    }
}
