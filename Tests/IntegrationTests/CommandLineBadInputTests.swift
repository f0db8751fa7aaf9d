import Foundation
import Testing

/// Bad files and bad command lines: what is said, how it ends, and that the server stays as it was.
@Suite(.serialized) struct CommandLineBadInputTests {
    /// A command, the content of the file that `F` stands for, and what must come of it.
    struct Case: Sendable {
        var command: String
        var file: [UInt8]?
        var status: Int32
        /// A line of standard output or standard error, `F` for the file's path.
        var says: String

        init(_ command: String, _ status: Int32, _ says: String) {
            (self.command, self.status, self.says) = (command, status, says)
        }

        init(_ command: String, _ file: String, _ status: Int32, _ says: String) {
            self.init(command, status, says)
            self.file = Array(file.utf8)
        }
    }

    private static let stock = "sku,warehouse,on_hand,safety_stock,pool,backorder_limit\n"
    private static let places = sampleWarehouses.split(separator: "\n")[0] + "\n"
    private static let long = String(repeating: "x", count: 70_000)
    private static let name = "give 1 to 64 characters of ASCII, no spaces"
    private static let code = "give 1 to 16 characters of ASCII, no spaces"

    static let rows: [(String, String)] = [
        ("M UG,A,1,,,", "2: sku `M UG` — \(name)"),
        (",A,1,,,", "2: sku `` — \(name)"),
        ("M\0G,A,1,,,", "2: sku `M\\u{0}G` — \(name)"),
        ("MÜG,A,1,,,", "2: sku `MÜG` — \(name)"),
        (
            "\(long),A,1,,,", "2: sku `\(long.prefix(40))…` — \(name)"
        ),
        ("MUG,,1,,,", "2: warehouse `` — \(code)"),
        ("MUG,ABCDEFGHIJKLMNOPQ,1,,,", "2: warehouse `ABCDEFGHIJKLMNOPQ` — \(code)"),
        ("MUG,A,,,,", "2: on_hand `` is no whole number"),
        ("MUG,A,one,,,", "2: on_hand `one` is no whole number"),
        ("MUG,A,1.5,,,", "2: on_hand `1.5` is no whole number"),
        ("MUG,A,-1,,,", "2: on_hand -1 — give 0 to 2147483647"),
        ("MUG,A,2147483648,,,", "2: on_hand 2147483648 — give 0 to 2147483647"),
        (
            "MUG,A,99999999999999999999,,,",
            "2: on_hand `99999999999999999999` is no whole number"
        ),
        ("MUG,A,1,-1,,", "2: safety_stock -1 — give 0 to 2147483647"),
        ("MUG,A,1,,,x", "2: backorder_limit `x` is no whole number"),
        ("MUG,A,1,,a pool,", "2: pool `a pool` — \(code)"),
        ("MUG,A,1", "2: 3 fields where the first line names 6 — quote fields that hold a comma"),
        (
            "MUG,A,1,,,,,",
            "2: 8 fields where the first line names 6 — quote fields that hold a comma"
        ),
        (
            "\"MUG\"x,A,1,,,",
            "2: text behind a closing quote — double the quotes inside a quoted field"
        ),
        (
            "\"MUG,A,1,,,",
            "2: a quote is never closed — add the missing `\"`; the rest wasn't read"
        ),
        ("MUG,Q,1,,,", "2: warehouse Q isn't known — see `holdfast warehouse list`"),
    ]

