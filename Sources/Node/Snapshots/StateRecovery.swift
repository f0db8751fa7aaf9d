internal import Engine
package import Inventory
internal import Journal
internal import Movements
internal import Snapshot
internal import Storage

/// The snapshot that a start began from.
package struct RecoveredSnapshot: Hashable, Sendable {
    /// Its file.
    package let path: String
    /// The LSN whose state it is.
    package let lsn: UInt64
    /// When it was whole.
    package let instant: Instant
    /// What was wrong with newer ones that were passed over, newest first.
    package let passedOver: [String]
}

/// How long the parts of a start took.
package struct RecoveryTimes: Hashable, Sendable {
    /// Nanoseconds for loading snapshots, those passed over included.
    package var snapshotNanoseconds: UInt64 = 0
    /// Nanoseconds for reading the log and applying it.
    package var logNanoseconds: UInt64 = 0
}

/// Brings back the state of a data directory: the newest whole snapshot, and the log from there.
struct StateRecovery {
    /// What came back.
    struct Recovered {
        let engine: Engine
        let log: JournalRecovery
        /// The snapshot that it began from; nil where the log alone has the state.
        let snapshot: RecoveredSnapshot?
        /// What is wrong with snapshots that turned out to be damaged, by path.
        let damaged: [String: SnapshotError]
        let times: RecoveryTimes

        /// The log, which goes on where it ended.
        func journal(
            _ ring: MovementRing,
            clock: any Clock,
            entropy: any Entropy,
            isStepped: Bool,
            onFailure: @escaping @Sendable (StorageError) -> Void
        ) throws(NodeError) -> Journal {
            ring.begin(at: log.nextLSN)
            return try onJournal { () throws(JournalError) in
                try Journal(
                    goingOnFrom: log,
                    ring: ring,
                    clock: clock,
                    entropy: entropy,
                    isStepped: isStepped,
                    onFailure: onFailure
                )
            }
        }
    }

    let settings: NodeSettings
    let disk: any Disk
    let clock: any Clock
    let ring: MovementRing
    let hashKey: UInt64
    let note: @Sendable (String) -> Void

    /// Loads and replays.
    ///
    /// A snapshot that turns out to be damaged, or that the disk can't read, is noted and passed
    /// over for the one before it; the log then has to reach back that far.
    /// - Throws: Code `damaged` where nothing whole is left to begin from, or the log is damaged;
    ///   `storage` where a file operation fails.
    func recover() throws(NodeError) -> Recovered {
        let start = clock.monotonicNanoseconds()
        let candidates = try candidates()
        if let path = settings.snapshotPath {
            let (engine, reader) = try onSnapshot { () throws(SnapshotError) in try load(path) }
            return try replay(engine, reader, since: start, passedOver: [])
        }
        var passedOver: [SnapshotError] = []
        for path in candidates {
            let engine: Engine
            let reader: SnapshotReader
            do throws(SnapshotError) {
                (engine, reader) = try load(path)
            } catch {
                note("\(error); the snapshot before it is tried, or the log alone")
                passedOver.append(error)
                continue
            }
            // What is wrong with the log is wrong with it for every snapshot.
            return try replay(engine, reader, since: start, passedOver: passedOver)
        }
        let engine = emptyEngine()
        let (log, times) = try replay(into: engine, from: nil, since: start)
        return Recovered(
            engine: engine,
            log: log,
            snapshot: nil,
            damaged: damaged(among: passedOver),
            times: times
        )
    }

    /// Those whose bytes are wrong, and not only out of reach just now.
    private func damaged(among passedOver: [SnapshotError]) -> [String: SnapshotError] {
        let damaged = passedOver.filter { $0.storage == nil }
        return Dictionary(damaged.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The snapshots of the directory, newest first.
    private func candidates() throws(NodeError) -> [String] {
        try onDisk { () throws(StorageError) in
            try disk.makeDurableDirectory(settings.snapshotDirectory)
        }
        return try onSnapshot { () throws(SnapshotError) in
            _ = try SnapshotFile.removeUnfinished(in: settings.snapshotDirectory, disk: disk)
            return try SnapshotFile.list(settings.snapshotDirectory, disk: disk).map(\.path)
        }
    }

    private func emptyEngine() -> Engine {
        var engineSettings = settings.engine
        engineSettings.hashKey = hashKey
        return Engine(settings: engineSettings, ring: ring)
    }

    private func load(_ path: String) throws(SnapshotError) -> (Engine, SnapshotReader) {
        let engine = emptyEngine()
        let reader = try SnapshotReader(path: path, disk: disk)
        try SnapshotLoader(reader: reader, threads: settings.recoveryThreads).load(into: engine)
        return (engine, reader)
    }

    private func replay(
        _ engine: Engine,
        _ reader: SnapshotReader,
        since start: UInt64,
        passedOver: [SnapshotError]
    ) throws(NodeError) -> Recovered {
        let facts = reader.header.facts
        let (log, times) = try replay(into: engine, from: facts.endLSN, since: start)
        guard log.logID ?? facts.logID == facts.logID else {
            throw NodeError(ofAnotherLog: reader.path, settings.journal.directory)
        }
        return Recovered(
            engine: engine,
            log: log,
            snapshot: RecoveredSnapshot(
                path: reader.path,
                lsn: facts.endLSN,
                instant: facts.instant,
                passedOver: passedOver.map(\.description)
            ),
            damaged: damaged(among: passedOver),
            times: times
        )
    }

    private func replay(
        into engine: Engine,
        from lsn: UInt64?,
        since start: UInt64
    ) throws(NodeError) -> (log: JournalRecovery, times: RecoveryTimes) {
        let loaded = clock.monotonicNanoseconds()
        // One thread applies: another gets its memory ready meanwhile.
        let memory = MemoryAhead(engine)
        defer { memory.end() }
        let log = try onJournal { () throws(JournalError) in
            try Journal.recover(
                settings: settings.journal,
                disk: disk,
                from: lsn,
                note: note,
                applyBatch: { (batch) throws(MovementError) in
                    _ = try engine.apply(batch: batch.records, lsn: batch.firstLSN)
                }
            )
        }
        let times = RecoveryTimes(
            snapshotNanoseconds: loaded - start,
            logNanoseconds: clock.monotonicNanoseconds() - loaded
        )
        return (log, times)
    }
}
