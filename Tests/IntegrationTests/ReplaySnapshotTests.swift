import Engine
import Foundation
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

/// The retailer's orders with snapshots in their middle.
@Suite struct ReplaySnapshotTests {
    private struct Progress {
        var isOver = false
    }

    @Test(
        .enabled(if: retailFolder != nil, "no retail data: set HOLDFAST_DATA to its folder"),
        .timeLimit(.minutes(30))
    )
    func aSnapshotInTheMiddleAndTheLogAloneComeToTheSameState() async throws {
        let folder = try #require(retailFolder)
        let place = TemporaryDirectory()
        defer { place.remove() }
        let archive = place.path + "/archive"
        let server = try await ServerProcess(
            "--archive-dir",
            archive,
            "--snapshot-log-size",
            "0",
            "--snapshot-interval",
            "0s",
            "--snapshots-kept",
            "1"
        )
        try await server.run("import", "warehouses", folder + "/warehouses.csv")
        try await server.run("import", "stock", folder + "/stock.csv.gz")
        let progress = Monitor(Progress())
        let address = server.address
        async let replayed = Self.replay(folder, on: address, progress)
        // Beside the orders, again and again; none of them is the state at the end.
        var taken = 0
        while !progress.withLock({ $0.isOver }) {
            #expect(try await server.run("snapshot", "take").status == 0)
            taken += 1
        }
        let result = try await replayed
        #expect(result.status == 0)
        #expect(taken > 1, "the replay was over before a snapshot was taken in its middle")
        let before = try await server.run("check").json()
        #expect(before["ok"] as? Bool == true)
        let hash = try #require(before["state_hash"] as? String)

        try await server.killAndRestart()
        let after = try await server.run("check").json()
        #expect(after["ok"] as? Bool == true)
        #expect(after["state_hash"] as? String == hash)
        await server.end(SIGKILL)

        let snapshots = try LinuxDisk().list(server.dataDirectory + "/snapshots")
        #expect(snapshots.count == 1)
        let engine = try engineOfLog(server.dataDirectory + "/journal", archive)
        #expect(String(engine.stateHash(), radix: 16) == hash)
    }

    private static func replay(
        _ folder: String,
        on address: String,
        _ progress: Monitor<Progress>
    ) async throws -> ProgramResult {
        defer { progress.notifying { $0.isOver = true } }
        let orders = folder + "/orders.csv.gz"
        return try await Program.holdfast(["replay", orders, "--server", address, "--json"])
    }
}

/// The engine that a log with its archive comes to, read from its very first record.
func engineOfLog(_ directory: String, _ archive: String) throws -> Engine {
    let firstLSN: UInt64 = 8
    let ring = MovementRing(capacityBytes: 1 << 22, startLSN: firstLSN)
    let engine = Engine(settings: EngineSettings(hashKey: 5), ring: ring)
    _ = try Journal.read(
        LogSources(directory, archives: [archive]),
        from: firstLSN,
        disk: LinuxDisk()
    ) { (record, lsn, _) throws(MovementError) in
        try engine.apply(record, lsn: lsn)
        return true
    }
    return engine
}
