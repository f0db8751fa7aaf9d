internal import Inventory

/// The best alternatives of one short line that were found so far, the best first.
struct AlternativeList {
    /// A cell that could serve, before its names are looked up.
    struct Entry {
        /// What it departs in.
        var kind: AlternativeKind
        /// The number of its SKU.
        var sku: UInt32
        /// The rank of a substitute, 0 for the best; 0 for the line's own SKU.
        var rank: Int = 0
        /// The number of its warehouse.
        var warehouse: UInt16
        /// The number of its pool.
        var pool: UInt16
        /// Units that could be promised, 1 or more.
        var available: Int64
        /// Whole metres from its warehouse to the destination; 0 without one.
        var metres: UInt32
        /// Why the plan may not take from the warehouse.
        var exclusion = Exclusion.none
    }

    /// Units that the line is short of.
    let missing: Int64
    /// The entries, at most `Limits.alternativesPerLineMax`.
    private(set) var entries: [Entry] = []
    private let network: Network

    /// An empty list for a line that is short of `missing` units.
    init(missing: UInt32, network: Network) {
        precondition(missing > 0, "only a short line has alternatives")
        self.missing = Int64(missing)
        self.network = network
        entries.reserveCapacity(Limits.alternativesPerLineMax + 1)
    }

    /// Takes an entry in if it is among the best.
    /// - Complexity: O(`Limits.alternativesPerLineMax`).
    mutating func offer(_ entry: Entry) {
        precondition(entry.available > 0, "an alternative has units")
        var place = entries.count
        while place > 0, isBefore(entry, entries[place - 1]) { place -= 1 }
        if place == Limits.alternativesPerLineMax { return }
        entries.insert(entry, at: place)
        if entries.count > Limits.alternativesPerLineMax { entries.removeLast() }
    }

    /// The rule of ``LineAlternatives``: it orders any two cells, so the order in which they are
    /// looked at doesn't matter.
    private func isBefore(_ left: Entry, _ right: Entry) -> Bool {
        let (leftServes, rightServes) = (left.available >= missing, right.available >= missing)
        if leftServes != rightServes { return leftServes }
        if left.kind != right.kind { return left.kind.rawValue < right.kind.rawValue }
        if left.rank != right.rank { return left.rank < right.rank }
        if left.metres != right.metres { return left.metres < right.metres }
        if left.warehouse != right.warehouse {
            return unsafe network.ranks[Int(left.warehouse)]
                < network.ranks[Int(right.warehouse)]
        }
        return unsafe network.poolNames[Int(left.pool)] < network.poolNames[Int(right.pool)]
    }
}
