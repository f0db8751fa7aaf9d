/// A table for people: columns as wide as their widest entry, numbers to the right.
struct TextTable {
    /// How a column is set.
    enum Alignment {
        case left
        case right
    }

    /// The head of a column and how it is set.
    struct Column {
        let title: String
        let alignment: Alignment

        /// A column of text, set to the left.
        static func text(_ title: String) -> Column { Column(title: title, alignment: .left) }

        /// A column of numbers, set to the right.
        static func number(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// An empty table.
    init(_ columns: Column...) { self.columns = columns }

    /// An empty table whose columns are in a list.
    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with one entry for each column.
    mutating func add(_ entries: String...) { add(entries) }

    /// Adds a row from a list with one entry for each column.
    mutating func add(_ entries: [String]) {
        precondition(entries.count == columns.count, "a row has one entry for each column")
        rows.append(entries)
    }

    /// The lines of the table, the first one the titles.
    var lines: [String] {
        let titles = columns.map(\.title)
        let widths = columns.indices.map { column in
            rows.reduce(titles[column].count) { max($0, $1[column].count) }
        }
        return ([titles] + rows).map { entries in
            var line = ""
            for (index, entry) in entries.enumerated() {
                if index > 0 { line += "  " }
                let padding = String(repeating: " ", count: widths[index] - entry.count)
                line += columns[index].alignment == .left ? entry + padding : padding + entry
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
