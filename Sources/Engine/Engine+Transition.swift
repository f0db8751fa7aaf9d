internal import Inventory
internal import Movements

/// Where units of a share are before a movement takes them on.
enum UnitSource {
    case held, committed
}

/// What a movement makes of a reservation's units.
enum UnitTarget {
    case committed, released, expired, fulfilled, cancelled

    /// The kind of the movement.
    var kind: MovementKind {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        case .fulfilled: .fulfilled
        case .cancelled: .cancelled
        }
    }

    /// The state of a reservation all of whose units go there.
    var state: ReservationState {
        switch self {
        case .committed: .committed
        case .released: .released
        case .expired: .expired
        case .fulfilled: .fulfilled
        case .cancelled: .cancelled
        }
    }
}

extension ReservationChangeKind {
    /// Where the units are that it takes of a whole reservation.
    @inline(__always) var source: UnitSource {
        switch self {
        case .commit, .release: .held
        case .fulfil, .cancel: .committed
        }
    }
    /// What it makes of the units that it takes.
    @inline(__always) var target: UnitTarget {
        switch self {
        case .commit: .committed
        case .release: .released
        case .fulfil: .fulfilled
        case .cancel: .cancelled
        }
    }
}

/// Units of one share that a movement takes on.
struct UnitChange {
    /// Index of the line.
    var line: Int
    /// Index of the share.
    var share: Int
    /// Number of the SKU.
    var sku: UInt32
    /// Warehouse, pool, and the units that go.
    var stored: StoredShare
    /// Where they are.
    var source: UnitSource
}

extension Engine {
    /// Calls `body` with a reservation under its stripe's lock, or with `nil` if it isn't known.
    @inline(__always)
    func withReservation<Result>(
        _ id: ReservationID,
        _ body: (RecordPlace?) -> Result
    ) -> Result {
        let idHash = hash.hash(id.high, id.low)
        let index = reservations.index(of: idHash)
        let lock = reservations.lock(index)
        lock.lock()
        let result = body(reservation(id, idHash, index))
        lock.unlock()
        return result
    }

    /// The reservation of an id, whatever its state; the lock of its stripe is held.
    @inline(__always)
    func reservation(
        _ id: ReservationID,
        _ idHash: UInt64,
        _ idStripe: Int
    ) -> RecordPlace? {
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else { return nil }
        let record = unsafe stripe.pointee.records.record(slot)
        guard record.kind == .reservation else { return nil }
        return RecordPlace(record: record, slot: slot, stripe: idStripe)
    }

    /// Calls `body` with the locks of all stock that a reservation has shares of, and with the
    /// instant of what happens under them; the reservation's own lock is held.
    ///
    /// Where it is of a sale the locks of its owner stripes are held as well.
    @inline(__always)
    func withStock<Result>(
        of place: RecordPlace,
        now: Instant,
        _ session: EngineSession,
        _ body: (Instant) -> Result
    ) -> Result {
        mark(stripesOf: place.record, session)
        let work = unsafe session.workspace
        var instant = unsafe max(now, reservations.state(place.stripe).pointee.lastInstant)
        unsafe work.pointee.owners.clear()
        if place.record.isOfSale {
            unsafe insertOwnerStripes(of: place.record, into: &work.pointee.owners)
        }
        instant = unsafe max(instant, lockOwners(work))
        instant = unsafe max(instant, lock(work.pointee.stripes))
        let result = body(instant)
        unsafe unlock(work.pointee.stripes)
        unsafe unlockOwners(work)
        return result
    }
}

// One reservation's units go from state to state: figures of cells, progress, record of the log.
extension Engine {
    /// Moves units in their cell.
    @inline(__always)
    func move(_ units: UInt32, in cell: StockCell, from source: UnitSource, to target: UnitTarget) {
        switch source {
        case .held: cell.reserved -= Int64(units)
        case .committed: cell.committed -= Int64(units)
        }
        switch target {
        case .committed: cell.committed += Int64(units)
        case .fulfilled: cell.onHand -= Int64(units)
        case .released, .expired, .cancelled: break
        }
    }

    /// The cell of a share.
    @inline(__always)
    func cell(of share: StoredShare, _ entry: StockEntry) -> StockCell {
        guard let index = entry.cellIndex(warehouse: share.warehouse, pool: share.pool) else {
            preconditionFailure("a share's cell is always there")
        }
        return entry.cell(index)
    }

    /// The units of a record that are in one of `sources`, share by share.
    func units(of record: ReservationRecord, in sources: [UnitSource]) -> [UnitChange] {
        var changes: [UnitChange] = []
        record.forEachShareByLine { line, sku, index in
            let progress = record.progress(index)
            for source in sources {
                let units = source == .held ? progress.held : progress.committed
                if units == 0 { continue }
                var stored = record.share(index)
                stored.quantity = units
                changes.append(
                    UnitChange(line: line, share: index, sku: sku, stored: stored, source: source)
                )
            }
        }
        return changes
    }

