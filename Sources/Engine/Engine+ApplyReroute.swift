internal import Inventory
internal import Movements

// Recovery of held units that moved to other warehouses.
extension Engine {
    /// Applies a record that moved held units.
    func applyRerouted(_ reader: inout MovementReader, _ lsn: UInt64) throws(MovementError) {
        let place = try reservation(try reader.takeID(), reader)
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
        guard place.record.state == .held else {
            throw reader.error("moves what is \(place.record.state)")
        }
        guard place.record.shareCount + cameCount <= Limits.sharesPerReservationMax,
            digest == nil || place.record.changeCount < Limits.changesPerReservationMax
        else { throw reader.error("is one change too many") }
        let left = try takeMoved(leftCount, &reader)
        let came = try takeMoved(cameCount, &reader)
        try check(left, came, place.record, reader)
        move(
            left,
            to: came,
            place,
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

    private func takeMoved(
        _ count: Int,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [MovedUnits] {
        var moved: [MovedUnits] = []
        for _ in 0..<count {
            let index = Int(try reader.take(UInt32.self))
            let sku = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            let units = try reader.take(UInt32.self)
            if flagged & MovementLayout.firstTouchOfPool != 0 {
                try entry(sku, at: reader.header.instant, reader).version += 1
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

    /// Checks what a record moves against what is there.
    private func check(
        _ left: [MovedUnits],
        _ came: [MovedUnits],
        _ record: ReservationRecord,
        _ reader: borrowing MovementReader
    ) throws(MovementError) {
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
            let entry = try entry(units.sku, at: reader.header.instant, reader)
            let cell = try cell(entry, units.stored.warehouse, units.stored.pool, reader)
            guard units.stored.quantity <= record.progress(units.index).held,
                units.backordered <= record.backordered(units.index),
                Int64(units.stored.quantity) <= cell.reserved
            else { throw reader.error("moves more than is held") }
        }
        for units in came {
            guard units.index < record.lineCount, record.line(units.index).sku == units.sku,
                units.stored.quantity > 0, units.backordered <= units.stored.quantity
            else { throw reader.error("moves units to a line that isn't theirs") }
            let entry = try entry(units.sku, at: reader.header.instant, reader)
            let cell = try cell(entry, units.stored.warehouse, units.stored.pool, reader)
            guard cell.reserved + Int64(units.stored.quantity) <= Limits.unitsPerCellMax else {
                throw reader.error("overflows a cell")
            }
        }
    }
}
