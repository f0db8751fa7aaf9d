internal import Inventory
package import Movements

// Recovery: a movement that was logged is applied as it stands; nothing is decided again.
//
// A movement is applied part by part, each from its record and the thing that it is about: to each
// SKU that it touches, to each reservation or remembered write, to the configuration. Behind a
// gate a part is passed over that a state record has in it already, see ``StateGate``.
extension Engine {
    /// Applies one record of the log, in log order, before any other call.
    ///
    /// - Parameters:
    ///   - record: The whole record.
    ///   - lsn: Its LSN.
    ///   - gate: Where state records were loaded, what they say of their LSNs.
    /// - Throws: A `MovementError` when the record contradicts the state or itself. The engine is
    ///   then of no more use.
    package func apply(
        _ record: UnsafeRawBufferPointer,
        lsn: UInt64,
        through gate: StateGate? = nil
    ) throws(MovementError) {
        var reader = try unsafe MovementReader(record, lsn: lsn)
        switch reader.header.kind {
        case .stockChanged: try applyStock(&reader, lsn, gate)
        case .warehousesChanged: try applyWarehouses(&reader, lsn, gate)
        case .reserved, .replaced: try applyReserved(&reader, lsn, gate)
        case .committed: try applyChange(.committed, &reader, lsn, gate)
        case .released: try applyChange(.released, &reader, lsn, gate)
        case .expired: try applyChange(.expired, &reader, lsn, gate)
        case .fulfilled: try applyChange(.fulfilled, &reader, lsn, gate)
        case .cancelled: try applyChange(.cancelled, &reader, lsn, gate)
        case .extended: try applyExtended(&reader, lsn, gate)
        case .forgotten: try applyForgotten(&reader, lsn, gate)
        case .skusChanged: try applySKUs(&reader, lsn, gate)
        case .actorNamed: try applyActor(&reader, lsn, gate)
        case .policiesChanged: try applyPolicies(&reader, lsn, gate)
        case .ratesChanged: try applyRates(&reader, lsn, gate)
        case .substitutesChanged: try applySubstitutes(&reader, lsn, gate)
        case .rerouted: try applyRerouted(&reader, lsn, gate)
        case .salesChanged: try applySales(&reader, lsn, gate)
        }
    }

    // MARK: What a part is about

    /// The hash and the stripe of an id that a record names, its instant noted.
    func stripe(of id: RequestID, at instant: Instant) -> (hash: UInt64, index: Int) {
        let (idHash, index) = place(of: id)
        let state = unsafe reservations.state(index)
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        return (idHash, index)
    }

    /// The reservation that a record names, the instant noted with its stripe.
    /// - Returns: `nil` where the part about it is to be passed over.
    func reservation(
        _ id: ReservationID,
        _ reader: borrowing MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) -> RecordPlace? {
        let (idHash, index) = stripe(of: id, at: reader.header.instant)
        let stripe = unsafe reservations.state(index)
        guard let slot = unsafe stripe.pointee.find(id, hash: idHash) else {
            if gate != nil { return nil }
            throw reader.error("names reservation \(id), which isn't known")
        }
        if let gate, lsn < gate.lsn(ofSlot: slot, in: index) { return nil }
        let record = unsafe stripe.pointee.records.record(slot)
        guard record.kind == .reservation else {
            throw reader.error("names reservation \(id), which isn't one")
        }
        return RecordPlace(record: record, slot: slot, stripe: index)
    }

    /// Where the record of an id belongs that a movement makes, the instant noted with its stripe.
    /// - Returns: `nil` where it is to be passed over.
    func placeOfNew(
        _ id: RequestID,
        _ reader: borrowing MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) -> (hash: UInt64, stripe: Int)? {
        let (idHash, index) = stripe(of: id, at: reader.header.instant)
        guard let slot = unsafe reservations.state(index).pointee.find(id, hash: idHash) else {
            return gate?.admits(id: id) ?? true ? (idHash, index) : nil
        }
        if let gate, lsn < gate.lsn(ofSlot: slot, in: index) { return nil }
        throw reader.error("uses id \(id) a second time")
    }

    /// The SKU of a number that a record names, the instant noted with its stripe.
    /// - Returns: `nil` where the part about it is to be passed over.
    func entry(
        _ number: UInt32,
        _ reader: borrowing MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) -> StockEntry? {
        guard isMade(number) else {
            if let gate, gate.isPartial { return nil }
            throw reader.error("names SKU \(number), never made")
        }
        if let gate, lsn < gate.lsn(ofSKU: number) { return nil }
        let entry = directory.entry(number)
        let state = unsafe stock.state(stock.index(of: entry.hash))
        unsafe state.pointee.lastInstant = unsafe max(
            state.pointee.lastInstant,
            reader.header.instant
        )
        return entry
    }

    /// Whether a SKU number stands for a SKU.
    @inline(__always)
    func isMade(_ number: UInt32) -> Bool {
        number < directory.count && directory.entry(number).hash != 0
    }

    /// Checks that there are a warehouse and a pool of these numbers.
    @inline(__always)
    func checkPlace(
        _ warehouse: UInt16,
        _ pool: UInt16,
        _ reader: borrowing MovementReader
    ) throws(MovementError) {
        guard Int(warehouse) < networkCount else {
            throw reader.error("names warehouse \(warehouse), never made")
        }
        guard Int(pool) < poolCount else { throw reader.error("names pool \(pool), never made") }
    }

    /// The cell that a record names.
    func cell(
        _ entry: StockEntry,
        _ warehouse: UInt16,
        _ pool: UInt16,
        _ reader: borrowing MovementReader
    ) throws(MovementError) -> StockCell {
        guard let index = entry.cellIndex(warehouse: warehouse, pool: pool) else {
            throw reader.error("names a cell of warehouse \(warehouse), never made")
        }
        return entry.cell(index)
    }

    /// Holds units of a cell.
    func hold(
        _ units: UInt32,
        in cell: StockCell,
        _ reader: borrowing MovementReader
    ) throws(MovementError) {
        guard cell.reserved + Int64(units) <= Limits.unitsPerCellMax else {
            throw reader.error("overflows a cell")
        }
        cell.reserved += Int64(units)
    }
}
