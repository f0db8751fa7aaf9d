internal import Inventory
internal import Synchronization

/// The ids that hash to one reservation stripe: records, index, and what is due when.
///
/// Isolation: the stripe's lock is held across every call.
struct ReservationStripe: ~Copyable {
    /// From hashes of ids to record numbers.
    var index: HashIndex
    /// From hashes of owners to the number of one of their reservations; the others hang on it.
    var owners: HashIndex
    /// The records.
    var records: RecordSlab
    /// What is due when.
    var wheel: ExpiryWheel
    /// What was closed since the start, in the order in which it is forgotten; what a log or an
    /// image told of stands in the wheel.
    var closed: ForgetQueue
    /// Lines and shares that don't fit their record.
    var arena = BlockArena()
    /// Instant of the last movement that touched the stripe.
    var lastInstant = Instant.distantPast
    /// How many records there are.
    var recordCount = 0
    /// How many of them are held reservations.
    var heldCount = 0
    /// How many of them are committed reservations.
    var committedCount = 0
    /// How many of them have open units in which warehouse.
    var shipments = ShipmentCounts()

    /// An empty stripe.
    init(number: Int, phaseMilliseconds: UInt64, pool: ExtentPool) {
        index = HashIndex(pool: pool, isHinted: false, stripe: number)
        owners = HashIndex(pool: pool, isHinted: false, stripe: number)
        records = RecordSlab(pool: pool)
        wheel = ExpiryWheel(phaseMilliseconds: phaseMilliseconds, pool: pool)
        closed = ForgetQueue(pool: pool)
    }

    /// The number of the record of an id.
    @inline(__always)
    func find(_ id: RequestID, hash: UInt64) -> UInt32? {
        index.find(hash) { records.record($0).id == id }
    }

    /// Makes a record for an id that has none, due at no instant.
    @inline(__always)
    mutating func add(
        _ id: RequestID,
        hash: UInt64,
        pool: ExtentPool
    ) -> (slot: UInt32, record: ReservationRecord) {
        let slot = records.allocate(pool: pool)
        index.insert(hash, number: slot, pool: pool)
        recordCount += 1
        let record = records.record(slot)
        record.id = id
        return (slot, record)
    }

    /// Forgets a record that is due at no instant and stands in no list of an owner.
    mutating func forget(_ slot: UInt32, hash: UInt64, pool: ExtentPool) {
        let record = records.record(slot)
        if record.kind == .reservation {
            if let (changes, size) = unsafe record.changesBlock {
                unsafe arena.free(changes, size, to: pool)
            }
            if let first = record.firstAnswer {
                unsafe arena.free(first.address, first.sizeBytes, to: pool)
            }
            let size = record.blockSize
            if size > 0 { unsafe arena.free(record.block, size, to: pool) }
        }
        index.remove(hash, number: slot)
        records.free(slot)
        recordCount -= 1
    }

    // MARK: Owners

    /// Puts a reservation into the list of its owner, right behind the first.
    ///
    /// - Complexity: O(1) however many an owner has.
    @inline(__always)
    mutating func link(
        _ slot: UInt32,
        _ record: ReservationRecord,
        ownerHash: UInt64,
        pool: ExtentPool
    ) {
        let owner = record.owner
        let head = owners.find(ownerHash, orInsert: slot, pool: pool) {
            records.record($0).owner == owner
        }
        guard let head else {
            record.ownerNext = ExpiryWheel.none
            record.ownerPrevious = ExpiryWheel.none
            return
        }
        let first = records.record(head)
        let second = first.ownerNext
        record.ownerNext = second
        record.ownerPrevious = head
        first.ownerNext = slot
        if second != ExpiryWheel.none { records.record(second).ownerPrevious = slot }
    }

    /// Takes a reservation out of the list of its owner.
    mutating func unlink(_ slot: UInt32, ownerHash: UInt64, pool: ExtentPool) {
        let record = records.record(slot)
        let next = record.ownerNext
        let previous = record.ownerPrevious
        if next != ExpiryWheel.none { records.record(next).ownerPrevious = previous }
        if previous != ExpiryWheel.none {
            records.record(previous).ownerNext = next
            return
        }
        owners.remove(ownerHash, number: slot)
        if next != ExpiryWheel.none { owners.insert(ownerHash, number: next, pool: pool) }
    }

