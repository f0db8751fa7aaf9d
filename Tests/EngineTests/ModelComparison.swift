import Engine
import Inventory
import Movements
import Support

/// Runs the same commands through the engine and its naive twin and finds the first difference.
struct ModelComparison {
    var model: ModelInventory
    var harness: EngineHarness
    var settings: EngineSettings
    private var generator: SplitMix64
    /// The LSN that the engine gave to the movement of this ordinal in the model.
    private var lsns: [UInt64: UInt64] = [:]
    private var lastLSN: UInt64 = 0
    private(set) var commandCount = 0
    /// How often each outcome was answered.
    private(set) var outcomes: [Outcome: Int] = [:]

    static let commandsBetweenHashes = 100

    init(seed: UInt64, model: ModelInventory.Settings, engine: EngineSettings) {
        self.model = ModelInventory(settings: model)
        var settings = engine
        settings.closedRetentionMilliseconds = model.closedRetentionMilliseconds
        settings.stockRetentionMilliseconds = model.stockRetentionMilliseconds
        settings.holdCapMilliseconds = model.holdCapMilliseconds
        self.settings = settings
        harness = EngineHarness(settings: settings)
        generator = SplitMix64(seed: seed ^ 0xC0FFEE)
    }

    /// Does one command on both sides.
    /// - Returns: What differs, or `nil`.
    mutating func step(_ timed: TimedCommand) -> String? {
        commandCount += 1
        let expected = model.perform(timed)
        let limits = [1, 7, 64]
        let got = harness.perform(timed, sweepLimit: limits[commandCount % limits.count])
        outcomes[got.outcome, default: 0] += 1
        if let difference = difference(expected, got) {
            return "command \(commandCount), \(timed):\n  \(difference)"
        }
        guard commandCount % ModelComparison.commandsBetweenHashes == 0 else { return nil }
        let difference = differenceOfStates() ?? differenceOfReads(at: timed.now)
        return difference.map { "after command \(commandCount): \($0)" }
    }

    /// Compares two answers wholly, the model's ordinal standing for the engine's LSN.
    private mutating func difference(_ expected: CommandReply, _ got: CommandReply) -> String? {
        var translated = expected
        if expected.lsn != 0 {
            if let known = lsns[expected.lsn] {
                translated.lsn = known
            } else {
                // A new movement: any LSN behind all others, as long as it stays the same.
                if got.lsn <= lastLSN { return "LSN \(got.lsn) isn't behind \(lastLSN)" }
                if got.lsn >= harness.endLSN { return "LSN \(got.lsn) isn't in the log" }
                lsns[expected.lsn] = got.lsn
                lastLSN = got.lsn
                translated.lsn = got.lsn
            }
        }
        return translated == got ? nil : "expected \(translated)\n  got      \(got)"
    }

    /// Compares the states by their hashes, and names the SKUs that differ.
    mutating func differenceOfStates() -> String? {
        let report = harness.engine.check()
        if !report.violations.isEmpty { return "violations: \(report.violations.prefix(5))" }
        let cells = model.skus.values.map(\.cells.count).reduce(0, +)
        if report.cells != cells { return "\(report.cells) cells, \(cells) expected" }
        if report.openReservations != model.openReservationCount {
            return "\(report.openReservations) open, \(model.openReservationCount) expected"
        }
        let expected = model.stateHash()
        if report.stateHash == expected { return nil }
        return "state hash: " + (differenceOfStock() ?? "stock is equal")
    }

    /// Compares every read of stock and warehouses with the model.
    func differenceOfStock() -> String? {
        for (name, sku) in model.skus {
            let text = String(decoding: name, as: UTF8.self)
            guard let stock = harness.engine.stock(of: text) else { return "\(text) is unknown" }
            let reports = stock.cells
            if stock.version != sku.version || stock.weightGrams != sku.weightGrams {
                return "\(text): \(stock) but \(sku)"
            }
            if reports.count != sku.cells.count { return "\(text) has \(reports.count) cells" }
            for report in reports {
                guard report.figures == sku.cells[report.key], report.version == sku.version,
                    report.sku == text, report.weightGrams == sku.weightGrams
                else { return "\(report) but \(sku)" }
            }
        }
        let warehouses = harness.engine.warehouses().sorted { $0.code < $1.code }
        let expected = model.warehouses.values.sorted { $0.code < $1.code }
        return warehouses == expected ? nil : "\(warehouses) but \(expected)"
    }

    /// Compares the listing of all cells, read in pages, with the model.
    func differenceOfListing() -> String? {
        var reports: [CellReport] = []
        var sku: UInt32? = 0
        while let start = sku {
            let count = reports.count
            sku = harness.engine.cells(fromSKU: start, limit: 7, into: &reports)
            if let sku, sku <= start { return "listing goes from \(start) to \(sku)" }
            if sku != nil, reports.count == count { return "an empty page at \(start)" }
        }
        let cells = model.skus.values.map(\.cells.count).reduce(0, +)
        if reports.count != cells { return "\(reports.count) cells listed, \(cells) expected" }
        for report in reports {
            let sku = model.skus[Array(report.sku.utf8)]
            if sku?.cells[report.key] != report.figures || sku?.version != report.version {
                return "listed \(report)"
            }
        }
        return nil
    }

    /// Starts another engine, with other stripes and another key, from the log of this one.
    ///
    /// The comparison goes on with it, so that all later answers are those of a restarted engine.
    mutating func restart() throws -> String? {
        drawSettings()
        harness = try harness.restarted(settings: settings)
        model.restart()
        return differenceAfterRestart()
    }

    /// The same from state records and the log behind them.
    mutating func restart(from image: EngineImage) throws -> String? {
        drawSettings()
        let order = SplitMix64(seed: generator.next())
        harness = try harness.restarted(from: image, settings: settings, order: order)
        let known = harness.engine.lastInstantOfStripes
        guard model.restart(knowing: known) else { return "the image's last instant is \(known)" }
        return differenceAfterRestart()
    }

    private mutating func drawSettings() {
        settings.hashKey = generator.next()
        if settings.stockStripes > 1 {
            settings.stockStripes = 1 << Int(generator.next() % 11)
            settings.reservationStripes = 1 << Int(generator.next() % 11)
            settings.ownerStripes = 1 << Int(generator.next() % 11)
        }
    }

    private mutating func differenceAfterRestart() -> String? {
        let ownViolations = model.violations()
        if !ownViolations.isEmpty { return "the model breaks: \(ownViolations.prefix(5))" }
        if harness.engine.stateHash() != model.stateHash() { return "state hash without a check" }
        return differenceOfStates() ?? differenceOfStock() ?? differenceOfListing()
    }
}

extension CellReport {
    /// Where the cell is.
    var key: ModelInventory.CellKey { ModelInventory.CellKey(warehouse, pool) }
}
