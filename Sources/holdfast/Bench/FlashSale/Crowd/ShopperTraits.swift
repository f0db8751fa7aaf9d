/// Who somebody in the crowd is and what they are going to do, as the seed decides.
///
/// Nothing of it is kept: it follows from the scenario and the shopper's number at any time, so
/// that a million shoppers take no memory for it.
struct ShopperTraits: Equatable, Sendable {
    /// How somebody asks.
    enum Manner: UInt8, CaseIterable, Sendable {
        /// One tab, a pause after every refusal.
        case plain
        /// Several tabs, each with pauses.
        case tabs
        /// One tab, and hardly a pause.
        case hammering
        /// Several requests at once, hardly a pause, paid at once, and again.
        case bot
    }

    /// What becomes of a hold.
    enum Plan: UInt8, Sendable {
        case pays
        case failsToPay
        case paysLate
        case abandons
    }

    /// How they ask.
    var manner = Manner.plain
    /// Tabs, or requests of a bot at once.
    var tabs = 1
    /// When they come, in milliseconds behind the opening; below zero before it.
    var arrivalMilliseconds = 0
    /// How long they go on asking, from when they come or, if later, from the opening.
    var patienceMilliseconds = 0
    /// What becomes of a hold of theirs.
    var plan = Plan.pays
    /// Units of each line.
    var quantity = 1
    /// Lines of each order.
    var lines = 1

    private static let purpose: UInt64 = 1
    private static let lagPurpose: UInt64 = 2
    private static let tabLagMilliseconds = 20...200

    /// The traits of somebody: shoppers have the first numbers, bots the next ones.
    init(of shopper: Int, in scenario: FlashSaleScenario) {
        var draws = SeededGenerator(
            seed: UInt64(scenario.seed),
            ShopperTraits.purpose,
            UInt64(shopper)
        )
        quantity = draws.number(scenario.quantity)
        lines = draws.number(scenario.lines)
        guard shopper < scenario.shoppers else {
            manner = .bot
            tabs = scenario.requestsPerBot
            arrivalMilliseconds = draws.number(-scenario.earlyMilliseconds...0)
            patienceMilliseconds = scenario.durationMilliseconds
            return
        }
        let habit = draws.fraction()
        if habit < scenario.tabsShare {
            manner = .tabs
            tabs = draws.number(2...max(2, scenario.tabsMax))
        } else if habit < scenario.tabsShare + scenario.hammeringShare {
            manner = .hammering
        }
        arrivalMilliseconds = ShopperTraits.arrival(&draws, scenario)
        patienceMilliseconds = draws.decaying(
            mean: scenario.patienceMilliseconds,
            most: scenario.durationMilliseconds + scenario.patienceMilliseconds
        )
        let fate = draws.fraction()
        if fate < scenario.failingShare {
            plan = .failsToPay
        } else if fate < scenario.failingShare + scenario.lateShare {
            plan = .paysLate
        } else if fate < scenario.failingShare + scenario.lateShare + scenario.abandonedShare {
            plan = .abandons
        }
    }

    private static func arrival(
        _ draws: inout SeededGenerator,
        _ scenario: FlashSaleScenario
    ) -> Int {
        let isEarly = draws.fraction() < scenario.earlyShare
        let duration = scenario.durationMilliseconds
        if isEarly { return draws.number(-scenario.earlyMilliseconds...0) }
        switch scenario.arrivals {
        case .decaying: return draws.decaying(mean: scenario.rushMilliseconds, most: duration)
        case .even: return draws.number(0...min(scenario.rushMilliseconds, duration))
        }
    }

    /// How long behind the first tab another one is opened.
    static func lagMilliseconds(ofTab tab: Int, of shopper: Int, seed: Int) -> Int {
        guard tab > 0 else { return 0 }
        var draws = SeededGenerator(seed: UInt64(seed), lagPurpose, UInt64(shopper))
        return (0..<tab).reduce(0) { sum, _ in sum + draws.number(tabLagMilliseconds) }
    }
}
