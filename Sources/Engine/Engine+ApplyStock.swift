internal import Inventory
internal import Movements

// Recovery of stock, SKUs and actors.
extension Engine {
    /// Applies a change of stock.
    func applyStock(
        _ reader: inout MovementReader,
        _ lsn: UInt64
    ) throws(MovementError) {
        let header = reader.header
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
        if pools > 0 { try applyPools(pools, &reader) }
        let poolCount = network.pools.count
        for _ in 0..<changes { try applyStockRow(&reader, poolCount: poolCount) }
        try rememberApplied(answer, digest: digest, header, reader)
    }

    /// Remembers the answer to a write that a record tells of.
    func rememberApplied(
        _ answer: WriteAnswer,
        digest: UInt64,
        _ header: MovementHeader,
        _ reader: borrowing MovementReader
    ) throws(MovementError) {
        let (idHash, index) = stripe(of: header.requestID, at: header.instant)
        guard unsafe reservations.state(index).pointee.find(header.requestID, hash: idHash) == nil
        else {
            throw reader.error("uses id \(header.requestID) a second time")
        }
        remember(
            answer,
            header.requestID,
            idHash,
            index,
            digest: digest,
            instant: header.instant
        )
    }

    private func applyPools(
        _ count: Int,
        _ reader: inout MovementReader
    ) throws(MovementError) {
        let before = network
        var pools = before.pools
        for _ in 0..<count {
            let number = Int(try reader.take(UInt16.self))
            _ = try reader.take(UInt16.self)
            _ = try reader.take(UInt32.self)
            let name = try reader.takeID()
            let pool = PoolName(high: name.high, low: name.low)
            guard number == pools.count, number < Limits.poolsMax, pool.isProper,
                !pools.contains(pool)
            else { throw reader.error("makes pool \(pool) as number \(number)") }
            pools.append(pool)
        }
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
        poolCount: Int
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
        guard Int(warehouse) < networkCount else {
            throw reader.error("names warehouse \(warehouse), never made")
        }
        guard Int(pool) < poolCount else { throw reader.error("names pool \(pool), never made") }
        if flags & MovementLayout.newSKU != 0 { try applyNewSKU(number, nameSize, &reader) }
        let entry = try entry(number, at: reader.header.instant, reader)
        if flags & MovementLayout.newCell != 0 {
            guard entry.cellIndex(warehouse: warehouse, pool: pool) == nil else {
                throw reader.error("makes a cell a second time")
            }
            let stripe = unsafe stock.state(stock.index(of: entry.hash))
            _ = unsafe entry.addCell(
                warehouse: warehouse,
                pool: pool,
                arena: &stripe.pointee.arena,
                pool: self.pool
            )
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
        _ reader: inout MovementReader
    ) throws(MovementError) {
        let name = try unsafe reader.takeBytes(size: nameSize, paddedTo: 4)
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
    func applySKUs(_ reader: inout MovementReader, _ lsn: UInt64) throws(MovementError) {
        let header = reader.header
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
            if flags & MovementLayout.newSKU != 0 { try applyNewSKU(number, nameSize, &reader) }
            let entry = try entry(number, at: header.instant, reader)
            entry.weightGrams = weight
            entry.version += 1
        }
        try rememberApplied(answer, digest: digest, header, reader)
    }

    /// Applies the naming of an actor.
    func applyActor(_ reader: inout MovementReader) throws(MovementError) {
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
