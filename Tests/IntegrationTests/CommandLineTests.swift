import Foundation
import Support
import Testing

/// Every command against a server of its own, as a person or a script would use it.
@Suite(.serialized) struct CommandLineTests {
    private let id = "000102030405060708090a0b0c0d0e0f"

    @Test func aReservationIsMadeCommittedAndShown() async throws {
        let server = try await ServerProcess.stocked()
        let reserve = try await server.run(
            "reserve",
            "MUG:11",
            "JUG:2@B",
            "--to",
            "0,1",
            "--id",
            id,
            "--owner",
            "ann"
        )
        let held = try reserve.json()
        #expect(held["state"] as? String == "held")
        #expect(held["repeated"] as? Bool == false)
        let lines = try #require(held["lines"] as? [[String: Any]])
        let shares = try #require(lines[0]["shares"] as? [[String: Any]])
        #expect(shares.map { $0["warehouse"] as? String } == ["A", "B"])
        #expect(shares.map { $0.integer("quantity") } == [9, 2])

        let again = try await server.run(
            "reserve",
            "MUG:11",
            "JUG:2@B",
            "--to",
            "0,1",
            "--id",
            id,
            "--owner",
            "ann"
        )
        #expect(try again.json()["repeated"] as? Bool == true)
        let committed = try await server.run("commit", id)
        #expect(try committed.json()["state"] as? String == "committed")
        let shown = try await server.run("show", id).json()
        #expect(shown["state"] as? String == "committed")
        #expect(shown["owner"] as? String == held["owner"] as? String)
        let released = try await server.run("release", id)
        #expect(released.status == 1)
        #expect(try released.json()["error"] as? String == "wrong_state")

        let cell = try #require(try await server.stock()["MUG A"])
        #expect(cell.integer("on_hand") == 10)
        #expect(cell.integer("committed") == 9)
        #expect(cell.integer("available") == 0)
        let check = try await server.run("check")
        #expect(check.status == 0)
        #expect(try check.json()["ok"] as? Bool == true)
        #expect(try check.json().integer("open_reservations") == 1)
    }

    @Test func stockIsReceivedAndAdjusted() async throws {
        let server = try await ServerProcess.stocked()
        let received = try await server.run("stock", "receive", "NEW", "A", "4").json()
        #expect(received.integer("on_hand") == 4)
        let adjusted = try await server.run("stock", "adjust", "NEW", "A", "--by", "-3").json()
        #expect(adjusted.integer("available") == 1)
        let below = try await server.run("stock", "adjust", "NEW", "A", "--by", "-2")
        #expect(below.status == 1)
        #expect(try below.json()["error"] as? String == "negative_on_hand")
        let shown = try await server.run("stock", "show", "MUG").jsonLines()
        #expect(shown.map { $0["warehouse"] as? String } == ["A", "B"])
        let fields = [
            "sku", "warehouse", "pool", "on_hand", "reserved", "committed", "safety_stock",
            "backorder_limit", "available", "version",
        ]
        #expect(Set(shown[0].keys) == Set(fields))
    }

    @Test func importingAFileAgainChangesNothing() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:3@A")
        let before = try await server.stock()
        let again = try await server.run("import", "stock", "\(server.dataDirectory)/../stock.csv")
        #expect(try again.json().integer("rows_repeated") == 3)
        #expect(try await server.stock() as NSDictionary == before as NSDictionary)
    }

    @Test func tablesForPeopleEndWithTheResult() async throws {
        let server = try await ServerProcess.stocked()
        let list = try await server.run("stock", "list", asJSON: false)
        #expect(list.lines[0].hasPrefix("sku  warehouse  pool     on hand"))
        #expect(list.lastLine == "3 cells of 2 SKUs, 21 units available")
        let warehouses = try await server.run("warehouse", "list", asJSON: false)
        #expect(warehouses.output.contains("Beta, Upper"))
        #expect(warehouses.lastLine == "2 warehouses")
        #expect(!list.output.contains("\u{1B}"))
    }

    @Test func exitCodesTellWhatKindOfFailure() async throws {
        let server = try await ServerProcess.stocked()
        #expect(try await server.run("reserve", "NONE:1").status == 1)
        #expect(try await server.run("reserve").status == 64)
        #expect(try await server.run("bench", "uniform", "--skus", "0").status == 64)
        #expect(try await server.run("import", "stock", "/no/such/file.csv").status == 74)
        let second = try await Program.holdfast([
            "serve", "--data-dir", server.dataDirectory, "--listen", "127.0.0.1:0",
        ])
        #expect(second.status == 74)
        #expect(second.errors.contains("in use by another process"))
        await server.end(SIGKILL)
        let gone = try await server.run("stock", "list")
        #expect(gone.status == 69)
        #expect(try gone.json()["error"] as? String == "connect_failed")
    }

    @Test func aKilledServerComesBackWithAllItSaid() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:3@A", "--id", id)
        let before = try await server.stock()
        let hash = try await server.run("check").json()["state_hash"] as? String
        try await server.killAndRestart()
        #expect(try await server.stock() as NSDictionary == before as NSDictionary)
        #expect(try await server.run("check").json()["state_hash"] as? String == hash)
        #expect(try await server.run("show", id).json()["state"] as? String == "held")
    }

    @Test func aDrainedServerLeavesAClosedLog() async throws {
        let server = try await ServerProcess.stocked()
        #expect(await server.end(SIGTERM) == 0)
        let report = try await Program.holdfast([
            "journal", "verify", server.dataDirectory, "--json",
        ])
        #expect(report.status == 0)
        #expect(try report.json()["closed"] as? Bool == true)
        // The client's name, the warehouse, the stock.
        #expect(try report.json().integer("records") == 3)
    }

    @Test func damageInTheLogIsNamedAndNotServed() async throws {
        let server = try await ServerProcess.stocked()
        await server.end(SIGTERM)
        let folder = server.dataDirectory + "/journal"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).min()
        )
        let file = try #require(FileHandle(forUpdatingAtPath: "\(folder)/\(name)"))
        // Inside the first record behind the segment's first sector and the opening batch.
        try file.seek(toOffset: 1_024 + 100)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 1_024 + 100)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
        let report = try await Program.holdfast([
            "journal", "verify", server.dataDirectory, "--json",
        ])
        #expect(report.status == 1)
        #expect(report.errors.contains(name))
        let restart = try await Program.holdfast([
            "serve", "--data-dir", server.dataDirectory, "--listen", "127.0.0.1:0", "--json",
        ])
        #expect(restart.status == 74)
        #expect(restart.errors.contains(name))
    }

    @Test func theBenchmarkCountsWhatTheServerCounts() async throws {
        let server = try await ServerProcess()
        let bench = try await server.run(
            "bench",
            "uniform",
            "--skus",
            "100",
            "--connections",
            "3",
            "--outstanding",
            "8",
            "--count",
            "2000"
        )
        #expect(bench.status == 0)
        let report = try bench.json()
        #expect(report["scenario"] as? String == "uniform")
        #expect(report.integer("requests") == 2_000)
        #expect(report.integer("accepted") == 2_000)
        #expect(report.integer("refused") == 0)
        let latency = try #require(report["latency_us"] as? [String: Any])
        #expect(Set(latency.keys) == ["p50", "p90", "p99", "p999", "p9999", "max"])
        let figures = try await server.run("stats").json()
        #expect(figures.integer("units_reserved") == 0)
        #expect(figures.integer("releases") == 2_000)
    }
}
