internal import Inventory
internal import Movements

/// What reservations say of an entry.
private struct EntrySum {
    /// Units held or committed.
    var openUnits: UInt64 = 0
    /// Reservations that are held.
    var openHolds: UInt64 = 0
    /// Reservations that are known, whatever their state: no more than were ever held.
    var knownHolds: UInt64 = 0
    /// Those of them that were committed: no more than ever were.
    var knownCommittedHolds: UInt64 = 0

    mutating func add(_ other: EntrySum) {
        openUnits += other.openUnits
        openHolds += other.openHolds
        knownHolds += other.knownHolds
        knownCommittedHolds += other.knownCommittedHolds
    }
}

extension Engine {
    /// Counts what owners and clients have of sales anew, from all reservations, and compares; all
    /// locks are held.
    func checkShares(_ report: inout CheckReport) {
        let network = self.network
        var counted = countedShares(network)
        var ofSKUs: [OwnerEntryKey: UInt64] = [:]
        for index in 0..<owners.count {
            let stripe = unsafe owners.state(index)
            var sums: [UInt32: SaleSum] = [:]
            for slot in unsafe 0..<stripe.pointee.entries.slotCount {
                let entry = unsafe stripe.pointee.entries.entry(slot)
                let key = entry.key
                // One of a sale that was forgotten counts for nothing, until it is freed.
                if entry.sale == 0 || network.book.sale(entry.sale) == nil { continue }
                let sum = counted.removeValue(forKey: key) ?? EntrySum()
                check(entry, sum, &report)
                switch key.sku {
                case StateLayout.ofClient: break
                case StateLayout.allSKUs:
                    sums[key.sale, default: SaleSum(sale: key.sale)].add(entry.share)
                    ofSKUs[key, default: 0] &+= entry.units
                default:
                    ofSKUs[OwnerEntryKey(key.owner, sale: key.sale), default: 0] &-= entry.units
                }
            }
            checkSums(sums, index, network, &report)
        }
        for (key, sum) in counted {
            note(
                "\(name(of: key)): reservations have \(sum.openUnits) units and \(sum.openHolds) "
                    + "holds, and nothing counts them",
                &report
            )
        }
        for (key, difference) in ofSKUs where difference != 0 {
            note("\(name(of: key)): isn't the sum of its SKUs", &report)
        }
    }

    /// Compares an entry with what reservations say of it.
    ///
    /// What is open they say exactly. What ever was they only bound, as some are forgotten; and
    /// units of a window are no more than the owner has, whatever became of the rules.
    private func check(_ entry: OwnerEntry, _ sum: EntrySum, _ report: inout CheckReport) {
        if entry.openUnits != sum.openUnits || UInt64(entry.openHolds) != sum.openHolds {
            note(
                "\(name(of: entry.key)): counts \(entry.openUnits) units and "
                    + "\(entry.openHolds) holds, reservations say \(sum.openUnits) and "
                    + "\(sum.openHolds)",
                &report
            )
        }
        if UInt64(entry.holds) < sum.knownHolds || entry.holds < entry.committedHolds
            || UInt64(entry.committedHolds) < sum.knownCommittedHolds
        {
            note(
                "\(name(of: entry.key)): ever had \(entry.holds) holds, \(entry.committedHolds) "
                    + "of them committed, and \(sum.knownHolds) and "
                    + "\(sum.knownCommittedHolds) are known",
                &report
            )
        }
        if entry.windowUnits > entry.units {
            note(
                "\(name(of: entry.key)): took \(entry.windowUnits) units in its window and has "
                    + "\(entry.units)",
                &report
            )
        }
    }

    /// What the entries of sales come to by the reservations.
    private func countedShares(_ network: Network) -> [OwnerEntryKey: EntrySum] {
        var sums: [OwnerEntryKey: EntrySum] = [:]
        forEachRecord { record in
            guard record.kind == .reservation, let part = record.sale,
                network.book.sale(part.sale) != nil
            else { return }
            var hold = EntrySum(knownHolds: 1)
            if record.state == .held { hold.openHolds = 1 }
            if part.client != 0 {
                let client = OwnerEntryKey(client: part.client, sale: part.sale)
                sums[client, default: EntrySum()].add(hold)
            }
            if wasCommitted(record) { hold.knownCommittedHolds = 1 }
            record.forEachShareByLine { _, sku, index in
                let progress = record.progress(index)
                let units = UInt64(progress.held) + UInt64(progress.committed)
                if units == 0 { return }
                hold.openUnits += units
                let ofSKU = OwnerEntryKey(record.owner, sale: part.sale, sku: sku)
                sums[ofSKU, default: EntrySum()].openUnits += units
            }
            sums[OwnerEntryKey(record.owner, sale: part.sale), default: EntrySum()].add(hold)
        }
        return sums
    }

    /// Compares what a stripe has added up with its entries.
    private func checkSums(
        _ counted: [UInt32: SaleSum],
        _ index: Int,
        _ network: Network,
        _ report: inout CheckReport
    ) {
        for sale in network.sales {
            let sum = counted[sale.number] ?? SaleSum(sale: sale.number)
            let stands = unsafe owners.state(index).pointee.sum(of: sale.number)
            if stands == sum { continue }
            note(
                "sale \(sale.number): owner stripe \(index) counts \(stands.owners) owners with "
                    + "\(stands.openUnits) units, its entries have \(sum.owners) and "
                    + "\(sum.openUnits)",
                &report
            )
        }
    }

    private func name(of key: OwnerEntryKey) -> String {
        switch key.sku {
        case StateLayout.ofClient: "client \(key.owner.high) in sale \(key.sale)"
        case StateLayout.allSKUs: "owner \(key.owner) in sale \(key.sale)"
        default: "owner \(key.owner), SKU number \(key.sku), in sale \(key.sale)"
        }
    }

    // MARK: State hash

    /// The hash of sales and of what owners have of them; `names` are the hashes of SKUs' names.
    func hashOfSales(_ names: [UInt64], _ network: Network) -> UInt64 {
        var sum = StateHash.nextSale(network.book.next)
        for sale in network.sales { sum &+= StateHash.sale(sale) }
        for index in 0..<owners.count {
            let stripe = unsafe owners.state(index)
            for slot in unsafe 0..<stripe.pointee.entries.slotCount {
                let entry = unsafe stripe.pointee.entries.entry(slot)
                if entry.sale == 0 || network.book.sale(entry.sale) == nil { continue }
                sum &+= hash(of: entry, names)
            }
        }
        return sum
    }

    private func hash(of entry: OwnerEntry, _ names: [UInt64]) -> UInt64 {
        switch entry.sku {
        case StateLayout.ofClient:
            StateHash.clientShare(
                of: UInt16(truncatingIfNeeded: entry.key.owner.high),
                sale: entry.sale,
                holds: entry.holds,
                openHolds: entry.openHolds
            )
        case StateLayout.allSKUs:
            StateHash.ownerShare(
                entry.share,
                sale: entry.sale,
                window: entry.window,
                windowUnits: entry.windowUnits
            )
        default:
            StateHash.ownerShare(
                of: entry.key.owner,
                sale: entry.sale,
                sku: names[Int(entry.sku)],
                openUnits: entry.openUnits,
                fulfilledUnits: entry.fulfilledUnits
            )
        }
    }
}
