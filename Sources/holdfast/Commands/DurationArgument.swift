internal import ArgumentParser

/// A length of time on the command line: `500ms`, `30s`, `15min`, `24h`, `30d`.
struct DurationArgument: ExpressibleByArgument {
    let milliseconds: Int64

    /// Reads a whole number and its unit.
    init?(argument: String) {
        let units: [(String, Int64)] = [
            ("ms", 1), ("min", 60_000), ("s", 1_000), ("h", 3_600_000), ("d", 86_400_000),
        ]
        guard let unit = units.first(where: { argument.hasSuffix($0.0) }),
            let number = Int64(argument.dropLast(unit.0.count)), number >= 0,
            number <= DurationArgument.millisecondsMax / unit.1
        else { return nil }
        milliseconds = number * unit.1
    }

    private static let millisecondsMax: Int64 = 86_400_000 * 36_500
}
