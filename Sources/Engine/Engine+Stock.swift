package import Inventory
internal import Movements

/// What one row of a stock change does, worked out before anything changes.
struct StockRowPlan {
    /// Number of the SKU; of a new one not yet given.
    var number: UInt32
    /// Index of the row that makes the SKU, or −1 if it is there.
    var maker: Int32
    /// Index of the cell, or −1 if it is missing.
    var cell: Int
    /// Number of the warehouse.
    var warehouse: UInt16
    /// Change of units on hand.
    var onHandChange: Int64
    /// Change of the safety stock.
    var safetyChange: Int64
}

extension Engine {
    /// Bytes of credit that a change of `rows` rows of stock may need.
    package static func stockCreditBytes(rows: Int) -> Int {
        MovementLayout.padded(
            MovementLayout.stockSizeBytes
                + rows * (MovementLayout.stockRowSizeBytes + Limits.skuSizeBytesMax)
        )
    }

    /// Changes stock: all rows of the request, or none.
    ///
    /// The session's credit covers ``stockCreditBytes(rows:)``.
    /// - Complexity: O(rows × cells of a SKU), under the locks of all stripes it touches.
    package func writeStock(
        _ request: StockRequest,
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        session.refreshNetwork()
        let idHash = hash.hash(request.id.high, request.id.low)
        let idStripe = reservations.index(of: idHash)
        let work = session.workspace
        work.pointee.stripes.clear()
        let count = request.rows.count
        if count <= Limits.rowsPerRequestMax {
            for index in 0..<count {
                let sku = request.rows[index].sku
                let skuHash = hash.hash(sku.bytes, size: min(sku.size, Limits.skuSizeBytesMax))
                request.rows[index].hash = skuHash
                work.pointee.stripes.insert(stock.index(of: skuHash))
            }
        }

        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if let known = knownWrite(request.id, idHash, idStripe, digest: request.digest) {
            return known
        }
        if count == 0 { return WriteAnswer(.noLines) }
        if count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        var instant = max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = max(instant, self.lock(work.pointee.stripes))
        defer { unlock(work.pointee.stripes) }
        session.refreshNetwork()

        if let refusal = planRows(request, session) { return refusal }
        if let refusal = numberNewSKUs(request, work) { return refusal }
        session.counters.add(.stockWrites)
        return carryOut(request, idHash, idStripe, instant: instant, session)
    }

    /// The answer to a write whose id is known or can't be admitted.
    func knownWrite(
        _ id: RequestID,
        _ idHash: UInt64,
        _ idStripe: Int,
        digest: UInt64
    ) -> WriteAnswer? {
        let stripe = reservations.state(idStripe)
        guard let slot = stripe.pointee.find(id, hash: idHash) else {
            return stripe.pointee.recordCount < recordsPerStripeMax
                ? nil : WriteAnswer(.tooManyReservations)
        }
        let record = stripe.pointee.records.record(slot)
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
        let stripe = reservations.state(idStripe)
        let slot = stripe.pointee.add(id, hash: idHash, pool: pool)
        let record = stripe.pointee.records.record(slot)
        record.kind = .write
        record.digest = digest
        record.state = .fulfilled
        record.lineCount = 0
        record.shareCount = 0
        record.write = answer
        record.due = instant.advanced(byMilliseconds: settings.stockRetentionMilliseconds)
        reservations.schedule(slot, in: idStripe, now: instant)
    }

    // MARK: Plan

    /// Works out what each row does.
    /// - Returns: The refusal of the first row that can't be done.
    private func planRows(_ request: StockRequest, _ session: EngineSession) -> WriteAnswer? {
        let work = session.workspace
        work.pointee.distinct.clear()
        for index in request.rows.indices {
            if let outcome = plan(index, request, session) {
                return WriteAnswer(outcome, refusedRow: Int32(index))
            }
        }
        return nil
    }

