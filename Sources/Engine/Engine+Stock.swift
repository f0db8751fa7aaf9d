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
        let idHash = unsafe hash.hash(request.id.high, request.id.low)
        let idStripe = reservations.index(of: idHash)
        let work = unsafe session.workspace
        unsafe work.pointee.stripes.clear()
        let count = unsafe request.rows.count
        if count <= Limits.rowsPerRequestMax {
            for index in 0..<count {
                let sku = unsafe request.rows[index].sku
                let skuHash = unsafe hash.hash(
                    sku.bytes,
                    size: min(sku.size, Limits.skuSizeBytesMax)
                )
                unsafe request.rows[index].hash = skuHash
                unsafe work.pointee.stripes.insert(stock.index(of: skuHash))
            }
        }

        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if let known = unsafe knownWrite(request.id, idHash, idStripe, digest: request.digest) {
            return known
        }
        if count == 0 { return WriteAnswer(.noLines) }
        if count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = unsafe max(instant, self.lock(work.pointee.stripes))
        defer { unsafe unlock(work.pointee.stripes) }
        session.refreshNetwork()

        if let refusal = unsafe planRows(request, session) { return refusal }
        if let refusal = unsafe numberNewSKUs(request, work) { return refusal }
        session.counters.add(.stockWrites)
        return unsafe carryOut(request, idHash, idStripe, instant: instant, session)
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
        let stripe = unsafe reservations.state(idStripe)
        let slot = unsafe stripe.pointee.add(id, hash: idHash, pool: pool)
        let record = unsafe stripe.pointee.records.record(slot)
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
        let work = unsafe session.workspace
        unsafe work.pointee.distinct.clear()
        for index in unsafe request.rows.indices {
            if let outcome = unsafe plan(index, request, session) {
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
        let work = unsafe session.workspace
        let row = unsafe request.rows[index]
        guard unsafe row.sku.isValid else { return .invalidSKU }
        guard let warehouse = unsafe session.network.number(of: row.warehouse) else {
            return .unknownWarehouse
        }
        let number = unsafe find(row.sku, hash: row.hash)
        var cell: Int?
        if let number {
            let entry = directory.entry(number)
            cell = entry.cellIndex(warehouse: warehouse, pool: 0)
            if cell == nil, unsafe entry.cellCount + request.rows.count > Limits.cellsPerSKUMax {
                return .tooManyCells
            }
        }
        if unsafe request.cause == .adjusted {
            if number == nil { return .unknownSKU }
            if cell == nil { return .unknownCell }
        }
        let key = unsafe row.hash ^ KeyedHash.mixed(UInt64(warehouse) &+ 1, 0xA076_1D64_78BD_642F)
        let same = unsafe work.pointee.distinct.value(for: key, orInsert: Int32(index)) {
            let other = unsafe request.rows[Int($0)]
            return unsafe other.warehouse == row.warehouse && other.sku.hasSameBytes(as: row.sku)
        }
        if Int(same) != index { return .invalidQuantity }
        let figures = number.flatMap { known in
            cell.map { directory.entry(known).cell($0).figures }
        }
        return unsafe planFigures(
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
        let row = unsafe request.rows[index]
        let before = figures?.onHand ?? 0
        let isInRange = unsafe row.onHand.magnitude <= UInt64(Limits.unitsPerCellMax) * 2
        guard isInRange, unsafe isAllowed(row, request.cause) else { return .invalidQuantity }
        let after = unsafe row.isAbsolute ? row.onHand : before + row.onHand
        if after < 0 { return .negativeOnHand }
        if after > Limits.unitsPerCellMax { return .quantityOverflow }
        let safety = unsafe row.safetyStock ?? figures?.safetyStock ?? 0
        if safety < 0 { return .invalidQuantity }
        if safety > Limits.unitsPerCellMax { return .quantityOverflow }
        unsafe (work.pointee.stockRows + index).initialize(
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
        case .received, .returned: unsafe !row.isAbsolute && row.onHand > 0
        case .adjusted: unsafe !row.isAbsolute && row.onHand != 0
        case .imported: unsafe row.isAbsolute && row.onHand >= 0
        case .counted, .transferred, .configured: false
        }
    }

    /// Gives numbers to the SKUs that the rows make.
    private func numberNewSKUs(
        _ request: StockRequest,
        _ work: UnsafeMutablePointer<Workspace>
    ) -> WriteAnswer? {
        unsafe work.pointee.distinct.clear()
        let rows = unsafe work.pointee.stockRows
        var makers = 0
        for index in unsafe request.rows.indices where unsafe rows[index].number == .max {
            let row = unsafe request.rows[index]
            let maker = unsafe work.pointee.distinct.value(for: row.hash, orInsert: Int32(index)) {
                let other = unsafe request.rows[Int($0)]
                return unsafe other.hash == row.hash && other.sku.hasSameBytes(as: row.sku)
            }
            unsafe rows[index].maker = maker
            if Int(maker) == index { makers += 1 }
        }
        if makers == 0 { return nil }
        guard var next = directory.take(makers) else { return WriteAnswer(.tooManySKUs) }
        for index in unsafe request.rows.indices where unsafe rows[index].maker >= 0 {
            if unsafe Int(rows[index].maker) == index {
                unsafe rows[index].number = next
                next += 1
            } else {
                unsafe rows[index].number = unsafe rows[Int(rows[index].maker)].number
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
        let work = unsafe session.workspace
        let rows = unsafe work.pointee.stockRows
        var answer = WriteAnswer(.accepted)
        answer.rows = unsafe UInt32(request.rows.count)
        var size = MovementLayout.stockSizeBytes
        for index in unsafe request.rows.indices {
            size += MovementLayout.stockRowSizeBytes
            if unsafe Int(rows[index].maker) == index {
                unsafe size += (request.rows[index].sku.size + 3) & ~3
            }
        }
        size = MovementLayout.padded(size)
        unsafe precondition(
            size <= work.pointee.credit,
            "a stock change needs credit for its record"
        )
        unsafe work.pointee.credit -= size

        let (lsn, record) = unsafe ring.append(size: size)
        answer.lsn = lsn
        for index in unsafe request.rows.indices { unsafe apply(index, request, work, &answer) }
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: .stockChanged,
            cause: request.cause.rawValue,
            actor: session.actor,
            instant: instant,
            requestID: request.id
        )
        unsafe writer.put(request.digest)
        writer.put(answer.rows)
        writer.put(answer.shortfalls)
        writer.put(answer.onHand)
        writer.put(answer.available)
        writer.put(answer.version)
        writer.put(answer.rows)
        writer.put(UInt32(0))
        for index in unsafe request.rows.indices {
            unsafe write(index, request, lsn, work, &writer)
        }
        writer.finish()
        unsafe ring.publish(record, size: size)
        unsafe remember(
            answer,
            request.id,
            idHash,
            idStripe,
            digest: request.digest,
            instant: instant
        )
        unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        return answer
    }

    private func apply(
        _ index: Int,
        _ request: StockRequest,
        _ work: UnsafeMutablePointer<Workspace>,
        _ answer: inout WriteAnswer
    ) {
        let row = unsafe request.rows[index]
        let plan = unsafe work.pointee.stockRows[index]
        if Int(plan.maker) == index {
            unsafe makeSKU(plan.number, row.sku, hash: row.hash)
        }
        let entry = directory.entry(plan.number)
        if unsafe work.pointee.touched.insert(plan.number, answer.lsn &+ 1) { entry.version += 1 }
        let stripe = unsafe stock.state(stock.index(of: row.hash))
        let cellIndex =
            unsafe plan.cell >= 0
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

    private func write(
        _ index: Int,
        _ request: StockRequest,
        _ lsn: UInt64,
        _ work: UnsafeMutablePointer<Workspace>,
        _ writer: inout MovementWriter
    ) {
        let sku = unsafe request.rows[index].sku
        let plan = unsafe work.pointee.stockRows[index]
        let isNewSKU = Int(plan.maker) == index
        var flags: UInt8 = 0
        // A second set of the same movement, under the number after the LSN's own.
        if unsafe work.pointee.touched.insert(plan.number, lsn &+ 2) {
            flags |= MovementLayout.firstTouch
        }
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
        unsafe writer.put(UInt8(isNewSKU ? sku.size : 0))
        writer.put(UInt16(0))
        if isNewSKU { unsafe writer.put(sku.bytes, size: sku.size, paddedTo: 4) }
    }
}
