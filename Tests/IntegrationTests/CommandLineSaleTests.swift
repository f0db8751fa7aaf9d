import Foundation
import Testing

/// A sale from its preparation to its report, from the command line and over the wire.
@Suite(.serialized) struct CommandLineSaleTests {
    private static let file = "sku,warehouse,units\nMUG,A,6\nMUG,B,2\nJUG,B,7\n"
    private static let future = "2999-01-01T00:00:00Z"

    private static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// Holds a line of the sale for an owner.
    private func hold(
        _ server: ServerProcess,
        _ number: Int,
        _ line: String,
        owner: String
    ) async throws -> ProgramResult {
        try await server.run(
            "reserve",
            "--line",
            line,
            "--id",
            CommandLineSaleTests.id(number),
            "--owner",
            owner
        )
    }

    private func error(_ result: ProgramResult) throws -> String {
        try result.json()["error"] as? String ?? ""
    }

    /// What is on hand in `MUG A/drop` and its like.
    private func onHand(_ server: ServerProcess, _ place: String) async throws -> Int {
        try await server.stock()[place]?.integer("on_hand") ?? 0
    }

    @Test func aSaleRunsFromItsPreparationToItsReport() async throws {
        let server = try await ServerProcess.stocked()
        let path = try server.write("drop.csv", CommandLineSaleTests.file)
        let prepared = try await server.run(
            "sale",
            "prepare",
            "drop",
            "--stock",
            path,
            "--opens",
            CommandLineSaleTests.future,
            "--per-owner",
            "3",
            "--per-owner-sku",
            "2",
            "--returns-rest"
        ).json()
        #expect(prepared["state"] as? String == "waiting")
        #expect(prepared.integer("rows") == 3)
        #expect(prepared.integer("units") == 15)
        #expect(prepared["repeated"] as? Bool == false)
        #expect(try await onHand(server, "MUG A/drop") == 6)
        #expect(try await onHand(server, "MUG A") == 4)

        let early = try await hold(server, 1, "MUG=1/drop", owner: "ann")
        #expect(try error(early) == "sale_not_open")
        let opened = try await server.run("sale", "open", "drop").json()
        #expect(opened["state"] as? String == "open")

        #expect(try await hold(server, 1, "MUG=2/drop", owner: "ann").status == 0)
        #expect(try error(await hold(server, 2, "MUG=1/drop", owner: "ann")) == "owner_sku_limit")
        #expect(try error(await hold(server, 3, "JUG=2/drop", owner: "ann")) == "owner_limit")
        #expect(try await hold(server, 4, "JUG=1/drop", owner: "bob").status == 0)
        #expect(try await hold(server, 5, "JUG=1/drop", owner: "eve").status == 0)
        #expect(try await server.run("commit", CommandLineSaleTests.id(1)).status == 0)
        #expect(try await server.run("release", CommandLineSaleTests.id(5)).status == 0)

        let status = try await server.run("sale", "status", "drop", "--once").json()
        #expect(status.integer("units_sold") == 2)
        #expect(status.integer("units_held") == 1)
        #expect(status.integer("units_free") == 12)
        #expect(status.integer("holds") == 3)
        #expect(status.integer("owners") == 3)
        let refusals = try #require(status["refusals"] as? [String: Any])
        #expect(refusals.integer("owner_sku_limit") == 1)
        #expect(refusals.integer("owner_limit") == 1)

        let closed = try await server.run("sale", "close", "drop").json()
        #expect(closed["state"] as? String == "closed")
        #expect(try error(await hold(server, 6, "JUG=1/drop", owner: "zoe")) == "sale_closed")
        // What is held can still be committed.
        #expect(try await server.run("commit", CommandLineSaleTests.id(4)).status == 0)
        try await expectReturned(server)

        let report = try await server.run("sale", "report", "drop", "--top", "1").json()
        #expect(report.integer("units_sold") == 3)
        #expect(report.integer("units_free") == 0)
        #expect(report.integer("units_returned") == 12)
        #expect(report.integer("holds_committed") == 2)
        #expect(report.integer("owners_with_units") == 2)
        let top = try #require(report["top"] as? [[String: Any]])
        #expect(top.map { $0.integer("units") } == [2])
        let check = try await server.run("check").json()
        #expect(check["ok"] as? Bool == true)

        let list = try await server.text("sale", "list")
        #expect(list.contains("drop  closed since ") && list.hasSuffix("1 sale\n"), "\(list)")
        #expect(try await server.run("sale", "forget", "drop").status == 0)
        #expect(try await server.text("sale", "list") == "0 sales\n")
    }

