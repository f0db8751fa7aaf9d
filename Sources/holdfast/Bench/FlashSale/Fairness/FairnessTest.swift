/// Compares shoppers by how they asked, over many sales.
struct FairnessTest: Sendable {
    /// A class of shoppers that is compared with those with one tab and pauses.
    struct Comparison: Sendable {
        let manner: ShopperTraits.Manner
        let name: String
        var test = StratifiedTest()
    }

    /// What is compared.
    private(set) var comparisons = [
        Comparison(manner: .tabs, name: "several connections"),
        Comparison(manner: .hammering, name: "many requests"),
    ]
    /// The level at which a difference counts as found.
    let alpha: Double
    /// The ratio of chances for which the power is told.
    let alternative: Double
    /// All members of each class, over all sales.
    private(set) var classes: [ShopperTraits.Manner: ShopperClass] = [:]

    /// A test without a sale.
    init(alpha: Double, alternative: Double) {
        self.alpha = alpha
        self.alternative = alternative
    }

    /// The sale in which shoppers come together: all within a moment behind the opening, evenly,
    /// for one SKU of which there is enough for a quarter of them.
    ///
    /// Nothing comes back, and what somebody sends beside the first request follows it.
    static func scenario(shoppers: Int, connections: Int, seed: Int) -> FlashSaleScenario {
        var scenario = FlashSaleScenario()
        scenario.title = "Fairness"
        scenario.seed = seed
        scenario.shoppers = shoppers
        scenario.connections = connections
        scenario.durationMilliseconds = 1_500
        scenario.earlyShare = 0
        scenario.earlyMilliseconds = 300
        scenario.arrivals = .even
        scenario.rushMilliseconds = 400
        scenario.patienceMilliseconds = 400
        scenario.retryPauseMilliseconds = 100
        scenario.tabsShare = 0.25
        scenario.tabsMax = 4
        scenario.hammeringShare = 0.25
        scenario.hammerPauseMilliseconds = 2
        scenario.payMilliseconds = 0
        scenario.holdMilliseconds = 20_000
        scenario.units = max(1, shoppers / 4)
        scenario.unitsPerOwner = 1
        scenario.skuPrefix = "FAIR-\(seed)"
        return scenario
    }

    /// A sale in which hammering and tabs do buy a better chance: all come before the opening and
    /// ask until it comes, and there is enough for half of them.
    static func control(shoppers: Int, connections: Int, seed: Int) -> FlashSaleScenario {
        var scenario = scenario(shoppers: shoppers, connections: connections, seed: seed)
        scenario.title = "Fairness, control"
        scenario.earlyShare = 1
        scenario.tabsMax = 8
        scenario.units = max(1, shoppers / 2)
        scenario.skuPrefix = "CONTROL-\(seed)"
        return scenario
    }

    /// Adds a sale.
    mutating func add(_ outcome: CrowdOutcome) {
        let reference = outcome.byManner[.plain] ?? ShopperClass()
        for index in comparisons.indices {
            let other = outcome.byManner[comparisons[index].manner] ?? ShopperClass()
            comparisons[index].test.add(
                StratifiedTest.Stratum(
                    references: reference.shoppers,
                    referenceSuccesses: reference.buyers,
                    others: other.shoppers,
                    otherSuccesses: other.buyers
                )
            )
        }
        for (manner, part) in outcome.byManner {
            classes[manner, default: ShopperClass()].add(part)
        }
    }

    /// Whether no class has another chance; the level is shared by the comparisons.
    var isFair: Bool { comparisons.allSatisfy { $0.test.pValue >= level } }

    /// Whether every class was found to have a better chance.
    var isAdvantageFound: Bool {
        comparisons.allSatisfy { $0.test.pValue < level && $0.test.ratio ?? 0 > 1 }
    }

    private var level: Double { alpha / Double(comparisons.count) }

    /// The power of a comparison for the alternative.
    func power(_ comparison: Comparison) -> Double {
        comparison.test.power(ratio: alternative, alpha: level)
    }
}
