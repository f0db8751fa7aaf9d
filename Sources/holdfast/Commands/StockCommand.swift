internal import ArgumentParser
internal import HoldfastClient

/// `holdfast stock`: reads and changes stock.
struct StockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stock",
        abstract: "Read and change stock.",
        subcommands: [
            StockListCommand.self, StockShowCommand.self, StockReceiveCommand.self,
            StockAdjustCommand.self,
        ]
    )
}

/// Cells as `stock list` and `stock show` print them.
struct StockText {
    private var table = TextTable(
        .text("sku"),
        .text("warehouse"),
        .text("pool"),
        .number("on hand"),
        .number("reserved"),
        .number("committed"),
        .number("safety"),
        .number("backorder"),
        .number("available"),
        .number("version")
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
            let figures = cell.figures
            cellCount += 1
            availableUnits += figures.available
            table.add(
                report.sku,
                cell.warehouse.description,
                cell.pool.description,
                figures.onHand.grouped,
                figures.reserved.grouped,
                figures.committed.grouped,
                figures.safetyStock.grouped,
                figures.backorderLimit.grouped,
                figures.available.grouped,
                report.version.grouped
            )
        }
    }

    /// The cells of a SKU as JSON, one object a line.
    static func jsonLines(_ report: StockReport) -> [String] {
        report.cells.map { cell in
            JSON.object([
                ("sku", .string(report.sku)),
                ("warehouse", .string(cell.warehouse.description)),
                ("pool", .string(cell.pool.description)),
                ("on_hand", .integer(cell.figures.onHand)),
                ("reserved", .integer(cell.figures.reserved)),
                ("committed", .integer(cell.figures.committed)),
                ("safety_stock", .integer(cell.figures.safetyStock)),
                ("backorder_limit", .integer(cell.figures.backorderLimit)),
                ("available", .integer(cell.figures.available)),
                ("version", .count(report.version)),
            ]).text
        }
    }
}