    private func plan(
        _ index: Int,
        _ request: StockRequest,
        _ session: EngineSession
    ) -> Outcome? {
        let work = session.workspace
        let row = request.rows[index]
        guard row.sku.isValid else { return .invalidSKU }
        guard let warehouse = session.network.number(of: row.warehouse) else {
            return .unknownWarehouse
        }
        let number = find(row.sku, hash: row.hash)
        var cell: Int?
        if let number {
            let entry = directory.entry(number)
            cell = entry.cellIndex(warehouse: warehouse, pool: 0)
            if cell == nil, entry.cellCount + request.rows.count > Limits.cellsPerSKUMax {
                return .tooManyCells
            }
        }
        if request.cause == .adjusted {
            if number == nil { return .unknownSKU }
            if cell == nil { return .unknownCell }
        }
        let key = row.hash ^ KeyedHash.mixed(UInt64(warehouse) &+ 1, 0xA076_1D64_78BD_642F)
        let same = work.pointee.distinct.value(for: key, orInsert: Int32(index)) {
            let other = request.rows[Int($0)]
            return other.warehouse == row.warehouse && other.sku.hasSameBytes(as: row.sku)
        }
        if Int(same) != index { return .invalidQuantity }
        let figures = number.flatMap { known in
            cell.map { directory.entry(known).cell($0).figures }
        }
        return planFigures(
            index,
            request,
            figures,
            number: number,
            cell: cell,
            warehouse: warehouse,
            work
        )
    }

    private func planFigures(
        _ index: Int,
        _ request: StockRequest,
        _ figures: CellFigures?,
        number: UInt32?,
        cell: Int?,
        warehouse: UInt16,
        _ work: UnsafeMutablePointer<Workspace>
    ) -> Outcome? {
        let row = request.rows[index]
        let before = figures?.onHand ?? 0
        let isInRange = row.onHand.magnitude <= UInt64(Limits.unitsPerCellMax) * 2
        guard isInRange, isAllowed(row, request.cause) else { return .invalidQuantity }
        let after = row.isAbsolute ? row.onHand : before + row.onHand
        if after < 0 { return .negativeOnHand }
        if after > Limits.unitsPerCellMax { return .quantityOverflow }
        let safety = row.safetyStock ?? figures?.safetyStock ?? 0
        if safety < 0 { return .invalidQuantity }
        if safety > Limits.unitsPerCellMax { return .quantityOverflow }
        (work.pointee.stockRows + index).initialize(
            to: StockRowPlan(
                number: number ?? .max,
                maker: -1,
                cell: cell ?? -1,
                warehouse: warehouse,
                onHandChange: after - before,
                safetyChange: safety - (figures?.safetyStock ?? 0)
            )
        )
        return nil
    }

    private func isAllowed(_ row: StockRow, _ cause: StockCause) -> Bool {
        switch cause {
        case .received, .returned: !row.isAbsolute && row.onHand > 0
        case .adjusted: !row.isAbsolute && row.onHand != 0
        case .imported: row.isAbsolute && row.onHand >= 0
        }
    }

    /// Gives numbers to the SKUs that the rows make.
    private func numberNewSKUs(
        _ request: StockRequest,
        _ work: UnsafeMutablePointer<Workspace>
    ) -> WriteAnswer? {
        work.pointee.distinct.clear()
        let rows = work.pointee.stockRows
        var makers = 0
        for index in request.rows.indices where rows[index].number == .max {
            let row = request.rows[index]
            let maker = work.pointee.distinct.value(for: row.hash, orInsert: Int32(index)) {
                let other = request.rows[Int($0)]
                return other.hash == row.hash && other.sku.hasSameBytes(as: row.sku)
            }
            rows[index].maker = maker
            if Int(maker) == index { makers += 1 }
        }
        if makers == 0 { return nil }
        guard var next = directory.take(makers) else { return WriteAnswer(.tooManySKUs) }
        for index in request.rows.indices where rows[index].maker >= 0 {
            if Int(rows[index].maker) == index {
                rows[index].number = next
                next += 1
            } else {
                rows[index].number = rows[Int(rows[index].maker)].number
            }
        }
        return nil
    }

    // MARK: Carry out

