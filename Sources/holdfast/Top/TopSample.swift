internal import HoldfastClient

/// The figures of a server at one instant, as `top` takes them.
struct TopSample {
    private let statistics: ServerStatistics
    /// When they came in.
    let instant: ContinuousClock.Instant
    /// How long the server took to answer them.
    let cost: Duration

    /// Figures that have come in just now.
    init(_ statistics: ServerStatistics, instant: ContinuousClock.Instant, cost: Duration) {
        self.statistics = statistics
        self.instant = instant
        self.cost = cost
    }

    /// A figure; 0 where the server doesn't tell it.
    subscript(_ name: String) -> Int64 { statistics[name] ?? 0 }

    /// Requests that came too early, for whatever limit.
    var rateRefusals: Int64 {
        self["server_rate_refusals_owner"] + self["server_rate_refusals_connection"]
            + self["server_rate_refusals_credential"]
    }
}

/// What `top` tells of the time between two samples.
struct TopReport {
    /// One figure: its name for programs, its title for people, its value.
    struct Figure {
        let name: String
        let title: String
        let value: Double
    }

    let figures: [Figure]

    /// The difference of two samples, and the latencies that the probe measured.
    init(from before: TopSample, to now: TopSample, probe: ProbeWindow) {
        let seconds = max(0.001, (now.instant - before.instant) / .seconds(1))
        func rate(_ name: String, _ title: String, _ figure: String) -> Figure {
            Figure(
                name: name,
                title: title,
                value: Double(now[figure] - before[figure]) / seconds
            )
        }
        func level(_ name: String, _ title: String, _ value: Int64) -> Figure {
            Figure(name: name, title: title, value: Double(value))
        }
        let latency = probe.percentiles
        figures = [
            rate("holds_per_second", "holds/s", "reserves_accepted"),
            rate("commits_per_second", "commits/s", "commits"),
            rate("refusals_per_second", "refused/s", "reserves_refused"),
            Figure(
                name: "rate_limited_per_second",
                title: "limited/s",
                value: Double(now.rateRefusals - before.rateRefusals) / seconds
            ),
            rate("repeated_per_second", "repeated/s", "answers_repeated"),
            rate("conflicts_per_second", "conflicts/s", "optimistic_conflicts"),
            level("reservations_held", "held", now["reservations_held"]),
            level("reservations_committed", "committed", now["reservations_committed"]),
            level("units_reserved", "units", now["units_reserved"]),
            level("connections", "conns", now["server_connections"]),
            rate("log_bytes_per_second", "log B/s", "log_tail_lsn"),
            level("durable_lag_bytes", "lag B", now["log_tail_lsn"] - now["log_durable_lsn"]),
            rate("turns_gated_per_second", "gated/s", "server_turns_gated"),
            Figure(name: "probe_p50_us", title: "p50 µs", value: latency.p50),
            Figure(name: "probe_p99_us", title: "p99 µs", value: latency.p99),
            Figure(
                name: "stats_us",
                title: "stats µs",
                value: now.cost / .microseconds(1)
            ),
        ]
    }

    // MARK: Printed

    private static let widthMin = 10

    /// The titles above ``line``.
    var titles: String { joined { $0.title } }

    /// The figures on one line.
    var line: String { joined { $0.value.groupedWhole } }

    /// The figures below each other, for a terminal that is redrawn.
    var block: [String] {
        var table = TextTable(.text("figure"), .number("now"))
        for figure in figures { table.add(figure.title, figure.value.groupedWhole) }
        return table.lines
    }

    /// The figures for programs.
    var json: JSON { .object(figures.map { ($0.name, .number($0.value)) }) }

    private func joined(_ entry: (Figure) -> String) -> String {
        let entries = figures.map { figure in
            let text = entry(figure)
            let width = max(TopReport.widthMin, figure.title.count)
            return String(repeating: " ", count: max(0, width - text.count)) + text
        }
        return entries.joined(separator: " ")
    }
}

/// The latencies of the last probes, a window of fixed size.
struct ProbeWindow {
    private let countMax: Int
    private var nanoseconds: [UInt64] = []
    private var next = 0

    /// An empty window of so many probes.
    init(countMax: Int) { self.countMax = countMax }

    /// Adds a latency in the place of the oldest.
    mutating func add(_ latencyNanoseconds: UInt64) {
        if nanoseconds.count < countMax {
            nanoseconds.append(latencyNanoseconds)
        } else {
            nanoseconds[next] = latencyNanoseconds
        }
        next = (next + 1) % countMax
    }

    /// Median and 99th percentile in microseconds; 0 where nothing was measured.
    var percentiles: (p50: Double, p99: Double) {
        let sorted = nanoseconds.sorted()
        func value(_ percent: Int) -> Double {
            guard !sorted.isEmpty else { return 0 }
            let index = (sorted.count * percent + 99) / 100 - 1
            return Double(sorted[max(0, index)]) / 1_000
        }
        return (value(50), value(99))
    }
}
