internal import Inventory
package import Movements

// Recovery: a movement that was logged is applied as it stands; nothing is decided again.
extension Engine {
    /// Applies one record of the log, in log order, before any other call.
    ///
    /// - Throws: A `MovementError` when the record contradicts the state or itself. The engine is
    ///   then of no more use.
    package func apply(_ record: UnsafeRawBufferPointer, lsn: UInt64) throws(MovementError) {
        var reader = try unsafe MovementReader(record, lsn: lsn)
        switch reader.header.kind {
        case .stockChanged: try applyStock(&reader, lsn)
        case .warehousesChanged: try applyWarehouses(&reader, lsn)
        case .reserved: try applyReserved(&reader, lsn)
        case .committed: try applyEnd(.committed, &reader)
        case .released: try applyEnd(.released, &reader)
        case .expired: try applyEnd(.expired, &reader)
        case .forgotten: try applyForgotten(&reader)
        case .skusChanged: try applySKUs(&reader, lsn)
        case .actorNamed: try applyActor(&reader)
        case .replaced, .fulfilled, .cancelled, .extended:
            throw reader.error("can't be applied")
        }
    }

    /// The hash and the stripe of an id that a record names, its instant noted.
    func stripe(of id: RequestID, at instant: Instant) -> (hash: UInt64, index: Int) {
        let idHash = hash.hash(id.high, id.low)
        let index = reservations.index(of: idHash)
        let state = unsafe reservations.state(index)
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        return (idHash, index)
    }

    /// The SKU of a number that a record names, the instant noted with its stripe.
    func entry(
        _ number: UInt32,
        at instant: Instant,
        _ reader: borrowing MovementReader
    ) throws(MovementError) -> StockEntry {
        guard number < directory.count, directory.entry(number).hash != 0 else {
            throw reader.error("names SKU \(number), never made")
        }
        let entry = directory.entry(number)
        let state = unsafe stock.state(stock.index(of: entry.hash))
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        return entry
    }

    /// The cell that a record names.
    func cell(
        _ entry: StockEntry,
        _ warehouse: UInt16,
        _ pool: UInt16,
        _ reader: borrowing MovementReader
    ) throws(MovementError) -> StockCell {
        guard let index = entry.cellIndex(warehouse: warehouse, pool: pool) else {
            throw reader.error("names a cell of warehouse \(warehouse), never made")
        }
        return entry.cell(index)
    }

    // MARK: Reserved

    private func applyReserved(
        _ reader: inout MovementReader,
        _ lsn: UInt64
    ) throws(MovementError) {
        let header = reader.header
        let ownerID = try reader.takeID()
        let digest = try reader.take(UInt64.self)
        let timeToLive = try reader.take(UInt32.self)
        let lines = Int(try reader.take(UInt16.self))
        let shares = Int(try reader.take(UInt16.self))
        let choices = try reader.take(UInt32.self)
        var destination: Destination?
        if UInt8(truncatingIfNeeded: choices >> 16) & MovementLayout.hasDestination != 0 {
            let latitude = try reader.take(Int32.self)
            let longitude = try reader.take(Int32.self)
            destination = Destination(
                position: Position(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: longitude
                ),
                region: RegionCode(word: try reader.take(UInt64.self))
            )
        }
        guard lines >= 1, lines <= Limits.linesPerReservationMax,
            shares <= Limits.sharesPerReservationMax
        else { throw reader.error("has \(lines) lines and \(shares) shares") }
        let (idHash, index) = stripe(of: header.requestID, at: header.instant)
        guard unsafe reservations.state(index).pointee.find(header.requestID, hash: idHash) == nil
        else {
            throw reader.error("uses id \(header.requestID) a second time")
        }
        let (slot, record) = makeReservation(
            header.requestID,
            idHash,
            index,
            lines: lines,
            shares: shares
        )
        record.owner = OwnerID(high: ownerID.high, low: ownerID.low)
        record.digest = digest
        record.lsn = lsn
        record.expiresAt = header.instant.advanced(byMilliseconds: Int64(timeToLive))
        record.due = record.expiresAt
        record.heldSince = header.instant
        record.destination = destination
        record.mode = ReserveMode(rawValue: UInt8(truncatingIfNeeded: choices)) ?? .allOrNothing
        record.policy =
            SourcingPolicy(rawValue: UInt8(truncatingIfNeeded: choices >> 8)) ?? .nearest
        try applyLines(record, lines, shares, &reader)
        reservations.schedule(slot, in: index, now: header.instant)
    }

