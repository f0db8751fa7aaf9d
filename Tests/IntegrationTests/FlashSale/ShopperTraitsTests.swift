import HoldfastClient
import Testing

@testable import holdfast

/// What a seed decides about a crowd.
struct ShopperTraitsTests {
    private static let shoppers = 20_000

    private func scenario(_ change: (inout FlashSaleScenario) -> Void = { _ in })
        -> FlashSaleScenario
    {
        var scenario = FlashSaleScenario()
        scenario.shoppers = ShopperTraitsTests.shoppers
        scenario.bots = 3
        scenario.skus = 50
        change(&scenario)
        return scenario
    }

    private func traits(_ scenario: FlashSaleScenario) -> [ShopperTraits] {
        (0..<scenario.everybody).map { ShopperTraits(of: $0, in: scenario) }
    }

    @Test func aSeedMakesTheSameCrowdAgain() {
        let scenario = scenario {
            $0.tabsShare = 0.2
            $0.abandonedShare = 0.1
        }
        #expect(traits(scenario) == traits(scenario))
        let other = traits(self.scenario { $0.seed = 2 })
        #expect(traits(self.scenario()) != other)
    }

    @Test func arrivalsDecayBehindTheOpening() {
        let scenario = scenario {
            $0.earlyShare = 0.1
            $0.earlyMilliseconds = 2_000
            $0.rushMilliseconds = 3_000
            $0.durationMilliseconds = 60_000
        }
        let arrivals = traits(scenario).prefix(scenario.shoppers).map(\.arrivalMilliseconds)
        let early = arrivals.filter { $0 <= 0 && $0 >= -2_000 }
        let late = arrivals.filter { $0 > 0 }
        #expect(early.count + late.count == arrivals.count)
        // Ten standard deviations or more around what the scenario says.
        #expect(abs(Double(early.count) / Double(arrivals.count) - 0.1) < 0.02)
        let mean = Double(late.reduce(0, +)) / Double(late.count)
        #expect(abs(mean - 3_000) < 250)
        let half = late.filter { $0 < Int(scenario.millisecondsUntil(0.5)) }.count
        #expect(abs(Double(half) / Double(late.count) - 0.5) < 0.04)
        #expect(late.allSatisfy { $0 <= 60_000 })
    }

    @Test func evenArrivalsFillTheirWindow() {
        let scenario = scenario {
            $0.arrivals = .even
            $0.earlyShare = 0
            $0.rushMilliseconds = 1_000
        }
        let arrivals = traits(scenario).prefix(scenario.shoppers).map(\.arrivalMilliseconds)
        #expect(arrivals.allSatisfy { (0...1_000).contains($0) })
        for quarter in 0..<4 {
            let count = arrivals.filter { $0 / 250 == quarter }.count
            #expect(abs(count - 5_000) < 700)
        }
        #expect(scenario.millisecondsUntil(0.25) == 250)
    }

    @Test func sharesAreTheScenarios() {
        let scenario = scenario {
            $0.tabsShare = 0.2
            $0.tabsMax = 4
            $0.hammeringShare = 0.1
            $0.failingShare = 0.05
            $0.lateShare = 0.04
            $0.abandonedShare = 0.3
            $0.patienceMilliseconds = 2_000
            $0.durationMilliseconds = 60_000
            $0.quantity = 1...3
        }
        let people = traits(scenario).prefix(scenario.shoppers)
        func share(_ matches: (ShopperTraits) -> Bool) -> Double {
            Double(people.filter(matches).count) / Double(people.count)
        }
        #expect(abs(share { $0.manner == .tabs } - 0.2) < 0.03)
        #expect(abs(share { $0.manner == .hammering } - 0.1) < 0.03)
        #expect(abs(share { $0.plan == .failsToPay } - 0.05) < 0.02)
        #expect(abs(share { $0.plan == .paysLate } - 0.04) < 0.02)
        #expect(abs(share { $0.plan == .abandons } - 0.3) < 0.04)
        #expect(abs(share { $0.quantity == 2 } - 1.0 / 3) < 0.04)
        #expect(Set(people.filter { $0.manner == .tabs }.map(\.tabs)) == [2, 3, 4])
        #expect(people.allSatisfy { $0.manner == .tabs || $0.tabs == 1 })
        let patience = people.reduce(0) { $0 + $1.patienceMilliseconds } / people.count
        #expect(abs(patience - 2_000) < 200)
    }

    @Test func botsComeBeforeTheOpeningAndStay() {
        let scenario = scenario { $0.requestsPerBot = 6 }
        for bot in traits(scenario).suffix(3) {
            #expect(bot.manner == .bot)
            #expect(bot.tabs == 6)
            #expect(bot.plan == .pays)
            #expect((-scenario.earlyMilliseconds...0).contains(bot.arrivalMilliseconds))
            #expect(bot.patienceMilliseconds == scenario.durationMilliseconds)
        }
    }

    @Test func anOrderIsReadFromItsId() {
        let order = OrderNumber(shopper: 1_000_000, tab: 31, attempt: OrderNumber.attemptsMax)
        #expect(order.shopper == 1_000_000)
        #expect(order.tab == 31)
        #expect(order.attempt == 0xFF_FFFF)
        let orders = CrowdOrders(scenario())
        for step in [OrderNumber.Step.reserve, .commit, .release] {
            #expect(OrderNumber(idLow: orders.id(order, step).low) == order)
        }
    }

    @Test func anOrderAsksForTheSameAgainAndForEachSKUOnce() {
        let scenario = scenario {
            $0.lines = 1...4
            $0.skus = 5
            $0.popularity = .zipf(1)
        }
        let orders = CrowdOrders(scenario)
        var counts = [Int](repeating: 0, count: 5)
        for shopper in 0..<4_000 {
            let order = OrderNumber(shopper: UInt32(shopper), tab: 0, attempt: 0)
            let content = orders.content(of: order)
            #expect(content == CrowdOrders(scenario).content(of: order))
            #expect(Set(content.skus).count == content.skus.count)
            #expect((1...4).contains(content.skus.count))
            counts[content.skus[0]] += 1
        }
        // By Zipf's law over five: 43.8 %, 21.9 %, … of the first lines.
        #expect(abs(Double(counts[0]) / 4_000 - 0.438) < 0.05)
        #expect(counts == counts.sorted(by: >))
    }

    @Test func aBotGoesByItsOwnersInTurn() {
        let scenario = scenario { $0.ownersPerBot = 3 }
        let orders = CrowdOrders(scenario)
        func owners(_ shopper: Int) -> Int {
            Set(
                (0..<12).map { attempt in
                    orders.owner(
                        of: OrderNumber(shopper: UInt32(shopper), tab: 0, attempt: attempt)
                    )
                }
            ).count
        }
        #expect(owners(scenario.shoppers) == 3)
        #expect(owners(0) == 1)
    }
}
