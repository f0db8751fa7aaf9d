internal import Inventory
internal import Movements
internal import Sourcing

/// State records that were copied into a caller's buffer.
package struct CapturedRecords<Position: Sendable>: Sendable {
    /// Bytes of the records.
    package var sizeBytes = 0
    /// How many there are.
    package var records = 0
    /// Cells of the SKUs, or how many of the reservations are held or committed.
    package var parts = 0
    /// Of ids: the reservations that are closed and still remembered.
    package var closed = 0
    /// Where to go on; `nil` at the end.
    package var next: Position?
}

// Copying the state while it changes, see `StateRecord.swift`.
//
// Each thing is copied under its own stripe's lock, with the log's tail of that moment as its LSN:
// what touched it before has a lower LSN, because a movement takes its LSN under the locks of all
// it touches; what touches it later has that LSN or a higher one.
//
// Why what is missing is no loss: let S be the LSN of `beginCapture`. All movements below S are
// applied when it returns.
// - A SKU is never forgotten and keeps its number. If its number is passed while it isn't made, or
//   isn't given before the walk ends, it is made at or above S.
// - An id keeps its slot as long as it lives. If it isn't in the slot that is looked at, it lives
//   in another slot, or it is forgotten, or not yet made. If that other slot is still to come it
//   will be seen there; if it was passed before the id came into it, the id was made after that,
//   at or above S. So an id without a record was forgotten, or is made at or above S: its making
//   stands in the log from S on, and everything about it that follows, and a part about an id that
//   no record and no movement from S on has made is about one that was forgotten.
// - An id that is forgotten in a slot that was seen, given again, and seen in a later slot, has two
//   records. The second has the higher LSN, beyond its forgetting, and is all that counts.
extension Engine {
    /// The SKU number that follows the largest one given.
    package var skuCount: Int { Int(directory.count) }

    /// Begins to copy the state: all that is below the LSN returned has been applied.
    ///
    /// State records and the log from this LSN on, up to the tail after the last record was copied,
    /// are the state at that tail. Configuration is to be copied behind all that, so that whatever
    /// a record names is in it, and what owners have of sales behind the configuration.
    /// - Complexity: takes the lock of each stripe once.
    package func beginCapture() -> UInt64 {
        let lsn = ring.tail
        for index in 0..<reservations.count {
            reservations.lock(index).lock()
            reservations.lock(index).unlock()
        }
        for index in 0..<owners.count {
            owners.lock(index).lock()
            owners.lock(index).unlock()
        }
        for index in 0..<stock.count {
            stock.lock(index).lock()
            stock.lock(index).unlock()
        }
        _ = actors.lastInstant
        return lsn
    }

    // MARK: SKUs

    /// Copies SKUs as state records, in the order of their numbers, until the buffer is full.
    ///
    /// Takes and gives back one lock for each SKU, and holds it as long as copying it takes.
    /// - Parameters:
    ///   - number: The SKU number to begin at, 0 at first.
    ///   - buffer: At least ``StateLayout/recordSizeBytesMax``.
    ///   - limit: SKUs looked at, at most.
    /// - Returns: What was copied; `parts` are cells.
    package func captureSKUs(
        from number: UInt32,
        into buffer: UnsafeMutableRawBufferPointer,
        limit: Int = .max
    ) -> CapturedRecords<UInt32> {
        guard buffer.count >= StateLayout.recordSizeBytesMax, let base = buffer.baseAddress else {
            preconditionFailure("a buffer holds the largest record")
        }
        var captured = CapturedRecords<UInt32>()
        var next = number
        while next < directory.count {
            if Int(next - number) == limit {
                captured.next = next
                return captured
            }
            let entry = directory.entry(next)
            let hash = entry.hash
            if hash != 0 {
                let stripe = stock.index(of: hash)
                stock.lock(stripe).lock()
                let left = buffer.count - captured.sizeBytes
                let size = unsafe capture(next, entry, base + captured.sizeBytes, left: left)
                captured.parts += size > 0 ? entry.cellCount : 0
                stock.lock(stripe).unlock()
                if size == 0 {
                    captured.next = next
                    return captured
                }
                captured.sizeBytes += size
                captured.records += 1
            }
            next += 1
        }
        return captured
    }

