import Foundation
import Inventory
import Testing
import Wire

@testable import holdfast

/// A reservation's whole life on the command line.
@Suite(.serialized) struct CommandLineLifeTests {
    private let id = "000102030405060708090a0b0c0d0e0f"
    private let newer = "f00102030405060708090a0b0c0d0e0f"

    /// The tables have no instants in them; the result line is told apart.
    private func table(_ output: String) -> String {
        output.split(separator: "\n").dropLast().joined(separator: "\n")
    }

    private func error(_ result: ProgramResult) throws -> String? {
        try result.json()["error"] as? String
    }

    @Test func partsGoTheirOwnWaysAndShowTellsThem() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:6@A", "JUG:4", "--id", id, "--owner", "ann")
        let part = try await server.run("commit", id, "--line", "1=5@A", "--line", "2=2")
        #expect(part.status == 0)
        #expect(try await server.run("fulfil", id, "--line", "1=2").status == 0)
        #expect(try await server.run("cancel", id, "--line", "1=1/default").status == 0)
        #expect(try await server.run("release", id, "--line", "2=1").status == 0)
        #expect(
            table(try await server.text("show", id)) == """
                line  sku  requested  reserved  held  committed  fulfilled  cancelled  gone  from
                   1  MUG          6         6     1          2          2          1     0  A 6
                   2  JUG          4         4     1          2          0          0     1  B 4
                """
        )
        let over = try await server.run("commit", id, "--line", "1=2")
        #expect(over.status == 1)
        #expect(try error(over) == "insufficient_units")
        #expect(
            try await server.run("commit", id, "--fulfil").json()["state"] as? String == "fulfilled"
        )
        #expect(try await server.run("commit", id).json()["repeated"] as? Bool == true)
        let cell = try #require(try await server.stock()["MUG A"])
        #expect(cell.integer("on_hand") == 5)
        #expect(cell.integer("reserved") == 0)
    }

    @Test func aPartIsRepeatedByItsRequestID() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:6@A", "--id", id)
        for repeated in [false, true] {
            let part = try await server.run(
                "commit",
                id,
                "--line",
                "1=2",
                "--request-id",
                newer
            ).json()
            #expect(part["repeated"] as? Bool == repeated)
        }
        #expect(try await server.stock()["MUG A"]?.integer("committed") == 2)
    }

    @Test func aPaymentIsWaitedForAndWhatItHeldIsHeldAgain() async throws {
        let server = try await ServerProcess.stocked()
        func run(_ arguments: String) async throws -> ProgramResult {
            let words = arguments.split(separator: " ").map(String.init)
            return try await Program.holdfast(words + ["--server", server.address, "--json"])
        }
        let held = try await run("reserve MUG:9@A --id \(id) --owner ann --ttl-seconds 60").json()
        let started = try await run("extend \(id) --reason payment_started").json()
        #expect(started["state"] as? String == "held")
        let freeze = "extend \(id) --reason payment_pending --ttl-seconds 600"
        let before = try #require(held["expires_at"] as? String)
        #expect(try #require(try await run(freeze).json()["expires_at"] as? String) > before)
        #expect(try error(try await run(freeze)) == "frozen_before")
        let again = "hold-again \(id) --owner ann --id \(newer)"
        #expect(try await run(again).json()["id"] as? String == id)
        _ = try await run("release \(id)").json()
        #expect(try error(try await run(again)) == "wrong_state")
    }

    @Test func aHoldIsExtendedAndReplaced() async throws {
        let server = try await ServerProcess.stocked()
        let held = try await server.run(
            "reserve",
            "MUG:9@A",
            "--id",
            id,
            "--owner",
            "ann",
            "--ttl-seconds",
            "60"
        ).json()
        let extended = try await server.run("extend", id, "--ttl-seconds", "600").json()
        let before = try #require(held["expires_at"] as? String)
        #expect(try #require(extended["expires_at"] as? String) > before)
        let other = try await server.run("replace", id, "MUG:9@A", "--owner", "bob")
        #expect(try error(other) == "wrong_owner")
        let whole = try await server.run(
            "replace",
            id,
            "--line",
            "MUG=8@A",
            "--owner",
            "ann",
            "--id",
            newer,
            asJSON: false
        )
        #expect(whole.lastLine.hasPrefix("\(newer) held until "))
        #expect(whole.lastLine.hasSuffix(", in place of \(id)"))
        #expect(try await server.run("show", id).json()["state"] as? String == "released")
        let plain = try await server.run("replace", id, "JUG:1", "--owner", "ann", asJSON: false)
        #expect(plain.lastLine.hasSuffix(", \(id) was no longer held"))
    }

    @Test func anOwnersReservationsAreTold() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:1", "--id", id, "--owner", "ann")
        try await server.run("reserve", "JUG:2", "MUG:1", "--id", newer, "--owner", "ann")
        try await server.run("reserve", "JUG:1", "--owner", "bob")
        try await server.run("release", id)
        let open = try await server.run("show", "--owner", "ann").json()
        #expect(open.integer("count") == 1)
        let all = try await server.run("show", "--owner", "ann", "--all").json()
        let told = try #require(all["reservations"] as? [[String: Any]])
        #expect(told.map { $0["id"] as? String } == [newer, id])
        #expect(told.map { $0["state"] as? String } == ["held", "released"])
        let text = try await server.text("show", "--owner", "ann", "--all")
        #expect(text.hasSuffix(": 2 reservations\n"))
    }

    @Test func aVersionThatWasLostIsRefusedWithTheFigures() async throws {
        let server = try await ServerProcess.stocked()
        let version = try await server.run("stock", "show", "MUG").json().integer("version")
        let line = ["--line", "MUG=1@A", "--expected-version"]
        let first = try await server.run("reserve", line[0], line[1], line[2], "\(version)")
        #expect(first.status == 0)
        let second = try await server.run("reserve", line[0], line[1], line[2], "MUG=\(version)")
        #expect(second.status == 1)
        let refusal = try second.json()
        #expect(refusal["error"] as? String == "version_conflict")
        #expect(refusal.integer("version") == version + 1)
        #expect(refusal.integer("on_hand") == 15)
        #expect(refusal.integer("reserved") == 1)
    }

    @Test func lostUnitsAreATableByLine() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "JUG:1", "MUG:6@A", "--id", id)
        #expect(try await server.run("stock", "count", "MUG=4", "--warehouse", "A").status == 0)
        let commit = try await server.run("commit", id, asJSON: false)
        #expect(commit.status == 1)
        #expect(
            commit.output == """
                line  sku  needed  there  missing
                   2  MUG       6      4        2

                """
        )
        #expect(commit.errors.hasPrefix("holdfast: commit \(id): refused with stock_lost"))
        let lost = try await server.run("commit", id).json()["lost_units"] as? [[String: Any]]
        #expect(lost?.map { $0.integer("line") } == [2])
        #expect(lost?.map { $0.integer("present") } == [4])
        #expect(try await server.run("commit", id, "--line", "1").status == 0)
    }

    @Test(arguments: [
        ("MUG=2", "MUG", 2, nil, []), ("MUG=2@COV1", "MUG", 2, "COV1", []),
        ("MUG=2/flash", "MUG", 2, nil, ["flash"]),
        ("A=B=2@C/x,default", "A=B", 2, "C", ["x", "default"]),
        ("S/1@2=7", "S/1@2", 7, nil, []),
    ])
    func linesOfPoolsAreReadFromTheirEnd(
        _ text: String,
        _ sku: String,
        _ quantity: UInt32,
        _ warehouse: String?,
        _ pools: [String]
    ) throws {
        let line = try #require(ReserveLineArgument(argument: text)).line
        #expect(line.sku == sku)
        #expect(line.quantity == quantity)
        #expect(line.warehouse?.description == warehouse)
        #expect(line.pools.map(\.description) == pools)
    }

    @Test(arguments: ["", "0", "x", "1=", "1=0", "1@", "1/", "1=2@A/x,y", "1 ", "99999"])
    func whatIsNoPartIsRefused(_ text: String) {
        #expect(PartArgument(argument: text) == nil)
    }
}
