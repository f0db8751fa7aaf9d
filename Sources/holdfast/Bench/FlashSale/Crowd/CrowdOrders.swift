internal import HoldfastClient

/// The number of an order: who asks, in which tab, for the how manieth time for something else.
///
/// It stands in the ids of its requests, so that what a log holds can be told to whom it belongs,
/// and the content of an order follows from it and the seed.
///
/// Layout of the word: shopper in bits 37–63, tab in bits 32–36, attempt in bits 8–31, and in the
/// bits below what a request does.
struct OrderNumber: Hashable, Sendable {
    /// What a request does.
    enum Step: UInt8, Sendable {
        case reserve
        case commit
        case release
        /// Holds again what has expired, under an id of its own.
        case holdAgain
        /// Pays what was held again.
        case commitAgain
    }

    /// The word, with nothing in the bits of the step.
    let word: UInt64

    /// The most attempts of one tab.
    static let attemptsMax: UInt32 = 1 << 24 - 1

    /// The order of an attempt.
    init(shopper: UInt32, tab: UInt8, attempt: UInt32) {
        word = UInt64(shopper) << 37 | UInt64(tab) << 32 | UInt64(attempt) << 8
    }

    /// The order that an id's lower half names.
    init(idLow: UInt64) { word = idLow & ~0xFF }

    /// What a request's id says it does, its lower half given; nil where it is none of a crowd's.
    static func step(ofIDLow low: UInt64) -> Step? {
        Step(rawValue: UInt8(truncatingIfNeeded: low))
    }

    /// The number of who asks.
    var shopper: Int { Int(word >> 37) }
    /// The tab.
    var tab: UInt8 { UInt8(truncatingIfNeeded: word >> 32) & 31 }
    /// Which of the tab's orders it is, from 0.
    var attempt: UInt32 { UInt32(truncatingIfNeeded: word >> 8) & 0xFF_FFFF }
}

/// What the orders of a crowd ask for, and the ids and owners that they go by.
struct CrowdOrders: Sendable {
    /// What an order asks for.
    struct Content: Equatable, Sendable {
        /// The SKUs by index, each once.
        var skus: [Int] = []
        /// Units of each.
        var quantity = 0

        /// Units in all.
        var units: Int { skus.count * quantity }
    }

    /// The scenario whose orders these are.
    let scenario: FlashSaleScenario
    private let zipf: ZipfDraw?
    /// The upper half of all ids.
    let idHigh: UInt64
    private let ownerKey: UInt64

    private static let purpose: UInt64 = 3
    private static let keyPurpose: UInt64 = 4

    /// The orders of a scenario.
    init(_ scenario: FlashSaleScenario) {
        self.scenario = scenario
        switch scenario.popularity {
        case .uniform: zipf = nil
        case .zipf(let exponent): zipf = ZipfDraw(count: scenario.skus, exponent: exponent)
        }
        var draws = SeededGenerator(seed: UInt64(scenario.seed), CrowdOrders.keyPurpose, 0)
        idHigh = draws.next() | 1
        ownerKey = draws.next()
    }

    /// What an order asks for.
    func content(of order: OrderNumber) -> Content {
        let traits = ShopperTraits(of: order.shopper, in: scenario)
        var content = Content(quantity: traits.quantity)
        forEachSKU(of: order, lines: traits.lines) { content.skus.append($0) }
        return content
    }

    /// Tells the SKUs of an order of so many lines, each once; fewer where one is drawn again.
    func forEachSKU(of order: OrderNumber, lines: Int, _ tell: (Int) -> Void) {
        var draws = SeededGenerator(
            seed: UInt64(scenario.seed),
            CrowdOrders.purpose,
            order.word
        )
        var drawn: (Int, Int, Int) = (-1, -1, -1)
        for _ in 0..<lines {
            let sku: Int
            if let zipf {
                sku = Int(zipf.rank(drawing: { draws.fraction() })) - 1
            } else {
                sku = draws.number(0...(scenario.skus - 1))
            }
            if sku == drawn.0 || sku == drawn.1 || sku == drawn.2 { continue }
            drawn = (sku, drawn.0, drawn.1)
            tell(sku)
        }
    }

    /// The id of a request.
    func id(_ order: OrderNumber, _ step: OrderNumber.Step) -> RequestID {
        RequestID(high: idHigh, low: order.word | UInt64(step.rawValue))
    }

    /// Whom an order is for: its shopper, or one of the owners that a bot goes by in turn.
    func owner(of order: OrderNumber) -> OwnerID {
        let isBot = order.shopper >= scenario.shoppers
        let turn = isBot ? UInt64(order.attempt) % UInt64(scenario.ownersPerBot) : 0
        return OwnerID(high: ownerKey &+ turn, low: UInt64(order.shopper))
    }

    /// Whether an owner is one of the crowd's bots.
    func isBot(_ owner: OwnerID) -> Bool { owner.low >= UInt64(scenario.shoppers) }
}
