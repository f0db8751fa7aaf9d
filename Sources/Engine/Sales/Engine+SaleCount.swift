internal import Inventory
internal import Movements

/// A movement about a sale's reservation, as the entries of its owner see it.
struct SaleMovement {
    /// Whose the reservation is.
    var owner: OwnerID
    /// What the movement says of the sale.
    var part: SalePart
    /// Its instant.
    var instant: Instant
    /// Its LSN; where it is applied from the log, behind a gate or not.
    var lsn: UInt64 = 0
    /// What entries have of it already.
    var gate: StateGate?
}

/// The entry that a part of a movement is about.
private enum CountedEntry {
    case entry(OwnerEntry)
    /// It has the part already, or was forgotten before the copying came to it.
    case passedOver
    /// There is none, and there should be.
    case missing
}

// What owners and clients have of sales, as movements change it: the same steps for a request and
// for a record of the log.
extension Engine {
    /// Counts a hold that was just made; its lines and shares are written.
    func countHold(of record: ReservationRecord, _ instant: Instant) {
        guard let part = record.sale else { preconditionFailure("a hold of a sale") }
        let movement = SaleMovement(owner: record.owner, part: part, instant: instant)
        countHold(movement) { body in
            record.forEachShare { sku, share in body(sku, share.quantity) }
        }
    }

    /// Counts changes of a reservation's units.
    func countChange(
        of record: ReservationRecord,
        _ part: SalePart,
        to target: UnitTarget,
        _ instant: Instant,
        _ changes: [UnitChange]
    ) {
        let movement = SaleMovement(owner: record.owner, part: part, instant: instant)
        let isCounted = countChange(movement, to: target) { body in
            for change in changes { body(change.sku, change.stored.quantity) }
        }
        precondition(isCounted, "what an owner holds is counted")
    }

    /// Counts a new hold; `forEachUnits` calls with each share's SKU and units.
    ///
    /// The locks of its owner stripes are held.
    func countHold(
        _ movement: SaleMovement,
        forEachUnits: ((_ sku: UInt32, _ units: UInt32) -> Void) -> Void
    ) {
        let sale = movement.part.sale
        let ownerHash = hash.hash(movement.owner.high, movement.owner.low)
        var units: UInt64 = 0
        forEachUnits { sku, count in
            units += UInt64(count)
            let key = OwnerEntryKey(movement.owner, sale: sale, sku: sku)
            if case .entry(let entry) = entry(key, ownerHash, movement, makes: true) {
                entry.openUnits += UInt64(count)
            }
        }
        let key = OwnerEntryKey(movement.owner, sale: sale)
        if case .entry(let entry) = entry(key, ownerHash, movement, makes: true) {
            let isNew = entry.holds == 0
            entry.openUnits += units
            entry.holds += 1
            entry.openHolds += 1
            if movement.part.window != 0 {
                if entry.window != movement.part.window {
                    entry.window = movement.part.window
                    entry.windowUnits = 0
                }
                entry.windowUnits += units
            }
            withSum(of: movement, ownerHash) { sum in
                if isNew { sum.owners += 1 }
                sum.holds += 1
                sum.openHolds += 1
                sum.openUnits += units
            }
        }
        guard movement.part.client != 0 else { return }
        let client = OwnerEntryKey(client: movement.part.client, sale: sale)
        let clientHash = hash.hash(client.owner.high, client.owner.low)
        if case .entry(let entry) = entry(client, clientHash, movement, makes: true) {
            entry.holds += 1
            entry.openHolds += 1
        }
    }

