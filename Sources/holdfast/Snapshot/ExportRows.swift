internal import HoldfastClient
internal import Movements

/// How rows are written.
enum ExportFormat: String, CaseIterable {
    /// Comma-separated values with a line of titles, quoted where they must be.
    case csv
    /// A JSON object on each line.
    case jsonl
}

/// A value that stands in a row of CSV.
enum CSVValue {
    /// Values between commas; quoted where a comma, a quote or a line end is in them.
    static func row(_ values: [String]) -> String {
        values.map { value in
            let mustQuote = value.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
            guard mustQuote else { return value }
            let parts = value.split(separator: "\"", omittingEmptySubsequences: false)
            return "\"" + parts.joined(separator: "\"\"") + "\""
        }.joined(separator: ",")
    }
}

/// What of a state is exported.
struct ExportFilter {
    var sku: String?
    var warehouse: WarehouseCode?
    var pool: PoolName?
    var state: ReservationState?
    var owner: OwnerID?

    /// Whether a cell of an admitted SKU is told.
    func admits(_ cell: StateCell) -> Bool {
        admits(cell.warehouse, cell.pool)
    }

    /// Whether a reservation is told: its state and owner are wanted, and a line of it has the SKU
    /// and a share at the place that is wanted.
    func admits(_ reservation: StateReservation, _ names: SKUNames) -> Bool {
        if let state, reservation.state != state { return false }
        if let owner, reservation.owner != owner { return false }
        if sku == nil, warehouse == nil, pool == nil { return true }
        return reservation.lines.contains { line in
            if let sku, line.sku.flatMap({ names[$0] }) != sku { return false }
            if warehouse == nil, pool == nil { return true }
            return line.shares.contains { admits($0.warehouse, $0.pool) }
        }
    }

    private func admits(_ warehouse: WarehouseCode, _ pool: PoolName) -> Bool {
        (self.warehouse ?? warehouse) == warehouse && (self.pool ?? pool) == pool
    }
}

/// Cells as rows.
struct CellRows {
    let format: ExportFormat

    /// The line of titles, where the format has one.
    var titles: String? {
        guard format == .csv else { return nil }
        return CSVValue.row([
            "sku", "warehouse", "pool", "on_hand", "reserved", "committed", "safety_stock",
            "backorder_limit", "available", "version", "weight_grams",
        ])
    }

    /// The row of a cell.
    func row(_ sku: StateSKU, _ cell: StateCell) -> String {
        let figures = cell.figures
        switch format {
        case .csv:
            let units = [
                figures.onHand, figures.reserved, figures.committed, figures.safetyStock,
                figures.backorderLimit, figures.available,
            ].map { String($0) }
            return CSVValue.row(
                [sku.name, cell.warehouse.description, cell.pool.description] + units
                    + [String(sku.version), String(sku.weightGrams)]
            )
        case .jsonl:
            return JSON.object(
                [
                    ("sku", .string(sku.name)),
                    ("warehouse", .string(cell.warehouse.description)),
                    ("pool", .string(cell.pool.description)),
                ] + figures.jsonMembers
                    + [
                        ("version", .count(sku.version)),
                        ("weight_grams", .count(sku.weightGrams)),
                    ]
            ).text
        }
    }
}
