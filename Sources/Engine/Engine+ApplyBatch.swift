internal import CPrefetch
internal import Inventory
package import Movements

/// The records that follow the one being applied: where they begin, and what is known of their ids.
///
/// Memory is fetched in three steps, each of which reads what the one before has fetched. Between
/// two steps of a record lies the work on ``stepRecords`` others: about as long as memory takes.
private struct RecordsAhead {
    static let stepRecords = 16
    /// Room for the records between the first step and the last.
    static let recordsMax = 64

    var offsets = InlineArray<64, Int>(repeating: 0)
    var sizes = InlineArray<64, Int>(repeating: 0)
    var hashes = InlineArray<64, UInt64>(repeating: 0)
    var slots = InlineArray<64, UInt32>(repeating: ExpiryWheel.none)

    /// Where the record of a number, counted from the batch's first, is kept.
    @inline(__always)
    static func place(_ record: Int) -> Int { record & (recordsMax - 1) }
}

// Recovery in batches: memory that records are going to touch is fetched ahead of them, and the
// most frequent records take a short way. What the short way isn't sure of it leaves to `apply`,
// untouched, which says what is wrong.
extension Engine {
    /// Applies records that follow each other in the log, as
    /// ``apply(_:lsn:through:)`` does one by one.
    ///
    /// - Parameters:
    ///   - batch: Whole records, one behind the other.
    ///   - lsn: LSN of the first.
    ///   - gate: Where state records were loaded, what they say of their LSNs.
    /// - Returns: How many records there were.
    /// - Throws: A `MovementError` when a record contradicts the state or itself. The engine is
    ///   then of no more use.
    package func apply(
        batch: UnsafeRawBufferPointer,
        lsn: UInt64,
        through gate: StateGate? = nil
    ) throws(MovementError) -> Int {
        guard let base = batch.baseAddress else { return 0 }
        precondition(RecordsAhead.stepRecords * 3 < RecordsAhead.recordsMax, "three steps fit")
        var ahead = RecordsAhead()
        var offset = 0
        var known = 0
        var step = 0
        while true {
            if offset < batch.count {
                let size = try unsafe sizeOfRecord(at: offset, in: batch, lsn)
                let place = RecordsAhead.place(known)
                ahead.offsets[place] = offset
                ahead.sizes[place] = size
                ahead.hashes[place] = unsafe fetchIndexes(base + offset, size: size)
                offset += size
                known += 1
            }
            let second = step - RecordsAhead.stepRecords
            if second >= 0, second < known {
                let place = RecordsAhead.place(second)
                ahead.slots[place] = unsafe fetchRecord(
                    base + ahead.offsets[place],
                    ahead.hashes[place]
                )
            }
            let third = second - RecordsAhead.stepRecords
            if third >= 0, third < known {
                let place = RecordsAhead.place(third)
                fetchNeighbours(ahead.slots[place], ahead.hashes[place])
            }
            let record = third - RecordsAhead.stepRecords
            if record == known { return known }
            if record >= 0 {
                let place = RecordsAhead.place(record)
                let start = ahead.offsets[place]
                try unsafe applyNext(
                    UnsafeRawBufferPointer(start: base + start, count: ahead.sizes[place]),
                    ahead.hashes[place],
                    lsn + UInt64(start),
                    gate
                )
            }
            step += 1
        }
    }

    /// Applies a record the short way if that is sure of it.
    @inline(__always)
    private func applyNext(
        _ record: UnsafeRawBufferPointer,
        _ idHash: UInt64,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        if unsafe applyPlain(record, idHash, lsn, gate) { return }
        try unsafe apply(record, lsn: lsn, through: gate)
    }