    /// Waits until all that was free is back in `default`: 12 of 15 units.
    private func expectReturned(_ server: ServerProcess) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var free = -1
        while free != 0, ContinuousClock.now < deadline {
            free = try await server.run("sale", "status", "drop", "--once").json()
                .integer("units_free")
        }
        #expect(free == 0)
        #expect(try await onHand(server, "MUG A") + onHand(server, "MUG B") == 13)
        #expect(try await onHand(server, "JUG B") == 6)
    }

    @Test func preparingAgainChangesNothingTwice() async throws {
        let server = try await ServerProcess.stocked()
        let path = try server.write("drop.csv", CommandLineSaleTests.file)
        let command = ["sale", "prepare", "drop", "--stock", path, "--per-owner", "3"]
        func prepare() async throws -> [String: Any] {
            try await Program.holdfast(command + ["--server", server.address, "--json"]).json()
        }
        #expect(try await prepare()["repeated"] as? Bool == false)
        try await server.killAndRestart()
        let again = try await prepare()
        #expect(again["repeated"] as? Bool == true)
        #expect(again.integer("units_per_owner") == 3)
        #expect(try await onHand(server, "MUG A/drop") == 6)
        let text = try await server.text("sale", "prepare", "drop", "--stock", path)
        let told = "15 units in 3 rows moved before: nothing changed; another --id moves them again"
        #expect(text.contains(told), "\(text)")

        let more = try server.write("more.csv", "sku,warehouse,units\nMUG,A,1\n")
        #expect(try await server.run("sale", "prepare", "drop", "--stock", more).status == 0)
        #expect(try await onHand(server, "MUG A/drop") == 7)
        let back = try await server.text("sale", "give-back", "drop", "--stock", more)
        #expect(back.hasSuffix("1 unit in 1 row given back to default\n"), "\(back)")
        #expect(try await onHand(server, "MUG A/drop") == 6)
    }

    @Test func aRowThatAsksForTooMuchRefusesAllWithItsLine() async throws {
        let server = try await ServerProcess.stocked()
        let path = try server.write(
            "drop.csv",
            "sku,warehouse,units\nMUG,A,6\n\nJUG,B,8\n"
        )
        let refused = try await server.run("sale", "prepare", "drop", "--stock", path)
        #expect(refused.status == 1)
        #expect(try error(refused) == "insufficient_stock")
        #expect(refused.errors.contains("drop.csv:4: 8 of JUG in B: refused"), "\(refused.errors)")
        #expect(try await server.stock()["MUG A/drop"] == nil)
        #expect(try await onHand(server, "MUG A") == 10)
    }

    @Test func aRunningSaleNeverWaitsAgain() async throws {
        let server = try await ServerProcess.stocked()
        #expect(
            try await server.run("sale", "prepare", "drop").json()["state"] as? String == "open"
        )
        let later = try await server.run(
            "sale",
            "set",
            "drop",
            "--opens",
            CommandLineSaleTests.future
        )
        #expect(later.status == 1)
        #expect(try error(later) == "sale_running")
        let changed = try await server.run(
            "sale",
            "set",
            "drop",
            "--per-order",
            "4",
            "--per-window",
            "2/1min",
            "--closes",
            // Not so long ago that it would be forgotten by itself.
            Date.now.addingTimeInterval(-60).formatted(.iso8601)
        ).json()
        #expect(changed["state"] as? String == "closed")
        #expect(changed.integer("window_milliseconds") == 60_000)
        let again = try await server.run("sale", "open", "drop").json()
        #expect(again["state"] as? String == "open")
        #expect(again["closes_at"] is NSNull)
        #expect(again.integer("units_per_order") == 4)
        #expect(try error(await server.run("sale", "forget", "drop")) == "sale_in_use")
    }

    @Test func statusTellsALineAnInterval() async throws {
        let server = try await ServerProcess.stocked()
        #expect(try await server.run("sale", "prepare", "drop", "--per-owner", "1").status == 0)
        let lines = try await server.run(
            "sale",
            "status",
            "drop",
            "--count",
            "3",
            "--interval",
            "0.1",
            asJSON: false
        ).lines
        #expect(lines.count == 4)
        #expect(lines[0].split(separator: " ").first == "state")
        #expect(lines[3].split(separator: " ").first == "open")
        let objects = try await server.run(
            "sale",
            "status",
            "drop",
            "--count",
            "2",
            "--interval",
            "0.1"
        ).jsonLines()
        #expect(objects.count == 2)
        #expect(objects[0]["holds_per_second"] is NSNull)
        #expect(objects[1]["holds_per_second"] as? Double == 0)
    }
}
