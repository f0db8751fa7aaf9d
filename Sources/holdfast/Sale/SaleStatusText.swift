internal import HoldfastClient

/// How a sale goes, as `sale status` prints it.
struct SaleStatusText {
    private let status: SaleStatus
    private let before: SaleStatus?

    private static let barWidth = 30
    private static let columnWidth = 10

    /// A status, and the one before it, against which rates are told.
    init(_ status: SaleStatus, since before: SaleStatus?) {
        self.status = status
        self.before = before
    }

    // MARK: Figures

    private var units: SaleUnits { SaleUnits(status.figures) }

    /// What a figure grew by in a second since the status before; `nil` where there is none, or
    /// where the server was started anew.
    private func rate(_ figure: (SaleFigures) -> UInt64) -> Double? {
        guard let before else { return nil }
        let milliseconds = status.instant.milliseconds - before.instant.milliseconds
        let (old, new) = (figure(before.figures), figure(status.figures))
        guard milliseconds > 0, new >= old else { return nil }
        return Double(new - old) * 1_000 / Double(milliseconds)
    }

    private var holdRate: Double? { rate(\.holds) }
    private var commitRate: Double? { rate(\.committedHolds) }
    private var refusalRate: Double? { rate(\.refusalCount) }

    // MARK: A line

    private var columns: [(title: String, text: String)] {
        [
            ("state", status.state.name),
            ("sold", units.sold.grouped),
            ("held", units.held.grouped),
            ("free", units.free.grouped),
            ("owners", status.figures.owners.grouped),
            ("holds", status.figures.holds.grouped),
            ("refused", status.figures.refusalCount.grouped),
            ("holds/s", text(holdRate)),
            ("commits/s", text(commitRate)),
            ("refused/s", text(refusalRate)),
        ]
    }

    private func text(_ rate: Double?) -> String { rate.map(\.groupedWhole) ?? "-" }

    /// The titles above ``line``.
    var titles: String { joined(\.title) }

    /// The figures on one line.
    var line: String { joined(\.text) }

    private func joined(_ entry: ((title: String, text: String)) -> String) -> String {
        columns.map { column in
            let text = entry(column)
            let padding = max(0, SaleStatusText.columnWidth - text.count)
            return String(repeating: " ", count: padding) + text
        }.joined(separator: " ")
    }

    // MARK: A block

    /// The figures below each other, for a person.
    ///
    /// Lines that are redrawn are cut to the terminal's columns: one that wraps would count twice.
    func block(columns: Int = Int.max) -> [String] {
        let name = Terminal.styled(status.rules.pool.description, .bold)
        var lines = [
            status.rules.wallText, status.rules.limitsText,
            units.bar(width: SaleStatusText.barWidth),
        ]
        var table = TextTable(.text("figure"), .number("now"), .number("per second"))
        let figures = status.figures
        table.add("units sold", units.sold.grouped, "")
        table.add("units held", units.held.grouped, "")
        if units.borrowed > 0 { table.add("  of these from default", units.borrowed.grouped, "") }
        table.add("units free", units.free.grouped, "")
        table.add("owners", figures.owners.grouped, text(rate(\.owners)))
        table.add("holds", figures.holds.grouped, text(holdRate))
        table.add("committed", figures.committedHolds.grouped, text(commitRate))
        table.add("held now", figures.openHolds.grouped, "")
        for (outcome, count) in figures.rankedRefusals {
            table.add(
                outcome.name,
                count.grouped,
                text(rate { $0.refusals[outcome] ?? 0 })
            )
        }
        lines += table.lines
        // The first line is short, and its style takes no column.
        return ["\(name)  \(status.rules.stateText(at: status.instant))"]
            + lines.map { String($0.prefix(columns)) }
    }

    // MARK: For programs

    /// The figures for programs.
    var json: JSON {
        func value(_ rate: Double?) -> JSON { rate.map { .number($0) } ?? .null }
        return .object(
            [("at", .string(status.instant.text))]
                + status.rules.jsonMembers(at: status.instant)
                + status.figures.jsonMembers
                + [
                    ("holds_per_second", value(holdRate)),
                    ("commits_per_second", value(commitRate)),
                    ("refusals_per_second", value(refusalRate)),
                ]
        )
    }
}

/// Where the units of a sale are.
struct SaleUnits {
    /// Committed, and not left or left.
    let sold: UInt64
    /// Held, and not committed.
    let held: UInt64
    /// Free to be reserved.
    let free: UInt64
    /// Sold or held ones that are taken from `default`.
    let borrowed: UInt64

    /// Reads figures.
    ///
    /// The pool's cells tell what is held of the sale's own units; what owners have beyond that is
    /// borrowed, and of those the cells don't say which are held: they count as sold.
    init(_ figures: SaleFigures) {
        held = UInt64(clamping: figures.cells.reserved)
        free = UInt64(clamping: figures.cells.available)
        let own = UInt64(clamping: figures.cells.reserved + figures.cells.committed)
        borrowed = figures.openUnits > own ? figures.openUnits - own : 0
        let open = max(figures.openUnits, own)
        sold = open - held + figures.fulfilledUnits
    }

    /// A bar of what is sold (`#`), held (`=`) and free (`.`), and their shares.
    func bar(width: Int) -> String {
        let total = sold + held + free
        guard total > 0 else { return "[" + String(repeating: " ", count: width) + "] no units" }
        func share(_ units: UInt64) -> Double { Double(units) / Double(total) }
        let soldWidth = Int(share(sold) * Double(width))
        let heldWidth = Int(share(sold + held) * Double(width)) - soldWidth
        let bar =
            String(repeating: "#", count: soldWidth) + String(repeating: "=", count: heldWidth)
            + String(repeating: ".", count: width - soldWidth - heldWidth)
        func percent(_ units: UInt64) -> String {
            (share(units) * 100).rounded(toPlaces: 1) + " %"
        }
        return "[\(bar)] \(percent(sold)) sold, \(percent(held)) held, \(percent(free)) free"
    }
}

extension SaleFigures {
    /// Requests that were refused, whatever for.
    var refusalCount: UInt64 { refusals.values.reduce(0, +) }

    /// Refusals by outcome, the most frequent first.
    var rankedRefusals: [(outcome: Outcome, count: UInt64)] {
        refusals.filter { $0.value > 0 }.map { ($0.key, $0.value) }.sorted {
            ($1.1, $0.0.rawValue) < ($0.1, $1.0.rawValue)
        }
    }

    /// The figures for programs.
    var jsonMembers: [(name: String, value: JSON)] {
        let units = SaleUnits(self)
        return [
            ("units_sold", .count(units.sold)), ("units_held", .count(units.held)),
            ("units_free", .count(units.free)), ("units_borrowed", .count(units.borrowed)),
            ("units_fulfilled", .count(fulfilledUnits)),
            ("units_returned", .count(returnedUnits)),
            ("owners", .count(owners)), ("holds", .count(holds)),
            ("holds_committed", .count(committedHolds)), ("holds_open", .count(openHolds)),
            (
                "refusals",
                .object(rankedRefusals.map { ($0.outcome.name, .count($0.count)) })
            ),
        ]
    }
}