    /// Bytes of the record that carries changes out.
    func size(of changes: [UnitChange], isPart: Bool, isOfSale: Bool) -> Int {
        isPart
            ? MovementLayout.partSize(changes: changes.count, isOfSale: isOfSale)
            : MovementLayout.closedSize(changes: changes.count, isOfSale: isOfSale)
    }

    /// Carries changes of one reservation out: cells, record of the log, progress, state.
    ///
    /// The locks of the reservation and of the stripes in the workspace are held, the session's
    /// credit covers the record. From the first change on nothing here can fail. `part` is the
    /// digest of a request that is of a part and is to be remembered; `isScheduled` says whether
    /// the reservation stands in a list of the wheel.
    /// - Returns: LSN of the movement.
    func carryOut(
        _ changes: [UnitChange],
        to target: UnitTarget,
        _ place: RecordPlace,
        part: UInt64?,
        isScheduled: Bool = true,
        requestID: RequestID,
        instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let work = unsafe session.workspace
        let record = place.record
        let sale = presentSale(of: record, session)
        let size = size(of: changes, isPart: part != nil, isOfSale: sale != nil)
        unsafe precondition(size <= work.pointee.credit, "a change needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, bytes) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            bytes,
            size: size,
            kind: target.kind,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: requestID
        )
        writer.put(place.record.id.high)
        writer.put(place.record.id.low)
        writer.put(UInt16(changes.count))
        writer.put(closedFields(isPart: part != nil, isOfSale: sale != nil))
        if let part { writer.put(part) }
        let stripe = unsafe reservations.state(place.stripe)
        // Committed units are as open as held ones.
        let open = target == .committed ? [] : openWarehouses(of: record)
        let before = SaleState(record.state, wasCommitted: sale != nil && wasCommitted(record))
        if part != nil { unsafe stripe.pointee.addDetail(place.slot, pool: pool) }
        for change in changes {
            let entry = directory.entry(change.sku)
            move(
                change.stored.quantity,
                in: cell(of: change.stored, entry),
                from: change.source,
                to: target
            )
            let isFirst = unsafe work.pointee.touched.insert(change.sku, lsn &+ 1)
            if isFirst { entry.version += 1 }
            write(change, isFirst: isFirst, to: target, &writer)
            if part != nil { writer.put(UInt32(change.share)) }
            note(change, to: target, record)
        }
        if var sale {
            sale.note(from: before, to: state(of: record, notedAfter: target), by: target)
            write(sale, of: record.owner, &writer)
            countChange(of: record, sale, to: target, instant, changes)
        }
        writer.finish()
        unsafe ring.publish(bytes, size: size)
        if let part {
            unsafe stripe.pointee.remember(
                RememberedChange(requestID: requestID, digest: part, lsn: lsn),
                place.slot,
                pool: pool
            )
        }
        settle(place, to: target, instant: instant, isScheduled: isScheduled)
        if target == .expired { keepExpired(changes, place.record) }
        if target != .committed { recountShipments(open, of: place) }
        unsafe note(instant, reservationStripe: place.stripe, stockStripes: work.pointee.stripes)
        return lsn
    }

    /// The fields of a record that ends a reservation or a part of it.
    private func closedFields(isPart: Bool, isOfSale: Bool) -> UInt16 {
        UInt16((isPart ? MovementLayout.isPart : 0) | (isOfSale ? MovementLayout.isOfSale : 0))
    }

    /// Writes a change as a record of the log has it.
    func write(
        _ change: UnitChange,
        isFirst: Bool,
        to target: UnitTarget,
        _ writer: inout MovementWriter
    ) {
        var pool = change.stored.pool
        if isFirst { pool |= MovementLayout.firstTouchOfPool }
        if target == .fulfilled, change.source == .held { pool |= MovementLayout.wereHeld }
        writer.put(change.sku)
        writer.put(change.stored.warehouse)
        writer.put(pool)
        writer.put(change.stored.quantity)
    }

    /// Notes a change in the reservation's detail, if it has one.
    func note(_ change: UnitChange, to target: UnitTarget, _ record: ReservationRecord) {
        guard record.hasDetail else { return }
        var progress = record.progress(change.share)
        let units = change.stored.quantity
        switch change.source {
        case .held: progress.held -= units
        case .committed: progress.committed -= units
        }
        switch target {
        case .committed: progress.committed += units
        case .fulfilled: progress.fulfilled += units
        case .cancelled: progress.cancelled += units
        case .released, .expired: break
        }
        record.setProgress(change.share, progress)
    }

