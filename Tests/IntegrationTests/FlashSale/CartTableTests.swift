import Testing

@testable import holdfast

/// The wheel that says whose turn it is.
struct CartTableTests {
    private func table(_ shoppers: Int) -> CartTable {
        var scenario = FlashSaleScenario()
        scenario.shoppers = shoppers
        scenario.earlyMilliseconds = 0
        scenario.earlyShare = 0
        scenario.rushMilliseconds = 1
        scenario.arrivals = .even
        return CartTable(scenario, remainder: 0, divisor: 1)
    }

    @Test func cartsAreDueAtTheirTickAndOnce() {
        let table = table(1_000)
        var due: [UInt32] = []
        table.takeDue(upTo: 10, into: &due)
        #expect(due.sorted() == Array(0..<1_000))
        var generator = SeededGenerator(seed: 3)
        var ticks: [UInt32] = []
        for index in 0..<1_000 {
            // Also beyond a turn of the wheel.
            let tick = UInt32(generator.number(11...200_000))
            table.schedule(UInt32(index), at: tick)
            ticks.append(tick)
        }
        for index in stride(from: 0, to: 1_000, by: 3) {
            ticks[index] = UInt32(generator.number(11...200_000))
            table.reschedule(UInt32(index), at: ticks[index])
        }
        for index in stride(from: 1, to: 1_000, by: 3) { table.unschedule(UInt32(index)) }
        var seen = Set<UInt32>()
        for tick in stride(from: UInt32(20), through: 200_000, by: 20) {
            table.takeDue(upTo: tick, into: &due)
            for index in due {
                #expect(seen.insert(index).inserted)
                #expect(ticks[Int(index)] <= tick && ticks[Int(index)] + 20 > tick)
            }
        }
        #expect(seen.count == 667)
        #expect(seen.allSatisfy { $0 % 3 != 1 })
    }

    @Test func whatIsScheduledInThePastIsDueNext() {
        let table = table(1)
        var due: [UInt32] = []
        table.takeDue(upTo: 500, into: &due)
        table.schedule(0, at: 100)
        table.takeDue(upTo: 500, into: &due)
        #expect(due.isEmpty)
        table.takeDue(upTo: 501, into: &due)
        #expect(due == [0])
    }

    @Test func aMillionShoppersTakeFewBytesEach() {
        #expect(CartTable.bytesPerCart == 44)
    }

    @Test func everyCartOfEveryLoopIsThere() {
        var scenario = FlashSaleScenario()
        scenario.shoppers = 997
        scenario.bots = 5
        scenario.tabsShare = 0.5
        let parts = (0..<3).map { CartTable(scenario, remainder: $0, divisor: 3) }
        let carts = parts.reduce(0) { $0 + $1.openCount }
        let expected = (0..<1_002).reduce(0) { $0 + ShopperTraits(of: $1, in: scenario).tabs }
        #expect(carts == expected)
    }
}
