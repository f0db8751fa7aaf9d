/// A row of small bars.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let columnsMax = 60

    /// A bar for each value, from an empty one for 0 to a full one for the largest; where there
    /// are more values than columns, a bar for the mean of neighbours.
    static func text(_ values: [Double]) -> String {
        guard let most = values.max(), most > 0 else {
            return String(repeating: bars[0], count: min(values.count, columnsMax))
        }
        let columns = min(values.count, columnsMax)
        let heights = (0..<columns).map { column in
            let start = column * values.count / columns
            let part = values[start..<((column + 1) * values.count / columns)]
            return part.reduce(0, +) / Double(part.count) / most
        }
        return String(heights.map { bars[min(bars.count - 1, Int($0 * Double(bars.count)))] })
    }
}
