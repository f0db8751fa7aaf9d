package import Engine
package import Journal
internal import Snapshot

/// What a node is opened with.
package struct NodeSettings: Sendable {
    /// The directory that holds all of it; made if missing, but not its parents.
    package var dataDirectory: String
    /// When a change counts as done.
    package var durability = Durability.sync
    /// Milliseconds between two syncs, with ``Durability/interval``.
    package var syncIntervalMilliseconds = JournalLimits.syncIntervalMillisecondsDefault
    /// Bytes in a new segment of the log.
    package var segmentSizeBytes = JournalLimits.segmentSizeBytesDefault
    /// Bytes of records in one batch of the log at most.
    package var batchSizeBytes = JournalLimits.batchSizeBytesMax
    /// Bytes of the ring between engine and log; a power of two.
    package var ringCapacityBytes = 67_108_864
    /// Milliseconds between two sweeps for what has expired: each looks at all stripes in which
    /// something is due, so that more of them cost more and give back little sooner.
    package var sweepIntervalMilliseconds = 5
    /// Records that one sweep touches before it lets others have the locks.
    package var sweepRecordsMax = 1_024
    /// Milliseconds between two batches of held units that move to other warehouses.
    package var rerouteIntervalMilliseconds = 2
    /// Milliseconds between two looks at sales that are over.
    package var saleIntervalMilliseconds = 1_000
    /// Milliseconds between two looks whether memory lies ready ahead of the tables.
    package var memoryIntervalMilliseconds = 5
    /// Bytes by which the log grows before a snapshot is taken by itself; nil never.
    package var snapshotLogBytes: Int? = 1_073_741_824
    /// Milliseconds between two snapshots that are taken by themselves; nil never by time.
    package var snapshotIntervalMilliseconds: Int64? = 3_600_000
    /// Whole snapshots that are kept at most, at least 1.
    package var snapshotCountMax = 3
    /// Milliseconds that a snapshot is kept at most, the newest excepted; nil for ever.
    package var snapshotAgeMillisecondsMax: Int64?
    /// Bytes of state that a snapshot copies in a second at most; nil as fast as it goes.
    package var snapshotBytesPerSecondMax: UInt64?
    /// The snapshot to begin from, whatever others there are; nil the newest whole one.
    package var snapshotPath: String?
    /// Where segments go that no kept snapshot needs; nil removes them.
    package var archiveDirectory: String?
    /// Milliseconds between two checks on an image that are made by themselves; nil never.
    package var checkIntervalMilliseconds: Int64?
    /// Milliseconds between two segments of the log that are removed or archived once no snapshot
    /// needs them; 0 for all at once.
    package var retirementIntervalMilliseconds = 500
    /// Milliseconds between two looks whether a snapshot or a check is due.
    package var checkpointIntervalMilliseconds = 100
    /// Threads that load a snapshot.
    package var recoveryThreads = 2
    /// The engine's settings; its hash key is drawn anew at each start, whatever stands here.
    package var engine = EngineSettings(hashKey: 0)

    /// The default settings for a directory.
    package init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// Which snapshots are kept.
    var retention: SnapshotRetention {
        SnapshotRetention(
            countMax: snapshotCountMax,
            ageMillisecondsMax: snapshotAgeMillisecondsMax
        )
    }

    /// Traps on settings that make no sense.
    func check() {
        precondition(sweepIntervalMilliseconds > 0, "the sweep interval must be above 0")
        precondition(rerouteIntervalMilliseconds > 0, "the interval must be above 0")
        precondition(saleIntervalMilliseconds > 0, "the interval must be above 0")
        precondition(checkpointIntervalMilliseconds > 0, "the interval must be above 0")
        precondition(retirementIntervalMilliseconds >= 0, "the interval must be at least 0")
        precondition(sweepRecordsMax > 0, "a sweep touches something")
        precondition(recoveryThreads > 0, "somebody has to load a snapshot")
    }

    /// The directory of the snapshots.
    package var snapshotDirectory: String { dataDirectory + "/snapshots" }

    /// The log's part of the settings.
    var journal: JournalSettings {
        var journal = JournalSettings(directory: dataDirectory + "/journal")
        journal.durability = durability
        journal.syncIntervalMilliseconds = syncIntervalMilliseconds
        journal.segmentSizeBytes = segmentSizeBytes
        journal.batchSizeBytes = batchSizeBytes
        journal.archiveDirectory = archiveDirectory
        return journal
    }
}
