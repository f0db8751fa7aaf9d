import Foundation

/// A value of a conversation's file, and of the answers that patterns see.
indirect enum ConversationValue: Decodable, Equatable, CustomStringConvertible {
    case object([String: ConversationValue])
    case array([ConversationValue])
    case string(String)
    case integer(Int64)
    case number(Double)
    case boolean(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = Self.decoded(Bool.self, container) {
            self = .boolean(value)
        } else if let value = Self.decoded(Int64.self, container) {
            self = .integer(value)
        } else if let value = Self.decoded(Double.self, container) {
            self = .number(value)
        } else if let value = Self.decoded(String.self, container) {
            self = .string(value)
        } else if let value = Self.decoded([ConversationValue].self, container) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: ConversationValue].self))
        }
    }

    /// A value of one of the types that this may be; another type is no error yet.
    private static func decoded<Value: Decodable>(
        _ type: Value.Type,
        _ container: any SingleValueDecodingContainer
    ) -> Value? {
        do { return try container.decode(type) } catch { return nil }
    }

    /// A whole number of any width.
    static func count(_ value: some BinaryInteger) -> ConversationValue {
        .integer(Int64(clamping: value))
    }

    var description: String {
        switch self {
        case .object(let fields):
            let texts = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
            return "{\(texts.joined(separator: ", "))}"
        case .array(let values): return "[\(values.map(\.description).joined(separator: ", "))]"
        case .string(let text): return "\"\(text)\""
        case .integer(let value): return "\(value)"
        case .number(let value): return "\(value)"
        case .boolean(let value): return "\(value)"
        case .null: return "null"
        }
    }
}

/// What ends a conversation before its end.
struct ConversationError: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// What the steps of one playing share: the prefix of its names, and its variables.
final class ConversationScope {
    private let prefix: String
    private var variables: [String: ConversationValue] = [:]

    init() {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        prefix = String((0..<5).map { _ in letters.randomElement() ?? "a" }) + "-"
    }

    /// Binds a variable anew.
    func bind(_ name: String, to value: ConversationValue) { variables[name] = value }

    /// The name of a variable that a text stands for.
    static func variable(_ text: String) -> String? {
        guard text.first == "$", text.count > 1,
            text.dropFirst().allSatisfy({ $0.isUppercase || $0.isNumber || $0 == "_" })
        else { return nil }
        return String(text.dropFirst())
    }

    /// The value with its variables, prefixes and sums put in.
    func resolved(_ value: ConversationValue) throws -> ConversationValue {
        switch value {
        case .string(let text):
            guard let name = ConversationScope.variable(text) else {
                return .string(text.replacing("~", with: prefix))
            }
            guard let bound = variables[name] else {
                throw ConversationError("the variable \(name) isn't bound")
            }
            return bound
        case .object(let fields):
            if fields.count == 1, case .array(let parts)? = fields["$sum"] {
                return .integer(
                    try parts.reduce(0) { sum, part in
                        guard case .integer(let number) = try resolved(part) else {
                            throw ConversationError("\(part) isn't a whole number")
                        }
                        return sum + number
                    }
                )
            }
            return value
        case .array, .integer, .number, .boolean, .null: return value
        }
    }

    /// The 32 digits of an id; an unbound variable is bound to one drawn at random.
    func id(_ value: ConversationValue, draw: () -> String) throws -> String {
        if case .string(let text) = value, let name = ConversationScope.variable(text),
            variables[name] == nil
        {
            bind(name, to: .string(draw()))
        }
        guard case .string(let text) = try resolved(value) else {
            throw ConversationError("\(value) isn't an id")
        }
        return text
    }
}
