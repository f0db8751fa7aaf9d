import Engine
import Inventory
import Support
import Synchronization
import Testing

/// Held units move while others take, commit and give back what is there.
@Suite(.serialized) struct ThreadRerouteTests {
    private static let skuCount = 12

    /// Eight threads trade, a ninth closes warehouses in turn and moves what is held there.
    @Test(.timeLimit(.minutes(30))) func unitsMoveBesideEightThreadsThatTrade() throws {
        let rounds = isFullRun ? 200 : isSanitized ? 6 : 20
        let shop = ReserveShop(stripes: 16)
        let codes = ["A", "B", "C", "D"]
        let skuCount = ThreadRerouteTests.skuCount
        shop.setWarehouses(codes)
        for index in 0..<skuCount {
            shop.stock("r-\(index)", ["A": 300, "B": 300, "C": 40, "D": 300])
        }
        let crowd = ThreadShop(shop.harness)
        let isOver = ThreadFlag()
        let counts = ThreadCounts(firsts: 0, closings: 0)
        runThreads(9, draining: shop.harness) { thread in
            var shopper = ThreadShopper(crowd, index: thread, seed: 77)
            var mine: [ReservationID] = []
            if thread == 0 {
                for round in 0..<rounds {
                    for _ in 0..<300 { shopper.trade(&mine, skuCount: skuCount) }
                    let number = round % codes.count
                    _ = shopper.write(shopper.newState(of: codes[number], .draining))
                    let moved = shopper.rerouteAll(from: UInt16(number))
                    counts.firsts.add(moved.moved, ordering: .relaxed)
                    counts.closings.add(moved.stuck, ordering: .relaxed)
                    _ = shopper.write(shopper.newState(of: codes[number], .online))
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            while !isOver.value.load(ordering: .acquiring) {
                shopper.trade(&mine, skuCount: skuCount)
            }
        }
        #expect(crowd.noted == [])
        #expect(counts.firsts.load(ordering: .relaxed) > 0)
        try shop.expectSound()
    }
}

extension ThreadShopper {
    /// Moves all that is held on a warehouse, slice by slice; what stays there is stuck.
    fileprivate func rerouteAll(from warehouse: UInt16) -> (moved: Int, stuck: Int) {
        var cursor = ReservationCursor()
        var moved = 0
        var stuck = 0
        while !cursor.isAtEnd {
            var found: [ReservationID] = []
            _ = shop.engine.findReservations(on: warehouse, from: &cursor, into: &found)
            for id in found {
                let result = shop.engine.reroute(
                    id,
                    from: warehouse,
                    now: shop.now,
                    session: session
                )
                if result.lsn != 0 { moved += 1 } else if result.heldUnits > 0 { stuck += 1 }
                switch result.outcome {
                case .accepted, .insufficientStock, .warehouseClosed, .wrongState, .holdExpired,
                    .unknownReservation, .logBusy:
                    continue
                default: shop.note("reroute: \(result)")
                }
            }
        }
        return (moved, stuck)
    }

    /// Holds a few units, or commits, gives back or shows what is held.
    fileprivate mutating func trade(_ mine: inout [ReservationID], skuCount: Int) {
        if mine.count < 40 || roll(3) == 0 {
            let lines = (0..<(1 + roll(3))).map { _ in
                ReserveShop.line("r-\(roll(skuCount))", UInt32(1 + roll(3)))
            }
            var command = ReserveCommand(id: newID(), lines: lines)
            command.mode = .bestEffort
            command.destination = Destination(position: Workload.position(index: roll(50)))
            let reply = reserve(command)
            if reply.outcome != .accepted { shop.note("\(reply)") }
            mine.append(command.id)
            let again = roll(4) == 0 ? reserve(command) : reply
            if again.lines != reply.lines { shop.note("first \(reply), then \(again)") }
        }
        guard mine.count > 60 || roll(2) == 0, !mine.isEmpty else { return }
        let id = mine.remove(at: roll(mine.count))
        let reply = roll(8) == 0 ? commit(id) : release(id)
        if reply.outcome != .accepted { shop.note("\(reply)") }
    }
}