    static let files: [Case] = [
        Case(
            "import stock F",
            "",
            74,
            "holdfast: F:1: the file is empty — its first line names the columns"
        ),
        Case(
            "import stock F",
            "\u{FEFF}",
            74,
            "holdfast: F:1: the file is empty — its first line names the columns"
        ),
        Case(
            "import stock F",
            "\n\r\n\n",
            74,
            "holdfast: F:1: the file is empty — its first line names the columns"
        ),
        Case(
            "import stock F",
            "sku,on_hand\nMUG,1\n",
            74,
            "holdfast: F:1: no column `warehouse` — the first line names on_hand, sku"
        ),
        Case("import stock F", "sku,sku\n", 74, "holdfast: F:1: two columns are called `sku`"),
        Case(
            "import stock F",
            "\"sku\n",
            74,
            "holdfast: F:1: a quote is never closed — add the missing `\"`; the rest wasn't read"
        ),
        Case(
            "import stock F",
            "sku,warehouse,on_hand\rMUG,A,1\r",
            74,
            "holdfast: F:1: no column `on_hand` — the first line names 1, A, "
                + "on_hand\\u{d}MUG, sku, warehouse"
        ),
        Case(
            "import stock F.gz",
            "no gzip",
            74,
            "holdfast: F.gz: gzip -dc could not unpack it — is the file whole?"
        ),
        Case("import stock /", 74, "holdfast: /: Is a directory — name a file that can be read"),
        Case(
            "import stock /no/file.csv",
            74,
            "holdfast: /no/file.csv: No such file or directory — name a file that can be read"
        ),
        Case(
            "import stock F --strict",
            stock + "MUG,A,7,,,\nMUG,A,x,,,\n",
            1,
            "F:3: on_hand `x` is no whole number"
        ),
        Case(
            "import stock F",
            stock + "MUG,Q,1,,,\r\n",
            1,
            "F:2: warehouse Q isn't known — see `holdfast warehouse list`"
        ),
        Case(
            "import stock F --mode delta",
            stock + "MUG,A,-11,,,\n",
            1,
            "F:2: refused with negative_on_hand"
        ),
        Case(
            "import stock F --mode delta",
            stock + "MUG,A,2147483640,,,\n",
            1,
            "F:2: refused with quantity_overflow"
        ),
        Case(
            "import skus F",
            "sku,weight_grams\nMUG,-1\n",
            1,
            "F:2: weight_grams -1 — give 0 to 4294967295"
        ),
        Case(
            "import skus F",
            "sku,weight_grams\nMUG,4294967296\n",
            1,
            "F:2: weight_grams 4294967296 — give 0 to 4294967295"
        ),
        Case(
            "import warehouses F",
            places + "C,x,91,0,1,1,1,1,1\n",
            1,
            "F:2: lat 91.0, lon 0.0 is no place on Earth"
        ),
        Case(
            "import warehouses F",
            places + "C,x,nan,0,1,1,1,1,1\n",
            1,
            "F:2: lat `nan` is no number"
        ),
        Case(
            "import warehouses F",
            places + "C,x,1,0,1,-1,1,1,1\n",
            1,
            "F:2: shipment_cost_minor -1 — give 0 to 1000000000000"
        ),
        Case(
            "import warehouses F",
            places + "C,x,1,0,1,1,1,25,1\n",
            1,
            "F:2: cutoff_hour_utc 25 — give 0 to 24"
        ),
        Case(
            "import warehouses F",
            places + "C,x,1,0,1,1,1,1,65536\n",
            1,
            "F:2: handling_hours 65536 — give 0 to 65535"
        ),
        Case(
            "import warehouses F",
            places + "C,\(long),1,0,1,1,1,1,1\n",
            1,
            "F:2: city `\(long.prefix(40))…` — give at most 64 bytes"
        ),
        Case(
            "availability --file F",
            "name\nMUG\n",
            74,
            "holdfast: F:1: no column `sku` — the first line names name"
        ),
        Case(
            "replay F",
            "order_id,sku,quantity\n1,MUG\n",
            74,
            "holdfast: F:2: 2 fields where the first line names 3 — quote fields that hold a comma"
        ),
    ]

