/// When a change counts as done.
package enum Durability: String, Sendable, CaseIterable {
    /// When it is synced to the disk.
    case sync
    /// At once; synced every few milliseconds.
    case interval
    /// At once; synced when the operating system likes, and when a segment is full.
    case none
}

/// How a journal is kept.
package struct JournalSettings: Sendable {
    /// The directory of the segments.
    package var directory: String
    /// Where segments go that are no longer needed; nil removes them.
    package var archiveDirectory: String?
    /// When a change counts as done.
    package var durability = Durability.sync
    /// Milliseconds between two syncs, with ``Durability/interval``.
    package var syncIntervalMilliseconds = JournalLimits.syncIntervalMillisecondsDefault
    /// Bytes in a new segment; a multiple of 512 that holds two batches of the largest size.
    package var segmentSizeBytes = JournalLimits.segmentSizeBytesDefault
    /// Bytes of records in one batch; at least the largest record that will be appended.
    package var batchSizeBytes = JournalLimits.batchSizeBytesMax

    /// The default settings for a directory.
    package init(directory: String) { self.directory = directory }

    /// Where the log can be read: the directory and the archive.
    package var sources: LogSources {
        LogSources(directory, archives: archiveDirectory.map { [$0] } ?? [])
    }

    /// Traps on settings that contradict each other.
    func check() {
        let sector = JournalFormat.sectorSizeBytes
        precondition(syncIntervalMilliseconds > 0, "the sync interval must be above 0")
        precondition(archiveDirectory != directory, "an archive is another directory")
        precondition(batchSizeBytes > 0, "a batch holds something")
        precondition(batchSizeBytes <= JournalLimits.batchSizeBytesMax, "batch too large")
        precondition(segmentSizeBytes % sector == 0, "a segment is a number of whole sectors")
        precondition(segmentSizeBytes <= JournalLimits.segmentSizeBytesMax, "segment too large")
        precondition(
            segmentSizeBytes
                >= sector + 2 * JournalFormat.batchSizeOnDisk(recordBytes: batchSizeBytes),
            "a segment holds at least two batches"
        )
        precondition(
            UInt64(JournalLimits.segmentSizeBytesMax + JournalLimits.ringCapacityBytesMax)
                < JournalLimits.skippedLSNBytes,
            "numbering skips more than can be lost"
        )
    }
}