    /// Counts what becomes of a reservation's units; `forEachUnits` calls with each change's SKU
    /// and units.
    ///
    /// The locks of its owner stripes are held.
    /// - Returns: Whether the entries had what is taken of them.
    func countChange(
        _ movement: SaleMovement,
        to target: UnitTarget,
        forEachUnits: ((_ sku: UInt32, _ units: UInt32) -> Void) -> Void
    ) -> Bool {
        let ownerHash = hash.hash(movement.owner.high, movement.owner.low)
        var isWhole = true
        var units: UInt64 = 0
        if target != .committed {
            forEachUnits { sku, count in
                units += UInt64(count)
                let key = OwnerEntryKey(movement.owner, sale: movement.part.sale, sku: sku)
                switch entry(key, ownerHash, movement, makes: false) {
                case .entry(let entry):
                    if !take(UInt64(count), of: entry, to: target) { isWhole = false }
                case .passedOver: break
                case .missing: isWhole = false
                }
            }
        }
        return isWhole && countTotals(movement, units, to: target, ownerHash)
    }

    /// Counts a change with the owner's share of all SKUs and with the client's holds.
    private func countTotals(
        _ movement: SaleMovement,
        _ units: UInt64,
        to target: UnitTarget,
        _ ownerHash: UInt64
    ) -> Bool {
        let part = movement.part
        let key = OwnerEntryKey(movement.owner, sale: part.sale)
        switch entry(key, ownerHash, movement, makes: false) {
        case .passedOver: break
        case .missing: return false
        case .entry(let entry):
            guard take(units, of: entry, to: target), !part.endsHold || entry.openHolds > 0 else {
                return false
            }
            if part.endsHold { entry.openHolds -= 1 }
            if part.isFirstCommit { entry.committedHolds += 1 }
            let returns = target != .fulfilled && part.window != 0
            if returns, entry.window == part.window {
                // Rules that changed between may have begun the window's count anew.
                entry.windowUnits -= min(entry.windowUnits, units)
            }
            withSum(of: movement, ownerHash) { sum in
                sum.openUnits -= units
                if target == .fulfilled { sum.fulfilledUnits += units }
                if part.endsHold { sum.openHolds -= 1 }
                if part.isFirstCommit { sum.committedHolds += 1 }
            }
        }
        guard part.client != 0, part.endsHold else { return true }
        let client = OwnerEntryKey(client: part.client, sale: part.sale)
        let clientHash = hash.hash(client.owner.high, client.owner.low)
        switch entry(client, clientHash, movement, makes: false) {
        case .passedOver: return true
        case .missing: return false
        case .entry(let entry):
            guard entry.openHolds > 0 else { return false }
            entry.openHolds -= 1
            return true
        }
    }

    private func take(_ units: UInt64, of entry: OwnerEntry, to target: UnitTarget) -> Bool {
        guard entry.openUnits >= units else { return false }
        entry.openUnits -= units
        if target == .fulfilled { entry.fulfilledUnits += units }
        return true
    }

    private func withSum(
        of movement: SaleMovement,
        _ ownerHash: UInt64,
        _ body: (inout SaleSum) -> Void
    ) {
        let stripe = unsafe owners.state(owners.index(of: ownerHash))
        unsafe stripe.pointee.withSum(of: movement.part.sale, body)
    }

    /// Finds the entry that a part of a movement is about, and notes the instant with its stripe.
    private func entry(
        _ key: OwnerEntryKey,
        _ ownerHash: UInt64,
        _ movement: SaleMovement,
        makes: Bool
    ) -> CountedEntry {
        let index = owners.index(of: ownerHash)
        let stripe = unsafe owners.state(index)
        unsafe stripe.pointee.lastInstant = unsafe max(
            stripe.pointee.lastInstant,
            movement.instant
        )
        let entryHash = entryHash(key, ownerHash)
        if let slot = unsafe stripe.pointee.find(key, hash: entryHash) {
            if let gate = movement.gate, movement.lsn < gate.lsn(ofEntry: slot, in: index) {
                return .passedOver
            }
            return unsafe .entry(stripe.pointee.entries.entry(slot))
        }
        guard makes else { return movement.gate == nil ? .missing : .passedOver }
        let slot = unsafe stripe.pointee.add(key, hash: entryHash, pool: pool)
        movement.gate?.set(0, ofEntry: slot, in: index)
        return unsafe .entry(stripe.pointee.entries.entry(slot))
    }
}
