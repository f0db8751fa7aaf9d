/// A file of comma-separated values whose first line names its columns (RFC 4180).
///
/// Rows keep the number of the line they begin on, so that every complaint names `path:line`.
struct CSVFile {
    /// The name that errors give.
    let path: String
    private let bytes: [UInt8]
    private let columns: [String: Int]
    /// Fields of all rows, row after row; each row has one for each column.
    private let fields: [Field]
    private let lineNumbers: [Int]

    private struct Field {
        let start: Int
        let end: Int
        let isQuoted: Bool
    }

    /// One row of the file.
    struct Row {
        fileprivate let file: CSVFile
        fileprivate let index: Int

        /// The line of the file that the row begins on.
        var line: Int { file.lineNumbers[index] }
    }

    /// A column found by its name.
    struct Column {
        let name: String
        fileprivate let index: Int
    }

    /// Reads the file at `path`.
    init(path: String) throws(CommandFailure) {
        try self.init(path: path, bytes: InputFile.bytes(at: path))
    }

    /// Reads rows from `bytes`.
    init(path: String, bytes: [UInt8]) throws(CommandFailure) {
        var scanner = CSVScanner(bytes: bytes)
        var fields: [Field] = []
        var lineNumbers: [Int] = []
        var columns: [String: Int] = [:]
        while let line = scanner.nextRowLine() {
            let first = fields.count
            repeat {
                guard let field = scanner.nextField() else {
                    throw .file("\(path):\(line): a quote is never closed — add the missing `\"`")
                }
                fields.append(
                    Field(start: field.start, end: field.end, isQuoted: field.isQuoted)
                )
            } while !scanner.isAtRowEnd
            let width = fields.count - first
            if columns.isEmpty {
                for (index, field) in fields.enumerated() {
                    let name = CSVFile.text(field, in: bytes)
                    guard columns.updateValue(index, forKey: name) == nil else {
                        throw .file("\(path):\(line): two columns are called `\(name)`")
                    }
                }
                fields.removeAll()
                continue
            }
            guard width == columns.count else {
                throw .file(
                    "\(path):\(line): \(counted(width, "field")) where the first line names "
                        + "\(columns.count) — quote fields that hold a comma"
                )
            }
            lineNumbers.append(line)
        }
        guard !columns.isEmpty else {
            throw .file("\(path):1: the file is empty — its first line names the columns")
        }
        self.path = path
        self.bytes = bytes
        self.columns = columns
        self.fields = fields
        self.lineNumbers = lineNumbers
    }

    /// How many rows the file has, the first line not counted.
    var rowCount: Int { lineNumbers.count }

    /// The row at `index`.
    func row(_ index: Int) -> Row { Row(file: self, index: index) }

    /// The column called `name`.
    func column(_ name: String) throws(CommandFailure) -> Column {
        guard let index = columns[name] else {
            throw .file(
                "\(path):1: no column `\(name)` — the first line names "
                    + columns.keys.sorted().joined(separator: ", ")
            )
        }
        return Column(name: name, index: index)
    }

    /// The column called `name`, where the file has it.
    func optionalColumn(_ name: String) -> Column? {
        columns[name].map { Column(name: name, index: $0) }
    }

    private static func text(_ field: Field, in bytes: [UInt8]) -> String {
        let slice = bytes[field.start..<field.end]
        guard field.isQuoted else { return String(decoding: slice, as: UTF8.self) }
        var kept: [UInt8] = []
        var isSecondQuote = false
        for byte in slice {
            if byte == CSVScanner.quote, !isSecondQuote {
                isSecondQuote = true
                continue
            }
            isSecondQuote = false
            kept.append(byte)
        }
        return String(decoding: kept, as: UTF8.self)
    }
}

extension CSVFile.Row {
    /// The text of a field.
    func text(_ column: CSVFile.Column) -> String {
        CSVFile.text(file.fields[index * file.columns.count + column.index], in: file.bytes)
    }

    /// The number in a field.
    func integer(_ column: CSVFile.Column) throws(CommandFailure) -> Int64 {
        guard let value = Int64(text(column)) else {
            throw failure("\(column.name) `\(text(column))` is no whole number")
        }
        return value
    }

    /// The number in a field, with a point.
    func number(_ column: CSVFile.Column) throws(CommandFailure) -> Double {
        guard let value = Double(text(column)), value.isFinite else {
            throw failure("\(column.name) `\(text(column))` is no number")
        }
        return value
    }

    /// A complaint about this row.
    func failure(_ what: String) -> CommandFailure { .file("\(file.path):\(line): \(what)") }
}
