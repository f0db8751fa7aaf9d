internal import Inventory
package import Movements
internal import Sourcing

// Loading state records into an engine that nothing else uses yet.
extension Engine {
    /// Makes room for what is going to be loaded.
    ///
    /// - Parameters:
    ///   - skus: SKU numbers: the largest one and one more.
    ///   - ids: Reservations and remembered writes.
    package func reserveRoom(skus: Int, ids: Int) {
        directory.reserve(min(max(0, skus), Limits.skusMax))
        for index in 0..<stock.count {
            unsafe stock.state(index).pointee.index.reserve(
                Engine.roomOfStripe(skus, stock.count),
                pool: pool
            )
        }
        for index in 0..<reservations.count {
            let room = Engine.roomOfStripe(ids, reservations.count)
            unsafe reservations.state(index).pointee.index.reserve(room, pool: pool)
            unsafe reservations.state(index).pointee.owners.reserve(room, pool: pool)
        }
    }

    /// What one of `stripes` may hold of `count` things that are spread at random: the mean and an
    /// eighth, and some more.
    private static func roomOfStripe(_ count: Int, _ stripes: Int) -> Int {
        let mean = min(max(0, count), Int(Int32.max)) / stripes
        return mean + mean / 8 + 32
    }

    /// Loads a run of whole state records.
    ///
    /// The records of configuration come before all others; these may be loaded in any order, and
    /// by any number of threads at once. Of two records of one id the one of the higher LSN counts.
    /// - Parameters:
    ///   - records: Records, one behind the other.
    ///   - gate: Where their LSNs go.
    /// - Returns: How many there were.
    /// - Throws: A `StateError` when a record contradicts itself or what was loaded before. The
    ///   engine is then of no more use.
    package func load(
        _ records: UnsafeRawBufferPointer,
        into gate: StateGate
    ) throws(StateError) -> Int {
        var count = 0
        var offset = 0
        while offset < records.count {
            let record = try unsafe StateReader.record(at: offset, in: records)
            try unsafe load(record: record, into: gate)
            offset += record.count
            count += 1
        }
        return count
    }

    private func load(
        record: UnsafeRawBufferPointer,
        into gate: StateGate
    ) throws(StateError) {
        var reader = try unsafe StateReader(record)
        switch reader.header.kind {
        case .network: try loadNetwork(&reader, gate)
        case .warehouses: try loadWarehouses(&reader)
        case .rates: try loadRates(&reader)
        case .actors: try loadActors(&reader, gate)
        case .sku: try loadSKU(&reader, gate)
        case .reservation: try loadReservation(&reader, gate)
        case .write: try loadWrite(&reader, gate)
        case .sales: try loadSales(&reader)
        case .shares: try loadShares(&reader, gate)
        }
    }

    // MARK: Configuration

    private func loadNetwork(
        _ reader: inout StateReader,
        _ gate: StateGate
    ) throws(StateError) {
        let latest = Instant(milliseconds: try reader.take(Int64.self))
        let policyCount = try reader.take(UInt16.self)
        _ = try unsafe reader.takeBytes(size: 6, paddedTo: 1)
        guard Engine.holds(latest) else { throw reader.error("is of \(latest)") }
        guard network.version == 0 else { throw reader.error("is there a second time") }
        var pools: [PoolName] = []
        for _ in 0..<reader.half {
            let name = try reader.takeID()
            let pool = PoolName(high: name.high, low: name.low)
            let isNext = pools.isEmpty ? pool == .default : pool.isProper && !pools.contains(pool)
            guard isNext, pools.count < Limits.poolsMax else {
                throw reader.error("has pool \(pool) at a wrong place, or a second time")
            }
            pools.append(pool)
        }
        guard !pools.isEmpty else { throw reader.error("has no pool") }
        var policies: [PolicyDefinition] = []
        for _ in 0..<policyCount {
            let (number, policy) = try reader.takePolicy()
            guard Int(number) == Int(SourcingPolicy.namedMin) + policies.count,
                policies.count < Limits.policiesMax,
                !policies.contains(where: { $0.name == policy.name })
            else { throw reader.error("gives policy \(policy.name) the number \(number)") }
            policies.append(policy)
        }
        try reader.finish()
        gate.configurationLSN = reader.header.lsn
        replaceNetwork(network.replacing(pools: pools, policies: policies))
        noteOnAllStripes(latest)
        for index in 0..<reservations.count {
            unsafe reservations.state(index).pointee.lastInstant = latest
        }
        for index in 0..<owners.count { unsafe owners.state(index).pointee.lastInstant = latest }
    }

    /// Whether an instant is one that the engine can keep.
    static func holds(_ instant: Instant) -> Bool {
        instant.milliseconds >= 0 && instant.milliseconds < ExpiryWheel.spanMilliseconds
    }

    private func loadWarehouses(_ reader: inout StateReader) throws(StateError) {
        var all = network.warehouses
        var codes = Set(all.map(\.code))
        for _ in 0..<reader.half {
            let (number, warehouse) = try reader.takeWarehouse()
            guard Int(number) == all.count, all.count < Limits.warehousesMax,
                codes.insert(warehouse.code).inserted
            else { throw reader.error("gives \(warehouse.code) the number \(number)") }
            all.append(warehouse)
        }
        try reader.finish()
        replaceNetwork(network.replacing(warehouses: all))
    }

    private func loadRates(_ reader: inout StateReader) throws(StateError) {
        let codes = network.warehouses.map(\.code)
        var rows = network.rates.rows
        guard rows.count + Int(reader.half) <= Limits.ratesMax else {
            throw reader.error("has too many rows")
        }
        for _ in 0..<reader.half { rows.append(try reader.takeRate(codes)) }
        if let (index, fault) = RateRow.fault(of: rows) {
            throw reader.error("has at row \(index) a rate: \(fault.reason)")
        }
        try reader.finish()
        replaceNetwork(network.replacing(rates: RateCard(rows, codes: codes)))
    }

    private func loadActors(
        _ reader: inout StateReader,
        _ gate: StateGate
    ) throws(StateError) {
        let first = try reader.take(UInt64.self)
        let latest = Instant(milliseconds: try reader.take(Int64.self))
        guard Engine.holds(latest), first >= 1, first <= Limits.actorsMax,
            first + UInt64(reader.half) <= Limits.actorsMax + 1
        else {
            throw reader.error("begins with number \(first)")
        }
        for index in 0..<reader.half {
            let size = Int(try reader.take(UInt8.self))
            let bytes = try unsafe reader.takeBytes(size: size, paddedTo: 1)
            let name = unsafe String(decoding: bytes, as: UTF8.self)
            let number = UInt16(first) + index
            guard actors.apply(name, number: number, at: latest) else {
                throw reader.error("names \(name) as number \(number)")
            }
        }
        try reader.finish()
        gate.actorsLSN = reader.header.lsn
    }
}
