internal import Inventory
internal import Movements

// Recovery of what lets a hold live longer, and of what ends the memory of it.
extension Engine {
    /// Applies a record that lets a hold live longer.
    func applyExtended(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let id = try reader.takeID()
        guard let place = try reservation(id, reader, lsn, gate) else { return }
        let digest = try reader.take(UInt64.self)
        let expiresAt = Instant(milliseconds: try reader.take(Int64.self))
        guard let reason = ExtendReason(rawValue: reader.header.cause) else {
            throw reader.error("extends for reason \(reader.header.cause), not known here")
        }
        let record = place.record
        let life = expiresAt.milliseconds - record.heldSince.milliseconds
        // What only marks a chain leaves the expiry as it is.
        let isLater = expiresAt > record.expiresAt
        let isMarked = record.chainMarks.isSuperset(of: reason.marks)
        guard record.state == .held, isLater || expiresAt == record.expiresAt && !isMarked,
            life <= Int64(UInt32.max)
        else { throw reader.error("extends reservation \(record.id) to \(expiresAt)") }
        if reason == .paymentPending {
            guard !record.wasFrozen, record.changeCount < Limits.changesPerReservationMax else {
                throw reader.error("freezes reservation \(record.id) a second time")
            }
        }
        applyExtension(
            RememberedChange(requestID: reader.header.requestID, digest: digest, lsn: lsn),
            to: expiresAt,
            reason,
            place,
            instant: reader.header.instant
        )
    }

    /// Applies a record that forgets ids.
    func applyForgotten(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let count = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        for _ in 0..<count {
            let id = try reader.takeID()
            let (idHash, index) = stripe(of: id, at: reader.header.instant)
            let stripe = unsafe reservations.state(index)
            guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else {
                if gate != nil { continue }
                throw reader.error("forgets id \(id), which isn't known")
            }
            if let gate, lsn < gate.lsn(ofSlot: slot, in: index) { continue }
            unsafe stripe.pointee.unschedule(slot)
            forget(slot, hash: idHash, in: index)
        }
    }
}
