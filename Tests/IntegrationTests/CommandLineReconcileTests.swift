import Foundation
import Inventory
import Support
import Testing

@testable import holdfast

/// Counts against the books, on the command line.
@Suite(.serialized) struct CommandLineReconcileTests {
    @Test func differencesAreListedByTheirSize() async throws {
        let books = try PastBooks.told()
        let file = books.folder.path + "/counts.csv"
        try """
        sku,warehouse,counted,as_of
        MUG,A,8,2026-03-01T08:04:30Z
        JUG,B,3,2026-03-01T08:04:30Z
        MUG,B,5,
        CUP,A,1,
        MUG,A,9,
        JUG,B,x,

        """.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try await Program.holdfast([
            "reconcile", file, "--data-dir", books.path, "--as-of", "2026-03-01T08:05:30Z",
        ])
        #expect(result.status == 1)
        let text = result.output.replacingOccurrences(of: file, with: "FILE")
        try PastTexts.expect(text, "reconcile")
    }

    /// An instant between what was done and what will be.
    private func between() async throws -> String {
        try await Task.sleep(for: .milliseconds(5))
        let now = Instant(milliseconds: Int64(Foundation.Date.now.timeIntervalSince1970 * 1_000))
        try await Task.sleep(for: .milliseconds(5))
        return now.text
    }

    private func reconcile(
        _ server: ServerProcess,
        _ file: String,
        asOf: String,
        apply: Bool = true
    ) async throws -> [[String: Any]] {
        try await Program.holdfast(
            [
                "reconcile", file, "--data-dir", server.dataDirectory, "--as-of", asOf, "--server",
                server.address, "--json",
            ] + (apply ? ["--apply"] : [])
        ).jsonLines()
    }

    private func outcomes(_ lines: [[String: Any]]) -> [String?] {
        lines.dropLast().sorted { $0.integer("line") < $1.integer("line") }.map {
            $0["outcome"] as? String
        }
    }

    @Test func whatMovedSinceIsAddedAndNothingIsCorrectedTwice() async throws {
        let server = try await ServerProcess.stocked()
        let moment = try await between()
        try await server.run("stock", "receive", "MUG", "A", "4")
        let file = try server.write(
            "counts.csv",
            "sku,warehouse,counted\nMUG,A,7\nJUG,B,7\nMUG,B,6\n"
        )
        let seen = try await reconcile(server, file, asOf: moment, apply: false)
        #expect(outcomes(seen) == ["differs", "agrees", "differs"])
        #expect(try await server.stock()["MUG A"]?.integer("on_hand") == 14)
        let done = try await reconcile(server, file, asOf: moment)
        #expect(outcomes(done) == ["corrected", "agrees", "corrected"])
        // Ten were there and seven counted, four came since.
        let stock = try await server.stock()
        #expect(stock["MUG A"]?.integer("on_hand") == 11)
        #expect(stock["MUG B"]?.integer("on_hand") == 6)
        let again = try await reconcile(server, file, asOf: moment)
        #expect(outcomes(again) == ["corrected_before", "agrees", "corrected_before"])
        #expect(try await server.stock() as NSDictionary == stock as NSDictionary)
        // An older count of what was counted since says nothing any more.
        let old = try server.write("old.csv", "sku,warehouse,counted\nMUG,A,1\n")
        let late = try await reconcile(server, old, asOf: moment)
        #expect(outcomes(late) == ["superseded"])
        #expect(try await server.stock() as NSDictionary == stock as NSDictionary)
    }

    @Test func noMovementOfTheMeantimeIsLost() async throws {
        let server = try await ServerProcess.stocked()
        let moment = try await between()
        let file = try server.write(
            "counts.csv",
            "sku,warehouse,counted\nMUG,A,7\nMUG,B,9\nJUG,B,1\n"
        )
        let address = server.address
        async let received = {
            var units = 0
            for _ in 0..<12 {
                let result = try await Program.holdfast([
                    "stock", "receive", "MUG", "A", "1", "--server", address,
                ])
                if result.status == 0 { units += 1 }
            }
            return units
        }()
        let lines = try await reconcile(server, file, asOf: moment)
        #expect(outcomes(lines) == ["corrected", "corrected", "corrected"])
        let stock = try await server.stock()
        #expect(stock["MUG B"]?.integer("on_hand") == 9)
        #expect(stock["JUG B"]?.integer("on_hand") == 1)
        let units = try await received
        #expect(units == 12)
        #expect(try await server.stock()["MUG A"]?.integer("on_hand") == 7 + units)
    }

    @Test func aCountThatLeavesTooLittleTellsWhoseHoldsAreTouched() async throws {
        let server = try await ServerProcess.stocked()
        let id = "000102030405060708090a0b0c0d0e0f"
        try await server.run("reserve", "MUG:6@A", "--id", id)
        let moment = try await between()
        let file = try server.write("counts.csv", "sku,warehouse,counted\nMUG,A,4\n")
        for apply in [false, true] {
            let lines = try await reconcile(server, file, asOf: moment, apply: apply)
            #expect(outcomes(lines) == [apply ? "corrected" : "differs"])
            #expect(lines[0].integer("shortfalls") == 1)
            let holds = try #require(lines[0]["holds"] as? [[String: Any]])
            #expect(holds.map { $0["reservation"] as? String } == [id])
        }
    }

    @Test func thePoolThatWasCountedIsCorrectedAlone() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("stock", "transfer", "MUG=4", "--from", "A", "--to", "A/flash")
        let moment = try await between()
        let file = try server.write(
            "counts.csv",
            "sku,warehouse,pool,counted\nMUG,A,flash,3\nMUG,A,default,7\n"
        )
        let lines = try await reconcile(server, file, asOf: moment)
        #expect(outcomes(lines) == ["corrected", "corrected"])
        let stock = try await server.stock()
        #expect(stock["MUG A/flash"]?.integer("on_hand") == 3)
        #expect(stock["MUG A"]?.integer("on_hand") == 7)
    }

    @Test func theServerOfAnotherDirectoryIsLeftAlone() async throws {
        let server = try await ServerProcess.stocked()
        let books = try PastBooks.told()
        let file = try server.write("counts.csv", "sku,warehouse,counted\nMUG,A,1\n")
        let before = try await server.stock()
        let result = try await Program.holdfast([
            "reconcile", file, "--data-dir", books.path, "--as-of", "2026-03-01T09:00:00Z",
            "--server", server.address, "--apply", "--json",
        ])
        #expect(result.status == 1)
        #expect(try result.json()["error"] as? String == "other_history")
        #expect(try await server.stock() as NSDictionary == before as NSDictionary)
    }
}
