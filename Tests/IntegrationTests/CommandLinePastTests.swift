import Foundation
import Inventory
import Node
import Support
import Testing

@testable import holdfast

/// The past on the command line, from files that are the same at every run.
@Suite struct CommandLinePastTests {
    private func holdfast(_ books: PastBooks, _ arguments: String...) async throws -> ProgramResult
    {
        try await Program.holdfast(arguments + ["--data-dir", books.path])
    }

    /// The lines that a person reads, the path of the test's own folder cut.
    private func text(_ result: ProgramResult, _ books: PastBooks) -> String {
        result.output.replacingOccurrences(of: books.path, with: "DIR")
    }

    @Test func aSKUsHistoryIsToldWithFiguresBeforeAndAfter() async throws {
        let books = try PastBooks.told()
        let result = try await holdfast(books, "history", "--sku", "MUG")
        #expect(result.status == 0, "\(result.errors)")
        try PastTexts.expect(text(result, books), "history-sku")
        let json = try await holdfast(books, "history", "--sku", "MUG", "--json").jsonLines()
        let ending = try #require(json.last)
        #expect(ending.integer("movements") == json.count - 1)
        let before = try #require((json[2]["cells"] as? [[String: Any]])?[0])
        #expect((before["before"] as? [String: Any])?.integer("reserved") == 0)
        #expect((before["after"] as? [String: Any])?.integer("reserved") == 3)
    }

    @Test func aReservationsHistoryNamesItsSKUsAlsoFromASnapshotOn() async throws {
        let books = try PastBooks.told()
        let id = RequestID(high: 0, low: 4).description
        let result = try await holdfast(books, "history", "--reservation", id)
        try PastTexts.expect(text(result, books), "history-reservation")
        let lines = try await holdfast(
            books,
            "history",
            "--reservation",
            id,
            "--from",
            "2026-03-01T08:05:00Z",
            "--json"
        ).jsonLines()
        #expect(lines.map { $0["kind"] as? String } == ["committed", "fulfilled", "expired", nil])
        #expect((lines.last?["snapshot"] as? String)?.hasSuffix(".hfs") == true)
        let shares = try #require(lines[0]["shares"] as? [[String: Any]])
        #expect(shares.map { $0["sku"] as? String } == ["MUG"])
    }

    @Test func aWarehousesHistoryTellsItsCellsAndItsState() async throws {
        let books = try PastBooks.told()
        let result = try await holdfast(books, "history", "--warehouse", "B")
        try PastTexts.expect(text(result, books), "history-warehouse")
    }

    @Test func whatIsUnknownIsRefused() async throws {
        let books = try PastBooks.told()
        for (option, value, error) in [
            ("--sku", "CUP", "unknown_sku"), ("--warehouse", "C", "unknown_warehouse"),
            ("--reservation", String(repeating: "9", count: 32), "unknown_reservation"),
        ] {
            let result = try await holdfast(books, "history", option, value, "--json")
            #expect(result.status == 1)
            #expect(try result.json()["error"] as? String == error)
        }
        let missing = try await Program.holdfast(
            ["history", "--sku", "MUG", "--data-dir", books.path + "x"]
        )
        #expect(missing.status == 74)
    }

    @Test func stockIsShownAsOfAnInstantOrAnLSN() async throws {
        let books = try PastBooks.told()
        let moment = "2026-03-01T08:04:00Z"
        let held = try await holdfast(books, "stock", "show", "MUG", "--as-of", moment)
        try PastTexts.expect(text(held, books), "stock-as-of")
        let history = try await holdfast(books, "history", "--sku", "MUG", "--json").jsonLines()
        let lsn = history[2].integer("lsn")
        let before = try await holdfast(
            books,
            "stock",
            "show",
            "MUG",
            "--as-of",
            "\(lsn)",
            "--json"
        ).jsonLines()
        #expect(before.map { $0.integer("reserved") } == [0, 0, 0])
        let none = try await holdfast(books, "stock", "show", "MUG", "--as-of", "8")
        #expect(none.status == 1)
        let holds = try await holdfast(
            books,
            "stock",
            "show",
            "MUG",
            "--as-of",
            moment,
            "--holds",
            "--json"
        )
        #expect(try holds.json().integer("units_held") == 3)
    }

    @Test func aServerGoesOnFromADirectoryOfThePast() async throws {
        let books = try PastBooks.told()
        let into = books.folder.path + "/into"
        let made = try await holdfast(
            books,
            "recover",
            "--to-time",
            "2026-03-01T08:05:00Z",
            "--into",
            into,
            "--json"
        )
        #expect(made.status == 0, "\(made.errors)")
        let report = try made.json()
        let server = try await ServerProcess(on: into)
        let check = try await server.run("check", "--exclusive").json()
        #expect(check["ok"] as? Bool == true)
        // The hold's time is over by now, so its end may stand behind the state already.
        #expect(check.integer("lsn") >= report.integer("lsn"))
        try await server.run("stock", "receive", "MUG", "A", "1")
        await server.end(SIGTERM)
        // Its log's beginning is gone: names come from the snapshot.
        let told = try await Program.holdfast(["journal", "inspect", into])
        #expect(told.output.contains("received"))
        #expect(told.output.contains("MUG A +1"))
        #expect(!told.output.contains("#"))
        let again = try await holdfast(books, "recover", "--to-lsn", "64", "--into", into)
        #expect(again.status == 74)
        let beyond = try await holdfast(
            books,
            "recover",
            "--to-lsn",
            "1000000",
            "--into",
            into + "2",
            "--json"
        )
        #expect(beyond.status == 1)
        #expect(try beyond.json()["error"] as? String == "outside_span")
        #expect(try beyond.json().integer("first_lsn") == 8)
    }

    @Test func theChainStaysWhatItWasWhenTheLogGoesOn() async throws {
        let books = try PastBooks.told()
        let first = try await Program.holdfast(["journal", "verify", books.path, "--json"]).json()
        let chain = try #require(first["chain"] as? [String: Any])
        try books.stock(.received, [("MUG", "A", 1)])
        let mark = try await Program.holdfast([
            "journal", "verify", books.path, "--json", "--mark-at", "\(chain.integer("lsn"))",
        ]).json()
        #expect(mark["mark"] as? NSDictionary == chain as NSDictionary)
        #expect(
            (mark["chain"] as? [String: Any])?["digest"] as? String != chain["digest"] as? String
        )
        let text = try await Program.holdfast(["journal", "verify", books.path, "--mark-at", "8"])
        #expect(text.lines.first?.hasPrefix("chain: log ") == true)
        #expect(text.lastLine.hasPrefix("good: "))
    }
}
