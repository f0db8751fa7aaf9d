internal import Inventory
internal import Movements

extension Engine {
    // MARK: Remembered writes

    /// Loads a remembered write, under its stripe's lock.
    func loadWrite(_ reader: inout StateReader, _ gate: StateGate) throws(StateError) {
        let id = try reader.takeID()
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = try reader.take()
        let due = Instant(milliseconds: try reader.take(Int64.self))
        answer.onHand = try reader.take()
        answer.available = try reader.take()
        answer.version = try reader.take()
        answer.rows = try reader.take()
        answer.shortfalls = try reader.take()
        try reader.finish()
        guard Engine.holds(due) else { throw reader.error("is due at \(due)") }
        let (idHash, index) = place(of: id)
        let lock = reservations.lock(index)
        lock.lock()
        defer { lock.unlock() }
        guard try makeRoom(for: id, idHash, index, reader, gate) else { return }
        let slot = addWrite(
            answer,
            id,
            idHash,
            index,
            digest: digest,
            now: unsafe reservations.state(index).pointee.lastInstant,
            due: due
        )
        gate.set(reader.header.lsn, ofSlot: slot, in: index)
    }

    /// The hash and the stripe of an id.
    @inline(__always)
    func place(of id: RequestID) -> (hash: UInt64, stripe: Int) {
        let idHash = hash.hash(id.high, id.low)
        return (idHash, reservations.index(of: idHash))
    }

    /// Makes sure that an id has no record; its stripe's lock is held.
    ///
    /// Of two records of one id the one of the higher LSN counts, whichever comes first.
    /// - Returns: Whether the record that is read counts.
    private func makeRoom(
        for id: RequestID,
        _ idHash: UInt64,
        _ index: Int,
        _ reader: borrowing StateReader,
        _ gate: StateGate
    ) throws(StateError) -> Bool {
        let stripe = unsafe reservations.state(index)
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else { return true }
        let known = gate.lsn(ofSlot: slot, in: index)
        guard known != reader.header.lsn else { throw reader.error("is there a second time") }
        if known > reader.header.lsn { return false }
        let record = unsafe stripe.pointee.records.record(slot)
        unsafe stripe.pointee.unschedule(slot)
        if record.kind == .reservation {
            closeShipments(of: record, in: index)
            if record.state == .held { unsafe stripe.pointee.heldCount -= 1 }
            if record.state == .committed { unsafe stripe.pointee.committedCount -= 1 }
        }
        forget(slot, hash: idHash, in: index)
        return true
    }

    // MARK: Reservations

    /// What a reservation's state record says of the size of its parts.
    private struct ReservationSizes {
        var lines: Int
        var shares: Int
        var changes: Int
        var constraints: Int
        var hasDetail: Bool
    }

