package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that a change of `rows` rows of stock for `cause` may need; without a
    /// cause: whatever it is.
    package static func stockCreditBytes(rows: Int, cause: StockCause? = nil) -> Int {
        let fixed = MovementLayout.stockSizeBytes + Limits.reasonSizeBytesMax
        let cells = rows * MovementLayout.stockRowSizeBytes
        let pools = min(rows, Limits.poolsMax) * MovementLayout.poolSizeBytes
        let counted = cells * Limits.poolsPerCellMax
        let making = cells + rows * Limits.skuSizeBytesMax + pools
        return switch cause {
        case .counted: MovementLayout.padded(fixed + counted)
        case nil: MovementLayout.padded(fixed + max(counted, making))
        case .received, .returned, .imported: MovementLayout.padded(fixed + making)
        case .adjusted, .transferred, .configured: MovementLayout.padded(fixed + cells + pools)
        }
    }

    /// Changes stock: all rows of the request, or none.
    ///
    /// The session's credit covers ``stockCreditBytes(rows:cause:)``. A request that makes a pool
    /// holds all stock locks: pools are known to every request or to none. A transfer may have as
    /// many rows as fence a large sale (``Limits/fenceRowsMax`` pairs).
    /// - Complexity: O(rows × cells of a SKU), under the locks of all stripes it touches.
    package func writeStock(
        _ request: StockRequest,
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        session.refreshNetwork()
        let idHash = unsafe hash.hash(request.id.high, request.id.low)
        let idStripe = reservations.index(of: idHash)
        let count = unsafe request.rows.count
        let countMax = unsafe request.cause.rowsMax
        if count <= countMax { unsafe markStripes(request, session) }
        var plan = StockPlan(rows: min(count, countMax))

        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if unsafe isRemembered(request.id, digest: request.digest),
            let known = unsafe knownWrite(request.id, idHash, idStripe, digest: request.digest)
        {
            return known
        }
        if count == 0 { return WriteAnswer(.noLines) }
        if count > countMax { return WriteAnswer(.tooManyLines) }
        guard unsafe isReason(request.reason) else { return WriteAnswer(.invalidReason) }
        let work = unsafe session.workspace
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = unsafe max(instant, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }
        session.refreshNetwork()

        if let refusal = unsafe planRows(request, &plan, session) { return refusal }
        if let refusal = numberNewSKUs(&plan) { return refusal }
        session.counters.add(.stockWrites)
        return unsafe carryOut(request, plan, idHash, idStripe, instant: instant, session)
    }

    /// Hashes the rows' SKUs and puts their stripes into the session's set: all stripes if a row
    /// may make a pool.
    private func markStripes(_ request: StockRequest, _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe work.pointee.stripes.clear()
        var makesPool = false
        let mayMakePool = unsafe request.cause.makesCells
        for index in unsafe request.rows.indices {
            let sku = unsafe request.rows[index].sku
            let skuHash = unsafe hash.hash(sku.bytes, size: min(sku.size, Limits.skuSizeBytesMax))
            unsafe request.rows[index].hash = skuHash
            unsafe work.pointee.stripes.insert(stock.index(of: skuHash))
            // No pool ever goes, so what is known now is known under the locks.
            if mayMakePool, unsafe session.network.poolNumber(of: request.rows[index].pool) == nil {
                makesPool = true
            }
        }
        if makesPool { markAllStripes(session) }
    }

    private func isReason(_ reason: String) -> Bool {
        reason.utf8.count <= Limits.reasonSizeBytesMax
            && reason.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Whether a write is remembered: all but what the engine does by itself, which has no id and
    /// no digest.
    func isRemembered(_ id: RequestID, digest: UInt64) -> Bool {
        id != Engine.noRequest || digest != 0
    }

    /// The answer to a write whose id is known or can't be admitted.
    func knownWrite(
        _ id: RequestID,
        _ idHash: UInt64,
        _ idStripe: Int,
        digest: UInt64
    ) -> WriteAnswer? {
        let stripe = unsafe reservations.state(idStripe)
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else {
            return unsafe stripe.pointee.recordCount < recordsPerStripeMax
                ? nil : WriteAnswer(.tooManyReservations)
        }
        let record = unsafe stripe.pointee.records.record(slot)
        guard record.kind == .write, record.digest == digest else {
            return WriteAnswer(.requestIDReused)
        }
        var answer = record.write
        answer.isRepeated = true
        return answer
    }

    /// Remembers the answer to a write; its stripe's lock is held.
    func remember(
        _ answer: WriteAnswer,
        _ id: RequestID,
        _ idHash: UInt64,
        _ idStripe: Int,
        digest: UInt64,
        instant: Instant
    ) {
        _ = addWrite(
            answer,
            id,
            idHash,
            idStripe,
            digest: digest,
            now: instant,
            due: instant.advanced(byMilliseconds: settings.stockRetentionMilliseconds)
        )
    }

    /// Adds the record of a remembered write, to be forgotten when it is due.
    /// - Returns: Its number in its stripe, whose lock is held.
    func addWrite(
        _ answer: WriteAnswer,
        _ id: RequestID,
        _ idHash: UInt64,
        _ idStripe: Int,
        digest: UInt64,
        now: Instant,
        due: Instant
    ) -> UInt32 {
        let stripe = unsafe reservations.state(idStripe)
        let (slot, record) = unsafe stripe.pointee.add(id, hash: idHash, pool: pool)
        record.kind = .write
        record.digest = digest
        record.state = .fulfilled
        record.lineCount = 0
        record.shareCount = 0
        record.write = answer
        record.due = due
        reservations.schedule(slot, record, in: idStripe, now: now)
        return slot
    }

    /// Gives numbers to the SKUs that the changes make.
    private func numberNewSKUs(_ plan: inout StockPlan) -> WriteAnswer? {
        let makers = plan.changes.count { $0.makesSKU }
        if makers == 0 { return nil }
        guard var next = directory.take(makers) else { return WriteAnswer(.tooManySKUs) }
        for index in plan.changes.indices where plan.changes[index].maker >= 0 {
            if plan.changes[index].makesSKU {
                plan.changes[index].number = next
                next += 1
            } else {
                // Of rows that make SKUs, each has one change, and so has each row before them.
                plan.changes[index].number = plan.changes[plan.changes[index].maker].number
            }
        }
        return nil
    }

    /// Makes a SKU with a number that was taken for it; the lock of its stripe is held.
    func makeSKU(_ number: UInt32, _ sku: SKUView, hash skuHash: UInt64) {
        let stripe = unsafe stock.state(stock.index(of: skuHash))
        unsafe directory.entry(number).create(
            name: sku.bytes,
            size: sku.size,
            hash: skuHash,
            arena: &stripe.pointee.arena,
            pool: pool
        )
        unsafe stripe.pointee.index.insert(skuHash, number: number, pool: pool)
    }

    /// Notes whether a stock change leaves some cell of a SKU promising more than it has.
    func noteShortfall(of entry: StockEntry) {
        var hasShortfall = false
        for index in 0..<entry.cellCount where entry.cell(index).available < 0 {
            hasShortfall = true
        }
        entry.hasShortfall = hasShortfall
    }
}

extension StockCause {
    /// Whether goods come in, so that a missing SKU or cell is made.
    var makesSKUs: Bool {
        switch self {
        case .received, .returned, .imported: true
        case .adjusted, .counted, .transferred, .configured: false
        }
    }

    /// The most rows that one change of stock may have.
    var rowsMax: Int {
        self == .transferred ? 2 * Limits.fenceRowsMax : Limits.rowsPerRequestMax
    }

    /// Whether a row may make a cell in the pool that it names.
    var makesCells: Bool { makesSKUs || self == .transferred }
}
