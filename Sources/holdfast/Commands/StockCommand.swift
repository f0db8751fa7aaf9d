internal import ArgumentParser
internal import HoldfastClient

/// `holdfast stock`: reads and changes stock.
struct StockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "Read and change stock.",
        subcommands: [
            StockListCommand.self, StockShowCommand.self, StockReceiveCommand.self,
            StockAdjustCommand.self, StockCountCommand.self, StockTransferCommand.self,
            StockSafetyCommand.self, StockBackorderCommand.self,
        ]
    )
}

/// Cells as `stock list` and `stock show` print them.
struct StockText {
    private var table = TextTable(
        [.text("sku"), .text("warehouse"), .text("pool")] + CellFigures.columns
            + [.number("version")]
    )
    private(set) var cellCount = 0
    private(set) var skuCount = 0
    private(set) var availableUnits: Int64 = 0

    /// The lines of the table.
    var lines: [String] { table.lines }

    /// Adds the cells of a SKU.
    mutating func add(_ report: StockReport) {
        skuCount += 1
        for cell in report.cells {
            cellCount += 1
            availableUnits += cell.figures.available
            table.add(
                [report.sku, cell.warehouse.description, cell.pool.description]
                    + cell.figures.entries + [report.version.grouped]
            )
        }
    }

    /// The cells of a SKU as JSON, one object a line.
    static func jsonLines(_ report: StockReport) -> [String] {
        report.cells.map { cell in
            let place: [(name: String, value: JSON)] = [
                ("sku", .string(report.sku)),
                ("warehouse", .string(cell.warehouse.description)),
                ("pool", .string(cell.pool.description)),
            ]
            return JSON.object(
                place + cell.figures.jsonMembers + [("version", .count(report.version))]
            ).text
        }
    }
}

extension CellFigures {
    /// The figures for programs.
    var jsonMembers: [(name: String, value: JSON)] {
        [
            ("on_hand", .integer(onHand)),
            ("reserved", .integer(reserved)),
            ("committed", .integer(committed)),
            ("safety_stock", .integer(safetyStock)),
            ("backorder_limit", .integer(backorderLimit)),
            ("available", .integer(available)),
        ]
    }

    /// The titles of the figures' columns.
    static let columns: [TextTable.Column] = [
        "on hand", "reserved", "committed", "safety", "backorder", "available",
    ].map { .number($0) }

    /// The figures for people, below ``columns``.
    var entries: [String] {
        [onHand, reserved, committed, safetyStock, backorderLimit, available].map(\.grouped)
    }
}