    /// Calls `body` with each reservation of an owner.
    func forEach(of owner: OwnerID, hash: UInt64, _ body: (UInt32) -> Void) {
        var next = owners.find(hash) { records.record($0).owner == owner } ?? ExpiryWheel.none
        while next != ExpiryWheel.none {
            body(next)
            next = records.record(next).ownerNext
        }
    }

    // MARK: Details

    /// Gives a reservation a detail, which says what its state says, if it has none.
    mutating func addDetail(_ slot: UInt32, pool: ExtentPool) {
        let record = records.record(slot)
        if record.hasDetail { return }
        let lines = record.lineCount
        let shares = record.shareCount
        let constraints = record.constraintsBytes
        let sale = record.sale
        let block = unsafe arena.allocate(
            ReservationRecord.blockSize(
                lines: lines,
                shares: shares,
                hasDetail: true,
                constraintsSize: constraints.count,
                isOfSale: sale != nil
            ),
            from: pool
        )
        let oldSize = record.blockSize
        let expiresAt = record.expiresAt
        var kept: (lines: [StoredLine], shares: [StoredShare]) = ([], [])
        for index in 0..<lines { kept.lines.append(record.line(index)) }
        for index in 0..<shares { kept.shares.append(record.share(index)) }
        if oldSize > 0 { unsafe arena.free(record.block, oldSize, to: pool) }
        record.hasDetail = true
        unsafe record.block = unsafe block
        record.createDetail(answeredExpiresAt: expiresAt)
        if !constraints.isEmpty { record.setConstraints(constraints) }
        if let sale { record.setSale(sale) }
        for (index, line) in kept.lines.enumerated() { record.setLine(index, line) }
        for (index, share) in kept.shares.enumerated() {
            record.setShare(index, share)
            record.setBackordered(index, 0)
            record.setProgress(index, ShareProgress(share.quantity, all: record.state))
        }
    }

    /// Remembers a change of a part with its reservation, which has a detail.
    mutating func remember(_ change: RememberedChange, _ slot: UInt32, pool: ExtentPool) {
        remember(change, of: records.record(slot), pool: pool)
    }

    /// Remembers a change with a reservation that has a detail.
    mutating func remember(
        _ change: RememberedChange,
        of record: ReservationRecord,
        pool: ExtentPool
    ) {
        if record.changeCount == record.changeRoom {
            let room = ReservationDetail.grownRoom(record.changeRoom)
            let block = unsafe arena.allocate(room * RememberedChange.sizeBytes, from: pool)
            if let (old, size) = unsafe record.moveChanges(to: block, room: room) {
                unsafe arena.free(old, size, to: pool)
            }
        }
        record.append(change)
    }

    // MARK: What is due

    /// The earliest instant at which something may be due.
    var earliestWork: Instant {
        let inWheel = wheel.earliestWork
        guard let slot = closed.slot(at: 0) else { return inWheel }
        return min(inWheel, records.record(slot).due)
    }

    /// Lets a record that was closed, and stands in no list of the wheel, be forgotten when it is
    /// due.
    @inline(__always)
    mutating func retain(
        _ slot: UInt32,
        _ record: ReservationRecord,
        now: Instant,
        pool: ExtentPool
    ) {
        if closed.append(slot, due: record.due, pool: pool) {
            ExpiryWheel.markUnlinked(record)
        } else {
            schedule(slot, record, now: now)
        }
    }

