internal import Inventory
internal import Movements

// Recovery of held units that moved to other warehouses.
extension Engine {
    /// Applies a record that moved held units.
    func applyRerouted(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let id = try reader.takeID()
        let leftCount = Int(try reader.take(UInt16.self))
        let cameCount = Int(try reader.take(UInt16.self))
        let fields = try reader.take(UInt32.self)
        guard fields <= MovementLayout.isRemembered | MovementLayout.isPromised else {
            throw reader.error("has fields \(fields)")
        }
        let isRemembered = fields & UInt32(MovementLayout.isRemembered) != 0
        let isPromised = fields & UInt32(MovementLayout.isPromised) != 0
        let digest = isRemembered ? try reader.take(UInt64.self) : nil
        let promisedMinute = isPromised ? try reader.take(UInt32.self) : 0
        let left = try takeMoved(leftCount, &reader, lsn, gate)
        let came = try takeMoved(cameCount, &reader, lsn, gate)
        try applyToStock(left, came, reader, lsn, gate)
        guard let place = try reservation(id, reader, lsn, gate) else { return }
        try check(left, came, place.record, isRemembered: isRemembered, reader)
        move(
            left,
            to: came,
            of: place,
            promisedMinute: promisedMinute,
            digest.map { digest in
                RememberedChange(
                    requestID: reader.header.requestID,
                    digest: digest,
                    lsn: lsn
                )
            }
        )
    }

    /// Reads what moves, and raises the versions of SKUs where the record says so.
    private func takeMoved(
        _ count: Int,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) -> [MovedUnits] {
        var moved: [MovedUnits] = []
        for _ in 0..<count {
            let index = Int(try reader.take(UInt32.self))
            let sku = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            let units = try reader.take(UInt32.self)
            if flagged & MovementLayout.firstTouchOfPool != 0 {
                try entry(sku, reader, lsn, gate)?.version += 1
            }
            moved.append(
                MovedUnits(
                    index: index,
                    sku: sku,
                    stored: StoredShare(
                        warehouse: warehouse,
                        pool: flagged & MovementLayout.poolNumber,
                        quantity: units
                    ),
                    backordered: try reader.take()
                )
            )
        }
        return moved
    }

    /// Moves the units in their cells.
    private func applyToStock(
        _ left: [MovedUnits],
        _ came: [MovedUnits],
        _ reader: borrowing MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        for units in left {
            guard let entry = try entry(units.sku, reader, lsn, gate) else { continue }
            let cell = try cell(entry, units.stored.warehouse, units.stored.pool, reader)
            guard Int64(units.stored.quantity) <= cell.reserved else {
                throw reader.error("moves more than is held")
            }
            cell.reserved -= Int64(units.stored.quantity)
        }
        for units in came {
            guard let entry = try entry(units.sku, reader, lsn, gate) else { continue }
            let cell = try cell(entry, units.stored.warehouse, units.stored.pool, reader)
            try hold(units.stored.quantity, in: cell, reader)
        }
    }

    /// Checks what a record moves against the reservation.
    private func check(
        _ left: [MovedUnits],
        _ came: [MovedUnits],
        _ record: ReservationRecord,
        isRemembered: Bool,
        _ reader: borrowing MovementReader
    ) throws(MovementError) {
        guard record.state == .held else { throw reader.error("moves what is \(record.state)") }
        guard record.shareCount + came.count <= Limits.sharesPerReservationMax,
            !isRemembered || record.changeCount < Limits.changesPerReservationMax
        else { throw reader.error("is one change too many") }
        var seen: Set<Int> = []
        var skus: [UInt32] = []
        record.forEachShareByLine { _, sku, _ in skus.append(sku) }
        for units in left {
            guard units.index < record.shareCount, seen.insert(units.index).inserted else {
                throw reader.error("moves a share that reservation \(record.id) hasn't")
            }
            let share = record.share(units.index)
            guard skus[units.index] == units.sku, share.warehouse == units.stored.warehouse,
                share.pool == units.stored.pool
            else { throw reader.error("moves a share that reservation \(record.id) hasn't") }
            guard units.stored.quantity <= record.progress(units.index).held,
                units.backordered <= record.backordered(units.index)
            else { throw reader.error("moves more than is held") }
        }
        for units in came {
            guard units.index < record.lineCount, record.line(units.index).sku == units.sku,
                units.stored.quantity > 0, units.backordered <= units.stored.quantity
            else { throw reader.error("moves units to a line that isn't theirs") }
            try checkPlace(units.stored.warehouse, units.stored.pool, reader)
        }
    }
}
