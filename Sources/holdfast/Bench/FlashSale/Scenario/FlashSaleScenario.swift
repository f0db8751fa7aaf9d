internal import Glibc
internal import HoldfastClient

/// What a flash sale is made of: who comes, what they want, what there is, what the server is.
///
/// `Benchmarks/flash-sale/README.md` describes each figure under the name that it has in a file;
/// ``ScenarioKey/all`` connects the two. Times are in milliseconds, shares from 0 to 1.
struct FlashSaleScenario: Equatable, Sendable {
    /// How often a SKU is asked for.
    enum Popularity: Equatable, Sendable {
        /// Every SKU as often as any other.
        case uniform
        /// The SKU of rank `k` as often as `1 / kˢ`.
        case zipf(Double)
    }

    /// How shoppers come behind the opening.
    enum Arrivals: String, CaseIterable, Sendable {
        /// Fewer and fewer: exponentially, with a mean.
        case decaying
        /// Evenly, in a window.
        case even
    }

    /// Where the scenario was read, for messages.
    var name = ""
    /// What the report calls it.
    var title = "Flash sale"
    /// What decides who does what and when.
    var seed = 1

    // The crowd.

    /// People; bots aren't counted.
    var shoppers = 10_000
    /// Connections that all of them share.
    var connections = 64
    /// Event loops that play the crowd.
    var threads = 1
    /// From the opening until nobody asks any more.
    var durationMilliseconds = 30_000
    /// The share of shoppers who come before the opening.
    var earlyShare = 0.05
    /// How long before the opening they come, at most.
    var earlyMilliseconds = 2_000
    /// How the others come.
    var arrivals = Arrivals.decaying
    /// Mean of their arrival behind the opening, or the length of the window.
    var rushMilliseconds = 3_000
    /// Mean of how long a shopper goes on asking.
    var patienceMilliseconds = 10_000
    /// Mean of the pause before a refused shopper asks again.
    var retryPauseMilliseconds = 1_000
    /// After which a request without an answer is sent again, with the same id.
    var answerTimeoutMilliseconds = 1_000
    /// The share of shoppers who have several tabs open.
    var tabsShare = 0.0
    /// How many tabs they have, at most.
    var tabsMax = 3
    /// The share of shoppers who ask again as fast as they can.
    var hammeringShare = 0.0
    /// The pause of those.
    var hammerPauseMilliseconds = 20
    /// The share of requests that are sent twice at once.
    var doubleClickShare = 0.0
    /// The share of refused asks after which a shopper asks for something else.
    var switchShare = 0.0

    // What a shopper wants.

    /// Units of each line of an order.
    var quantity = 1...1
    /// Lines of an order.
    var lines = 1...1

    // What becomes of a hold.

    /// Mean of the time from a hold to its payment.
    var payMilliseconds = 1_000
    /// The share of holds whose payment fails: they are given back.
    var failingShare = 0.0
    /// The share of holds that are paid only when their time is over.
    var lateShare = 0.0
    /// The share of holds that are left to expire.
    var abandonedShare = 0.0
    /// How long a hold lives.
    var holdMilliseconds = 10_000

    // The goods.

    /// How many SKUs are on sale.
    var skus = 1
    /// Units of each.
    var units = 100
    /// How often each is asked for.
    var popularity = Popularity.uniform
    /// The pool that is sold from.
    var pool = "sale"
    /// What the names of the SKUs begin with.
    var skuPrefix = "SALE"
    /// Whether all must be sold at the end.
    var sellsOut = false

    // Rules, 0 for none.

    /// Units that an owner may have.
    var unitsPerOwner = 0
    /// Units of one SKU that an owner may have.
    var unitsPerOwnerAndSKU = 0
    /// Units that an order may ask for.
    var unitsPerOrder = 0
    /// Holds of an owner that may be open.
    var openHoldsPerOwner = 0
    /// Units that an owner may take in a window of time.
    var unitsPerWindow = 0
    /// That window.
    var windowMilliseconds = 60_000

    // Bots.

    /// How many there are.
    var bots = 0
    /// Owners that a bot goes by in turn.
    var ownersPerBot = 1
    /// Requests that a bot has under way at once.
    var requestsPerBot = 4
    /// The pause between an answer and the next request.
    var botPauseMilliseconds = 5