    static let commands: [Case] = [
        Case("reserve", 64, "Error: Give at least one line to hold."),
        Case(
            "reserve MUG:0",
            1,
            "holdfast: reserve: refused with invalid_quantity at line 1 of the request"
        ),
        Case(
            "reserve --line MUG",
            64,
            "Error: The value 'MUG' is invalid for '--line "
                + "<sku=quantity[@warehouse][/pool[,pool…]]>'"
        ),
        Case("reserve MUG --ttl-seconds 0", 64, "holdfast: --ttl-seconds 0: give 1 to 86400"),
        Case(
            "reserve MUG --ttl-seconds 86401",
            64,
            "holdfast: --ttl-seconds 86401: give 1 to 86400"
        ),
        Case(
            "reserve MUG --mode some",
            64,
            "Error: The value 'some' is invalid for '--mode <mode>'. Please provide one of "
                + "'all_or_nothing', 'whole_lines' or 'best_effort'."
        ),
        Case(
            "reserve MUG --policy cheap",
            1,
            "holdfast: reserve: refused with unknown_policy — see `holdfast policy list`"
        ),
        Case(
            "reserve MUG --km-max 0 --to 1,1",
            64,
            "holdfast: --km-max 0.0: give 0.001 to 20100"
        ),
        Case(
            "reserve MUG --region GB",
            64,
            "holdfast: --region: give --to LAT,LON as well"
        ),
        Case(
            "reserve MUG --to 91,0",
            64,
            "Error: The value '91,0' is invalid for '--to <lat,lon>'"
        ),
        Case(
            "reserve MUG JUG --expected-version 1",
            64,
            "holdfast: --expected-version 1: give SKU=VERSION, as there are lines of 2 SKUs"
        ),
        Case(
            "reserve MUG --expected-version PAN=1",
            64,
            "holdfast: --expected-version PAN=1: no line is of it"
        ),
        Case("commit", 64, "Error: Missing expected argument '<id>'"),
        Case("commit 12", 64, "Error: The value '12' is invalid for '<id>'"),
        Case(
            "commit \(id) --line 0",
            64,
            "Error: The value '0' is invalid for '--line <index[=units][@warehouse][/pool]>'"
        ),
        Case("show", 64, "Error: Give the id of a reservation, or --owner."),
        Case("show \(id) --owner ann", 64, "Error: Give the id of a reservation, or --owner."),
        Case("show \(id) --all", 64, "Error: --all goes with --owner only."),
        Case(
            "stock count MUG=-1 --warehouse A",
            64,
            "Error: The value 'MUG=-1' is invalid for '<sku=units>'"
        ),
        Case("stock count MUG=1", 64, "Error: Missing expected argument '--warehouse <warehouse>'"),
        Case(
            "stock transfer MUG=0 --from A --to B",
            1,
            "holdfast: MUG in B: refused with invalid_quantity at line 1 of the request"
        ),
        Case(
            "stock adjust MUG A --by 1 --reason \(long.prefix(65))",
            64,
            "holdfast: --reason: give at most 64 bytes"
        ),
        Case(
            "stock receive MUG A/a/b/c/d/e/f/g/h/i/j 1",
            64,
            "Error: The value 'A/a/b/c/d/e/f/g/h/i/j' is invalid for '<warehouse[/pool]>'"
        ),
        Case(
            "warehouse set-state A shut",
            64,
            "Error: The value 'shut' is invalid for '<state>'. Please provide one of "
                + "'online', 'draining' or 'offline'."
        ),
        Case("warehouse set A", 64, "Error: Give what is to be changed."),
        Case("availability", 64, "Error: Give a SKU, or --file."),
        Case(
            "import stock /dev/null --mode relative",
            64,
            "Error: The value 'relative' is invalid for '--mode <mode>'. Please provide one "
                + "of 'absolute' and 'delta'."
        ),
        Case(
            "bench uniform --count 1 --duration 1",
            64,
            "holdfast: --count and --duration: give one of them"
        ),
        Case("bench hot --skus 2", 64, "holdfast: --skus 2: hot is one SKU"),
        Case(
            "bench sideways",
            64,
            "Error: The value 'sideways' is invalid for '<scenario>'. Please provide one of the "
                + "following:"
        ),
        Case(
            "replay /dev/null --replace-every 0",
            64,
            "holdfast: --replace-every 0: give 1 to 1000000000"
        ),
        Case("top --interval 0", 64, "holdfast: --interval 0.0: give 0.1 to 3600 seconds"),
        Case("top --count 0", 64, "holdfast: --count 0: give 1 to 2147483647"),
        Case(
            "stats --timeout-seconds 0",
            64,
            "holdfast: --timeout-seconds 0.0: give 0.001 to 86400"
        ),
    ]

    private static let id = "000102030405060708090a0b0c0d0e0f"

    private func run(_ test: Case, _ server: ServerProcess) async throws {
        let isPacked = test.command.contains("F.gz")
        let path = try server.write(isPacked ? "bad.csv.gz" : "bad.csv", "")
        if let file = test.file { try Data(file).write(to: URL(fileURLWithPath: path)) }
        let name = isPacked ? "F.gz" : "F"
        let words = test.command.split(separator: " ").map { $0 == name[...] ? path : String($0) }
        let result = try await Program.holdfast(words + ["--server", server.address])
        let said = (result.output + result.errors).replacingOccurrences(of: path, with: name)
        #expect(result.status == test.status, "\(test.command): \(said)")
        let lines = said.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.contains(test.says[...]), "\(test.command) said: \(said)")
    }

    func expectUnchanged(
        _ cases: [Case]
    ) async throws {
        let server = try await ServerProcess.stocked()
        let before = try await server.run("check").json()["state_hash"] as? String
        for test in cases { try await run(test, server) }
        let after = try await server.run("check").json()
        #expect(after["ok"] as? Bool == true)
        #expect(after["state_hash"] as? String == before)
    }

    @Test func badRowsAreNamedAndChangeNothing() async throws {
        try await expectUnchanged(
            CommandLineBadInputTests.rows.map { row, complaint in
                Case(
                    "import stock F",
                    CommandLineBadInputTests.stock + row + "\n",
                    1,
                    "F:\(complaint)"
                )
            }
        )
    }

    @Test func badFilesAreNamedAndChangeNothing() async throws {
        try await expectUnchanged(CommandLineBadInputTests.files)
    }

    @Test func badSourcingIsNamedAndChangesNothing() async throws {
        try await expectUnchanged(CommandLineBadInputTests.sourcing)
    }

    @Test func badCommandLinesAreNamedAndChangeNothing() async throws {
        try await expectUnchanged(CommandLineBadInputTests.commands)
    }
}
