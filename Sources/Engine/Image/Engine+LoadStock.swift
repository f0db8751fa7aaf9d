internal import Glibc
internal import Inventory
internal import Movements

extension Engine {
    /// Loads a SKU with its cells and substitutes, under its stripe's lock.
    func loadSKU(_ reader: inout StateReader, _ gate: StateGate) throws(StateError) {
        let version = try reader.take(UInt64.self)
        let number = try reader.take(UInt32.self)
        let weight = try reader.take(UInt32.self)
        let sizes = try reader.take(UInt64.self)
        let nameSize = Int(sizes & 255)
        let substituteCount = Int(sizes >> 8)
        let nameBytes = try unsafe reader.takeBytes(size: nameSize, paddedTo: 8)
        let cellCount = Int(reader.half)
        guard let base = nameBytes.baseAddress, reader.byte <= StateLayout.shortfall,
            cellCount <= Limits.cellsPerSKUMax, substituteCount <= Limits.substitutesPerSKUMax
        else { throw reader.error("has \(cellCount) cells, \(substituteCount) substitutes") }
        let name = unsafe SKUView(bytes: base, size: nameSize)
        guard unsafe name.isValid else { throw reader.error("has no proper name") }
        let cells = try unsafe reader.takeBytes(
            size: cellCount * StateLayout.cellSizeBytes,
            paddedTo: 1
        )
        try unsafe check(cells, reader)
        var list = SubstituteList()
        for _ in 0..<substituteCount { list.append(try reader.take(UInt32.self)) }
        try reader.finish()
        guard directory.admit(number) else { throw reader.error("is beyond the table of SKUs") }

        let nameHash = unsafe hash.hash(name.bytes, size: name.size)
        let stripe = stock.index(of: nameHash)
        let lock = stock.lock(stripe)
        lock.lock()
        defer { lock.unlock() }
        guard directory.entry(number).hash == 0, unsafe find(name, hash: nameHash) == nil else {
            throw unsafe reader.error("is there a second time, by number or as \(name.text)")
        }
        unsafe makeSKU(number, name, hash: nameHash)
        let entry = directory.entry(number)
        entry.version = version
        entry.weightGrams = weight
        entry.hasShortfall = reader.byte & StateLayout.shortfall != 0
        if let source = cells.baseAddress, cellCount > 0 {
            let state = unsafe stock.state(stripe)
            unsafe entry.setCells(
                source,
                count: cellCount,
                arena: &state.pointee.arena,
                pool: pool
            )
            if network.pools.count > 1 { poolSKUs.note(number, entry) }
        }
        if list.count > 0 { unsafe stock.state(stripe).pointee.substitutes[number] = list }
        gate.set(reader.header.lsn, ofSKU: number)
    }

    /// Checks that cells are of places that there are, of no place twice, with figures in range.
    private func check(
        _ cells: UnsafeRawBufferPointer,
        _ reader: borrowing StateReader
    ) throws(StateError) {
        let warehouses = networkCount
        let pools = poolCount
        let sizeBytes = StateLayout.cellSizeBytes
        for offset in stride(from: 0, to: cells.count, by: sizeBytes) {
            let warehouse = unsafe Int(cells.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let pool = unsafe Int(cells.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self))
            guard warehouse < warehouses, pool < pools else {
                throw reader.error("has a cell of warehouse \(warehouse), pool \(pool), never made")
            }
            // A negative figure has the uppermost bit.
            var figures: Int32 = 0
            for place in stride(from: offset + 4, to: offset + sizeBytes, by: 4) {
                figures |= unsafe cells.loadUnaligned(fromByteOffset: place, as: Int32.self)
            }
            guard figures >= 0 else {
                throw reader.error("has a negative figure in warehouse \(warehouse)")
            }
        }
        try unsafe checkDistinct(cells, reader)
    }

    private static var cellsComparedMax: Int { 32 }

    private func checkDistinct(
        _ cells: UnsafeRawBufferPointer,
        _ reader: borrowing StateReader
    ) throws(StateError) {
        let sizeBytes = StateLayout.cellSizeBytes
        let count = cells.count / sizeBytes
        func key(_ index: Int) -> UInt32 {
            unsafe cells.loadUnaligned(fromByteOffset: index * sizeBytes, as: UInt32.self)
        }
        if count <= Engine.cellsComparedMax {
            for index in 0..<count {
                let own = key(index)
                for other in 0..<index where key(other) == own {
                    throw reader.error("has a cell a second time")
                }
            }
            return
        }
        guard Set((0..<count).map(key)).count == count else {
            throw reader.error("has a cell a second time")
        }
    }
}
