import HoldfastClient

/// A value that no request can carry: the client refuses it itself.
struct UnsendableValue: Error {
    var what: String
}

/// The arguments of a step, taken one by one; one that is left over is an error of the file.
final class ConversationArguments {
    private let scope: ConversationScope
    private var fields: [String: ConversationValue]

    init(_ value: ConversationValue?, _ scope: ConversationScope) throws {
        self.scope = scope
        switch value {
        case nil: fields = [:]
        case .object(let fields)?: self.fields = fields
        default: throw ConversationError("arguments are an object")
        }
    }

    /// The error of arguments that nobody took.
    func finish() throws {
        guard let left = fields.keys.min() else { return }
        throw ConversationError("the argument \(left) isn't known")
    }

    private func take(_ key: String) throws -> ConversationValue? {
        try fields.removeValue(forKey: key).map { try scope.resolved($0) }
    }

    func text(_ key: String) throws -> String? {
        switch try take(key) {
        case nil: return nil
        case .string(let text)?: return text
        case let other?: throw ConversationError("\(key): \(other) isn't a text")
        }
    }

    func requiredText(_ key: String) throws -> String {
        guard let text = try text(key) else { throw ConversationError("\(key) is missing") }
        return text
    }

    func flag(_ key: String) throws -> Bool {
        switch try take(key) {
        case nil: return false
        case .boolean(let value)?: return value
        case let other?: throw ConversationError("\(key): \(other) isn't true or false")
        }
    }

    func number<Value: FixedWidthInteger>(_ key: String, _: Value.Type) throws -> Value? {
        switch try take(key) {
        case nil: return nil
        case .integer(let number)?:
            guard let value = Value(exactly: number) else { throw UnsendableValue(what: key) }
            return value
        case let other?: throw ConversationError("\(key): \(other) isn't a whole number")
        }
    }

    func number<Value: FixedWidthInteger>(_ key: String, or value: Value) throws -> Value {
        try number(key, Value.self) ?? value
    }

    /// An id; one that is missing is drawn at random.
    func id(_ key: String) throws -> RequestID { try optionalID(key) ?? .random() }

    func optionalID(_ key: String) throws -> RequestID? {
        guard let value = fields.removeValue(forKey: key) else { return nil }
        let text = try scope.id(value) { RequestID.random().description }
        guard let id = RequestID(text) else { throw ConversationError("\(key): \(text) is no id") }
        return id
    }

    func optionalOwner(_ key: String) throws -> OwnerID? {
        try optionalID(key).map { OwnerID(high: $0.high, low: $0.low) }
    }

    func owner(_ key: String) throws -> OwnerID {
        try optionalOwner(key) ?? OwnerID(high: RequestID.random().high, low: 1)
    }

    func warehouse(_ key: String) throws -> WarehouseCode? {
        try text(key).map { try ConversationArguments.warehouse($0) }
    }

    func requiredWarehouse(_ key: String) throws -> WarehouseCode {
        try ConversationArguments.warehouse(try requiredText(key))
    }

    static func warehouse(_ text: String) throws -> WarehouseCode {
        guard let code = WarehouseCode(text) else { throw UnsendableValue(what: text) }
        return code
    }

    func pool(_ key: String) throws -> PoolName? {
        try text(key).map { try ConversationArguments.pool($0) }
    }

    static func pool(_ text: String) throws -> PoolName {
        guard let pool = PoolName(text) else { throw UnsendableValue(what: text) }
        return pool
    }

    static func region(_ text: String) throws -> RegionCode {
        guard let region = RegionCode(text) else { throw UnsendableValue(what: text) }
        return region
    }

    func texts(_ key: String) throws -> [String] {
        try values(key).map {
            guard case .string(let text) = try scope.resolved($0) else {
                throw ConversationError("\(key): \($0) isn't a text")
            }
            return text
        }
    }

    /// The objects of an array, each read wholly by `read`.
    func objects<Row>(_ key: String, _ read: (ConversationArguments) throws -> Row) throws -> [Row]
    {
        try values(key).map { value in
            let row = try ConversationArguments(value, scope)
            let result = try read(row)
            try row.finish()
            return result
        }
    }

    func object<Content>(
        _ key: String,
        _ read: (ConversationArguments) throws -> Content
    ) throws -> Content? {
        guard let value = fields.removeValue(forKey: key) else { return nil }
        let row = try ConversationArguments(value, scope)
        let result = try read(row)
        try row.finish()
        return result
    }

    private func values(_ key: String) throws -> [ConversationValue] {
        switch fields.removeValue(forKey: key) {
        case nil: return []
        case .array(let values)?: return values
        case let other?: throw ConversationError("\(key): \(other) isn't an array")
        }
    }

    /// The case of an enumeration by its name in the protocol's document.
    func choice<Value: CaseIterable>(_ key: String, or value: Value) throws -> Value {
        guard let name = try text(key) else { return value }
        return try ConversationArguments.choice(name)
    }

    static func choice<Value: CaseIterable>(_ name: String) throws -> Value {
        guard let value = Value.allCases.first(where: { snakeCase("\($0)") == name }) else {
            throw ConversationError("\(name) isn't one of \(Value.self)")
        }
        return value
    }
}

/// A name of the code as the protocol's document writes it.
func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
        if letter.isUppercase { text += "_" }
        text += letter.lowercased()
    }
}
