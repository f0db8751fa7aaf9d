internal import HoldfastClient

/// The steps of the demo as they happen.
struct DemoText {
    private let clock = ContinuousClock()
    private let start = ContinuousClock().now

    /// Prints what it is about.
    func title(_ text: String) {
        Terminal.writeLine()
        Terminal.writeLine("  " + Terminal.styled(text, .bold))
        Terminal.writeLine()
    }

    /// Prints a step with the time since the start.
    func step(_ name: String, _ text: String, _ style: Terminal.Style = .cyan) {
        let seconds = ((clock.now - start) / .seconds(1)).rounded(toPlaces: 2)
        let padding = String(repeating: " ", count: max(1, 9 - name.count))
        Terminal.writeLine(
            Terminal.styled("  \(seconds) s  ", .dim) + Terminal.styled(name, style) + padding
                + text
        )
    }
}

/// What came of the demo.
struct DemoReport {
    let network: DemoNetwork
    let tally: DemoTally
    let audit: DemoAudit
    let check: CheckResult
    let seconds: Double
    let outageSeconds: Double
    let load: LoadResult
    let hasEndedWell: Bool

    /// What is wrong, in words; empty when all is as it should be.
    var complaints: [String] {
        var complaints = audit.lost.prefix(10).map { "acknowledged and lost: \($0)" }
        if audit.oversoldUnits > 0 { complaints.append("\(audit.oversoldUnits) units oversold") }
        if audit.differingCells > 0 {
            complaints.append("\(audit.differingCells) cells differ from what shoppers were told")
        }
        complaints += tally.surprises.prefix(10).map { "unexpected refusal: \($0)" }
        complaints += check.violations.prefix(10)
        if !hasEndedWell { complaints.append("the server didn't end with exit code 0") }
        return complaints
    }

    /// Whether nothing is wrong.
    var isGood: Bool { complaints.isEmpty && check.isClean }

    /// The report for people, the result on the last line.
    var lines: [String] {
        let rows: [(String, String)] = [
            (
                "sold",
                "\(audit.soldUnits.grouped) units in \(counted(audit.committed, "order")); of the "
                    + "scarce ones \(audit.soldScarceUnits.grouped) of "
                    + network.scarceUnits.grouped
            ),
            ("refused", "\(counted(tally.refused, "order")): not enough left"),
            ("released", "\(counted(audit.released, "hold")) given back by their shoppers"),
            ("expired", "\(counted(audit.expired, "hold")) that nobody came back for"),
            ("oversold", verdict(audit.oversoldUnits == 0, "\(audit.oversoldUnits)")),
            (
                "lost",
                verdict(audit.lost.isEmpty, "\(audit.lost.count)")
                    + " of \(tally.answers.grouped) acknowledged answers"
            ),
            ("invariants", verdict(check.isClean, check.isClean ? "clean" : "broken")),
            (
                "outage",
                "\((outageSeconds * 1_000).rounded(toPlaces: 0)) ms from SIGKILL to listening "
                    + "again; \(counted(tally.repeated, "answer")) had to be given twice"
            ),
            (
                "rush",
                "\(tally.answers.grouped) durable answers in \(seconds.rounded(toPlaces: 1)) s, "
                    + "outage and all; \(tally.latency.text)"
            ),
            (
                "full load",
                "\((Double(load.counts.accepted) / load.seconds).groupedWhole) durable holds "
                    + "a second; " + load.measured.latency.text
            ),
        ]
        var lines = [""]
        for (name, text) in rows {
            let padding = String(repeating: " ", count: 12 - name.count)
            lines.append("  " + Terminal.styled(name, .dim) + padding + text)
        }
        lines.append("")
        lines.append(
            isGood
                ? Terminal.styled("  Every answer held fast.", .green)
                : Terminal.styled("  Something is wrong.", .red)
        )
        return lines
    }

    private func verdict(_ isGood: Bool, _ text: String) -> String {
        Terminal.styled(text, isGood ? .green : .red)
    }
}

extension String {
    /// The text with a prefix exchanged, where it has it.
    func replacingPrefix(_ prefix: String, _ other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
