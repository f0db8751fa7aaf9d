internal import Inventory
package import Movements

extension Engine {
    /// Checks that whatever reservations, substitutes and shares of sales name is there, once state
    /// records and the movements that follow them have been applied.
    ///
    /// Records are loaded in any order, so none can check this by itself. Several threads may share
    /// the work, each with a part of its own.
    /// - Parameters:
    ///   - part: Which of the parts, from 0 on.
    ///   - count: How many parts there are.
    /// - Throws: A `StateError` that names the first reservation or SKU with a broken reference.
    /// - Complexity: O(reservations and their shares).
    package func checkReferences(part: Int = 0, of count: Int = 1) throws(StateError) {
        precondition(part >= 0 && part < count, "a part of the work")
        for index in stride(from: part, to: reservations.count, by: count) {
            let stripe = unsafe reservations.state(index)
            for slot in unsafe 0..<stripe.pointee.records.slotCount {
                let record = unsafe stripe.pointee.records.record(slot)
                if record.isFree || record.kind != .reservation { continue }
                try checkReferences(of: record)
            }
        }
        for index in stride(from: part, to: owners.count, by: count) {
            let stripe = unsafe owners.state(index)
            for slot in unsafe 0..<stripe.pointee.entries.slotCount {
                let key = unsafe stripe.pointee.entries.entry(slot).key
                if key.sale == 0 || key.sku >= StateLayout.ofClient || isMade(key.sku) { continue }
                throw StateError("owner \(key.owner)", "has units of SKU \(key.sku), never made")
            }
        }
        for index in stride(from: part, to: stock.count, by: count) {
            for number in unsafe stock.state(index).pointee.substitutes.named
            where !isMade(number) {
                throw StateError("sku \(number)", "isn't there and is named as a substitute")
            }
        }
    }

    private func checkReferences(of record: ReservationRecord) throws(StateError) {
        var share = 0
        for index in 0..<record.lineCount {
            let line = record.line(index)
            if line.sku == .max { continue }
            guard isMade(line.sku) else {
                throw StateError("reservation \(record.id)", "names SKU \(line.sku), never made")
            }
            let entry = directory.entry(line.sku)
            for _ in 0..<line.shareCount {
                let stored = record.share(share)
                share += 1
                guard entry.cellIndex(warehouse: stored.warehouse, pool: stored.pool) != nil else {
                    throw StateError(
                        "reservation \(record.id)",
                        "names a cell of warehouse \(stored.warehouse), never made"
                    )
                }
            }
        }
    }
}
