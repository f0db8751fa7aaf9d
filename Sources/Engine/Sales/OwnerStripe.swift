internal import Inventory
internal import Movements

/// What owners have of a sale, added up.
struct SaleSum: Equatable {
    /// The number of the sale.
    var sale: UInt32
    /// Owners who ever held something.
    var owners: UInt64 = 0
    /// Reservations that were ever held.
    var holds: UInt64 = 0
    /// Those of them that were committed.
    var committedHolds: UInt64 = 0
    /// Those of them that are held now.
    var openHolds: UInt64 = 0
    /// Units held or committed.
    var openUnits: UInt64 = 0
    /// Units that have left.
    var fulfilledUnits: UInt64 = 0

    /// The sum of no owner.
    init(sale: UInt32) { self.sale = sale }

    /// Adds an owner.
    mutating func add(_ share: OwnerShare) {
        owners += 1
        holds += UInt64(share.holds)
        committedHolds += UInt64(share.committedHolds)
        openHolds += UInt64(share.openHolds)
        openUnits += share.openUnits
        fulfilledUnits += share.fulfilledUnits
    }

    /// Adds another sum.
    mutating func add(_ other: SaleSum) {
        owners += other.owners
        holds += other.holds
        committedHolds += other.committedHolds
        openHolds += other.openHolds
        openUnits += other.openUnits
        fulfilledUnits += other.fulfilledUnits
    }
}

/// What the owners that hash to one stripe have of sales.
///
/// All entries of an owner lie in one stripe, so a reservation asks one stripe alone, and one more
/// where a client's holds are counted.
/// Isolation: the stripe's lock is held across every call.
struct OwnerStripe: ~Copyable {
    private var index: HashIndex
    private(set) var entries = OwnerEntrySlab()
    /// Instant of the last movement that touched the stripe.
    var lastInstant = Instant.distantPast
    /// How many entries there are.
    private(set) var entryCount = 0
    /// By sale what the entries come to; few, in no order.
    private(set) var sums: [SaleSum] = []

    /// An empty stripe.
    init(number: Int, pool: ExtentPool) {
        index = HashIndex(pool: pool, isHinted: false, stripe: number)
    }

    /// The number of the entry of a key.
    @inline(__always)
    func find(_ key: OwnerEntryKey, hash: UInt64) -> UInt32? {
        index.find(hash) { entries.entry($0).key == key }
    }

    /// Adds an entry of zeros for a key that has none.
    mutating func add(_ key: OwnerEntryKey, hash: UInt64, pool: ExtentPool) -> UInt32 {
        let slot = entries.allocate(pool: pool)
        entries.entry(slot).create(key)
        index.insert(hash, number: slot, pool: pool)
        entryCount += 1
        return slot
    }

    /// Takes an entry out; the sums keep what it counted.
    mutating func remove(_ slot: UInt32, hash: UInt64) {
        index.remove(hash, number: slot)
        entries.free(slot)
        entryCount -= 1
    }

    /// Changes what a sale's entries come to.
    @inline(__always)
    mutating func withSum(of sale: UInt32, _ body: (inout SaleSum) -> Void) {
        for index in sums.indices where sums[index].sale == sale { return body(&sums[index]) }
        var sum = SaleSum(sale: sale)
        body(&sum)
        sums.append(sum)
    }

    /// What a sale's entries come to.
    func sum(of sale: UInt32) -> SaleSum {
        sums.first { $0.sale == sale } ?? SaleSum(sale: sale)
    }

    /// Forgets what the entries of some sales came to.
    mutating func forgetSums(where isForgotten: (UInt32) -> Bool) {
        sums.removeAll { isForgotten($0.sale) }
    }
}

/// All owner stripes.
typealias OwnerStripes = StripeTable<OwnerStripe>

/// The owner stripes that a movement touches: at most an owner's and two clients', each once, in
/// the order in which locks are taken.
struct OwnerStripeSet {
    private var stripes = InlineArray<3, Int>(repeating: 0)
    /// How many there are.
    private(set) var count = 0

    /// An empty set.
    init() {}

    /// Adds a stripe, once.
    mutating func insert(_ stripe: Int) {
        var place = 0
        while place < count, stripes[place] < stripe { place += 1 }
        if place < count, stripes[place] == stripe { return }
        var index = count
        while index > place {
            stripes[index] = stripes[index - 1]
            index -= 1
        }
        stripes[place] = stripe
        count += 1
    }

    /// The stripe at `index`, lowest first.
    subscript(index: Int) -> Int {
        precondition(index < count, "no such stripe")
        return stripes[index]
    }
}