    private func sizeOfRecord(
        at offset: Int,
        in batch: UnsafeRawBufferPointer,
        _ lsn: UInt64
    ) throws(MovementError) -> Int {
        let left = batch.count - offset
        guard left >= MovementLayout.headerSizeBytes else {
            throw MovementError(lsn: lsn + UInt64(offset), reason: "shorter than a header")
        }
        let size = unsafe Int(batch.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        guard size >= MovementLayout.headerSizeBytes, size <= left else {
            throw MovementError(
                lsn: lsn + UInt64(offset),
                reason: "says \(size) bytes, \(left) are left"
            )
        }
        return size
    }

    // MARK: Fetching ahead

    /// Fetches what the look-ups of a record are going to read first.
    /// - Returns: The hash of the id that it is about, if it is of a frequent kind and long enough
    ///   for its first line or change; else 0.
    @inline(__always)
    private func fetchIndexes(_ record: UnsafeRawPointer, size: Int) -> UInt64 {
        let number = unsafe record.load(fromByteOffset: 4, as: UInt8.self)
        guard let kind = MovementKind(rawValue: number) else { return 0 }
        switch kind {
        case .reserved:
            guard size >= MovementLayout.reservedSizeBytes else { return 0 }
            let line = unsafe ReservedRecord.lineOffset(record)
            guard line + MovementLayout.lineSizeBytes <= size else { return 0 }
            let idHash = unsafe hash.hash(
                record.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
            let ownerHash = unsafe hash.hash(
                record.loadUnaligned(fromByteOffset: 32, as: UInt64.self),
                record.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
            )
            let stripe = unsafe reservations.state(reservations.index(of: idHash))
            unsafe stripe.pointee.index.prefetchRun(idHash)
            unsafe stripe.pointee.owners.prefetchRun(ownerHash)
            unsafe stripe.pointee.records.prefetchNext()
            unsafe prefetchSKU(record.loadUnaligned(fromByteOffset: line, as: UInt32.self))
            return idHash
        case .committed, .released, .expired, .fulfilled, .cancelled:
            guard size >= MovementLayout.closedSizeBytes + MovementLayout.changeSizeBytes else {
                return 0
            }
            let idHash = unsafe hash.hash(
                record.loadUnaligned(fromByteOffset: 32, as: UInt64.self),
                record.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
            )
            unsafe reservations.state(reservations.index(of: idHash)).pointee.index
                .prefetchRun(idHash)
            let change = MovementLayout.closedSizeBytes
            unsafe prefetchSKU(record.loadUnaligned(fromByteOffset: change, as: UInt32.self))
            return idHash
        case .stockChanged, .warehousesChanged, .forgotten, .replaced, .extended, .skusChanged,
            .actorNamed, .policiesChanged, .ratesChanged, .substitutesChanged, .rerouted,
            .salesChanged:
            return 0
        }
    }

    @inline(__always)
    private func prefetchSKU(_ number: UInt32) {
        if number < directory.count { directory.prefetch(number) }
    }

    /// Fetches the reservation that a record is about, and the cells of its SKU.
    /// - Returns: The reservation's slot, as far as it can be told.
    @inline(__always)
    private func fetchRecord(_ record: UnsafeRawPointer, _ idHash: UInt64) -> UInt32 {
        if idHash == 0 { return ExpiryWheel.none }
        let isNew =
            unsafe record.load(fromByteOffset: 4, as: UInt8.self)
            == MovementKind.reserved.rawValue
        let sku = unsafe record.loadUnaligned(
            fromByteOffset: isNew
                ? ReservedRecord.lineOffset(record) : MovementLayout.closedSizeBytes,
            as: UInt32.self
        )
        if isMade(sku) { directory.entry(sku).prefetchCells() }
        if isNew { return ExpiryWheel.none }
        let stripe = unsafe reservations.state(reservations.index(of: idHash))
        guard let slot = unsafe stripe.pointee.index.hint(idHash) else { return ExpiryWheel.none }
        unsafe stripe.pointee.records.record(slot).prefetch()
        return slot
    }

    /// Fetches the neighbours of a reservation in the wheel, which closing it touches.
    @inline(__always)
    private func fetchNeighbours(_ slot: UInt32, _ idHash: UInt64) {
        if slot == ExpiryWheel.none { return }
        let stripe = unsafe reservations.state(reservations.index(of: idHash))
        unsafe stripe.pointee.prefetchNeighbours(of: stripe.pointee.records.record(slot))
    }

    // MARK: The short way

    /// Applies a reserved record of one line, or one that takes all units of such a reservation on.
    /// - Returns: Whether it did; if not, nothing has changed.
    @inline(__always)
    private func applyPlain(
        _ record: UnsafeRawBufferPointer,
        _ idHash: UInt64,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) -> Bool {
        guard idHash != 0, let base = record.baseAddress,
            let kind = unsafe MovementKind(rawValue: record[4])
        else { return false }
        switch kind {
        case .reserved:
            let reserved = unsafe ReservedRecord(base, sizeBytes: record.count)
            guard let reserved, gate?.isPartial != true else { return false }
            return apply(reserved, idHash, lsn, gate)
        case .committed: return unsafe close(base, record.count, .committed, idHash, lsn, gate)
        case .released: return unsafe close(base, record.count, .released, idHash, lsn, gate)
        case .expired: return unsafe close(base, record.count, .expired, idHash, lsn, gate)
        case .fulfilled: return unsafe close(base, record.count, .fulfilled, idHash, lsn, gate)
        case .cancelled: return unsafe close(base, record.count, .cancelled, idHash, lsn, gate)
        case .stockChanged, .warehousesChanged, .forgotten, .replaced, .extended, .skusChanged,
            .actorNamed, .policiesChanged, .ratesChanged, .substitutesChanged, .rerouted,
            .salesChanged:
            return false
        }
    }

    /// The cell of a share whose part of a record is to be applied.
    /// - Returns: `nil` where it can't be found; a cell of `nil` where the part is passed over.
    @inline(__always)
    private func plainCell(
        _ sku: UInt32,
        _ share: StoredShare,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) -> (entry: StockEntry, cell: StockCell?)? {
        guard isMade(sku) else { return nil }
        let entry = directory.entry(sku)
        if let gate, lsn < gate.lsn(ofSKU: sku) { return (entry, nil) }
        guard let index = entry.cellIndex(warehouse: share.warehouse, pool: share.pool) else {
            return nil
        }
        return (entry, entry.cell(index))
    }

    @inline(__always)
    private func apply(
        _ reserved: ReservedRecord,
        _ idHash: UInt64,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) -> Bool {
        let index = reservations.index(of: idHash)
        let stripe = unsafe reservations.state(index)
        let share = reserved.share
        guard unsafe stripe.pointee.find(reserved.id, hash: idHash) == nil,
            Int(share.warehouse) < networkCount, Int(share.pool) < poolCount,
            let (entry, cell) = plainCell(reserved.sku, share, lsn, gate),
            (cell?.reserved ?? 0) + Int64(share.quantity) <= Limits.unitsPerCellMax
        else { return false }
        if let cell {
            if reserved.isFirstTouch { entry.version += 1 }
            cell.reserved += Int64(share.quantity)
            noteReplayed(reserved.instant, ofSKU: entry)
        }
        let (slot, record) = makeReservation(
            reserved.id,
            idHash,
            index,
            owner: reserved.owner,
            ReservationHead(mode: reserved.mode, policy: reserved.policy, lines: 1, shares: 1)
        )
        record.digest = reserved.digest
        record.lsn = lsn
        record.setTimes(expiresAt: reserved.expiresAt, heldSince: reserved.instant)
        record.due = reserved.expiresAt
        record.destination = reserved.destination
        record.promisedMinute = reserved.promisedMinute
        record.setLine(
            0,
            StoredLine(
                sku: reserved.sku,
                requested: reserved.requested,
                shareCount: 1,
                isFixed: reserved.isFixed
            )
        )
        record.setShare(0, share)
        openShipments(of: record, in: index)
        reservations.schedule(slot, record, in: index, now: reserved.instant)
        unsafe stripe.pointee.lastInstant = unsafe max(
            stripe.pointee.lastInstant,
            reserved.instant
        )
        gate?.set(0, ofSlot: slot, in: index)
        return true
    }

    @inline(__always)
    private func close(
        _ bytes: UnsafeRawPointer,
        _ sizeBytes: Int,
        _ target: UnitTarget,
        _ idHash: UInt64,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) -> Bool {
        // One change, not of a part.
        guard unsafe bytes.loadUnaligned(fromByteOffset: 48, as: UInt32.self) == 1 else {
            return false
        }
        let index = reservations.index(of: idHash)
        let stripe = unsafe reservations.state(index)
        let id = unsafe RequestID(
            high: bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self),
            low: bytes.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
        )
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else { return false }
        let record = unsafe stripe.pointee.records.record(slot)
        if let gate, lsn < gate.lsn(ofSlot: slot, in: index) { return false }
        guard record.kind == .reservation, record.lineCount == 1, record.shareCount == 1,
            !record.hasDetail
        else { return false }
        let sku = unsafe bytes.loadUnaligned(fromByteOffset: 52, as: UInt32.self)
        let flagged = unsafe bytes.loadUnaligned(fromByteOffset: 58, as: UInt16.self)
        let source = source(to: target, flagged)
        let share = record.share(0)
        guard record.state == (source == .held ? .held : .committed), record.line(0).sku == sku,
            unsafe share.warehouse == bytes.loadUnaligned(fromByteOffset: 56, as: UInt16.self),
            share.pool == flagged & MovementLayout.poolNumber,
            unsafe share.quantity == bytes.loadUnaligned(fromByteOffset: 60, as: UInt32.self),
            let (entry, cell) = plainCell(sku, share, lsn, gate)
        else { return false }
        let instant = unsafe Instant(
            milliseconds: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        )
        guard MovementHeader.holds(instant) else { return false }
        if let cell {
            let units = Int64(share.quantity)
            guard units <= (source == .held ? cell.reserved : cell.committed),
                target != .fulfilled || units <= cell.onHand
            else { return false }
            if flagged & MovementLayout.firstTouchOfPool != 0 { entry.version += 1 }
            move(share.quantity, in: cell, from: source, to: target)
            noteReplayed(instant, ofSKU: entry)
        }
        if target != .committed { closeShipments(of: record, in: index) }
        let place = RecordPlace(record: record, slot: slot, stripe: index)
        settle(place, to: target, instant: instant, isScheduled: true, isReplayed: true)
        keepRetention(of: place, instant, gate)
        unsafe stripe.pointee.lastInstant = unsafe max(stripe.pointee.lastInstant, instant)
        return true
    }

    @inline(__always)
    private func noteReplayed(_ instant: Instant, ofSKU entry: StockEntry) {
        let state = unsafe stock.state(stock.index(of: entry.hash))
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
    }
}

/// A reserved record of one line with one share, without backordered units, constraints and sale.
private struct ReservedRecord {
    var id: ReservationID
    var owner: OwnerID
    var digest: UInt64
    var instant: Instant
    var expiresAt: Instant
    var mode: ReserveMode
    var policy: SourcingPolicy
    var destination: Destination?
    var promisedMinute: UInt32 = 0
    var sku: UInt32
    var requested: UInt32
    var isFirstTouch: Bool
    var isFixed: Bool
    var share: StoredShare

