import Inventory

/// Instants as text: `2026-11-27T09:00:00Z`.
enum Timestamp {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// An instant as text; milliseconds only where there are any.
    static func text(_ instant: Instant) -> String {
        let days = instant.milliseconds / dayMilliseconds
        let ofDay = instant.milliseconds % dayMilliseconds
        let (year, month, day) = date(days)
        let seconds = ofDay / 1_000
        let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
        let rest = ofDay % 1_000 == 0 ? "" : "." + padded(ofDay % 1_000, 3)
        let dateText = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        return "\(dateText)T\(clock.joined(separator: ":"))\(rest)Z"
    }

    /// Reads `yyyy-mm-ddThh:mm:ssZ`; `nil` for anything else.
    static func instant(_ text: some StringProtocol) -> Instant? {
        let parts = text.split { "-T:Z".contains($0) }.compactMap { Int64($0) }
        guard parts.count == 6 else { return nil }
        let seconds = (parts[3] * 60 + parts[4]) * 60 + parts[5]
        let days = days(year: parts[0], month: parts[1], day: parts[2])
        return Instant(milliseconds: days * dayMilliseconds + seconds * 1_000)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 to a date; plain counting, for years near ours.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        var days = day - 1
        for past in 1970..<max(1970, year) { days += isLeap(past) ? 366 : 365 }
        for past in 1..<max(1, month) { days += length(of: past, year) }
        return days
    }

    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var rest = days
        var year: Int64 = 1970
        while rest >= (isLeap(year) ? 366 : 365) {
            rest -= isLeap(year) ? 366 : 365
            year += 1
        }
        var month: Int64 = 1
        while rest >= length(of: month, year) {
            rest -= length(of: month, year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}
