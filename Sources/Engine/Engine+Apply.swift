internal import Inventory
package import Movements

// Recovery: a movement that was logged is applied as it stands; nothing is decided again.
extension Engine {
    /// Applies one record of the log, in log order, before any other call.
    ///
    /// - Throws: A `MovementError` when the record contradicts the state or itself. The engine is
    ///   then of no more use.
    package func apply(_ record: UnsafeRawBufferPointer, lsn: UInt64) throws(MovementError) {
        var reader = try unsafe MovementReader(record, lsn: lsn)
        switch reader.header.kind {
        case .stockChanged: try applyStock(&reader, lsn)
        case .warehousesChanged: try applyWarehouses(&reader, lsn)
        case .reserved, .replaced: try applyReserved(&reader, lsn)
        case .committed: try applyChange(.committed, &reader, lsn)
        case .released: try applyChange(.released, &reader, lsn)
        case .expired: try applyChange(.expired, &reader, lsn)
        case .fulfilled: try applyChange(.fulfilled, &reader, lsn)
        case .cancelled: try applyChange(.cancelled, &reader, lsn)
        case .extended: try applyExtended(&reader, lsn)
        case .forgotten: try applyForgotten(&reader)
        case .skusChanged: try applySKUs(&reader, lsn)
        case .actorNamed: try applyActor(&reader)
        case .policiesChanged: try applyPolicies(&reader, lsn)
        case .ratesChanged: try applyRates(&reader, lsn)
        case .substitutesChanged: try applySubstitutes(&reader, lsn)
        case .rerouted: try applyRerouted(&reader, lsn)
        }
    }

    /// The hash and the stripe of an id that a record names, its instant noted.
    func stripe(of id: RequestID, at instant: Instant) -> (hash: UInt64, index: Int) {
        let idHash = hash.hash(id.high, id.low)
        let index = reservations.index(of: idHash)
        let state = unsafe reservations.state(index)
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        return (idHash, index)
    }

    /// The SKU of a number that a record names, the instant noted with its stripe.
    func entry(
        _ number: UInt32,
        at instant: Instant,
        _ reader: borrowing MovementReader
    ) throws(MovementError) -> StockEntry {
        guard number < directory.count, directory.entry(number).hash != 0 else {
            throw reader.error("names SKU \(number), never made")
        }
        let entry = directory.entry(number)
        let state = unsafe stock.state(stock.index(of: entry.hash))
        unsafe state.pointee.lastInstant = unsafe max(state.pointee.lastInstant, instant)
        return entry
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
}
