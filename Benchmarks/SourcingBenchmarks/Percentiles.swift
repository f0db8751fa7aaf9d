/// The spread of some measured times.
struct Percentiles {
    private let sorted: [Int]

    /// The spread of nanoseconds, of which there is at least one.
    init(_ nanoseconds: [Int]) {
        precondition(!nanoseconds.isEmpty, "a spread of something")
        sorted = nanoseconds.sorted()
    }

    /// The value that `percent` of all aren't above, by nearest rank.
    func value(_ percent: Double) -> Int {
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[min(sorted.count, max(1, Int(rank))) - 1]
    }

    /// A percentile in microseconds.
    func microseconds(_ percent: Double) -> Double { Double(value(percent)) / 1_000 }

    /// The spread for people.
    var text: String {
        let names = [("median", 50.0), ("p90", 90), ("p99", 99), ("max", 100)]
        let parts = names.map { "\($0.0) \(decimal(microseconds($0.1), 1))" }
        return parts.joined(separator: ", ") + " µs"
    }

    /// The spread for programs.
    var fields: [(String, JSONText)] {
        [
            ("median_microseconds", .number(microseconds(50))),
            ("p90_microseconds", .number(microseconds(90))),
            ("p99_microseconds", .number(microseconds(99))),
            ("max_microseconds", .number(microseconds(100))),
        ]
    }
}

/// A number with a fixed count of digits behind the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    var factor = 1.0
    for _ in 0..<digits { factor *= 10 }
    let scaled = Int64((value * factor).rounded())
    if digits == 0 { return String(scaled) }
    let fraction = String(scaled.magnitude % UInt64(factor))
    let padding = String(repeating: "0", count: digits - fraction.count)
    return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / UInt64(factor)).\(padding)\(fraction)"
}

/// Rows in aligned columns, the first one to the left, for people.
func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
        rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
        row.enumerated().map { column, cell in
            let padding = String(repeating: " ", count: widths[column] - cell.count)
            return column == 0 ? cell + padding : padding + cell
        }.joined(separator: "  ")
    }.joined(separator: "\n")
}
