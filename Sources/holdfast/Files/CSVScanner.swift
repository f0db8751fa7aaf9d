/// Cuts bytes into rows and fields of comma-separated values; knows nothing of what they mean.
struct CSVScanner {
    static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private let bytes: [UInt8]
    private var offset: Int
    private var line = 1
    /// Whether the last field ended its row.
    private(set) var isAtRowEnd = true

    /// Whether something stood between the last field's closing quote and its end.
    private(set) var hasTextBehindQuote = false

    /// A scanner at the first row; a byte order mark is passed over.
    init(bytes: [UInt8]) {
        self.bytes = bytes
        offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The line that the next row begins on, or `nil` at the end; empty lines are passed over.
    mutating func nextRowLine() -> Int? {
        while offset < bytes.count {
            switch bytes[offset] {
            case CSVScanner.newline: line += 1
            case CSVScanner.carriageReturn: break
            default: return line
            }
            offset += 1
        }
        return nil
    }

    /// The next field of the row: where its text stands, and whether quotes in it are doubled.
    ///
    /// - Returns: `nil` when a quote is opened and never closed.
    mutating func nextField() -> (start: Int, end: Int, isQuoted: Bool)? {
        let isQuoted = offset < bytes.count && bytes[offset] == CSVScanner.quote
        var start = offset
        var end = offset
        if isQuoted {
            start += 1
            guard let closing = closingQuote(from: start) else {
                offset = bytes.count
                return nil
            }
            end = closing
            offset = closing + 1
        }
        let afterQuote = offset
        while offset < bytes.count, bytes[offset] != CSVScanner.comma,
            bytes[offset] != CSVScanner.newline
        {
            offset += 1
        }
        hasTextBehindQuote =
            isQuoted && offset > afterQuote
            && !(offset == afterQuote + 1 && bytes[afterQuote] == CSVScanner.carriageReturn)
        if !isQuoted {
            end = offset
            if end > start, bytes[end - 1] == CSVScanner.carriageReturn { end -= 1 }
        }
        isAtRowEnd = offset >= bytes.count || bytes[offset] == CSVScanner.newline
        if offset < bytes.count {
            if isAtRowEnd { line += 1 }
            offset += 1
        }
        return (start, end, isQuoted)
    }

    /// The quote that closes a field; two quotes in a row are one in the text.
    private mutating func closingQuote(from start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            if bytes[position] == CSVScanner.newline { line += 1 }
            if bytes[position] == CSVScanner.quote {
                guard position + 1 < bytes.count, bytes[position + 1] == CSVScanner.quote else {
                    return position
                }
                position += 1
            }
            position += 1
        }
        return nil
    }
}