    private static let otherFields =
        MovementLayout.hasBackordered | MovementLayout.hasConstraints | MovementLayout.hasSale

    /// Where the lines of a reserved record begin that has no constraints.
    @inline(__always)
    static func lineOffset(_ record: UnsafeRawPointer) -> Int {
        let fields = unsafe record.load(fromByteOffset: 66, as: UInt8.self)
        return MovementLayout.reservedSizeBytes
            + (fields & MovementLayout.hasDestination != 0
                ? MovementLayout.destinationSizeBytes : 0)
            + (fields & MovementLayout.hasPromise != 0 ? MovementLayout.promiseSizeBytes : 0)
    }

    /// Reads a record of `sizeBytes`; `nil` if it is of another shape.
    @inline(__always)
    init?(_ record: UnsafeRawPointer, sizeBytes: Int) {
        let counts = unsafe record.loadUnaligned(fromByteOffset: 60, as: UInt32.self)
        let fields = unsafe record.load(fromByteOffset: 66, as: UInt8.self)
        let line = unsafe ReservedRecord.lineOffset(record)
        guard counts == 1 | 1 << 16,
            fields & ReservedRecord.otherFields == 0,
            line + MovementLayout.lineSizeBytes + MovementLayout.shareSizeBytes <= sizeBytes
        else { return nil }
        requested = unsafe record.loadUnaligned(fromByteOffset: line + 4, as: UInt32.self)
        let countAndFlags = unsafe record.loadUnaligned(fromByteOffset: line + 8, as: UInt32.self)
        guard countAndFlags & 0xFFFF == 1, requested <= Limits.unitsPerLineMax else { return nil }
        let flags = UInt8(truncatingIfNeeded: countAndFlags >> 16)
        isFirstTouch = flags & MovementLayout.firstTouch != 0
        isFixed = flags & MovementLayout.fixedWarehouse != 0
        sku = unsafe record.loadUnaligned(fromByteOffset: line, as: UInt32.self)
        let start = line + MovementLayout.lineSizeBytes
        share = unsafe StoredShare(
            warehouse: record.loadUnaligned(fromByteOffset: start, as: UInt16.self),
            pool: record.loadUnaligned(fromByteOffset: start + 2, as: UInt16.self),
            quantity: record.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)
        )
        id = unsafe RequestID(
            high: record.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
            low: record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        )
        owner = unsafe OwnerID(
            high: record.loadUnaligned(fromByteOffset: 32, as: UInt64.self),
            low: record.loadUnaligned(fromByteOffset: 40, as: UInt64.self)
        )
        digest = unsafe record.loadUnaligned(fromByteOffset: 48, as: UInt64.self)
        instant = unsafe Instant(
            milliseconds: record.loadUnaligned(fromByteOffset: 8, as: Int64.self)
        )
        guard MovementHeader.holds(instant) else { return nil }
        let life = unsafe record.loadUnaligned(fromByteOffset: 56, as: UInt32.self)
        expiresAt = instant.advanced(byMilliseconds: Int64(life))
        mode =
            unsafe ReserveMode(rawValue: record.load(fromByteOffset: 64, as: UInt8.self))
            ?? .allOrNothing
        policy = unsafe SourcingPolicy(
            rawValue: record.load(fromByteOffset: 65, as: UInt8.self)
        )
        if fields & MovementLayout.hasDestination != 0 {
            let position = unsafe Position(
                latitudeMicrodegrees: record.loadUnaligned(fromByteOffset: 68, as: Int32.self),
                longitudeMicrodegrees: record.loadUnaligned(fromByteOffset: 72, as: Int32.self)
            )
            let region = unsafe record.loadUnaligned(fromByteOffset: 76, as: UInt64.self)
            destination = Destination(position: position, region: RegionCode(word: region))
        }
        if fields & MovementLayout.hasPromise != 0 {
            promisedMinute = unsafe record.loadUnaligned(
                fromByteOffset: line - MovementLayout.promiseSizeBytes,
                as: UInt32.self
            )
        }
    }
}
