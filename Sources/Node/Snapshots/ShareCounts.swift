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

    private struct Count: Equatable {
        var openUnits: UInt64 = 0
        var openHolds: UInt64 = 0
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
        for line in reservation.lines {
            guard let sku = line.sku else { continue }
            for share in line.shares {
                let progress =
                    share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                let units = UInt64(progress.held) + UInt64(progress.committed)
                if units == 0 { continue }
                let holder = StateShare.Holder.ownerOfSKU(reservation.owner, sku: sku)
                counts[Key(sale: part.sale, holder: holder), default: Count()].openUnits += units
                counts[owner, default: Count()].openUnits += units
            }
        }
        guard reservation.state == .held else { return }
        counts[owner, default: Count()].openHolds += 1
        if part.client != 0 {
            let client = Key(sale: part.sale, holder: .client(part.client))
            counts[client, default: Count()].openHolds += 1
        }
    }

    /// Compares an entry and takes its count out.
    mutating func compare(_ share: StateShare, _ report: inout CheckReport) {
        let key = Key(sale: share.sale, holder: share.holder)
        let count = counts.removeValue(forKey: key) ?? Count()
        let stands = Count(openUnits: share.openUnits, openHolds: UInt64(share.openHolds))
        if stands != count {
            report.note(
                "\(ShareCounts.name(of: key)): counts \(stands.openUnits) units and "
                    + "\(stands.openHolds) holds, reservations say \(count.openUnits) and "
                    + "\(count.openHolds)"
            )
        }
        let units = share.openUnits &+ share.fulfilledUnits
        switch share.holder {
        case .client: break
        case .owner: differences[key, default: 0] &+= units
        case .ownerOfSKU(let owner, _):
            differences[Key(sale: share.sale, holder: .owner(owner)), default: 0] &-= units
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
