internal import Inventory
internal import Movements

/// Where the copying of reservations and remembered writes goes on.
package struct ReservationPosition: Hashable, Sendable {
    /// The stripe.
    var stripe: Int
    /// The slot in it.
    var slot: UInt32

    /// The first of all.
    package static let first = ReservationPosition(stripe: 0, slot: 0)
}

// See `Engine+Capture.swift` for why this is whole.
extension Engine {
    private static var slotsPerHoldMax: Int { 64 }
    private static var sizeBytesPerHoldMax: Int { 32_768 }

    /// Copies reservations and remembered writes as state records until the buffer is full.
    ///
    /// Holds one lock at a time, for at most 64 slots or 32 KiB and one record.
    /// - Parameters:
    ///   - position: Where to begin, `.first` at first.
    ///   - buffer: At least ``StateLayout/recordSizeBytesMax``.
    ///   - limit: Records copied, at most, before the lock that is held is given back.
    /// - Returns: What was copied; `parts` are reservations that are held or committed.
    package func captureReservations(
        from position: ReservationPosition,
        into buffer: UnsafeMutableRawBufferPointer,
        limit: Int = .max
    ) -> CapturedRecords<ReservationPosition> {
        guard buffer.count >= StateLayout.recordSizeBytesMax, let base = buffer.baseAddress else {
            preconditionFailure("a buffer holds the largest record")
        }
        var captured = CapturedRecords<ReservationPosition>()
        var place = position
        while place.stripe < reservations.count {
            let isFull = unsafe captureHold(
                &place,
                base,
                buffer.count,
                limit: limit,
                &captured
            )
            if isFull || captured.records >= limit {
                captured.next = place
                return captured
            }
        }
        return captured
    }

