import Foundation
import Testing

/// A warehouse drains or is gone: what the commands say and do.
@Suite struct CommandLineRerouteTests {
    private let one = "00000000000000000000000000000001"
    private let two = "00000000000000000000000000000002"
    private let three = "00000000000000000000000000000003"

    @Test func aWarehouseIsClosedAndItsHoldsMove() async throws {
        let server = try await ServerProcess.stocked()
        // B has 5 MUG: one hold fits there, another doesn't, a third is an order's.
        try await server.run("reserve", "MUG:3", "--id", one, "--to", "0,0")
        try await server.run("reserve", "MUG:4", "--id", two, "--to", "0,0")
        try await server.run("reserve", "MUG:1", "--id", three, "--to", "0,0")
        try await server.run("commit", three)
        let closed = try await server.run("warehouse", "set-state", "A", "offline", "--reroute")
            .json()
        let report = try #require(closed["reroute"] as? [String: Any])
        #expect(report["state"] as? String == "done")
        #expect((report["moved"] as? [String: Any])?.integer("reservations") == 1)
        #expect((report["committed"] as? [String: Any])?.integer("units") == 1)
        let reasons = try #require(report["reasons"] as? [String: Any])
        #expect(reasons.integer("insufficient_stock") == 1)
        let entries = try #require(report["entries"] as? [[String: Any]])
        #expect(Set(entries.compactMap { $0["id"] as? String }) == [one, two, three])

        // Asked again, for people: what is left is told.
        let text = try await server.text("warehouse", "set-state", "A", "offline", "--reroute")
        #expect(text.contains("insufficient_stock, line 1; held until it expires"))
        #expect(text.contains("an order's: it stays where it is"))
        #expect(text.contains("A: 0 reservations moved (0 units)"))
        #expect(text.hasSuffix("A is offline\n"))

        #expect(try await server.run("check").status == 0)
        await server.end(SIGTERM)
        let log = try await Program.holdfast([
            "journal", "inspect", server.dataDirectory, "--kind", "rerouted",
        ])
        #expect(log.output.contains(" to B "))
    }

    @Test func oneHoldMovesOrIsRefusedWithWhy() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:5", "--id", one, "--to", "0,0")
        try await server.run("reserve", "MUG:1@A", "--id", two)
        let still = try await server.text("reroute", one)
        #expect(still.hasSuffix("there was nothing to move\n"))
        try await server.run("warehouse", "set-state", "A", "draining")
        let moved = try await server.run("reroute", one).json()
        #expect(moved["rerouted"] as? Bool == true)
        let fixed = try await server.run("reroute", two)
        #expect(fixed.status == 1)
        #expect(try fixed.json()["error"] as? String == "warehouse_closed")
        let wrong = try await server.run("warehouse", "set-state", "A", "online", "--reroute")
        #expect(wrong.status == 64)
    }
}