    /// Takes what was closed and is due at `now` out of its queue, and brings its memory close.
    ///
    /// No more than `budget`, nor than make `slots` as many as `limit`.
    mutating func takeClosed(
        due now: Instant,
        limit: Int,
        budget: inout Int,
        into slots: inout [UInt32]
    ) {
        guard let first = closed.slot(at: 0), records.record(first).due <= now else { return }
        slots.reserveCapacity(limit)
        for offset in 1..<ReservationStripe.recordsAhead { prefetchClosed(offset) }
        var taken = 0
        while budget > 0, slots.count < limit, let slot = closed.slot(at: taken),
            records.record(slot).due <= now
        {
            prefetchClosed(taken + ReservationStripe.recordsAhead)
            slots.append(slot)
            budget -= 1
            taken += 1
        }
        closed.removeFirst(taken)
    }

    /// Records that are on their way while one is looked at: about as long as memory takes.
    private static let recordsAhead = 16

    @inline(__always)
    private func prefetchClosed(_ offset: Int) {
        if let slot = closed.slot(at: offset) { records.record(slot).prefetch() }
    }

    /// Puts a record into the wheel for its `due`.
    @inline(__always)
    mutating func schedule(_ slot: UInt32, _ record: ReservationRecord, now: Instant) {
        wheel.insert(slot, record, now: now, records: records)
    }

    /// How many records are due at some instant: all of them, between two movements.
    var dueCount: Int { wheel.count + closed.count }

    /// Takes a record that is due out of the wheel; see ``ExpiryWheel``.
    mutating func nextDue(at now: Instant, budget: inout Int) -> UInt32? {
        wheel.nextDue(at: now, budget: &budget, records: records)
    }

    /// Brings what taking a record out of the wheel touches close.
    @inline(__always)
    func prefetchNeighbours(of record: ReservationRecord) {
        let (next, previous) = (record.next, record.previous)
        let count = records.slotCount
        if next < count { records.record(next).prefetchList() }
        if previous < count { records.record(previous).prefetchList() }
    }

    /// Takes a record out of the wheel.
    @inline(__always)
    mutating func unschedule(_ slot: UInt32) {
        wheel.remove(records.record(slot), records: records)
    }
}

/// All reservation stripes; the word of each is the first instant at which it has work.
typealias ReservationStripes = StripeTable<ReservationStripe>

extension StripeTable where State == ReservationStripe {
    /// A turn of a wheel's second level, and the longest step in which a stripe forgets.
    private static var phaseSpanMilliseconds: Int {
        65_536 + Int(EngineSettings.forgettingStepMillisecondsMax)
    }

    /// `count` empty stripes, whose wheels turn one after the other.
    init(count: Int, pool: ExtentPool) {
        self.init(count: count) { index in
            let phase = UInt64(index * ReservationStripes.phaseSpanMilliseconds / count)
            return ReservationStripe(number: index, phaseMilliseconds: phase, pool: pool)
        }
        for index in 0..<count {
            unsafe earliestWork(index).pointee.store(.max, ordering: .relaxed)
        }
    }

    /// Milliseconds of the instant before which a sweep of the stripe has nothing to do.
    @inline(__always)
    func earliestWork(_ index: Int) -> UnsafeMutablePointer<Atomic<Int64>> { unsafe word(index) }

    /// Puts a record into the wheel and brings the stripe's first due instant forward.
    @inline(__always)
    func schedule(_ slot: UInt32, _ record: ReservationRecord, in index: Int, now: Instant) {
        unsafe state(index).pointee.schedule(slot, record, now: now)
        noteDue(record, in: index)
    }

    /// Lets a closed record, which stands in no list of the wheel, be forgotten when it is due.
    @inline(__always)
    func retain(
        _ slot: UInt32,
        _ record: ReservationRecord,
        in index: Int,
        now: Instant,
        pool: ExtentPool
    ) {
        unsafe state(index).pointee.retain(slot, record, now: now, pool: pool)
        noteDue(record, in: index)
    }

    @inline(__always)
    private func noteDue(_ record: ReservationRecord, in index: Int) {
        let earliest = unsafe earliestWork(index)
        if unsafe record.due.milliseconds < earliest.pointee.load(ordering: .relaxed) {
            // The wheel may have to move the record down before it is due.
            unsafe earliest.pointee.store(
                state(index).pointee.earliestWork.milliseconds,
                ordering: .relaxed
            )
        }
    }
}
