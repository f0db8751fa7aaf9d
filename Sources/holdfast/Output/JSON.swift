/// A JSON value that is only ever written; the members of an object keep their order.
indirect enum JSON: Sendable {
    case object([(name: String, value: JSON)])
    case array([JSON])
    case string(String)
    case integer(Int64)
    case number(Double)
    case decimal(Double, Int)
    case boolean(Bool)
    case null

    /// The value on one line.
    var text: String {
        var text = ""
        write(to: &text)
        return text
    }

    /// An integer of any width; every count that Holdfast prints fits.
    static func count(_ value: some BinaryInteger) -> JSON { .integer(Int64(clamping: value)) }

    /// Degrees from millionths, with all six places.
    static func degrees(_ microdegrees: Int32) -> JSON { .decimal(Double(microdegrees) / 1e6, 6) }

    private func write(to text: inout String) {
        switch self {
        case .object(let members):
            JSON.write(members, between: "{", and: "}", to: &text) { member, text in
                JSON.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
        case .array(let values):
            JSON.write(values, between: "[", and: "]", to: &text) { $0.write(to: &$1) }
        case .string(let value): JSON.write(value, to: &text)
        case .integer(let value): text += String(value)
        case .number(let value): text += value.isFinite ? value.rounded(toPlaces: 3) : "null"
        case .decimal(let value, let places): text += value.rounded(toPlaces: places)
        case .boolean(let value): text += value ? "true" : "false"
        case .null: text += "null"
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        between start: String,
        and end: String,
        to text: inout String,
        each: (Element, inout String) -> Void
    ) {
        text += start
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            each(element, &text)
        }
        text += end
    }

    private static func write(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
