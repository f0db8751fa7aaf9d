import Foundation
import Inventory
import Testing

/// The protocol's document names every outcome as the code does.
@Suite struct OutcomeTableTests {
    private static let document = Vector.folder.deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources/Wire/Wire.docc/Wire.md")
    private static let start = "<!-- outcomes: made from Outcome.meaning by OutcomeTableTests -->\n"
    private static let end = "<!-- end of outcomes -->"

    private var table: String {
        let rows = Outcome.allCases.map { "| \($0.rawValue) | `\($0.name)` | \($0.meaning) |\n" }
        return "\n| number | name | when |\n|---|---|---|\n\(rows.joined())\n"
    }

    @Test func theTableIsThatOfTheCode() throws {
        let text = try String(contentsOf: OutcomeTableTests.document, encoding: .utf8)
        let start = try #require(text.range(of: OutcomeTableTests.start)).upperBound
        let end = try #require(text.range(of: OutcomeTableTests.end)).lowerBound
        if Vector.rewrites {
            try text.replacingCharacters(in: start..<end, with: table)
                .write(to: OutcomeTableTests.document, atomically: true, encoding: .utf8)
        } else {
            #expect(text[start..<end] == table)
        }
    }

    @Test func everyOutcomeHasItsOwnNameAndMeaning() {
        let outcomes = Outcome.allCases
        #expect(Set(outcomes.map(\.name)).count == outcomes.count)
        #expect(Set(outcomes.map(\.meaning)).count == outcomes.count)
        for outcome in outcomes {
            #expect(outcome.meaning.utf8.count <= 100, "\(outcome)")
            #expect(!outcome.meaning.contains("|"), "a cell of a table")
            #expect(outcome == .accepted || outcome.rawValue >= 100)
        }
    }
}
