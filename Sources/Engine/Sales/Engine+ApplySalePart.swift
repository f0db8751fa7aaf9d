internal import Inventory
internal import Movements

/// What a record says of the sale that its changes are about.
struct SaleUnits {
    /// The sale.
    var part: SalePart
    /// Whose the reservation is.
    var owner: OwnerID
    /// How many changes there are.
    var count: Int
    /// Whether they are of a part.
    var isPart: Bool

    /// What a record says of all that its changes are about.
    init(_ part: SalePart, of owner: OwnerID, count: Int, isPart: Bool) {
        self.part = part
        self.owner = owner
        self.count = count
        self.isPart = isPart
    }
}

// Recovery of what owners have of sales, from the record alone.
extension Engine {
    /// Counts a hold that a record tells of; `reader` stands before its lines.
    func applyHold(
        _ part: SalePart,
        of owner: OwnerID,
        _ lines: Int,
        _ reader: MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        guard try isCounted(part, reader, gate) else { return }
        var reader = reader
        var shares = reader
        try shares.skip(lines * MovementLayout.lineSizeBytes)
        var units: [(sku: UInt32, count: UInt32)] = []
        for _ in 0..<lines {
            let sku = try reader.take(UInt32.self)
            _ = try reader.take(UInt32.self)
            let count = try reader.take(UInt16.self)
            _ = try reader.take(UInt16.self)
            for _ in 0..<count {
                _ = try shares.take(UInt32.self)
                units.append((sku, try shares.take(UInt32.self)))
            }
            guard count == 0 || sku < Limits.skusMax else {
                throw reader.error("holds units of SKU \(sku)")
            }
        }
        countHold(movement(part, of: owner, reader, lsn, gate)) { body in
            for unit in units { body(unit.sku, unit.count) }
        }
    }

    /// Counts changes that a record tells of; `reader` stands before them.
    func applyChange(
        _ units: SaleUnits,
        to target: UnitTarget,
        _ reader: MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        guard try isCounted(units.part, reader, gate) else { return }
        var reader = reader
        var changes: [(sku: UInt32, count: UInt32)] = []
        for _ in 0..<units.count {
            let sku = try reader.take(UInt32.self)
            _ = try reader.take(UInt32.self)
            changes.append((sku, try reader.take(UInt32.self)))
            if units.isPart { try reader.skip(4) }
        }
        let movement = movement(units.part, of: units.owner, reader, lsn, gate)
        let isWhole = countChange(movement, to: target) { body in
            for change in changes { body(change.sku, change.count) }
        }
        // Behind a gate an entry may have begun with what came late, where the sale and all of its
        // entries were forgotten while they were copied: the slice tells of that later.
        guard isWhole || gate != nil else {
            throw reader.error("takes more than owner \(units.owner) has of a sale")
        }
    }

    private func movement(
        _ part: SalePart,
        of owner: OwnerID,
        _ reader: MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) -> SaleMovement {
        SaleMovement(
            owner: owner,
            part: part,
            instant: reader.header.instant,
            lsn: lsn,
            gate: gate
        )
    }

    /// Whether what a record says of a sale is to be counted: not so behind a gate that has only
    /// some things, or where the sale was forgotten before the copying came to it.
    private func isCounted(
        _ part: SalePart,
        _ reader: MovementReader,
        _ gate: StateGate?
    ) throws(MovementError) -> Bool {
        if let gate, !gate.hasShares { return false }
        if network.book.sale(part.sale) != nil { return true }
        if gate != nil { return false }
        throw reader.error("is of sale \(part.sale), which isn't known")
    }
}
