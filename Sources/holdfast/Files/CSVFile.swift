internal import HoldfastClient

/// A file of comma-separated values whose first line names its columns (RFC 4180).
///
/// Rows keep the number of the line they begin on, so that every complaint names `path:line`.
/// Rows that can't be cut into fields are listed in ``faults`` and passed over.
struct CSVFile {
    /// The name that errors give.
    let path: String
    private let bytes: [UInt8]
    private let columns: [String: Int]
    /// Fields of all rows, row after row; each row has one for each column.
    private let fields: [Field]
    private let lineNumbers: [Int]
    /// The rows that can't be read, in their order.
    let faults: [RowFault]

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

    /// Reads the file at `path`; a row that can't be read is an error.
    init(path: String) throws(CommandFailure) {
        try self.init(path: path, bytes: InputFile.bytes(at: path))
        if let fault = faults.first { throw fault.failure(in: path) }
    }

    /// Reads rows from `bytes`; those that can't be read are listed.
    init(path: String, bytes: [UInt8]) throws(CommandFailure) {
        var scanner = CSVScanner(bytes: bytes)
        var fields: [Field] = []
        var lineNumbers: [Int] = []
        var columns: [String: Int] = [:]
        var faults: [RowFault] = []
        while let line = scanner.nextRowLine() {
            let first = fields.count
            do throws(RowFault) {
                try CSVFile.cut(&scanner, line, into: &fields)
                if columns.isEmpty {
                    columns = try CSVFile.columns(fields, line, in: bytes)
                    fields.removeAll()
                    continue
                }
                try CSVFile.checkWidth(fields.count - first, columns.count, line)
                lineNumbers.append(line)
            } catch {
                guard !columns.isEmpty else { throw error.failure(in: path) }
                fields.removeLast(fields.count - first)
                faults.append(error)
            }
        }
        guard !columns.isEmpty else {
            throw .file("\(path):1: the file is empty — its first line names the columns")
        }
        self.path = path
        self.bytes = bytes
        self.columns = columns
        self.fields = fields
        self.lineNumbers = lineNumbers
        self.faults = faults
    }

    /// Cuts one row into fields.
    private static func cut(
        _ scanner: inout CSVScanner,
        _ line: Int,
        into fields: inout [Field]
    ) throws(RowFault) {
        var hasStray = false
        repeat {
            guard let field = scanner.nextField() else {
                throw RowFault(
                    line: line,
                    reason: "a quote is never closed — add the missing `\"`; the rest wasn't read"
                )
            }
            hasStray = hasStray || scanner.hasTextBehindQuote
            fields.append(Field(start: field.start, end: field.end, isQuoted: field.isQuoted))
        } while !scanner.isAtRowEnd
        if hasStray {
            throw RowFault(
                line: line,
                reason: "text behind a closing quote — double the quotes inside a quoted field"
            )
        }
    }

    private static func columns(
        _ fields: [Field],
        _ line: Int,
        in bytes: [UInt8]
    ) throws(RowFault) -> [String: Int] {
        var columns: [String: Int] = [:]
        for (index, field) in fields.enumerated() {
            let name = CSVFile.text(field, in: bytes)
            guard columns.updateValue(index, forKey: name) == nil else {
                throw RowFault(line: line, reason: "two columns are called \(name.shown)")
            }
        }
        return columns
    }

    private static func checkWidth(_ width: Int, _ count: Int, _ line: Int) throws(RowFault) {
        guard width != count else { return }
        throw RowFault(
            line: line,
            reason: "\(counted(width, "field")) where the first line names \(count) — quote "
                + "fields that hold a comma"
        )
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
                    + columns.keys.sorted().map(\.cut).joined(separator: ", ")
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
    func integer(_ column: CSVFile.Column) throws(RowFault) -> Int64 {
        guard let value = Int64(text(column)) else {
            throw fault("\(column.name) \(text(column).shown) is no whole number")
        }
        return value
    }

    /// The number in a field, in a narrower width.
    func integer<Value: FixedWidthInteger>(
        _ column: CSVFile.Column,
        as type: Value.Type
    ) throws(RowFault) -> Value {
        let value = try integer(column)
        guard let narrow = type.init(exactly: value) else {
            throw fault("\(column.name) \(value) — give \(type.min) to \(type.max)")
        }
        return narrow
    }

    /// The whole number in a field, inside a range.
    func integer(
        _ column: CSVFile.Column,
        in range: ClosedRange<Int64>
    ) throws(RowFault) -> Int64 {
        let value = try integer(column)
        guard range.contains(value) else {
            throw fault(
                "\(column.name) \(value) — give \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// The number in a field, with a point.
    func number(_ column: CSVFile.Column) throws(RowFault) -> Double {
        guard let value = Double(text(column)), value.isFinite else {
            throw fault("\(column.name) \(text(column).shown) is no number")
        }
        return value
    }

    /// The name of a SKU in a field.
    func sku(_ column: CSVFile.Column) throws(RowFault) -> String {
        let name = text(column)
        guard name.isSKU else {
            throw fault(
                "\(column.name) \(name.shown) — give 1 to 64 characters of ASCII, no spaces"
            )
        }
        return name
    }

    /// The code of a warehouse in a field.
    func warehouse(_ column: CSVFile.Column) throws(RowFault) -> WarehouseCode {
        guard let code = WarehouseCode(text(column)) else {
            throw fault(
                "\(column.name) \(text(column).shown) — give 1 to 16 characters of ASCII, no spaces"
            )
        }
        return code
    }

    /// A complaint about this row.
    func fault(_ reason: String) -> RowFault { RowFault(line: line, reason: reason) }
}

/// Why a row of a file can't be used.
struct RowFault: Error {
    /// The line that the row begins on.
    let line: Int
    /// What is wrong with it, and what to do.
    let reason: String

    /// The complaint as the failure of a command.
    func failure(in path: String) -> CommandFailure { .file("\(path):\(line): \(reason)") }
}

extension String {
    /// Whether this can be the name of a SKU.
    var isSKU: Bool {
        (1...Limits.skuSizeBytesMax).contains(utf8.count)
            && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// The text as complaints show it: marked, cut, control characters as their numbers.
    var shown: String { "`\(cut)`" }

    /// The text cut to what fits a line, control characters as their numbers.
    var cut: String {
        let short = unicodeScalars.prefix(40).map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return short.joined() + (unicodeScalars.count > 40 ? "…" : "")
    }
}
