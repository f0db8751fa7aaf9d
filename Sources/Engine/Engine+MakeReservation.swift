internal import Inventory
internal import Movements

/// What a plan has how many of.
struct PlanCounts {
    /// Lines of the request.
    var lines: Int
    /// Shares of all lines.
    var shares: Int
    /// Whether some share has units that aren't there now.
    var hasBackordered: Bool
}

/// What a hold is answered with and its record keeps.
struct HoldAnswered {
    /// LSN of the movement that makes it.
    var lsn: UInt64
    /// When it expires.
    var expiresAt: Instant
    /// The instant of the first hold of its chain.
    var heldSince: Instant
    /// Whether it takes the place of another.
    var didReplace = false
}

// The record of a reservation, before its lines and shares are written into it.
extension Engine {
    // MARK: Hot path

    /// Adds the record of a reservation that a request makes, its lines and shares still to be
    /// written.
    @inline(__always)
    func makeReservation(
        _ request: ReserveRequest,
        _ counts: PlanCounts,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ answered: HoldAnswered,
        _ session: EngineSession
    ) -> (UInt32, ReservationRecord) {
        let work = unsafe session.workspace
        let head = unsafe ReservationHead(
            mode: request.mode,
            policy: work.pointee.policy,
            lines: counts.lines,
            shares: counts.shares,
            hasDetail: counts.hasBackordered,
            constraintsSize: work.pointee.constraintsSize,
            isOfSale: work.pointee.sale.isOfSale
        )
        let (slot, record) =
            unsafe makeReservation(request.id, idHash, idStripe, owner: request.owner, head)
        record.digest = unsafe request.digest
        record.lsn = answered.lsn
        record.due = answered.expiresAt
        record.setTimes(expiresAt: answered.expiresAt, heldSince: answered.heldSince)
        record.destination = unsafe request.destination
        record.promisedMinute = unsafe work.pointee.promisedMinute
        if unsafe work.pointee.constraintsSize > 0 {
            unsafe record.setConstraints(work.pointee.constraints)
        }
        if unsafe work.pointee.sale.isOfSale { unsafe record.setSale(work.pointee.sale.part) }
        if answered.didReplace { record.didReplace = true }
        if counts.hasBackordered { record.createDetail(answeredExpiresAt: answered.expiresAt) }
        return (slot, record)
    }

    /// Fills an answer with what does not hang on its lines.
    @inline(__always)
    func fill(
        _ answer: inout ReservationAnswer,
        _ answered: HoldAnswered,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        answer.lsn = answered.lsn
        answer.expiresAt = answered.expiresAt
        answer.promisedAt = unsafe Instant(minute: work.pointee.promisedMinute)
        answer.didReplace = answered.didReplace
    }

    /// Adds the record of a held reservation, its lines and shares still to be written.
    @inline(__always)
    func makeReservation(
        _ id: ReservationID,
        _ idHash: UInt64,
        _ idStripe: Int,
        owner: OwnerID,
        _ head: ReservationHead
    ) -> (UInt32, ReservationRecord) {
        let stripe = unsafe reservations.state(idStripe)
        let (slot, record) = unsafe stripe.pointee.add(id, hash: idHash, pool: pool)
        record.begin(head)
        record.owner = owner
        let ownerHash = hash.hash(owner.high, owner.low)
        unsafe stripe.pointee.link(slot, record, ownerHash: ownerHash, pool: pool)
        let size = ReservationRecord.blockSize(
            lines: head.lines,
            shares: head.shares,
            hasDetail: head.hasDetail,
            constraintsSize: head.constraintsSize,
            isOfSale: head.isOfSale
        )
        if size > 0 { unsafe record.block = unsafe stripe.pointee.arena.allocate(size, from: pool) }
        unsafe stripe.pointee.heldCount += 1
        return (slot, record)
    }
}
