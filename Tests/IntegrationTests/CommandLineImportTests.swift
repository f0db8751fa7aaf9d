import Foundation
import Testing

/// Imports: an answer for each bad row, and nothing twice.
@Suite(.serialized) struct CommandLineImportTests {
    private let columns = "sku,warehouse,on_hand,pool,safety_stock,backorder_limit\n"

    private func badLines(_ result: ProgramResult) throws -> [Int] {
        // The last line of a failed command is its error; the report stands before it.
        let report = try result.jsonLines()[0]
        let rows = try #require(report["bad_rows"] as? [[String: Any]])
        return rows.map { $0.integer("line") }
    }

    @Test func everyBadRowIsNamedAndTheGoodOnesGoIn() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write(
            "bad.csv",
            columns + "MUG,A,3,,,\nMUG,Z,1,,,\nX Y,A,1,,,\nPAN,B,4,flash,1,2\nPAN,B,x,,,\nPAN\n"
        )
        let result = try await server.run("import", "stock", file, asJSON: false)
        #expect(result.status == 1)
        #expect(
            result.output.replacingOccurrences(of: file, with: "F") == """
                F:3: warehouse Z isn't known — see `holdfast warehouse list`
                F:4: sku `X Y` — give 1 to 64 characters of ASCII, no spaces
                F:6: on_hand `x` is no whole number
                F:7: 1 field where the first line names 6 — quote fields that hold a comma
                2 cells imported, 4 bad rows

                """
        )
        #expect(result.errors.hasSuffix("mend them and import them in a file of their own\n"))
        let pan = try await server.run("stock", "show", "PAN").json()
        #expect(pan["pool"] as? String == "flash")
        #expect(pan.integer("safety_stock") == 1)
        #expect(pan.integer("backorder_limit") == 2)
        #expect(try await server.stock()["MUG A"]?.integer("safety_stock") == 1)
    }

    @Test func strictImportsNothingUnlessAllRowsAreReadable() async throws {
        let server = try await ServerProcess.stocked()
        let before = try await server.stock()
        let file = try server.write("bad.csv", columns + "MUG,A,3,,,\nMUG,B,-1,,,\n")
        let strict = try await server.run("import", "stock", file, "--strict")
        #expect(strict.status == 1)
        #expect(try badLines(strict) == [3])
        #expect(try await server.stock() as NSDictionary == before as NSDictionary)
    }

    @Test func aDifferenceIsAddedOnceHoweverOftenTheFileIsImported() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write("delta.csv", columns + "MUG,A,-4,,,\nMUG,B,6,,,\nNEW,B,2,,,\n")
        for run in 0..<2 {
            let result = try await server.run("import", "stock", file, "--mode", "delta").json()
            #expect(result.integer("rows_repeated") == (run == 0 ? 0 : 3))
        }
        let stock = try await server.stock()
        #expect(stock["MUG A"]?.integer("on_hand") == 6)
        #expect(stock["MUG B"]?.integer("on_hand") == 11)
        #expect(stock["NEW B"]?.integer("on_hand") == 2)
    }

    @Test func aFileWithBadRowsNamesThemAgainAndChangesNothing() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write("delta.csv", columns + "MUG,B,6,,,\nMUG,C,6,,,\nMUG,A,x,,,\n")
        for repeated in [0, 1] {
            let result = try await server.run("import", "stock", file, "--mode", "delta")
            #expect(result.status == 1)
            #expect(try badLines(result) == [3, 4])
            #expect(try result.jsonLines()[0].integer("rows_repeated") == repeated)
        }
        #expect(try await server.stock()["MUG B"]?.integer("on_hand") == 11)
    }

    @Test func aRowThatTheServerRefusesIsTakenOutOfItsBatch() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write(
            "delta.csv",
            columns + "MUG,B,-6,,,\nMUG,A,1,,,\nJUG,B,2147483647,,,\nNEW,A,2,,,\n"
        )
        let result = try await server.run("import", "stock", file, "--mode", "delta")
        #expect(try badLines(result) == [2, 4])
        #expect(result.output.contains("refused with negative_on_hand"))
        #expect(result.output.contains("refused with quantity_overflow"))
        let stock = try await server.stock()
        #expect(stock["MUG A"]?.integer("on_hand") == 11)
        #expect(stock["MUG B"]?.integer("on_hand") == 5)
        #expect(stock["NEW A"]?.integer("on_hand") == 2)
    }

    @Test func aBatchThatWentInWithoutABadRowNeverGoesInAgain() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write("delta.csv", columns + "MUG,B,6,,,\nMUG,C,6,,,\n")
        let first = try await server.run("import", "stock", file, "--mode", "delta")
        #expect(first.status == 1)
        #expect(try badLines(first) == [3])
        let warehouse = try server.write(
            "c.csv",
            sampleWarehouses.split(separator: "\n")[0] + "\nC,Gamma,1,1,1,1,1,1,1\n"
        )
        #expect(try await server.run("import", "warehouses", warehouse).status == 0)
        let second = try await server.run("import", "stock", file, "--mode", "delta")
        #expect(second.status == 1)
        #expect(second.output.contains("an earlier import of this file took these rows"))
        #expect(try await server.stock()["MUG B"]?.integer("on_hand") == 11)
    }

    @Test func thousandsOfRowsWithBadOnesAmongThemGoInBesideHolds() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:6@A")
        let rows = (0..<5_000).map { $0 % 1_000 == 7 ? "S\($0),Z,1,,," : "S\($0),A,1,,," }
        let file = try server.write(
            "many.csv",
            columns + "MUG,A,4,,,\n" + rows.joined(separator: "\n")
        )
        let result = try await server.run("import", "stock", file)
        #expect(try badLines(result) == [10, 1_010, 2_010, 3_010, 4_010])
        let report = try result.jsonLines()[0]
        #expect(report.integer("rows") == 4_996)
        #expect(report.integer("shortfalls") == 1)
        let figures = try await server.run("stats").json()
        #expect(figures.integer("skus") == 4_997)
        #expect(figures.integer("units_reserved") == 6)
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
    }

    @Test func skusGetTheirWeights() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write("skus.csv", "sku,weight_grams\nMUG,300\nPAN,-1\nPAN,9\nPAN,9\n")
        let result = try await server.run("import", "skus", file)
        #expect(try badLines(result) == [3, 5])
        #expect(try await server.text("stock", "show", "MUG").hasSuffix(", 300 g each\n"))
        #expect(try await server.run("stock", "show", "PAN", asJSON: false).status == 0)
    }
}
