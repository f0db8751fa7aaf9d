/// Figures as people read them.
extension BinaryInteger {
    /// The number with a comma between groups of three digits: `1,234,567`.
    var grouped: String {
        let digits = Array(String(magnitude))
        var text = self < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

extension Double {
    /// The number with exactly `places` digits behind the point, halves away from zero.
    func rounded(toPlaces places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (self * scale).rounded()
        guard scaled.magnitude < 9e15 else { return String(self) }
        let value = Int64(scaled)
        let digits = String(value.magnitude)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = value < 0 ? "-" : ""
        guard places > 0 else { return sign + padded }
        return sign + padded.dropLast(places) + "." + padded.suffix(places)
    }

    /// The whole part, grouped.
    var groupedWhole: String { Int64(self.rounded()).grouped }
}

/// Microseconds as a short text: `87 µs`, `1.24 ms`, `2.1 s`.
func durationText(microseconds: Double) -> String {
    if microseconds < 1_000 { return microseconds.rounded(toPlaces: 0) + " µs" }
    if microseconds < 1_000_000 { return (microseconds / 1_000).rounded(toPlaces: 2) + " ms" }
    return (microseconds / 1_000_000).rounded(toPlaces: 1) + " s"
}

/// Bytes as a short text: `512 bytes`, `1.2 KiB`, `3.4 MiB`, `5.6 GiB`.
func bytesText(_ bytes: some BinaryInteger) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)]
    for (unit, shift) in units where bytes >= 1 << shift {
        return (Double(bytes) / Double(1 << shift)).rounded(toPlaces: 1) + " " + unit
    }
    return counted(bytes, "byte")
}

/// A noun behind its number: `1 order`, `2,000 orders`.
func counted(_ count: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String {
    "\(count.grouped) " + (count == 1 ? noun : plural ?? noun + "s")
}
