package import Engine
package import Journal

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
    /// Milliseconds between two sweeps for what has expired.
    package var sweepIntervalMilliseconds = 2
    /// Records that one sweep touches before it lets others have the locks.
    package var sweepRecordsMax = 1_024
    /// Milliseconds between two batches of held units that move to other warehouses.
    package var rerouteIntervalMilliseconds = 2
    /// Milliseconds between two looks whether memory lies ready ahead of the tables.
    package var memoryIntervalMilliseconds = 5
    /// The engine's settings; its hash key is drawn anew at each start, whatever stands here.
    package var engine = EngineSettings(hashKey: 0)

    /// The default settings for a directory.
    package init(dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// The log's part of the settings.
    var journal: JournalSettings {
        var journal = JournalSettings(directory: dataDirectory + "/journal")
        journal.durability = durability
        journal.syncIntervalMilliseconds = syncIntervalMilliseconds
        journal.segmentSizeBytes = segmentSizeBytes
        journal.batchSizeBytes = batchSizeBytes
        return journal
    }
}
