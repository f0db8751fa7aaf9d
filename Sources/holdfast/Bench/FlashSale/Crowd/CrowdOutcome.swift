internal import HoldfastClient

/// How many of a class of shoppers came, and how many of them bought.
struct ShopperClass: Equatable, Sendable {
    var shoppers = 0
    var buyers = 0
    var requests = 0
    var units = 0

    /// The share of them that bought something.
    var share: Double { shoppers > 0 ? Double(buyers) / Double(shoppers) : 0 }

    /// Adds others of the same class.
    mutating func add(_ other: ShopperClass) {
        shoppers += other.shoppers
        buyers += other.buyers
        requests += other.requests
        units += other.units
    }
}

/// What came of a crowd: of everybody, by what they did, and what they were told.
struct CrowdOutcome: Sendable {
    /// All that was sent and told.
    var tally = CrowdTally()
    /// The orders that were acknowledged.
    var receipts: [OrderNumber] = []
    /// The lower halves of the ids of the holds that were acknowledged, as often as they were.
    var acknowledgedHolds: [UInt64] = []
    /// Shoppers by the best that became of their tabs.
    var fates: [CartFate: Int] = [:]
    /// Everybody by how they asked.
    var byManner: [ShopperTraits.Manner: ShopperClass] = [:]
    /// Shoppers by the number of their tabs, each on a connection of its own.
    var byTabs: [Int: ShopperClass] = [:]
    /// Shoppers by how many requests they sent: the least power of two that is as many.
    var byRequests: [Int: ShopperClass] = [:]
    /// By SKU, when the least that is ever asked for was last refused, in milliseconds since 1970;
    /// 0 for never.
    var refusedAskMilliseconds: [Int64] = []
    /// When the sale opened, in milliseconds since 1970.
    var openedMilliseconds: Int64 = 0
    /// From the crowd's start to the opening.
    var openingTick: UInt32 = 0
    /// From the opening until the last one was gone.
    var seconds = 0.0
    /// Carts, and the bytes that they took.
    var carts = 0
    var cartBytes = 0

    /// Adds what became of the part on another event loop.
    mutating func add(_ other: CrowdOutcome) {
        tally.add(other.tally)
        receipts += other.receipts
        acknowledgedHolds += other.acknowledgedHolds
        fates.merge(other.fates, uniquingKeysWith: +)
        byManner.merge(other.byManner) { $0.adding($1) }
        byTabs.merge(other.byTabs) { $0.adding($1) }
        byRequests.merge(other.byRequests) { $0.adding($1) }
        carts += other.carts
        cartBytes += other.cartBytes
        if refusedAskMilliseconds.isEmpty {
            refusedAskMilliseconds = other.refusedAskMilliseconds
        } else {
            for (sku, instant) in other.refusedAskMilliseconds.enumerated() {
                refusedAskMilliseconds[sku] = max(refusedAskMilliseconds[sku], instant)
            }
        }
    }
}

extension ShopperClass {
    fileprivate func adding(_ other: ShopperClass) -> ShopperClass {
        var sum = self
        sum.add(other)
        return sum
    }
}

extension CrowdLoop {
    /// What came of this part of the crowd; `startMilliseconds` is its start since 1970.
    func outcome(startMilliseconds: Int64) -> CrowdOutcome {
        var outcome = CrowdOutcome()
        outcome.tally = tally
        outcome.receipts = receipts
        outcome.acknowledgedHolds = acknowledgedHolds
        outcome.carts = table.carts.count
        outcome.cartBytes = table.carts.count * CartTable.bytesPerCart
        outcome.refusedAskMilliseconds = refusedAsks.map {
            $0 == 0 ? 0 : startMilliseconds + Int64($0)
        }
        var units: [Int: Int] = [:]
        for order in receipts {
            units[order.shopper, default: 0] += orders.content(of: order).units
        }
        var first = 0
        while first < table.carts.count {
            var end = first
            while end < table.carts.count,
                table.carts[end].shopper == table.carts[first].shopper
            { end += 1 }
            add(table.carts[first..<end], units, to: &outcome)
            first = end
        }
        return outcome
    }

    /// Adds one shopper with all tabs.
    private func add(
        _ tabs: Slice<UnsafeMutableBufferPointer<Cart>>,
        _ units: [Int: Int],
        to outcome: inout CrowdOutcome
    ) {
        guard let first = tabs.first else { return }
        let traits = traits(of: first)
        let bought = units[Int(first.shopper)] ?? 0
        let part = ShopperClass(
            shoppers: 1,
            buyers: bought > 0 ? 1 : 0,
            requests: tabs.reduce(0) { $0 + Int($1.requests) },
            units: bought
        )
        outcome.byManner[traits.manner, default: ShopperClass()].add(part)
        guard traits.manner != .bot else { return }
        let fates = tabs.map(\.fate.rawValue)
        if let fate = fates.min().flatMap(CartFate.init(rawValue:)) {
            outcome.fates[fate, default: 0] += 1
        }
        outcome.byTabs[traits.tabs, default: ShopperClass()].add(part)
        var most = 1
        while most < part.requests { most *= 2 }
        outcome.byRequests[most, default: ShopperClass()].add(part)
    }
}