    // The server.

    /// How often it is killed.
    var kills = 0
    /// Further options of `holdfast serve`.
    var serveOptions: [String] = []
}

extension FlashSaleScenario {
    /// Everybody: shoppers, then bots.
    var everybody: Int { shoppers + bots }

    /// The most that take part, bots included.
    static let everybodyMax = 1_000_000
    /// The most carts (tabs of shoppers, requests of bots) that there may be.
    static let cartsMax = 4_000_000
    /// The most connections.
    static let connectionsMax = 2_000
    /// The most SKUs: their names have five digits.
    static let skusMax = 99_999
    /// The most lines of an order.
    static let linesMax = 4
    /// The most tabs of a shopper, and requests at once of a bot.
    static let tabsMax = 32

    /// The name of a SKU: the prefix and five digits.
    func skuName(_ index: Int) -> String {
        let digits = String(index)
        return skuPrefix + "-" + String(repeating: "0", count: 5 - digits.count) + digits
    }

    /// The index in the name of a SKU; nil for another's.
    func skuIndex(of name: String) -> Int? {
        guard name.hasPrefix(skuPrefix + "-"), let index = Int(name.suffix(5)), index < skus,
            name == skuName(index)
        else { return nil }
        return index
    }

    /// The pool as the protocol has it.
    var poolName: PoolName {
        guard let name = PoolName(pool) else { preconditionFailure("the pool was checked") }
        return name
    }

    /// Units on sale, of all SKUs together.
    var unitsInAll: Int { skus * units }

    /// What contradicts itself; nil for nothing.
    var fault: String? {
        if everybody == 0 { return "nobody comes: give shoppers or bots" }
        if everybody > FlashSaleScenario.everybodyMax {
            return "shoppers and bots are at most \(FlashSaleScenario.everybodyMax) together"
        }
        let carts = shoppers * (tabsShare > 0 ? tabsMax : 1) + bots * requestsPerBot
        if carts > FlashSaleScenario.cartsMax {
            return "tabs of shoppers and requests of bots make up to \(carts) carts, more than "
                + "\(FlashSaleScenario.cartsMax)"
        }
        if failingShare + lateShare + abandonedShare > 1 {
            return "payments-failing, payments-late and abandoned are more than all holds"
        }
        if tabsShare + hammeringShare > 1 { return "tabs and hammering are more than all shoppers" }
        if threads > connections { return "threads: every event loop needs a connection" }
        if lines.upperBound > skus { return "lines: an order has as many SKUs as lines" }
        // A payment takes up to one and a half of its mean, and its request may wait.
        if payMilliseconds * 3 / 2 + answerTimeoutMilliseconds >= holdMilliseconds {
            return "hold: too short for half as much again as pay-time, and an answer-timeout"
        }
        if let fault = sellOutFault { return fault }
        if unitsInAll > Int(Limits.unitsPerCellMax) { return "units: more than can be counted" }
        return nil
    }

    /// How many shoppers it takes so that of every SKU twice as many units are wanted as there are:
    /// then some still ask when others don't pay.
    var shoppersToSellOut: Int {
        let leastShare: Double
        switch popularity {
        case .uniform: leastShare = 1 / Double(skus)
        case .zipf(let exponent):
            let all = (1...skus).reduce(0.0) { $0 + pow(Double($1), -exponent) }
            leastShare = pow(Double(skus), -exponent) / all
        }
        let orders = 2 * Double(units) / Double(quantity.lowerBound) / leastShare
        return Int(min(orders.rounded(.up), Double(Int32.max)))
    }

    /// Why not all can be sold, though it must be; nil where it can, or bots may buy without limit.
    private var sellOutFault: String? {
        let areBotsLimited = unitsPerOwner > 0 || unitsPerOwnerAndSKU > 0
        guard sellsOut, bots == 0 || areBotsLimited, shoppers < shoppersToSellOut else {
            return nil
        }
        return "sells-out: \(shoppers) shoppers may leave units behind — give "
            + "\(shoppersToSellOut) or more, or sells-out=no"
    }
}