    private func applyLines(
        _ record: ReservationRecord,
        _ lines: Int,
        _ shares: Int,
        _ reader: inout MovementReader
    ) throws(MovementError) {
        var total = 0
        for index in 0..<lines {
            let sku = try reader.take(UInt32.self)
            let requested = try reader.take(UInt32.self)
            let count = try reader.take(UInt16.self)
            let flags = try reader.take(UInt16.self)
            record.setLine(
                index,
                StoredLine(sku: sku, requested: requested, shareCount: UInt32(count))
            )
            total += Int(count)
            if flags & UInt16(MovementLayout.firstTouch) != 0 {
                try entry(sku, at: reader.header.instant, reader).version += 1
            }
        }
        guard total == shares else { throw reader.error("counts its shares wrongly") }
        var share = 0
        for index in 0..<lines {
            let line = record.line(index)
            for _ in 0..<line.shareCount {
                let warehouse = try reader.take(UInt16.self)
                let pool = try reader.take(UInt16.self)
                let quantity = try reader.take(UInt32.self)
                let entry = try entry(line.sku, at: reader.header.instant, reader)
                let cell = try cell(entry, warehouse, pool, reader)
                guard cell.reserved + Int64(quantity) <= Limits.unitsPerCellMax else {
                    throw reader.error("overflows a cell")
                }
                cell.reserved += Int64(quantity)
                record.setShare(
                    share,
                    StoredShare(warehouse: warehouse, pool: pool, quantity: quantity)
                )
                share += 1
            }
        }
    }

    // MARK: Committed, released, expired, forgotten

    private func applyEnd(
        _ ending: HoldEnd,
        _ reader: inout MovementReader
    ) throws(MovementError) {
        let id = try reader.takeID()
        let instant = reader.header.instant
        let (idHash, index) = stripe(of: id, at: instant)
        let stripe = unsafe reservations.state(index)
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else {
            throw reader.error("ends reservation \(id), which isn't known")
        }
        let record = unsafe stripe.pointee.records.record(slot)
        guard record.kind == .reservation, record.state == .held else {
            throw reader.error("ends reservation \(id), which isn't held")
        }
        let count = Int(try reader.take(UInt32.self))
        guard count == record.shareCount else { throw reader.error("ends other shares than held") }
        for _ in 0..<count {
            let sku = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let pool = try reader.take(UInt16.self)
            let quantity = try reader.take(UInt32.self)
            let entry = try entry(sku, at: instant, reader)
            if pool & MovementLayout.firstTouchOfPool != 0 { entry.version += 1 }
            let plainPool = pool & ~MovementLayout.firstTouchOfPool
            let cell = try cell(entry, warehouse, plainPool, reader)
            guard cell.reserved >= Int64(quantity) else {
                throw reader.error("takes more than is reserved")
            }
            applyEnd(
                ending,
                to: entry,
                StoredShare(warehouse: warehouse, pool: plainPool, quantity: quantity)
            )
        }
        unsafe stripe.pointee.unschedule(slot)
        close(record, slot, ending, index, instant: instant)
    }

    private func applyForgotten(_ reader: inout MovementReader) throws(MovementError) {
        let count = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        for _ in 0..<count {
            let id = try reader.takeID()
            let (idHash, index) = stripe(of: id, at: reader.header.instant)
            let stripe = unsafe reservations.state(index)
            guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else {
                throw reader.error("forgets id \(id), which isn't known")
            }
            unsafe stripe.pointee.unschedule(slot)
            unsafe stripe.pointee.forget(slot, hash: idHash, pool: pool)
        }
    }
}
