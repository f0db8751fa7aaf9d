import Foundation
import Testing

/// Bad files and bad rules of sales.
extension CommandLineBadInputTests {
    private static let name = "give 1 to 64 characters of ASCII, no spaces"
    private static let code = "give 1 to 16 characters of ASCII, no spaces"

    /// The rows of a file of stock, and what is said of them.
    private static let saleRows: [(String, String)] = [
        ("M UG,A,1", "2: sku `M UG` — \(name)"),
        (",A,1", "2: sku `` — \(name)"),
        ("MUG,,1", "2: warehouse `` — \(code)"),
        ("MUG,A B,1", "2: warehouse `A B` — \(code)"),
        ("MUG,A,", "2: units `` is no whole number"),
        ("MUG,A,0", "2: units 0 — give 1 to 2147483647"),
        ("MUG,A,-1", "2: units -1 — give 1 to 2147483647"),
        ("MUG,A,1.5", "2: units `1.5` is no whole number"),
        ("MUG,A,2147483648", "2: units 2147483648 — give 1 to 2147483647"),
        ("MUG,A", "2: 2 fields where the first line names 3 — quote fields that hold a comma"),
        ("MUG,A,1\nMUG,B,1\nMUG,A,2", "4: MUG in A stands on line 2 already"),
    ]

    private static let saleFiles: [Case] = [
        Case(
            "sale prepare drop --stock F",
            "",
            74,
            "holdfast: F:1: the file is empty — its first line names the columns"
        ),
        Case(
            "sale prepare drop --stock F",
            "sku,warehouse\n",
            74,
            "holdfast: F:1: no column `units` — the first line names sku, warehouse"
        ),
        Case(
            "sale prepare drop --stock F",
            "sku,warehouse,units\n",
            74,
            "holdfast: F: no row — the first line names sku, warehouse, units"
        ),
        Case(
            "sale prepare drop --stock F",
            "sku,warehouse,units\n" + (0...16_384).map { "S\($0),A,1\n" }.joined(),
            74,
            "holdfast: F: 16,385 rows — one movement takes 16,384; make two files of it"
        ),
        Case(
            "sale prepare drop --stock /no/file.csv",
            74,
            "holdfast: /no/file.csv: No such file or directory — name a file that can be read"
        ),
        Case(
            "sale prepare drop --stock F",
            "sku,warehouse,units\nMUG,A,x\nMUG,B,y\n",
            1,
            "holdfast: F: 2 bad rows — nothing was done: mend them"
        ),
        Case(
            "sale give-back drop --stock F",
            "sku,warehouse,units\nMUG,A,1\n",
            1,
            "holdfast: sale drop: refused with unknown_sale — see `holdfast sale list`"
        ),
    ]

    /// The options of `sale prepare drop`, how it ends, and what is said.
    private static let saleOptions: [(String, Int32, String)] = [
        ("--opens tomorrow", 64, "Error: The value 'tomorrow' is invalid for '--opens <opens>'"),
        (
            "--opens 2026-11-27T18:00:00Z --closes 2026-11-27T17:59:59Z", 64,
            "holdfast: sale drop: a sale closes before it opens"
        ),
        (
            "--wall soft", 64,
            "Error: The value 'soft' is invalid for '--wall <wall>'. Please provide one of "
                + "'hard' and 'borrows'."
        ),
        ("--per-owner -1", 64, "Error: Missing value for '--per-owner <per-owner>'"),
        (
            "--per-owner 4294967296", 64,
            "Error: The value '4294967296' is invalid for '--per-owner <per-owner>'"
        ),
        (
            "--per-window 4", 64,
            "Error: The value '4' is invalid for '--per-window <units/duration>'"
        ),
        ("--per-window 4/500ms", 64, "holdfast: sale drop: a window is a second or longer"),
        ("--first-hold 25h", 64, "holdfast: sale drop: a first hold is at most 24 hours"),
        (
            "--first-hold soon", 64,
            "Error: The value 'soon' is invalid for '--first-hold <duration>'"
        ),
    ]

    private static let saleCommands: [Case] =
        ["open", "close", "status", "report", "set", "forget"].map { command in
            Case(
                "sale \(command) nothing",
                1,
                "holdfast: sale nothing: refused with unknown_sale — see `holdfast sale list`"
            )
        } + [
            Case("sale open", 64, "Error: Missing expected argument '<sale>'"),
            Case(
                "sale open a-name-of-17-char",
                64,
                "Error: The value 'a-name-of-17-char' is "
                    + "invalid for '<sale>'"
            ),
            Case("sale status drop --count 0", 64, "holdfast: --count 0: give 1 to 2147483647"),
            Case(
                "sale status drop --interval 0",
                64,
                "holdfast: --interval 0.0: give 0.1 to 3600 seconds"
            ),
            Case("sale report drop --top 1025", 64, "holdfast: --top 1025: give 0 to 1024"),
            Case(
                "sale prepare default --returns-rest",
                64,
                "holdfast: sale default: default can't borrow from itself"
            ),
        ]

    static var sales: [Case] {
        saleRows.map { row, complaint in
            Case(
                "sale prepare drop --stock F",
                "sku,warehouse,units\n\(row)\n",
                1,
                "F:\(complaint)"
            )
        } + saleFiles
            + saleOptions.map { Case("sale prepare drop \($0.0)", $0.1, $0.2) } + saleCommands
    }

    @Test func badSalesAreNamedAndChangeNothing() async throws {
        try await expectUnchanged(CommandLineBadInputTests.sales)
    }
}