    /// Copies what one hold of a stripe's lock is long enough for.
    /// - Returns: Whether the buffer had no room for the next record.
    private func captureHold(
        _ place: inout ReservationPosition,
        _ base: UnsafeMutableRawPointer,
        _ sizeBytes: Int,
        limit recordsMax: Int,
        _ captured: inout CapturedRecords<ReservationPosition>
    ) -> Bool {
        let lock = reservations.lock(place.stripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(place.stripe)
        let count = unsafe stripe.pointee.records.slotCount
        let lsn = ring.tail
        let limit = captured.sizeBytes + Engine.sizeBytesPerHoldMax
        for _ in 0..<Engine.slotsPerHoldMax where place.slot < count {
            let record = unsafe stripe.pointee.records.record(place.slot)
            if !record.isFree {
                let left = sizeBytes - captured.sizeBytes
                let size = unsafe capture(record, lsn, base + captured.sizeBytes, left: left)
                if size == 0 { return true }
                captured.sizeBytes += size
                captured.records += 1
                let state = record.state
                if record.kind == .reservation {
                    let isOpen = state == .held || state == .committed
                    if isOpen { captured.parts += 1 } else { captured.closed += 1 }
                }
            }
            place.slot += 1
            if captured.sizeBytes >= limit || captured.records >= recordsMax { return false }
        }
        if place.slot >= count { place = ReservationPosition(stripe: place.stripe + 1, slot: 0) }
        return false
    }

    /// Copies a record; its stripe's lock is held.
    /// - Returns: Bytes of the state record; 0 if there was no room for it.
    private func capture(
        _ record: ReservationRecord,
        _ lsn: UInt64,
        _ target: UnsafeMutableRawPointer,
        left: Int
    ) -> Int {
        if record.kind == .write {
            guard StateLayout.writeSizeBytes <= left else { return 0 }
            unsafe captureWrite(record, lsn, target)
            return StateLayout.writeSizeBytes
        }
        let size = stateSize(of: record)
        guard size <= left else { return 0 }
        let flags = UInt16(record.modeAndFlags) | UInt16(record.policy.rawValue) << 8
        var writer = unsafe MovementWriter(
            state: target,
            size: size,
            StateHeader(kind: .reservation, lsn: lsn),
            byte: record.stateByte,
            half: flags
        )
        // From the id to the region both layouts are the same.
        unsafe writer.put(
            record.address,
            size: ReservationRecord.identitySizeBytes,
            paddedTo: 1
        )
        writer.put(UInt16(record.lineCount))
        writer.put(UInt16(record.shareCount))
        writer.put(UInt16(record.changeCount))
        writer.put(UInt16(record.constraintsSize))
        for index in 0..<record.lineCount {
            let line = record.line(index)
            writer.put(line.sku)
            writer.put(line.flaggedRequested)
            writer.put(line.shareCount)
        }
        for index in 0..<record.shareCount { Engine.put(record.share(index), &writer) }
        if record.hasDetail { captureDetail(record, &writer) }
        if record.hasConstraints {
            writer.pad(to: 8)
            for byte in record.constraintsBytes { writer.put(byte) }
        }
        if let sale = record.sale {
            writer.pad(to: 8)
            writer.put(sale)
            writer.put(UInt32(0))
        }
        writer.finish()
        return size
    }

    private static func put(_ share: StoredShare, _ writer: inout MovementWriter) {
        writer.put(share.warehouse)
        writer.put(share.pool)
        writer.put(share.quantity)
    }

    private static func put(_ change: RememberedChange?, _ writer: inout MovementWriter) {
        writer.put(change?.requestID.high ?? 0)
        writer.put(change?.requestID.low ?? 0)
        writer.put(change?.digest ?? 0)
        writer.put(change?.lsn ?? 0)
    }

    private func captureDetail(_ record: ReservationRecord, _ writer: inout MovementWriter) {
        writer.pad(to: 8)
        let first = record.firstAnswer
        writer.put(record.answeredExpiresAt.milliseconds)
        Engine.put(record.lastExtension, &writer)
        writer.put(first.map { UInt32($0.shareCount + 1) } ?? 0)
        writer.put(UInt32(0))
        for index in 0..<record.shareCount {
            let progress = record.progress(index)
            writer.put(
                record.state == .expired ? record.unitsWhenExpired(index) : progress.held
            )
            writer.put(progress.committed)
            writer.put(progress.fulfilled)
            writer.put(progress.cancelled)
            writer.put(record.backordered(index))
        }
        for index in 0..<record.changeCount { Engine.put(record.change(index), &writer) }
        guard let first else { return }
        writer.put(first.promisedMinute)
        for line in 0..<record.lineCount { writer.put(UInt32(first.shareCount(ofLine: line))) }
        for index in 0..<first.shareCount {
            let (share, backordered) = first.share(index)
            Engine.put(share, &writer)
            writer.put(backordered)
        }
    }

    /// Bytes of the state record of a reservation.
    private func stateSize(of record: ReservationRecord) -> Int {
        StateLayout.reservationSize(
            lines: record.lineCount,
            shares: record.shareCount,
            hasDetail: record.hasDetail,
            changes: record.changeCount,
            firstShares: record.firstAnswer?.shareCount,
            constraints: record.constraintsSize,
            isOfSale: record.isOfSale
        )
    }

    private func captureWrite(
        _ record: ReservationRecord,
        _ lsn: UInt64,
        _ target: UnsafeMutableRawPointer
    ) {
        var writer = unsafe MovementWriter(
            state: target,
            size: StateLayout.writeSizeBytes,
            StateHeader(kind: .write, lsn: lsn)
        )
        let answer = record.write
        writer.put(record.id.high)
        writer.put(record.id.low)
        writer.put(record.digest)
        writer.put(answer.lsn)
        writer.put(record.due.milliseconds)
        writer.put(answer.onHand)
        writer.put(answer.available)
        writer.put(answer.version)
        writer.put(answer.rows)
        writer.put(answer.shortfalls)
        writer.finish()
    }
}