    /// Copies a SKU; its stripe's lock is held.
    /// - Returns: Bytes of the record; 0 if there was no room for it.
    private func capture(
        _ number: UInt32,
        _ entry: StockEntry,
        _ record: UnsafeMutableRawPointer,
        left: Int
    ) -> Int {
        let name = unsafe entry.name
        let cells = entry.cellCount
        let substitutes = substitutes(of: number)
        let size = StateLayout.skuSize(
            name: name.count,
            cells: cells,
            substitutes: substitutes.count
        )
        guard size <= left, let base = name.baseAddress else { return 0 }
        var writer = unsafe MovementWriter(
            state: record,
            size: size,
            StateHeader(kind: .sku, lsn: ring.tail),
            byte: entry.hasShortfall ? StateLayout.shortfall : 0,
            half: UInt16(cells)
        )
        writer.put(entry.version)
        writer.put(number)
        writer.put(entry.weightGrams)
        writer.put(UInt64(name.count) | UInt64(substitutes.count) << 8)
        unsafe writer.put(base, size: name.count, paddedTo: 1)
        writer.pad(to: 8)
        if cells > 0 {
            unsafe writer.put(
                entry.cells,
                size: cells * StateLayout.cellSizeBytes,
                paddedTo: StateLayout.cellSizeBytes
            )
        }
        for index in 0..<substitutes.count { writer.put(substitutes[index]) }
        writer.finish()
        return size
    }

    // MARK: Configuration

    /// Copies warehouses, pools, policies, rates, sales and the names of clients as state records.
    ///
    /// They are to be loaded before, and copied after, everything else.
    /// - Complexity: O(warehouses + policies + rates + clients), but not under a lock.
    package func captureConfiguration() -> [UInt8] {
        // All stock locks are held whenever the network is replaced, so one is enough to look.
        stock.lock(0).lock()
        let network = self.network
        let lsn = ring.tail
        stock.lock(0).unlock()
        var builder = StateBuilder()
        append(network, lsn, to: &builder)
        if network.book.next > 1 { append(network.book, network, lsn, to: &builder) }
        for (number, warehouse) in network.warehouses.enumerated() {
            let size = MovementLayout.warehouseRowSize(warehouse)
            builder.addRow(.warehouses, lsn, size) { $0.put(warehouse, number: UInt16(number)) }
        }
        for row in network.rates.rows {
            let number = network.number(of: row.warehouse) ?? MovementLayout.anyWarehouse
            builder.addRow(.rates, lsn, MovementLayout.rateRowSizeBytes) {
                $0.put(row, warehouse: number)
            }
        }
        let named = actors.capture { ring.tail }
        builder.addActors(named.names, latest: named.latest, lsn: named.lsn)
        return builder.finished()
    }

    private func append(
        _ book: SaleBook,
        _ network: Network,
        _ lsn: UInt64,
        to builder: inout StateBuilder
    ) {
        let rows = book.sales.count
        let size = StateLayout.salesSizeBytes + rows * MovementLayout.saleRowSizeBytes
        builder.add(.sales, lsn, size, half: UInt16(rows)) { writer in
            writer.put(book.next)
            writer.put(UInt32(0))
            for sale in book.sales {
                guard let pool = network.poolNumber(of: sale.rules.pool) else {
                    preconditionFailure("a sale has a pool")
                }
                let rules = SaleChange.rules(sale.rules)
                writer.put(RecordedSale(number: sale.number, pool: pool, change: rules))
            }
        }
    }

    private func append(_ network: Network, _ lsn: UInt64, to builder: inout StateBuilder) {
        let pools = network.pools
        let size = network.policies.reduce(StateLayout.networkSizeBytes + pools.count * 16) {
            $0 + MovementLayout.policyRowSize($1)
        }
        let latest = lastInstantOfStripes
        builder.add(.network, lsn, size, half: UInt16(pools.count)) { writer in
            writer.put(latest.milliseconds)
            writer.put(UInt64(network.policies.count))
            for pool in pools {
                writer.put(pool.high)
                writer.put(pool.low)
            }
            for (index, policy) in network.policies.enumerated() {
                writer.put(policy, number: SourcingPolicy.namedMin + UInt8(index))
            }
        }
    }
}
