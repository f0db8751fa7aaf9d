internal import HoldfastClient

/// A value of a JSON file (RFC 8259) and the line that it begins on, so that every complaint names
/// `path:line`.
struct JSONNode {
    /// What a value is.
    indirect enum Content {
        case object([(name: String, value: JSONNode)])
        case array([JSONNode])
        case string(String)
        /// A number as it stands there.
        case number(String)
        case boolean(Bool)
        case null
    }

    let content: Content
    let line: Int

    /// Reads a whole file of one value.
    static func read(_ bytes: [UInt8]) throws(RowFault) -> JSONNode {
        var reader = JSONReader(bytes)
        return try reader.readAll()
    }

    /// A complaint about this value.
    func fault(_ reason: String) -> RowFault { RowFault(line: line, reason: reason) }

    // MARK: What is expected

    /// The members of an object, of which none is outside `known`; `what` says what it is.
    func members(_ what: String, known: [String]) throws(RowFault) -> [String: JSONNode] {
        guard case .object(let members) = content else { throw fault("\(what) is no object") }
        var found: [String: JSONNode] = [:]
        for (name, value) in members {
            guard known.contains(name) else {
                let names = known.joined(separator: ", ")
                throw value.fault("\(what) has no member \(name.shown) — give \(names)")
            }
            found[name] = value
        }
        return found
    }

    /// The elements of an array; `what` says what it is.
    func elements(_ what: String) throws(RowFault) -> [JSONNode] {
        guard case .array(let elements) = content else { throw fault("\(what) is no array") }
        return elements
    }

    /// The text of a string; `what` says what it is.
    func text(_ what: String) throws(RowFault) -> String {
        guard case .string(let text) = content else { throw fault("\(what) is no string") }
        return text
    }

    /// The number; `what` says what it is.
    func number(_ what: String) throws(RowFault) -> Double {
        guard case .number(let text) = content, let number = Double(text), number.isFinite else {
            throw fault("\(what) is no number")
        }
        return number
    }
}

/// Reads JSON byte by byte.
private struct JSONReader {
    private let bytes: [UInt8]
    private var offset = 0
    private var line = 1
    private var depth = 0

    /// How deep values may stand in each other.
    private static let depthCountMax = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func readAll() throws(RowFault) -> JSONNode {
        let node = try readValue()
        skipSpace()
        if offset < bytes.count { throw fault("something follows the last `}`") }
        return node
    }

    private func fault(_ reason: String) -> RowFault { RowFault(line: line, reason: reason) }

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            offset += 1
        }
    }

    /// Whether the next byte that is no space is `byte`; passes over it then.
    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipSpace()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    private mutating func readValue() throws(RowFault) -> JSONNode {
        skipSpace()
        let start = line
        guard offset < bytes.count else { throw fault("the file ends where a value should be") }
        depth += 1
        defer { depth -= 1 }
        if depth > JSONReader.depthCountMax { throw fault("values stand too deep in each other") }
        let content: JSONNode.Content
        switch bytes[offset] {
        case UInt8(ascii: "{"): content = .object(try readMembers())
        case UInt8(ascii: "["): content = .array(try readElements())
        case UInt8(ascii: "\""): content = .string(try readString())
        default: content = try readWord()
        }
        return JSONNode(content: content, line: start)
    }

    private mutating func readMembers() throws(RowFault) -> [(name: String, value: JSONNode)] {
        offset += 1
        var members: [(name: String, value: JSONNode)] = []
        if take("}") { return members }
        repeat {
            skipSpace()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") else {
                throw fault("a member begins with its name in quotes")
            }
            let name = try readString()
            if members.contains(where: { $0.name == name }) {
                throw fault("two members are called \(name.shown)")
            }
            guard take(":") else { throw fault("a `:` is missing behind \(name.shown)") }
            members.append((name, try readValue()))
        } while take(",")
        guard take("}") else { throw fault("a `,` or `}` is missing") }
        return members
    }

    private mutating func readElements() throws(RowFault) -> [JSONNode] {
        offset += 1
        var elements: [JSONNode] = []
        if take("]") { return elements }
        repeat { elements.append(try readValue()) } while take(",")
        guard take("]") else { throw fault("a `,` or `]` is missing") }
        return elements
    }

    /// Reads a string; escapes but those of one letter aren't needed for names.
    private mutating func readString() throws(RowFault) -> String {
        offset += 1
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw fault("a string isn't UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                guard offset < bytes.count, let plain = JSONReader.escapes[bytes[offset]] else {
                    throw fault("a `\\` stands before other than one of \" \\ / n r t")
                }
                text.append(plain)
                offset += 1
            case ..<0x20: throw fault("a quote is never closed — add the missing `\"`")
            default: text.append(byte)
            }
        }
        throw fault("a quote is never closed — add the missing `\"`")
    }

    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
        UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D,
        UInt8(ascii: "t"): 0x09,
    ]

    /// Reads a number, `true`, `false` or `null`.
    private mutating func readWord() throws(RowFault) -> JSONNode.Content {
        let start = offset
        while offset < bytes.count, JSONReader.isWord(bytes[offset]) { offset += 1 }
        let word = String(decoding: bytes[start..<offset], as: UTF8.self)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "null": return .null
        default:
            let isNumber = word.utf8.first.map { $0 == 0x2D || (0x30...0x39).contains($0) } ?? false
            guard isNumber, Double(word) != nil else {
                let rest = bytes[start..<min(bytes.count, max(offset, start + 1))]
                throw fault("\(String(decoding: rest, as: UTF8.self).shown) is no value")
            }
            return .number(word)
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}
