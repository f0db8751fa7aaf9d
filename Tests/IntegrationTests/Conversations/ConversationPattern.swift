/// Comparing answers with what a conversation expects.
extension ConversationScope {
    /// What is wrong with `value` by `pattern`, or `nil`.
    func difference(
        _ pattern: ConversationValue,
        _ value: ConversationValue,
        at path: String = ""
    ) throws -> String? {
        switch pattern {
        case .object(let fields):
            if fields.count == 1, let first = fields.first, first.key.hasPrefix("$") {
                return try test(first.key, first.value, value, at: path)
            }
            guard case .object(let values) = value else {
                return "\(path): \(value) isn't an object"
            }
            for (key, expected) in fields.sorted(by: { $0.key < $1.key }) {
                guard let found = values[key] else { return "\(path).\(key): isn't there" }
                if let wrong = try difference(expected, found, at: "\(path).\(key)") {
                    return wrong
                }
            }
            return nil
        case .array(let patterns):
            guard case .array(let values) = value else { return "\(path): \(value) isn't an array" }
            guard values.count == patterns.count else {
                return "\(path): \(values.count) elements, not \(patterns.count): \(value)"
            }
            for (index, expected) in patterns.enumerated() {
                if let wrong = try difference(expected, values[index], at: "\(path).\(index)") {
                    return wrong
                }
            }
            return nil
        case .string, .integer, .number, .boolean, .null:
            let expected = try resolved(pattern)
            return expected == value ? nil : "\(path): \(value), not \(expected)"
        }
    }

    private func test(
        _ name: String,
        _ operand: ConversationValue,
        _ value: ConversationValue,
        at path: String
    ) throws -> String? {
        let wrong = "\(path): \(value) isn't \(name) \(operand)"
        switch name {
        case "$sum":
            let expected = try resolved(.object([name: operand]))
            return value == expected ? nil : "\(path): \(value), not \(expected)"
        case "$not": return try difference(operand, value) == nil ? wrong : nil
        case "$above", "$at_least", "$below", "$at_most":
            guard case .integer(let limit) = try resolved(operand),
                case .integer(let number) = value
            else { return wrong }
            let holds =
                switch name {
                case "$above": number > limit
                case "$at_least": number >= limit
                case "$below": number < limit
                default: number <= limit
                }
            return holds ? nil : wrong
        case "$contains":
            guard case .array(let values) = value else { return wrong }
            return try values.contains { try difference(operand, $0) == nil } ? nil : wrong
        case "$length":
            guard case .array(let values) = value else { return wrong }
            return operand == .count(values.count) ? nil : wrong
        case "$in_any_order":
            guard case .array(let values) = value, case .array(let patterns) = operand else {
                return wrong
            }
            return try isMatch(patterns[...], values) ? nil : wrong
        default: throw ConversationError("\(name) is no test")
        }
    }

    /// Whether each pattern matches another of the values, and none is left over.
    private func isMatch(
        _ patterns: ArraySlice<ConversationValue>,
        _ values: [ConversationValue]
    ) throws -> Bool {
        guard patterns.count == values.count else { return false }
        guard let first = patterns.first else { return true }
        for index in values.indices where try difference(first, values[index]) == nil {
            var rest = values
            rest.remove(at: index)
            if try isMatch(patterns.dropFirst(), rest) { return true }
        }
        return false
    }
}
