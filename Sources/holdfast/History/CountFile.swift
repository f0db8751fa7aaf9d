internal import HoldfastClient

/// What a person counted of a SKU in a warehouse.
struct CountRow {
    /// The line of the file.
    let line: Int
    /// The row's place among all rows of the file, from 0 on.
    let number: Int
    let sku: String
    let warehouse: WarehouseCode
    /// The pool that was counted; `nil` where all units that are there were, of all pools.
    let pool: PoolName?
    /// The units that were there.
    let units: Int64
    /// When they were there.
    let asOf: Instant

    /// The warehouse, and the pool where one was counted.
    var place: String { pool.map { "\(warehouse)/\($0)" } ?? "\(warehouse)" }
}

/// Reads counts from a file: columns `sku`, `warehouse`, `counted`, and `pool`, `as_of` where there
/// are any.
enum CountFile {
    /// What of a warehouse stands on which line.
    private struct Place {
        var whole: Int?
        var pools: [PoolName: Int] = [:]
    }

    private struct Key: Hashable {
        let sku: String
        let warehouse: WarehouseCode
    }

    /// The counts of a file with the lines they stand on.
    ///
    /// - Parameters:
    ///   - file: The file.
    ///   - asOf: The instant of rows that don't say theirs.
    ///   - now: The present: nothing was counted later.
    /// - Returns: The counts that could be read, and what is wrong with the other rows.
    /// - Throws: Where a column is missing.
    static func read(
        _ file: CSVFile,
        asOf: Instant?,
        now: Instant
    ) throws(CommandFailure) -> ImportRows<CountRow> {
        let sku = try file.column("sku")
        let warehouse = try file.column("warehouse")
        let counted = try file.column("counted")
        let pool = file.optionalColumn("pool")
        let instant = file.optionalColumn("as_of")
        var places: [Key: Place] = [:]
        var number = -1
        return ImportRows(file) { row throws(RowFault) in
            number += 1
            let count = CountRow(
                line: row.line,
                number: number,
                sku: try row.sku(sku),
                warehouse: try row.warehouse(warehouse),
                pool: try row.pool(pool),
                units: try row.integer(counted, in: 0...Limits.unitsPerCellMax),
                asOf: try row.instant(instant, else: asOf)
            )
            guard count.asOf <= now else {
                throw row.fault("as_of \(count.asOf.text) lies ahead — give when it was counted")
            }
            let key = Key(sku: count.sku, warehouse: count.warehouse)
            let place = places[key] ?? Place()
            if let line = other(place, than: count) {
                throw row.fault(
                    "\(count.sku) in \(count.warehouse) is counted on line \(line) already"
                )
            }
            if let pool = count.pool {
                places[key, default: Place()].pools[pool] = row.line
            } else {
                places[key, default: Place()].whole = row.line
            }
            return count
        }
    }

    /// The line of a count that speaks of the same units.
    private static func other(_ place: Place, than count: CountRow) -> Int? {
        guard let pool = count.pool else { return place.whole ?? place.pools.values.min() }
        return place.whole ?? place.pools[pool]
    }
}

extension CSVFile.Row {
    /// A pool in an optional field; `nil` where it is empty.
    fileprivate func pool(_ column: CSVFile.Column?) throws(RowFault) -> PoolName? {
        guard let column, !text(column).isEmpty else { return nil }
        guard let pool = PoolName(text(column)) else {
            throw fault(
                "pool \(text(column).shown) — give 1 to 16 characters of ASCII, no spaces"
            )
        }
        return pool
    }

    /// An instant in an optional field.
    fileprivate func instant(
        _ column: CSVFile.Column?,
        else given: Instant?
    ) throws(RowFault) -> Instant {
        guard let column, !text(column).isEmpty else {
            guard let given else {
                throw fault("no as_of — give one in the row, or --as-of for all")
            }
            return given
        }
        guard let instant = Instant(text: text(column)) else {
            throw fault(
                "as_of \(text(column).shown) — give an instant in UTC as 2026-11-27T08:00:00Z"
            )
        }
        return instant
    }
}
