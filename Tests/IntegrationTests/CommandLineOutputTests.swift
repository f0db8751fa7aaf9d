import Inventory
import Wire
import Testing

@testable import holdfast

/// What people and programs read.
@Suite struct CommandLineOutputTests {
    @Test func jsonEscapesWhatItMust() {
        let value = JSON.object([
            ("a", .array([.integer(-1), .number(0.1234), .boolean(true), .null])),
            ("b\"", .string("\\\n\u{1}é")),
            ("c", .degrees(-70_000)),
        ])
        #expect(
            value.text
                == #"{"a":[-1,0.123,true,null],"b\"":"\\\n\u0001é","c":-0.070000}"#
        )
    }

    @Test func tablesAlignTheirColumns() {
        var table = TextTable(.text("sku"), .number("units"))
        table.add("MUG", "1,000")
        table.add("A-LONG-ONE", "5")
        #expect(table.lines == ["sku         units", "MUG         1,000", "A-LONG-ONE      5"])
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
    ])
    func numbersAreGrouped(_ number: Int, _ text: String) {
        #expect(number.grouped == text)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.5, 0, "-1"), (12.3456, 3, "12.346"),
    ])
    func decimalsAreRounded(_ number: Double, _ places: Int, _ text: String) {
        #expect(number.rounded(toPlaces: places) == text)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_291_191_960_123, "2010-12-01T08:26:00.123Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ])
    func instantsAreReadAsWritten(_ milliseconds: Int64, _ text: String) {
        let instant = Instant(milliseconds: milliseconds)
        #expect(instant.text == text)
        #expect(Instant(text: text) == instant)
    }

    @Test(arguments: [
        (-1, "1969-12-31T23:59:59.999Z"), (-86_400_000, "1969-12-31T00:00:00.000Z"),
        (Int64.max, "292278994-08-17T07:12:55.807Z"),
    ])
    func everyInstantIsWritten(_ milliseconds: Int64, _ text: String) {
        #expect(Instant(milliseconds: milliseconds).text == text)
    }

    @Test(arguments: ["", "2010-12-01", "2010-13-01T00:00:00Z", "2010-12-01T08:26", "yesterday"])
    func whatIsNoInstantIsRefused(_ text: String) {
        #expect(Instant(text: text) == nil)
    }

    @Test(arguments: [
        ("MUG", "MUG", 1, nil), ("MUG:2", "MUG", 2, nil), ("MUG:2@COV1", "MUG", 2, "COV1"),
        ("A:B:3", "A:B", 3, nil), ("A:B", "A:B", 1, nil), ("MUG@COV1", "MUG", 1, "COV1"),
    ])
    func linesAreReadFromTheirEnd(
        _ text: String,
        _ sku: String,
        _ quantity: UInt32,
        _ warehouse: String?
    ) throws {
        let line = try #require(LineArgument(argument: text)).line
        #expect(line.sku == sku)
        #expect(line.quantity == quantity)
        #expect(line.warehouse?.description == warehouse)
    }

    @Test func derivedIdsDependOnDomainTextAndNumber() {
        let ids = [
            DerivedID.request("order", "1"), DerivedID.request("order", "2"),
            DerivedID.request("commit", "1"), DerivedID.request("import", [1], 0),
            DerivedID.request("import", [1], 1), DerivedID.request("import", [2], 0),
        ]
        #expect(Set(ids).count == ids.count)
        #expect(DerivedID.request("order", "1") == ids[0])
    }
}
