internal import Engine
internal import Inventory
internal import Movements

/// What owners and clients have of sales by the reservations of an image, to be compared with what
/// the image counts of it.
struct ShareCounts {
    private struct Key: Hashable {
        var sale: UInt32
        var holder: StateShare.Holder
    }

    private struct Count {
        /// Units held or committed.
        var openUnits: UInt64 = 0
        /// Reservations that are held.
        var openHolds: UInt64 = 0
        /// Reservations that are known, whatever their state: no more than were ever held.
        var knownHolds: UInt64 = 0
        /// Those of them that were committed: no more than ever were.
        var knownCommittedHolds: UInt64 = 0
    }

    private let sales: Set<UInt32>
    private var counts: [Key: Count] = [:]
    /// By owner the units of all SKUs together, less those of each SKU.
    private var differences: [Key: UInt64] = [:]

    /// No reservation of these sales so far.
    init(_ sales: [Sale]) { self.sales = Set(sales.map(\.number)) }

    /// Adds a reservation, if it is of a sale that is known.
    mutating func add(_ reservation: StateReservation) {
        guard let part = reservation.sale, sales.contains(part.sale) else { return }
        let owner = Key(sale: part.sale, holder: .owner(reservation.owner))
        var wasCommitted = false
        for line in reservation.lines {
            guard let sku = line.sku else { continue }
            for share in line.shares {
                let progress =
                    share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                let gone = progress.fulfilled | progress.cancelled
                wasCommitted = wasCommitted || progress.committed | gone != 0
                let units = UInt64(progress.held) + UInt64(progress.committed)
                if units == 0 { continue }
                let holder = StateShare.Holder.ownerOfSKU(reservation.owner, sku: sku)
                counts[Key(sale: part.sale, holder: holder), default: Count()].openUnits += units
                counts[owner, default: Count()].openUnits += units
            }
        }
        let isHeld: UInt64 = reservation.state == .held ? 1 : 0
        counts[owner, default: Count()].openHolds += isHeld
        counts[owner, default: Count()].knownHolds += 1
        if wasCommitted { counts[owner, default: Count()].knownCommittedHolds += 1 }
        if part.client == 0 { return }
        let client = Key(sale: part.sale, holder: .client(part.client))
        counts[client, default: Count()].openHolds += isHeld
        counts[client, default: Count()].knownHolds += 1
    }

    /// Compares an entry and takes its count out.
    mutating func compare(_ share: StateShare, _ report: inout CheckReport) {
        let key = Key(sale: share.sale, holder: share.holder)
        let count = counts.removeValue(forKey: key) ?? Count()
        ShareCounts.check(share, count, ShareCounts.name(of: key), &report)
        let units = share.openUnits &+ share.fulfilledUnits
        switch share.holder {
        case .client: break
        case .owner: differences[key, default: 0] &+= units
        case .ownerOfSKU(let owner, _):
            differences[Key(sale: share.sale, holder: .owner(owner)), default: 0] &-= units
        }
    }

    /// Compares an entry with what reservations say of it.
    ///
    /// What is open they say exactly. What ever was they only bound, as some are forgotten; and
    /// units of a window are no more than the owner has, whatever became of the rules.
    private static func check(
        _ share: StateShare,
        _ count: Count,
        _ name: String,
        _ report: inout CheckReport
    ) {
        if share.openUnits != count.openUnits || UInt64(share.openHolds) != count.openHolds {
            report.note(
                "\(name): counts \(share.openUnits) units and \(share.openHolds) holds, "
                    + "reservations say \(count.openUnits) and \(count.openHolds)"
            )
        }
        if UInt64(share.holds) < count.knownHolds || share.holds < share.committedHolds
            || UInt64(share.committedHolds) < count.knownCommittedHolds
        {
            report.note(
                "\(name): ever had \(share.holds) holds, \(share.committedHolds) of them "
                    + "committed, and \(count.knownHolds) and \(count.knownCommittedHolds) are "
                    + "known"
            )
        }
        let (units, isOver) = share.openUnits.addingReportingOverflow(share.fulfilledUnits)
        if !isOver, share.windowUnits > units {
            report.note(
                "\(name): took \(share.windowUnits) units in its window and has \(units)"
            )
        }
    }

    /// Notes what nothing counts, and owners whose SKUs don't add up.
    func end(_ report: inout CheckReport) {
        for (key, count) in counts {
            report.note(
                "\(ShareCounts.name(of: key)): reservations have \(count.openUnits) units and "
                    + "\(count.openHolds) holds, and nothing counts them"
            )
        }
        for (key, difference) in differences where difference != 0 {
            report.note("\(ShareCounts.name(of: key)): isn't the sum of its SKUs")
        }
    }

    private static func name(of key: Key) -> String {
        switch key.holder {
        case .owner(let owner): "owner \(owner) in sale \(key.sale)"
        case .ownerOfSKU(let owner, let sku):
            "owner \(owner), SKU number \(sku), in sale \(key.sale)"
        case .client(let number): "client \(number) in sale \(key.sale)"
        }
    }
}
