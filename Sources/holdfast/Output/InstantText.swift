internal import HoldfastClient

/// Instants as ISO 8601 text in UTC.
///
/// - Source: days from and to civil dates by H. Hinnant, "chrono-Compatible Low-Level Date
///   Algorithms", 2013.
extension Instant {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// The instant as text: `2010-12-01T08:26:00.000Z`.
    var text: String {
        let (days, left) = milliseconds.quotientAndRemainder(dividingBy: Instant.dayMilliseconds)
        let day = left < 0 ? days - 1 : days
        let rest = left < 0 ? left + Instant.dayMilliseconds : left
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
        let date = [padded(year, 4), padded(civilMonth, 2), padded(dayOfMonth, 2)]
        let time = [
            padded(rest / 3_600_000, 2), padded(rest / 60_000 % 60, 2),
            padded(rest / 1_000 % 60, 2),
        ]
        return date.joined(separator: "-") + "T" + time.joined(separator: ":") + "."
            + padded(rest % 1_000, 3) + "Z"
    }

    /// Reads `YYYY-MM-DDThh:mm:ss`, with a fraction and `Z` where there is one.
    init?(text: String) {
        let parts = text.split(whereSeparator: { "-T:.Z ".contains($0) })
        guard parts.count == 6 || parts.count == 7, text.utf8.count <= 24 else { return nil }
        let numbers = parts.prefix(6).compactMap { Int64($0) }
        guard numbers.count == 6, (1970...9_999).contains(numbers[0]),
            (1...12).contains(numbers[1]), (1...31).contains(numbers[2]),
            (0...23).contains(numbers[3]), (0...59).contains(numbers[4]),
            (0...60).contains(numbers[5])
        else { return nil }
        var fraction: Int64 = 0
        if parts.count == 7 {
            guard parts[6].count <= 3, let digits = Int64(parts[6]) else { return nil }
            fraction = digits * [0, 100, 10, 1][parts[6].count]
        }
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let era = year / 400
        let yearOfEra = year - era * 400
        let month = numbers[1] > 2 ? numbers[1] - 3 : numbers[1] + 9
        let dayOfYear = (153 * month + 2) / 5 + numbers[2] - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let day = era * 146_097 + dayOfEra - 719_468
        let seconds = numbers[3] * 3_600 + numbers[4] * 60 + numbers[5]
        self.init(milliseconds: day * Instant.dayMilliseconds + seconds * 1_000 + fraction)
    }
}

/// A number with zeros before it.
private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
