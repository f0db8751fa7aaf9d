import Engine
import Glibc
import Inventory
import Journal
import Movements
import Snapshot
import Storage
import Support
import Testing

@testable import Node

/// Whether the large counts are asked for.
let isFullRun = getenv("HOLDFAST_FULL").map { String(cString: $0) } == "1"

/// What the driver of stepped nodes on one disk keeps for itself, through all their lives.
struct NodeLife {
    let disk: SimulatedDisk
    let clock = SimulatedClock()
    var settings: NodeSettings
    var workload: Workload
    var random: SplitMix64
    /// The state hash after the record that ended at an LSN.
    private(set) var hashes: [UInt64: UInt64] = [:]
    /// The last instant that the log told at an LSN.
    private(set) var instants: [UInt64: Instant] = [:]
    /// LSN up to which answers were shown.
    private(set) var shownLSN: UInt64 = 0

    init(seed: UInt64, settings: NodeSettings = tinySettings(), disk: SimulatedDisk? = nil) {
        self.settings = settings
        self.disk = disk ?? SimulatedDisk()
        workload = Workload(seed: seed)
        random = SplitMix64(seed: seed &* 0x9E37_79B9)
    }

    /// Notes what a node holds and what it has shown.
    mutating func note(_ node: Node) {
        if hashes[node.ring.tail] == nil { hashes[node.ring.tail] = node.engine.stateHash() }
        instants[node.ring.tail] = node.engine.lastInstant
        // Without a durability there is no promise, but for what was asked to be synced.
        let isPromised = settings.durability != .none
        shownLSN = max(shownLSN, isPromised ? node.journal.durableLSN : node.journal.syncedLSN)
    }

    /// Makes sure that a node that was just opened holds what the book says it must.
    ///
    /// - Returns: Whether the book knows the state hash at the LSN where the log ended.
    mutating func check(_ node: Node) throws -> Bool {
        let end = node.recovery.endLSN
        try #require(end >= shownLSN, "an answer that was shown is gone")
        let hash = node.engine.stateHash()
        if let known = hashes[end] { try #require(hash == known, "another state at LSN \(end)") }
        if let instant = instants[end] { try #require(node.now() >= instant) }
        try #require(node.engine.check().violations.isEmpty)
        let isKnown = hashes[end] != nil
        hashes[node.ring.tail] = hash
        return isKnown
    }

    /// Carries one command out and notes what came of it.
    mutating func work(_ worker: NodeWorker) {
        let command = workload.next(recordSizeBytesMax: settings.batchSizeBytes)
        clock.advance(milliseconds: Int64(random.below(40)))
        _ = worker.run(command)
        note(worker.node)
    }

    /// Carries commands out, one step of the node after each.
    mutating func work(_ node: Node, commands: Int) {
        let worker = NodeWorker(node)
        for _ in 0..<commands {
            work(worker)
            _ = node.step()
            note(node)
        }
    }

    /// Takes a snapshot of a stepped node.
    func takeSnapshot(_ node: Node) -> SnapshotReport {
        _ = node.startSnapshot()
        _ = node.step()
        return node.snapshotReport
    }

    /// Opens a stepped node on this disk.
    func open(note: @escaping @Sendable (String) -> Void = { _ in }) throws(NodeError) -> Node {
        try openStepped(disk, settings, clock: clock, note: note)
    }
}

extension Workload {
    /// The next command whose record fits the batches of a small node.
    mutating func next(recordSizeBytesMax: Int) -> Command {
        nextTimed(recordSizeBytesMax: recordSizeBytesMax).command
    }

    /// The same with its instant.
    mutating func nextTimed(recordSizeBytesMax: Int) -> TimedCommand {
        while true {
            let timed = next()
            var sizeBytes = timed.command.writeCreditBytes ?? 0
            // Lines, and some shares of each.
            if case .reserve(let order) = timed.command { sizeBytes = order.lines.count * 64 }
            if sizeBytes <= recordSizeBytesMax { return timed }
        }
    }
}

/// Settings of a node whose segments are so small that a few hundred movements fill one.
func tinySettings(_ directory: String = "data") -> NodeSettings {
    var settings = smallSettings(directory)
    settings.segmentSizeBytes = 34_816
    settings.batchSizeBytes = 16_384
    // A record that tells of all that one sweep forgets must fit a batch.
    settings.sweepRecordsMax = 64
    settings.snapshotLogBytes = nil
    settings.snapshotIntervalMilliseconds = nil
    settings.snapshotCountMax = 2
    settings.recoveryThreads = 1
    return settings
}

/// The engine that a log, read from its very first record up to an LSN, comes to.
func engineOfLog(
    _ settings: NodeSettings,
    disk: any Disk,
    upTo lsn: UInt64? = nil
) throws -> Engine {
    let engine = emptyEngine()
    let archives = settings.archiveDirectory.map { [$0] } ?? []
    _ = try Journal.read(
        LogSources(settings.dataDirectory + "/journal", archives: archives),
        from: firstLSN,
        upTo: lsn,
        disk: disk
    ) { (record, lsn, _) throws(MovementError) in
        try engine.apply(record, lsn: lsn)
        return true
    }
    return engine
}

/// LSN of the first record of every log.
let firstLSN: UInt64 = 8

/// An engine without a node, with few stripes of another number than nodes of tests have.
func emptyEngine(stripes: Int = 4) -> Engine {
    var settings = EngineSettings(hashKey: 77)
    settings.stockStripes = stripes
    settings.reservationStripes = stripes
    return Engine(
        settings: settings,
        ring: MovementRing(capacityBytes: 1 << 21, startLSN: firstLSN)
    )
}
