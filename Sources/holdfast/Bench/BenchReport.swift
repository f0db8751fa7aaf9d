internal import HoldfastClient

/// What a benchmark measured.
struct BenchReport {
    let scenario: BenchScenario
    let plan: LoadPlan
    let result: LoadResult

    private var counts: LoadCounts { result.counts }

    private var refused: Int { counts.refusals.values.reduce(0, +) }

    private var perSecond: Double {
        result.seconds > 0 ? Double(result.measured.lives) / result.seconds : 0
    }

    /// The report for programs.
    var json: JSON {
        let refusals = counts.refusals.sorted { $0.key < $1.key }.map { code, count in
            (Outcome(rawValue: code)?.name ?? "\(code)", JSON.count(count))
        }
        let series = result.intervals.enumerated().map { second, interval in
            JSON.object([
                ("second", .count(second)),
                ("answers", .count(interval.latency.count)),
                ("lives", .count(interval.lives)),
                ("latency_us", interval.latency.benchJSON),
            ])
        }
        return .object([
            ("scenario", .string(scenario.rawValue)),
            ("requests", .count(counts.requests)),
            ("accepted", .count(counts.accepted)),
            ("refused", .count(refused)),
            ("lives", .count(counts.lives)),
            ("lives_not_begun", .count(result.livesNotBegun)),
            ("warmup_seconds", .number(plan.warmUpSeconds)),
            ("seconds", .number(result.seconds)),
            ("target_per_second", plan.perSecond.map { .count($0) } ?? .null),
            ("per_second", .number(perSecond)),
            ("latency_us", result.measured.latency.benchJSON),
            ("refusals", .object(refusals)),
            ("series", .array(series)),
        ])
    }

    /// The report for people, the result on the last line; with the time series where wanted.
    func textLines(showsSeries: Bool) -> [String] {
        var lines = [
            "\(counted(counts.requests, "request")), \(counts.accepted.grouped) accepted, "
                + "\(refused.grouped) refused"
        ]
        for (code, count) in counts.refusals.sorted(by: { $0.key < $1.key }) {
            let name = Outcome(rawValue: code)?.name ?? "\(code)"
            lines.append("refused with \(name): \(count.grouped)")
        }
        if result.livesNotBegun > 0 {
            lines.append(
                "behind: \(result.livesNotBegun.grouped) lives were due and not begun — more "
                    + "--outstanding, or a lower --rate?"
            )
        }
        if showsSeries { lines += seriesLines }
        lines.append("latency: \(result.measured.latency.benchText)")
        let target = plan.perSecond.map { ", \($0.grouped) asked for" } ?? ""
        lines.append(
            "\(scenario.rawValue): \(perSecond.groupedWhole) \(scenario.noun) a second over "
                + "\(result.seconds.rounded(toPlaces: 2)) s\(target)"
        )
        return lines
    }

    /// Throughput and latency over the seconds that the load lasted as a whole.
    private var seriesLines: [String] {
        let whole = result.intervals.prefix(max(1, Int(result.seconds)))
        guard whole.count > 1 else { return [] }
        let lives = whole.map { Double($0.lives) }
        let p99 = whole.map { Double($0.latency.nanoseconds(atFraction: 0.99)) / 1_000 }
        let least = (lives.min() ?? 0).groupedWhole
        let most = (lives.max() ?? 0).groupedWhole
        let highest = durationText(microseconds: p99.max() ?? 0)
        return [
            "a second  \(Sparkline.text(lives)) \(least) to \(most)",
            "p99       \(Sparkline.text(p99)) up to \(highest)",
        ]
    }
}

extension LatencyHistogram {
    private static let benchFractions = [
        ("p50", "p50", 0.5), ("p90", "p90", 0.9), ("p99", "p99", 0.99),
        ("p99.9", "p999", 0.999), ("p99.99", "p9999", 0.9999),
    ]

    /// The percentiles of a benchmark in microseconds, for programs.
    fileprivate var benchJSON: JSON {
        let percentiles = LatencyHistogram.benchFractions.map { _, key, fraction in
            (key, JSON.number(microseconds(at: fraction)))
        }
        return .object(percentiles + [("max", .number(Double(maxNanoseconds) / 1_000))])
    }

    /// The percentiles of a benchmark for people.
    fileprivate var benchText: String {
        let percentiles = LatencyHistogram.benchFractions.map { name, _, fraction in
            "\(name) \(durationText(microseconds: microseconds(at: fraction)))"
        }
        let highest = "max \(durationText(microseconds: Double(maxNanoseconds) / 1_000))"
        return (percentiles + [highest]).joined(separator: ", ")
    }

    private func microseconds(at fraction: Double) -> Double {
        Double(nanoseconds(atFraction: fraction)) / 1_000
    }
}