    private func carryOut(
        _ request: StockRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        instant: Instant,
        _ session: EngineSession
    ) -> WriteAnswer {
        let work = session.workspace
        let rows = work.pointee.stockRows
        var answer = WriteAnswer(.accepted)
        answer.rows = UInt32(request.rows.count)
        var size = MovementLayout.stockSizeBytes
        for index in request.rows.indices {
            size += MovementLayout.stockRowSizeBytes
            if Int(rows[index].maker) == index { size += (request.rows[index].sku.size + 3) & ~3 }
        }
        size = MovementLayout.padded(size)
        precondition(size <= work.pointee.credit, "a stock change needs credit for its record")
        work.pointee.credit -= size

        let (lsn, record) = ring.append(size: size)
        answer.lsn = lsn
        for index in request.rows.indices { apply(index, request, work, &answer) }
        var writer = MovementWriter(
            record,
            size: size,
            kind: .stockChanged,
            cause: request.cause.rawValue,
            instant: instant,
            requestID: request.id
        )
        writer.put(request.digest)
        writer.put(answer.rows)
        writer.put(answer.shortfalls)
        writer.put(answer.onHand)
        writer.put(answer.available)
        writer.put(answer.version)
        for index in request.rows.indices { write(index, request, lsn, work, &writer) }
        writer.finish()
        ring.publish(record, size: size)
        remember(
            answer,
            request.id,
            idHash,
            idStripe,
            digest: request.digest,
            instant: instant
        )
        note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        return answer
    }

    private func apply(
        _ index: Int,
        _ request: StockRequest,
        _ work: UnsafeMutablePointer<Workspace>,
        _ answer: inout WriteAnswer
    ) {
        let row = request.rows[index]
        let plan = work.pointee.stockRows[index]
        if Int(plan.maker) == index {
            makeSKU(plan.number, row.sku, hash: row.hash)
        }
        let entry = directory.entry(plan.number)
        if work.pointee.touched.insert(plan.number, answer.lsn &+ 1) { entry.version += 1 }
        let stripe = stock.state(stock.index(of: row.hash))
        let cellIndex =
            plan.cell >= 0
            ? plan.cell
            : entry.addCell(
                warehouse: plan.warehouse,
                pool: 0,
                arena: &stripe.pointee.arena,
                pool: pool
            )
        let cell = entry.cell(cellIndex)
        cell.onHand += plan.onHandChange
        cell.safetyStock += plan.safetyChange
        noteShortfall(of: entry)
        if cell.available < 0 { answer.shortfalls += 1 }
        answer.onHand = cell.onHand
        answer.available = cell.available
        answer.version = entry.version
    }

    /// Makes a SKU with a number that was taken for it; the lock of its stripe is held.
    func makeSKU(_ number: UInt32, _ sku: SKUView, hash skuHash: UInt64) {
        let stripe = stock.state(stock.index(of: skuHash))
        directory.entry(number).create(
            name: sku.bytes,
            size: sku.size,
            hash: skuHash,
            arena: &stripe.pointee.arena,
            pool: pool
        )
        stripe.pointee.index.insert(skuHash, number: number, pool: pool)
    }

    /// Notes whether a stock change leaves some cell of a SKU promising more than it has.
    func noteShortfall(of entry: StockEntry) {
        var hasShortfall = false
        for index in 0..<entry.cellCount where entry.cell(index).available < 0 {
            hasShortfall = true
        }
        entry.hasShortfall = hasShortfall
    }

    private func write(
        _ index: Int,
        _ request: StockRequest,
        _ lsn: UInt64,
        _ work: UnsafeMutablePointer<Workspace>,
        _ writer: inout MovementWriter
    ) {
        let sku = request.rows[index].sku
        let plan = work.pointee.stockRows[index]
        let isNewSKU = Int(plan.maker) == index
        var flags: UInt8 = 0
        // A second set of the same movement, under the number after the LSN's own.
        if work.pointee.touched.insert(plan.number, lsn &+ 2) { flags |= MovementLayout.firstTouch }
        if isNewSKU { flags |= MovementLayout.newSKU }
        if plan.cell < 0 { flags |= MovementLayout.newCell }
        if directory.entry(plan.number).hasShortfall { flags |= MovementLayout.shortfall }
        writer.put(plan.number)
        writer.put(plan.warehouse)
        writer.put(UInt16(0))
        writer.put(Int32(plan.onHandChange))
        writer.put(Int32(plan.safetyChange))
        writer.put(Int32(0))
        writer.put(flags)
        writer.put(UInt8(isNewSKU ? sku.size : 0))
        writer.put(UInt16(0))
        if isNewSKU { writer.put(sku.bytes, size: sku.size, paddedTo: 4) }
    }
}
