internal import Inventory
internal import Movements

// Recovery of stock, SKUs and actors.
extension Engine {
    /// Applies a change of stock.
    func applyStock(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        answer.shortfalls = try reader.take()
        answer.onHand = try reader.take()
        answer.available = try reader.take()
        answer.version = try reader.take()
        let changes = answer.rows
        answer.rows = try reader.take()
        let pools = Int(try reader.take(UInt16.self))
        let reasonSize = Int(try reader.take(UInt8.self))
        _ = try reader.take(UInt8.self)
        _ = try unsafe reader.takeBytes(size: reasonSize, paddedTo: 8)
        if pools > 0 { try applyPools(pools, &reader, lsn, gate) }
        for _ in 0..<changes { try applyStockRow(&reader, lsn, gate) }
        try rememberApplied(answer, digest: digest, reader, gate)
    }

    /// Remembers the answer to a write that a record tells of.
    func rememberApplied(
        _ answer: WriteAnswer,
        digest: UInt64,
        _ reader: borrowing MovementReader,
        _ gate: StateGate?
    ) throws(MovementError) {
        let id = reader.header.requestID
        let instant = reader.header.instant
        guard isRemembered(id, digest: digest) else { return }
        guard let place = try placeOfNew(id, reader, answer.lsn, gate) else { return }
        let slot = addWrite(
            answer,
            id,
            place.hash,
            place.stripe,
            digest: digest,
            now: instant,
            due: instant.advanced(byMilliseconds: settings.stockRetentionMilliseconds)
        )
        gate?.set(0, ofSlot: slot, in: place.stripe)
    }

    private func applyPools(
        _ count: Int,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let isThere = lsn < gate?.configurationLSN ?? 0
        let before = network
        var pools = before.pools
        for _ in 0..<count {
            let number = Int(try reader.take(UInt16.self))
            _ = try reader.take(UInt16.self)
            _ = try reader.take(UInt32.self)
            let name = try reader.takeID()
            if isThere { continue }
            let pool = PoolName(high: name.high, low: name.low)
            guard number == pools.count, number < Limits.poolsMax, pool.isProper,
                !pools.contains(pool)
            else { throw reader.error("makes pool \(pool) as number \(number)") }
            pools.append(pool)
        }
        if isThere { return }
        replaceNetwork(before.replacing(pools: pools))
        noteOnAllStripes(reader.header.instant)
    }

    /// Notes the instant of a movement that touched all stock stripes.
    func noteOnAllStripes(_ instant: Instant) {
        for index in 0..<stock.count {
            let state = unsafe stock.state(index)
            unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        }
    }

    private func applyStockRow(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let number = try reader.take(UInt32.self)
        let warehouse = try reader.take(UInt16.self)
        let pool = try reader.take(UInt16.self)
        let onHandChange = Int64(try reader.take(Int32.self))
        let safetyChange = Int64(try reader.take(Int32.self))
        let backorderChange = Int64(try reader.take(Int32.self))
        let flags = try reader.take(UInt8.self)
        let nameSize = Int(try reader.take(UInt8.self))
        _ = try reader.take(UInt16.self)
        if flags & MovementLayout.newSKU != 0 {
            try applyNewSKU(number, nameSize, &reader, lsn, gate)
        }
        guard let entry = try entry(number, reader, lsn, gate) else { return }
        try checkPlace(warehouse, pool, reader)
        if flags & MovementLayout.newCell != 0 {
            guard entry.cellIndex(warehouse: warehouse, pool: pool) == nil,
                entry.cellCount < Limits.cellsPerSKUMax
            else { throw reader.error("makes a cell a second time, or too many") }
            let stripe = unsafe stock.state(stock.index(of: entry.hash))
            let index = unsafe entry.addCell(
                warehouse: warehouse,
                pool: pool,
                arena: &stripe.pointee.arena,
                pool: self.pool
            )
            poolSKUs.note(number, entry, from: index)
        }
        let cell = try cell(entry, warehouse, pool, reader)
        for figure in [
            cell.onHand + onHandChange, cell.safetyStock + safetyChange,
            cell.backorderLimit + backorderChange,
        ] where figure < 0 || figure > Limits.unitsPerCellMax {
            throw reader.error("brings a figure of a cell to \(figure)")
        }
        cell.onHand += onHandChange
        cell.safetyStock += safetyChange
        cell.backorderLimit += backorderChange
        if flags & MovementLayout.firstTouch != 0 { entry.version += 1 }
        entry.hasShortfall = flags & MovementLayout.shortfall != 0
    }

    private func applyNewSKU(
        _ number: UInt32,
        _ nameSize: Int,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let name = try unsafe reader.takeBytes(size: nameSize, paddedTo: 4)
        if let gate {
            let isThere = isMade(number) && lsn < gate.lsn(ofSKU: number)
            if isThere || !isMade(number) && !gate.admits(sku: number) { return }
        }
        guard let base = name.baseAddress, unsafe SKUView(bytes: base, size: nameSize).isValid,
            directory.admit(number), directory.entry(number).hash == 0
        else { throw reader.error("makes SKU \(number) a second time or without a name") }
        let view = unsafe SKUView(bytes: base, size: nameSize)
        let skuHash = unsafe hash.hash(view.bytes, size: view.size)
        guard unsafe find(view, hash: skuHash) == nil else {
            throw reader.error("makes a SKU of a name that is there")
        }
        unsafe makeSKU(number, view, hash: skuHash)
    }

    /// Applies a change of SKUs.
    func applySKUs(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        answer.version = try reader.take()
        for _ in 0..<answer.rows {
            let number = try reader.take(UInt32.self)
            let weight = try reader.take(UInt32.self)
            let flags = try reader.take(UInt8.self)
            let nameSize = Int(try reader.take(UInt8.self))
            _ = try reader.take(UInt16.self)
            if flags & MovementLayout.newSKU != 0 {
                try applyNewSKU(number, nameSize, &reader, lsn, gate)
            }
            guard let entry = try entry(number, reader, lsn, gate) else { continue }
            entry.weightGrams = weight
            entry.version += 1
        }
        try rememberApplied(answer, digest: digest, reader, gate)
    }

    /// Applies the naming of an actor.
    func applyActor(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        if lsn < gate?.actorsLSN ?? 0 { return }
        let size = Int(try reader.take(UInt8.self))
        let rest = MovementLayout.actorSize(name: size) - MovementLayout.headerSizeBytes - 1
        let padded = try unsafe reader.takeBytes(size: rest, paddedTo: 1)
        let name = unsafe String(decoding: padded.prefix(size), as: UTF8.self)
        let header = reader.header
        guard actors.apply(name, number: header.actor, at: header.instant) else {
            throw reader.error("names \(name) as actor \(header.actor)")
        }
    }
}
