/// Reads scenario files: a name and a value a line, `#` and what follows it is a comment.
///
/// A name stands once at most, `serve` as often as there are options; what isn't named keeps its
/// default.
enum ScenarioFile {
    private static let sizeBytesMax = 1 << 16

    /// The scenario in a text; `name` is told in messages.
    /// - Throws: `file` with file and line, for the first line that is wrong.
    static func scenario(
        _ text: String,
        name: String
    ) throws(CommandFailure) -> FlashSaleScenario {
        guard text.utf8.count <= sizeBytesMax else {
            throw .file("\(name): a scenario has at most \(sizeBytesMax) bytes")
        }
        var scenario = FlashSaleScenario()
        scenario.name = name
        var lineOfKey: [String: Int] = [:]
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let number = index + 1
            let place = "\(name):\(number)"
            guard let (key, value) = try parts(of: line, place) else { continue }
            if let first = lineOfKey[key.name] {
                guard case .serve = key.field else {
                    throw .file("\(place): \(key.name) stands in line \(first) already")
                }
            }
            lineOfKey[key.name] = number
            if let expected = key.set(value, in: &scenario) {
                throw .file("\(place): \(key.name) \(value): give \(expected)")
            }
        }
        if let fault = scenario.fault { throw .file("\(name): \(fault)") }
        return scenario
    }

    /// Changes one figure of a scenario, given as on a line of a file with `=` between.
    static func set(
        _ assignment: String,
        in scenario: inout FlashSaleScenario
    ) throws(CommandFailure) {
        let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let key = ScenarioKey.all.first(where: { $0.name == parts[0] })
        else { throw .usage("--set \(assignment): give NAME=VALUE with a name of a scenario file") }
        if let expected = key.set(parts[1], in: &scenario) {
            throw .usage("--set \(assignment): give \(expected)")
        }
    }

    private static func parts(
        of line: Substring,
        _ place: String
    ) throws(CommandFailure) -> (ScenarioKey, String)? {
        let content = line.prefix { $0 != "#" }
        let words = content.split(whereSeparator: { " \t".contains($0) })
        guard let name = words.first else { return nil }
        guard let key = ScenarioKey.all.first(where: { $0.name == name }) else {
            throw .file("\(place): \(name) isn't a name of a scenario — see flash-sale/README.md")
        }
        guard words.count > 1 else { throw .file("\(place): \(name) has no value") }
        return (key, words.dropFirst().joined(separator: " "))
    }
}
