internal import HoldfastClient

/// What a load that lasted long did to latency and memory, interval by interval.
struct EnduranceReport: Sendable {
    /// One interval.
    struct Row: Sendable {
        let startSeconds: Int
        let answersPerSecond: Double
        /// Latencies in microseconds: p50, p99, p99.9.
        let p50: Double
        let p99: Double
        let p999: Double
        /// Memory of the server at its end; nil where it wasn't sampled.
        let residentBytes: Int?
    }

    /// A figure over time, and whether it stays as it is.
    struct Series: Sendable {
        let name: String
        let line: TrendLine?
        let verdict: TrendLine.Verdict
    }

    /// The whole intervals, in order.
    let rows: [Row]
    /// What is looked at for a trend.
    let series: [Series]
    private let result: LoadResult

    /// The report of a load.
    init(
        _ result: LoadResult,
        memory: [Int],
        intervalSeconds: Int,
        warmUpSeconds: Int,
        tolerance: Double
    ) {
        self.result = result
        let seconds = min(result.intervals.count, Int(result.seconds))
        var rows: [Row] = []
        for start in stride(from: 0, to: seconds, by: intervalSeconds) {
            let end = start + intervalSeconds
            guard end <= seconds else { break }
            var latency = LatencyHistogram()
            for interval in result.intervals[start..<end] { latency.add(interval.latency) }
            let microseconds = [0.5, 0.99, 0.999].map {
                Double(latency.nanoseconds(atFraction: $0)) / 1_000
            }
            let index = start / intervalSeconds
            rows.append(
                Row(
                    startSeconds: start,
                    answersPerSecond: Double(latency.count) / Double(intervalSeconds),
                    p50: microseconds[0],
                    p99: microseconds[1],
                    p999: microseconds[2],
                    residentBytes: index < memory.count ? memory[index] : nil
                )
            )
        }
        self.rows = rows
        let late = rows.filter { $0.startSeconds >= warmUpSeconds }
        func series(_ name: String, _ value: (Row) -> Double?) -> Series {
            let points = late.compactMap { row in
                value(row).map { (Double(row.startSeconds), $0) }
            }
            let line = TrendLine(points)
            return Series(
                name: name,
                line: line,
                verdict: line?.verdict(tolerance: tolerance) ?? .undecided
            )
        }
        self.series = [
            series("p50") { $0.p50 },
            series("p99") { $0.p99 },
            series("p99.9") { $0.p999 },
            series("memory") { $0.residentBytes.map(Double.init) },
        ]
    }

    /// What is wrong with what the server did; nil for nothing.
    var failure: CommandFailure? {
        if !result.counts.refusals.isEmpty {
            return CommandFailure(.refused, "refused_under_load", "refused: \(refusalText)")
        }
        if result.livesNotBegun > 0 {
            return CommandFailure(
                .refused,
                "fell_behind",
                "\(counted(result.livesNotBegun, "life", "lives")) couldn't begin when due — a "
                    + "lower --rate?"
            )
        }
        let rising = series.filter { $0.verdict == .rising }.map(\.name)
        guard !rising.isEmpty else { return nil }
        return CommandFailure(.refused, "not_flat", "rises: \(rising.joined(separator: ", "))")
    }

    /// The report for people, the result on the last line.
    var lines: [String] {
        var table = TextTable(
            .number("second"),
            .number("answers/s"),
            .number("p50"),
            .number("p99"),
            .number("p99.9"),
            .number("memory")
        )
        for row in rows {
            table.add(
                "\(row.startSeconds)",
                row.answersPerSecond.groupedWhole,
                durationText(microseconds: row.p50),
                durationText(microseconds: row.p99),
                durationText(microseconds: row.p999),
                row.residentBytes.map { bytesText($0) } ?? "-"
            )
        }
        var lines = table.lines
        if result.livesNotBegun > 0 {
            lines.append(
                "behind: \(result.livesNotBegun.grouped) lives were due and not begun — a lower "
                    + "--rate?"
            )
        }
        for series in series {
            guard let line = series.line else { continue }
            let growth = (line.relativeGrowth * 100).rounded(toPlaces: 1)
            let bounds = (line.relativeUncertainty * 100).rounded(toPlaces: 1)
            lines.append("\(series.name): \(growth) % ± \(bounds) % over the run")
        }
        let verdicts = series.map { "\($0.name) \($0.verdict.rawValue)" }
        return lines + [
            "\(counted(result.counts.lives, "life", "lives")), \(refusalText); "
                + verdicts.joined(separator: ", ")
        ]
    }

    private var refusalText: String {
        let refused = result.counts.refusals.sorted { $0.key < $1.key }.map {
            "\($0.value.grouped) \(Outcome(rawValue: $0.key)?.name ?? "\($0.key)")"
        }
        return refused.isEmpty ? "nothing refused" : refused.joined(separator: ", ")
    }

    /// The report for programs.
    var json: JSON {
        let rows = rows.map { row in
            JSON.object([
                ("second", .count(row.startSeconds)),
                ("answers_per_second", .number(row.answersPerSecond)),
                ("p50_us", .number(row.p50)),
                ("p99_us", .number(row.p99)),
                ("p999_us", .number(row.p999)),
                ("resident_bytes", row.residentBytes.map { .count($0) } ?? .null),
            ])
        }
        let trends = series.map { series in
            JSON.object([
                ("figure", .string(series.name)),
                ("mean", series.line.map { .number($0.mean) } ?? .null),
                ("growth", series.line.map { .number($0.relativeGrowth) } ?? .null),
                ("uncertainty", series.line.map { .number($0.relativeUncertainty) } ?? .null),
                ("verdict", .string(series.verdict.rawValue)),
            ])
        }
        let refusals = result.counts.refusals.sorted { $0.key < $1.key }.map {
            (Outcome(rawValue: $0.key)?.name ?? "\($0.key)", JSON.count($0.value))
        }
        return .object([
            ("lives", .count(result.counts.lives)),
            ("lives_not_begun", .count(result.livesNotBegun)),
            ("repeated", .count(result.counts.repeated)),
            ("refusals", .object(refusals)),
            ("rows", .array(rows)),
            ("trends", .array(trends)),
        ])
    }
}
