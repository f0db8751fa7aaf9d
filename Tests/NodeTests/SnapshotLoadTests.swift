import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node
@testable import Snapshot

/// Snapshots of a node that several threads change at the same time.
struct SnapshotLoadTests {
    private static var snapshotCount: Int { isFullRun ? 200 : 20 }
    private static let threadCount = 3

    /// How many commands the threads may carry out, and how many they have.
    private struct Grant {
        var granted = 0
        var taken = 0
        var isOver = false
    }

    /// Carries out what is granted until it is over.
    private static func trade(_ node: Node, seed: UInt64, _ grant: Monitor<Grant>) {
        let worker = NodeWorker(node)
        var choices = Workload.Settings()
        choices.skuCount = 40
        var workload = Workload(seed: seed, settings: choices)
        while true {
            grant.wait(timeoutMilliseconds: 1_000) { $0.taken < $0.granted || $0.isOver }
            let mayGo = grant.withLock { grant -> Bool? in
                if grant.isOver { return nil }
                guard grant.taken < grant.granted else { return false }
                grant.taken += 1
                return true
            }
            guard let mayGo else { return }
            if mayGo { _ = worker.run(workload.next(recordSizeBytesMax: 65_536)) }
        }
    }

    private func settings() -> NodeSettings {
        var settings = smallSettings()
        settings.ringCapacityBytes = 1 << 24
        settings.archiveDirectory = "archive"
        settings.snapshotLogBytes = nil
        settings.snapshotIntervalMilliseconds = nil
        settings.checkpointIntervalMilliseconds = 1
        settings.snapshotCountMax = 2
        // Paced, as a server's are: copied in short runs.
        settings.snapshotBytesPerSecondMax = 67_108_864
        // What is remembered goes again while the test runs.
        settings.engine.closedRetentionMilliseconds = 1_000
        settings.engine.stockRetentionMilliseconds = 1_000
        return settings
    }

    /// The same log, read on from where it was read to before.
    private struct Follower {
        let engine = emptyEngine(stripes: 2)
        var lsn = firstLSN

        mutating func follow(_ settings: NodeSettings, _ disk: any Disk, to end: UInt64) throws {
            let engine = engine
            let sources = LogSources("data/journal", archives: ["archive"])
            let reading = try Journal.read(sources, from: lsn, upTo: end, disk: disk) {
                (record, lsn, _) throws(MovementError) in
                try engine.apply(record, lsn: lsn)
                return true
            }
            try #require(reading.endLSN == end)
            lsn = end
        }
    }

    /// Every checksum and invariant of a snapshot is right, and so is its state: that of the log up
    /// to its LSN, whatever the number of stripes.
    private func check(_ path: String, on disk: any Disk, _ log: UInt64, stripes: Int) throws {
        let reader = try SnapshotReader(path: path, disk: disk)
        #expect(reader.verify().isEmpty)
        let check = try SettledImage(path: path, disk: disk).check()
        #expect(check.violations.isEmpty)
        try #require(check.stateHash == log, "\(path) settled")
        let engine = emptyEngine(stripes: stripes)
        try SnapshotLoader(reader: reader, threads: 2).load(into: engine)
        try #require(engine.stateHash() == log, "\(path) with \(stripes) stripes")
    }

    @Test func everySnapshotUnderLoadIsTheStateOfTheLogAtItsEnd() throws {
        let disk = SimulatedDisk()
        let settings = settings()
        let node = try Node.open(
            settings: settings,
            disk: disk,
            clock: LinuxClock(),
            entropy: SimulatedEntropy(seed: 9),
            note: { _ in },
            onFailure: { _ in }
        )
        let grant = Monitor(Grant())
        let threads = (1...Self.threadCount).map { number in
            SystemThread(name: "shopper") {
                Self.trade(node, seed: UInt64(number) * 1_000, grant)
            }
        }
        var follower = Follower()
        var slices = 0
        defer {
            grant.notifying { $0.isOver = true }
            for thread in threads { thread.join() }
            node.close()
        }
        for number in 0..<Self.snapshotCount {
            grant.notifying { $0.granted = $0.taken + 2_000 }
            _ = node.startSnapshot()
            // A look at it is taken again and again, as a client would.
            let pause = Monitor(false)
            while !node.snapshotReport.isOver { pause.wait(timeoutMilliseconds: 1) { $0 } }
            let report = node.snapshotReport
            try #require(report.state == .done, "\(report.failure)")
            slices += report.logBytes > 0 ? 1 : 0
            try follower.follow(settings, disk, to: report.endLSN)
            try check(
                "data/snapshots/\(report.name)",
                on: disk,
                follower.engine.stateHash(),
                stripes: [1, 8, 64][number % 3]
            )
        }
        #expect(slices * 2 > Self.snapshotCount, "nothing changed while the snapshots were taken")
    }
}
