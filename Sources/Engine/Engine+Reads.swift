package import Inventory
internal import Sourcing

/// One cell as a reader sees it.
package struct CellReport: Hashable, Sendable {
    /// The name of the SKU.
    package let sku: String
    /// The code of the warehouse.
    package let warehouse: WarehouseCode
    /// The name of the pool.
    package let pool: PoolName
    /// The figures.
    package let figures: CellFigures
    /// The version of the SKU.
    package let version: UInt64
    /// The weight of a unit in grams; 0 where it isn't known.
    package let weightGrams: UInt32
}

/// The stock of one SKU as it is at one instant.
package struct StockOfSKU: Hashable, Sendable {
    /// The version of the SKU.
    package let version: UInt64
    /// The weight of a unit in grams; 0 where it isn't known.
    package let weightGrams: UInt32
    /// Its cells.
    package let cells: [CellReport]
}

extension Engine {
    /// The name of a SKU by its number; empty for `.max`, a name that wasn't known.
    package func skuName(_ number: UInt32) -> String {
        guard number < directory.count else { return "" }
        let entry = directory.entry(number)
        // A name never changes once the hash is there.
        return unsafe entry.hash == 0 ? "" : String(decoding: entry.name, as: UTF8.self)
    }

    /// The stock of one SKU; `nil` if it isn't known.
    package func stock(of sku: String) -> StockOfSKU? {
        var name = sku
        return name.withUTF8 { bytes -> StockOfSKU? in
            guard let base = bytes.baseAddress, bytes.count <= Limits.skuSizeBytesMax else {
                return nil
            }
            let view = unsafe SKUView(bytes: base, size: bytes.count)
            let skuHash = unsafe hash.hash(view.bytes, size: view.size)
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            defer { lock.unlock() }
            guard let number = unsafe find(view, hash: skuHash) else { return nil }
            var reports: [CellReport] = []
            // Read under the lock, so that it knows every warehouse of the cells.
            let entry = directory.entry(number)
            report(entry, network, into: &reports)
            return StockOfSKU(
                version: entry.version,
                weightGrams: entry.weightGrams,
                cells: reports
            )
        }
    }

    /// Appends the cells of SKUs from a number on, whole SKUs, until `limit` cells are passed.
    ///
    /// - Returns: The number to go on from; `nil` at the end.
    package func cells(
        fromSKU number: UInt32,
        limit: Int,
        into reports: inout [CellReport]
    ) -> UInt32? {
        precondition(limit > 0, "a page of no cells would never come to an end")
        var next = number
        let start = reports.count
        while next < directory.count {
            if reports.count - start >= limit { return next }
            let entry = directory.entry(next)
            next += 1
            let skuHash = entry.hash
            if skuHash == 0 { continue }
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            // Read under the lock, so that it knows every warehouse of the cells.
            report(entry, network, into: &reports)
            lock.unlock()
        }
        return nil
    }

    private func report(
        _ entry: StockEntry,
        _ network: Network,
        into reports: inout [CellReport]
    ) {
        let name = unsafe String(decoding: entry.name, as: UTF8.self)
        for index in 0..<entry.cellCount {
            let cell = entry.cell(index)
            reports.append(
                CellReport(
                    sku: name,
                    warehouse: network.warehouses[Int(cell.warehouse)].code,
                    pool: network.pools[Int(cell.pool)],
                    figures: cell.figures,
                    version: entry.version,
                    weightGrams: entry.weightGrams
                )
            )
        }
    }

    /// The warehouses by number.
    package func warehouses() -> [Warehouse] { network.warehouses }

    /// The policies with their numbers, those that are always there first.
    package func policies() -> [(number: SourcingPolicy, definition: PolicyDefinition)] {
        network.allPolicies
    }

    /// The rows of the rate card, in the order in which they were given.
    package func rates() -> [RateRow] { network.rates.rows }

    /// Figures about the engine, by name.
    package func statistics() -> [(name: String, value: Int64)] {
        var records = 0
        var held = 0
        var committed = 0
        for index in 0..<reservations.count {
            let lock = reservations.lock(index)
            lock.lock()
            let stripe = unsafe reservations.state(index)
            unsafe records += stripe.pointee.recordCount
            unsafe held += stripe.pointee.heldCount
            unsafe committed += stripe.pointee.committedCount
            lock.unlock()
        }
        var figures: [(name: String, value: Int64)] = [
            ("skus", Int64(directory.count)),
            ("warehouses", Int64(networkCount)),
            ("ids_remembered", Int64(records)),
            ("reservations_held", Int64(held)),
            ("reservations_committed", Int64(committed)),
            ("units_reserved", reservedUnits()),
        ]
        for counter in EngineCounter.allCases {
            figures.append((counter.name, Int64(total(of: counter))))
        }
        return figures
    }

    /// Units reserved over all cells.
    private func reservedUnits() -> Int64 {
        var units: Int64 = 0
        for number in 0..<directory.count {
            let entry = directory.entry(number)
            let skuHash = entry.hash
            if skuHash == 0 { continue }
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            for index in 0..<entry.cellCount { units += entry.cell(index).reserved }
            lock.unlock()
        }
        return units
    }

    /// The instant of the last movement that was made or applied.
    package var lastInstant: Instant { max(actors.lastInstant, lastInstantOfStripes) }

    /// The instant of the last movement but for those that name a client.
    package var lastInstantOfStripes: Instant {
        var latest = Instant.distantPast
        for index in 0..<reservations.count {
            let lock = reservations.lock(index)
            lock.lock()
            latest = unsafe max(latest, reservations.state(index).pointee.lastInstant)
            lock.unlock()
        }
        return latest
    }
}
