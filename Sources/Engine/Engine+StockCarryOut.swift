internal import Inventory
internal import Movements

// The plan of a stock change becomes state, a record of the log, and an answer.
extension Engine {
    /// Applies a plan, appends its record and remembers the answer; all locks are held.
    ///
    /// From the first change on nothing here can fail.
    func carryOut(
        _ request: StockRequest,
        _ plan: StockPlan,
        _ idHash: UInt64,
        _ idStripe: Int,
        instant: Instant,
        _ session: EngineSession
    ) -> WriteAnswer {
        let work = unsafe session.workspace
        let size = unsafe recordSize(request, plan)
        unsafe precondition(
            size <= work.pointee.credit,
            "a stock change needs credit for its record"
        )
        unsafe precondition(
            plan.pools.isEmpty || work.pointee.stripes.count == stock.count,
            "a pool is made under all stock locks"
        )
        unsafe work.pointee.credit -= size

        let (lsn, record) = unsafe ring.append(size: size)
        for change in plan.changes { unsafe apply(change, request, lsn, work) }
        if unsafe request.cause == .transferred { noteReturns(plan) }
        for change in plan.changes where unsafe work.pointee.touched.insert(change.number, lsn &+ 3)
        {
            noteShortfall(of: directory.entry(change.number))
        }
        var answer = unsafe answer(to: request, plan)
        answer.lsn = lsn
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: .stockChanged,
            cause: request.cause.rawValue,
            actor: session.actor,
            instant: instant,
            requestID: request.id
        )
        unsafe write(answer, request, plan, session.network, &writer)
        for change in plan.changes { unsafe write(change, request, lsn, work, &writer) }
        writer.finish()
        unsafe ring.publish(record, size: size)
        if !plan.pools.isEmpty {
            let network = self.network
            replaceNetwork(network.replacing(pools: network.pools + plan.pools))
        }
        if unsafe isRemembered(request.id, digest: request.digest) {
            unsafe remember(
                answer,
                request.id,
                idHash,
                idStripe,
                digest: request.digest,
                instant: instant
            )
        }
        unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        return answer
    }

    /// Counts the units that other pools give to `default`, pair by pair.
    private func noteReturns(_ plan: StockPlan) {
        for index in stride(from: 1, to: plan.changes.count, by: 2) {
            let (giving, taking) = (plan.changes[index - 1], plan.changes[index])
            guard giving.pool != 0, taking.pool == 0 else { continue }
            saleReturns.count(taking.onHand, of: giving.pool)
        }
    }

    private func recordSize(_ request: StockRequest, _ plan: StockPlan) -> Int {
        var size =
            unsafe MovementLayout.stockSizeBytes
            + MovementLayout.padded(request.reason.utf8.count)
            + plan.pools.count * MovementLayout.poolSizeBytes
            + plan.changes.count * MovementLayout.stockRowSizeBytes
        for change in plan.changes where change.makesSKU {
            unsafe size += (request.rows[change.row].sku.size + 3) & ~3
        }
        return MovementLayout.padded(size)
    }

    private func apply(
        _ change: StockCellChange,
        _ request: StockRequest,
        _ lsn: UInt64,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        let row = unsafe request.rows[change.row]
        if change.makesSKU { unsafe makeSKU(change.number, row.sku, hash: row.hash) }
        let entry = directory.entry(change.number)
        if unsafe work.pointee.touched.insert(change.number, lsn &+ 1) { entry.version += 1 }
        let stripe = unsafe stock.state(stock.index(of: row.hash))
        let index =
            unsafe change.cell >= 0
            ? change.cell
            : entry.addCell(
                warehouse: change.warehouse,
                pool: change.pool,
                arena: &stripe.pointee.arena,
                pool: pool
            )
        if change.cell < 0 { poolSKUs.note(change.number, entry, from: index) }
        let cell = entry.cell(index)
        cell.onHand += change.onHand
        cell.safetyStock += change.safetyStock
        cell.backorderLimit += change.backorderLimit
    }

    /// The answer to a change that has been applied.
    private func answer(to request: StockRequest, _ plan: StockPlan) -> WriteAnswer {
        var answer = WriteAnswer(.accepted)
        answer.rows = unsafe UInt32(request.rows.count)
        let isCount = unsafe request.cause == .counted
        var lastRow = -1
        // A count changes several cells of one row, the first of which speaks for all of them.
        for change in plan.changes where change.row != lastRow {
            lastRow = change.row
            let entry = directory.entry(change.number)
            for index in 0..<entry.cellCount where entry.cell(index).warehouse == change.warehouse {
                let cell = entry.cell(index)
                guard isCount || cell.pool == change.pool else { continue }
                if cell.available < 0 { answer.shortfalls += 1 }
            }
        }
        guard let last = plan.changes.last else { preconditionFailure("a change has rows") }
        let entry = directory.entry(last.number)
        answer.version = entry.version
        if isCount {
            let sum = sum(of: entry, in: last.warehouse)
            answer.onHand = sum.onHand
            answer.available = sum.available
        } else if let index = entry.cellIndex(warehouse: last.warehouse, pool: last.pool) {
            answer.onHand = entry.cell(index).onHand
            answer.available = entry.cell(index).available
        }
        return answer
    }

    // MARK: The record

    private func write(
        _ answer: WriteAnswer,
        _ request: StockRequest,
        _ plan: StockPlan,
        _ network: Network,
        _ writer: inout MovementWriter
    ) {
        unsafe writer.put(request.digest)
        writer.put(UInt32(plan.changes.count))
        writer.put(answer.shortfalls)
        writer.put(answer.onHand)
        writer.put(answer.available)
        writer.put(answer.version)
        writer.put(answer.rows)
        writer.put(UInt16(plan.pools.count))
        var reason = unsafe request.reason
        writer.put(UInt8(reason.utf8.count))
        writer.put(UInt8(0))
        reason.withUTF8 { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe writer.put(base, size: bytes.count, paddedTo: 8)
        }
        for (index, pool) in plan.pools.enumerated() {
            writer.put(UInt16(network.pools.count + index))
            writer.put(UInt16(0))
            writer.put(UInt32(0))
            writer.put(pool.high)
            writer.put(pool.low)
        }
    }

    private func write(
        _ change: StockCellChange,
        _ request: StockRequest,
        _ lsn: UInt64,
        _ work: UnsafeMutablePointer<Workspace>,
        _ writer: inout MovementWriter
    ) {
        let sku = unsafe request.rows[change.row].sku
        var flags: UInt8 = 0
        // A second set of the same movement, under the number after the LSN's own.
        if unsafe work.pointee.touched.insert(change.number, lsn &+ 2) {
            flags |= MovementLayout.firstTouch
        }
        if change.makesSKU { flags |= MovementLayout.newSKU }
        if change.cell < 0 { flags |= MovementLayout.newCell }
        if directory.entry(change.number).hasShortfall { flags |= MovementLayout.shortfall }
        writer.put(change.number)
        writer.put(change.warehouse)
        writer.put(change.pool)
        writer.put(Int32(change.onHand))
        writer.put(Int32(change.safetyStock))
        writer.put(Int32(change.backorderLimit))
        writer.put(flags)
        unsafe writer.put(UInt8(change.makesSKU ? sku.size : 0))
        writer.put(UInt16(0))
        if change.makesSKU { unsafe writer.put(sku.bytes, size: sku.size, paddedTo: 4) }
    }
}