    /// Loads a reservation, under its stripe's lock.
    func loadReservation(_ reader: inout StateReader, _ gate: StateGate) throws(StateError) {
        let identity = try unsafe reader.takeBytes(
            size: ReservationRecord.identitySizeBytes,
            paddedTo: 1
        )
        let flags = UInt8(truncatingIfNeeded: reader.half)
        let sizes = ReservationSizes(
            lines: Int(try reader.take(UInt16.self)),
            shares: Int(try reader.take(UInt16.self)),
            changes: Int(try reader.take(UInt16.self)),
            constraints: Int(try reader.take(UInt16.self)),
            hasDetail: flags & StateLayout.hasDetail != 0
        )
        try check(sizes, flags, reader)
        guard let identity = identity.baseAddress else { throw reader.error("is cut short") }
        let id = unsafe RequestID(
            high: identity.loadUnaligned(as: UInt64.self),
            low: identity.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
        let (idHash, index) = place(of: id)
        let lock = reservations.lock(index)
        lock.lock()
        defer { lock.unlock() }
        guard try makeRoom(for: id, idHash, index, reader, gate) else { return }

        let stripe = unsafe reservations.state(index)
        let (slot, record) = unsafe stripe.pointee.add(id, hash: idHash, pool: pool)
        record.kind = .reservation
        unsafe record.setIdentity(identity)
        record.modeAndFlags = flags
        record.policy = SourcingPolicy(rawValue: UInt8(reader.half >> 8))
        record.lineCount = sizes.lines
        record.shareCount = sizes.shares
        try load(state: reader.byte, of: record, reader)
        limitRetention(of: record, gate)
        let size = ReservationRecord.blockSize(
            lines: sizes.lines,
            shares: sizes.shares,
            hasDetail: sizes.hasDetail,
            constraintsSize: sizes.constraints,
            isOfSale: record.isOfSale
        )
        if size > 0 { unsafe record.block = unsafe stripe.pointee.arena.allocate(size, from: pool) }
        try loadLines(of: record, &reader)
        if sizes.hasDetail { try loadDetail(of: record, sizes, index, &reader) }
        if sizes.constraints > 0 { try loadConstraints(of: record, sizes.constraints, &reader) }
        if record.isOfSale {
            try reader.pad()
            record.setSale(try reader.takeSaleOfReservation())
        }
        try reader.finish()

        let ownerHash = hash.hash(record.owner.high, record.owner.low)
        unsafe stripe.pointee.link(slot, record, ownerHash: ownerHash, pool: pool)
        if record.state == .held { unsafe stripe.pointee.heldCount += 1 }
        if record.state == .committed { unsafe stripe.pointee.committedCount += 1 }
        openShipments(of: record, in: index)
        unsafe reservations.schedule(
            slot,
            record,
            in: index,
            now: stripe.pointee.lastInstant
        )
        gate.set(reader.header.lsn, ofSlot: slot, in: index)
    }

    private func check(
        _ sizes: ReservationSizes,
        _ flags: UInt8,
        _ reader: borrowing StateReader
    ) throws(StateError) {
        let hasConstraints = flags & StateLayout.hasConstraints != 0
        guard sizes.lines >= 1, sizes.lines <= Limits.linesPerReservationMax,
            sizes.shares <= Limits.sharesPerReservationMax,
            sizes.changes <= Limits.changesPerReservationMax, sizes.hasDetail || sizes.changes == 0,
            hasConstraints == (sizes.constraints > 0)
        else {
            throw reader.error("has \(sizes.lines) lines and \(sizes.shares) shares, or no detail")
        }
        guard ReserveMode(rawValue: flags & StateLayout.modeBits) != nil else {
            throw reader.error("is of mode \(flags & StateLayout.modeBits)")
        }
    }

    private func load(
        state: UInt8,
        of record: ReservationRecord,
        _ reader: borrowing StateReader
    ) throws(StateError) {
        guard ReservationState(rawValue: state & ~StateLayout.isOfSale) != nil else {
            throw reader.error("is in state \(state)")
        }
        record.stateByte = state
        guard Engine.holds(record.due), Engine.holds(record.expiresAt) else {
            throw reader.error("expires at \(record.expiresAt) and is due at \(record.due)")
        }
    }

    // MARK: How long what is closed is remembered

    /// When what is closed in an image is forgotten at the latest, and what its slice of the log
    /// closes at the earliest.
    ///
    /// Whoever holds something again knows what it was held for no longer than what it made of it.
    private func retentionEnd(of record: ReservationRecord, _ gate: StateGate?) -> Instant? {
        guard let instant = gate?.instant else { return nil }
        switch record.state {
        case .held, .committed: return nil
        case .released, .expired, .cancelled, .fulfilled:
            return instant.advanced(byMilliseconds: settings.closedRetentionMillisecondsMost)
        }
    }

    /// Lets what had ended be remembered for no longer than what ends from the image on.
    private func limitRetention(of record: ReservationRecord, _ gate: StateGate) {
        guard let end = retentionEnd(of: record, gate) else { return }
        record.due = min(record.due, end)
    }

    /// Lets what a movement closed be remembered for no shorter than what had ended in the image.
    func keepRetention(of place: RecordPlace, _ instant: Instant, _ gate: StateGate?) {
        guard let end = retentionEnd(of: place.record, gate), place.record.due < end else {
            return
        }
        unsafe reservations.state(place.stripe).pointee.unschedule(place.slot)
        place.record.due = end
        reservations.schedule(place.slot, place.record, in: place.stripe, now: instant)
    }

    private func loadLines(
        of record: ReservationRecord,
        _ reader: inout StateReader
    ) throws(StateError) {
        var shares = 0
        for index in 0..<record.lineCount {
            let sku = try reader.take(UInt32.self)
            let requested = try reader.take(UInt32.self)
            let count = try reader.take(UInt32.self)
            let line = StoredLine(sku: sku, flaggedRequested: requested, shareCount: count)
            guard count <= UInt32(record.shareCount), line.requested <= Limits.unitsPerLineMax,
                sku < Limits.skusMax || sku == .max && count == 0
            else { throw reader.error("has a line of SKU \(sku) with \(count) shares") }
            record.setLine(index, line)
            shares += Int(count)
        }
        guard shares == record.shareCount else { throw reader.error("counts its shares wrongly") }
        for index in 0..<record.shareCount {
            record.setShare(index, try takeShare(&reader))
        }
    }

    private func takeShare(_ reader: inout StateReader) throws(StateError) -> StoredShare {
        let share = StoredShare(
            warehouse: try reader.take(UInt16.self),
            pool: try reader.take(UInt16.self),
            quantity: try reader.take(UInt32.self)
        )
        guard Int(share.warehouse) < networkCount, Int(share.pool) < poolCount else {
            throw reader.error("has a share of warehouse \(share.warehouse), pool \(share.pool)")
        }
        return share
    }

    private func takeChange(_ reader: inout StateReader) throws(StateError) -> RememberedChange {
        let id = try reader.takeID()
        let digest = try reader.take(UInt64.self)
        return RememberedChange(requestID: id, digest: digest, lsn: try reader.take(UInt64.self))
    }

    private func loadDetail(
        of record: ReservationRecord,
        _ sizes: ReservationSizes,
        _ index: Int,
        _ reader: inout StateReader
    ) throws(StateError) {
        try reader.pad()
        let answered = Instant(milliseconds: try reader.take(Int64.self))
        guard Engine.holds(answered) else { throw reader.error("answered with \(answered)") }
        record.createDetail(answeredExpiresAt: answered)
        let last = try takeChange(&reader)
        if last.lsn != 0 { record.lastExtension = last }
        let firstShares = Int(try reader.take(UInt64.self))
        for share in 0..<sizes.shares {
            let progress = ShareProgress(
                held: try reader.take(UInt32.self),
                committed: try reader.take(UInt32.self),
                fulfilled: try reader.take(UInt32.self),
                cancelled: try reader.take(UInt32.self)
            )
            let units =
                UInt64(progress.held) + UInt64(progress.committed) + UInt64(progress.fulfilled)
                + UInt64(progress.cancelled)
            let backordered = try reader.take(UInt32.self)
            let quantity = record.share(share).quantity
            guard units <= quantity, backordered <= quantity else {
                throw reader.error("has more units in a share than \(quantity)")
            }
            record.setProgress(share, progress)
            record.setBackordered(share, backordered)
        }
        let stripe = unsafe reservations.state(index)
        for _ in 0..<sizes.changes {
            unsafe stripe.pointee.remember(try takeChange(&reader), of: record, pool: pool)
        }
        if firstShares > 0 { try loadFirstAnswer(of: record, firstShares - 1, index, &reader) }
    }

    private func loadFirstAnswer(
        of record: ReservationRecord,
        _ shares: Int,
        _ index: Int,
        _ reader: inout StateReader
    ) throws(StateError) {
        guard shares <= Limits.sharesPerReservationMax else {
            throw reader.error("was answered with \(shares) shares")
        }
        let stripe = unsafe reservations.state(index)
        let size = FirstAnswer.sizeBytes(lines: record.lineCount, shares: shares)
        let block = unsafe stripe.pointee.arena.allocate(size, from: pool)
        let first = unsafe FirstAnswer(at: block, lines: record.lineCount)
        first.create(shares: shares, promisedMinute: try reader.take(UInt32.self))
        var counted = 0
        for line in 0..<record.lineCount {
            let count = try reader.take(UInt32.self)
            guard count <= UInt32(shares) else { throw reader.error("counts its shares wrongly") }
            first.setShareCount(count, ofLine: line)
            counted += Int(count)
        }
        guard counted == shares else { throw reader.error("counts its shares wrongly") }
        for share in 0..<shares {
            let stored = try takeShare(&reader)
            first.setShare(share, stored, backordered: try reader.take(UInt32.self))
        }
        record.firstAnswer = first
    }

    private func loadConstraints(
        of record: ReservationRecord,
        _ size: Int,
        _ reader: inout StateReader
    ) throws(StateError) {
        try reader.pad()
        let bytes = try unsafe Array(reader.takeBytes(size: size, paddedTo: 8))
        guard StoredConstraints.constraints(from: bytes, in: network) != nil else {
            throw reader.error("has constraints that make no sense")
        }
        record.setConstraints(bytes)
    }
}