    /// Keeps which units of a reservation with a detail have expired, so that they can be held
    /// again; without one it is all of them.
    func keepExpired(_ changes: [UnitChange], _ record: ReservationRecord) {
        guard record.hasDetail, record.state == .expired else { return }
        for change in changes {
            record.setUnitsWhenExpired(change.share, change.stored.quantity)
        }
    }

    /// Gives a reservation the state that its units ask for, and lets it be due when that asks for.
    ///
    /// What is closed by a record of the log stands in the wheel: another record, or the image that
    /// the log begins with, may say when it is forgotten.
    @inline(__always)
    func settle(
        _ place: RecordPlace,
        to target: UnitTarget,
        instant: Instant,
        isScheduled: Bool,
        isReplayed: Bool = false
    ) {
        let record = place.record
        let before = record.state
        let after = record.hasDetail ? state(of: record, after: target) : target.state
        if target == .expired, after != .expired { record.didRestExpire = true }
        if before == after { return }
        let stripe = unsafe reservations.state(place.stripe)
        if isScheduled { unsafe stripe.pointee.unschedule(place.slot) }
        if before == .held { unsafe stripe.pointee.heldCount -= 1 }
        if before == .committed { unsafe stripe.pointee.committedCount -= 1 }
        if after == .committed { unsafe stripe.pointee.committedCount += 1 }
        record.state = after
        unsafe record.due =
            after == .committed
            ? instant.advanced(byMilliseconds: settings.fulfilAfterMilliseconds)
            : forgetting(from: instant, in: stripe.pointee.wheel)
        if after == .committed || isReplayed {
            reservations.schedule(place.slot, record, in: place.stripe, now: instant)
        } else {
            reservations.retain(place.slot, record, in: place.stripe, now: instant, pool: pool)
        }
    }

    /// When what is closed at an instant is forgotten: behind its retention, together with others.
    @inline(__always)
    private func forgetting(from instant: Instant, in wheel: borrowing ExpiryWheel) -> Instant {
        let step = settings.forgettingStepMilliseconds
        let earliest = settings.closedRetentionMilliseconds + step - 1
        return wheel.step(instant.advanced(byMilliseconds: earliest), milliseconds: step)
    }

    /// The state of a reservation all of whose changes are noted, before it is settled.
    private func state(
        of record: ReservationRecord,
        notedAfter target: UnitTarget
    ) -> ReservationState {
        record.hasDetail ? state(of: record, after: target) : target.state
    }

    /// Whether some of a reservation was committed before.
    func wasCommitted(_ record: ReservationRecord) -> Bool {
        switch record.state {
        case .committed, .fulfilled, .cancelled: return true
        case .held, .released, .expired:
            let units = record.totals.progress
            return units.committed | units.fulfilled | units.cancelled != 0
        }
    }

    /// Writes the sale that a changed reservation belongs to.
    func write(_ sale: SalePart, of owner: OwnerID, _ writer: inout MovementWriter) {
        writer.put(owner.high)
        writer.put(owner.low)
        writer.put(sale)
    }

    /// The state of a held reservation once its held units have expired.
    func stateAfterExpiry(of record: ReservationRecord) -> ReservationState {
        record.hasDetail ? state(of: record, after: .expired, isOver: true) : .expired
    }

    /// The state of a reservation with a detail by its units, the last of which went to `target`.
    @inline(never)
    private func state(
        of record: ReservationRecord,
        after target: UnitTarget,
        isOver: Bool = false
    ) -> ReservationState {
        let units = record.totals.progress
        if units.held > 0, !isOver { return .held }
        if units.committed > 0 { return .committed }
        if units.fulfilled > 0 { return .fulfilled }
        if units.cancelled > 0 { return .cancelled }
        return target.state
    }
}

/// What a reservation of a sale was before a movement.
private struct SaleState {
    var state: ReservationState
    var wasCommitted: Bool

    init(_ state: ReservationState, wasCommitted: Bool) {
        self.state = state
        self.wasCommitted = wasCommitted
    }
}

extension SalePart {
    /// Notes what a movement that takes units to `target` makes of its reservation.
    fileprivate mutating func note(
        from before: SaleState,
        to after: ReservationState,
        by target: UnitTarget
    ) {
        let commits = target == .committed || target == .fulfilled
        endsHold = before.state == .held && after != .held
        isFirstCommit = commits && !before.wasCommitted
    }
}

/// A reservation's record and where it stands.
struct RecordPlace {
    /// The record.
    var record: ReservationRecord
    /// Its number in its stripe.
    var slot: UInt32
    /// Its stripe.
    var stripe: Int
}
