internal import HoldfastClient

/// What came of a count file, as people and programs read it.
struct ReconciliationText {
    /// The file.
    let path: String
    /// The counts, the largest differences first.
    private let counts: [ReconciledCount]
    private let faults: [RowFault]
    private let isApplied: Bool

    /// The outcome of all rows, in any order.
    init(path: String, counts: [ReconciledCount], faults: [RowFault], isApplied: Bool) {
        self.path = path
        self.faults = faults.sorted { $0.line < $1.line }
        self.isApplied = isApplied
        self.counts = counts.sorted {
            let sizes = ($0.difference.magnitude, $1.difference.magnitude)
            return sizes.0 == sizes.1 ? $0.row.line < $1.row.line : sizes.0 > sizes.1
        }
    }

    private func number(_ outcome: ReconciledCount.Outcome) -> Int {
        counts.count { $0.outcome == outcome }
    }

    /// Counts that the books don't agree with, for whatever reason.
    private var differing: [ReconciledCount] { counts.filter { $0.outcome != .agrees } }

    // MARK: For people

    /// The lines of the bad rows, the differences, whose holds are touched, and the result.
    var lines: [String] {
        var lines = faults.map { "\(path):\($0.line): \($0.reason)" }
        if !differing.isEmpty {
            var table = TextTable(
                .number("line"),
                .text("sku"),
                .text("place"),
                .number("counted"),
                .number("books"),
                .number("difference"),
                .number("since"),
                .number("now"),
                .text("outcome")
            )
            for count in differing { table.add(entries(count)) }
            lines += table.lines
        }
        for count in counts {
            guard let holds = count.holds else { continue }
            lines += ["", "\(count.row.sku) in \(count.row.place) promises more than it has:"]
            lines += HoldsText(holds: holds).lines
        }
        return lines + [result]
    }

    private func entries(_ count: ReconciledCount) -> [String] {
        let since = count.onHandNow - count.then
        return [
            count.row.line.grouped, count.row.sku, count.row.place, count.row.units.grouped,
            count.then.grouped, signed(count.difference), signed(since), count.onHandNow.grouped,
            outcome(count),
        ]
    }

    private func signed(_ units: Int64) -> String {
        units > 0 ? "+\(units.grouped)" : units.grouped
    }

    private func outcome(_ count: ReconciledCount) -> String {
        let corrected = "\((count.onHandNow + count.difference).grouped) on hand"
        let shortfall = count.shortfalls > 0 ? ", promises more than it has" : ""
        return switch count.outcome {
        case .agrees: "agrees"
        case .differs: "would be \(corrected)\(shortfall)"
        case .corrected: "corrected at LSN \(count.lsn ?? 0)\(shortfall)"
        case .correctedBefore: "corrected before" + (count.lsn.map { " at LSN \($0)" } ?? "")
        case .superseded: "counted again at LSN \(count.lsn ?? 0)"
        case .contradicted: "more left since than was counted: count again"
        case .unknown: "SKU or warehouse isn't known"
        case .refused: "refused with \(count.refusal)"
        }
    }

    private var result: String {
        var parts = ["\(number(.agrees).grouped) agree"]
        let named: [(ReconciledCount.Outcome, String)] = [
            (.differs, "differ"), (.corrected, "corrected"),
            (.correctedBefore, "corrected before"), (.superseded, "counted again"),
            (.contradicted, "contradicted"), (.unknown, "unknown"), (.refused, "refused"),
        ]
        for (outcome, name) in named where number(outcome) > 0 {
            parts.append("\(number(outcome).grouped) \(name)")
        }
        if !faults.isEmpty { parts.append(counted(faults.count, "bad row")) }
        var text = "\(counted(counts.count, "count")): \(parts.joined(separator: ", "))"
        if number(.differs) > 0, !isApplied { text += "; nothing was changed without --apply" }
        return text
    }

    // MARK: For programs

    /// A line for each count, then one for all.
    var jsonLines: [String] { counts.map { json($0).text } + [summary.text] }

    private func json(_ count: ReconciledCount) -> JSON {
        let row = count.row
        var members: [(name: String, value: JSON)] = [
            ("line", .count(row.line)),
            ("sku", .string(row.sku)),
            ("warehouse", .string(row.warehouse.description)),
            ("pool", row.pool.map { .string($0.description) } ?? .null),
            ("as_of", .string(row.asOf.text)),
            ("counted", .integer(row.units)),
            ("on_hand_then", .integer(count.then)),
            ("difference", .integer(count.difference)),
            ("on_hand_now", .integer(count.onHandNow)),
            ("outcome", .string(count.outcome.rawValue)),
            ("lsn", count.lsn.map { .count($0) } ?? .null),
            ("shortfalls", .count(count.shortfalls)),
        ]
        if !count.refusal.isEmpty { members.append(("refusal", .string(count.refusal))) }
        if let holds = count.holds { members += HoldsText(holds: holds).members }
        return .object(members)
    }

    private var summary: JSON {
        let outcomes: [ReconciledCount.Outcome] = [
            .agrees, .differs, .corrected, .correctedBefore, .superseded, .contradicted, .unknown,
            .refused,
        ]
        let bad = faults.map {
            JSON.object([("line", .count($0.line)), ("reason", .string($0.reason))])
        }
        return .object(
            [("file", .string(path)), ("counts", .count(counts.count))]
                + outcomes.map { ($0.rawValue, .count(number($0))) }
                + [("rows_bad", .count(faults.count)), ("bad_rows", .array(bad))]
        )
    }

    // MARK: How the command ends

    /// Why the command doesn't end well; `nil` where all that was wanted is done.
    var failure: CommandFailure? {
        let undone = number(.unknown) + number(.contradicted) + number(.refused) + faults.count
        guard undone > 0 else { return nil }
        return CommandFailure(
            .refused,
            "rows_left",
            "\(path): \(counted(undone, "row")) can't be reconciled — see above, mend them, and "
                + "give the file again"
        )
    }
}
