/// The journal's limits and their relations.
package enum JournalLimits {
    /// Bytes of records in one batch: the largest record fits twice.
    package static let batchSizeBytesMax = 2_097_152
    /// Bytes in one segment file.
    package static let segmentSizeBytesMax = 2_147_483_648
    /// Bytes in one segment file where the settings name none.
    package static let segmentSizeBytesDefault = 268_435_456
    /// Milliseconds between two syncs of mode `interval` where the settings name none.
    package static let syncIntervalMillisecondsDefault = 10
    /// LSN bytes that numbering skips after an unclean stop.
    ///
    /// More than can have been handed out and lost: what wasn't synced lies in one segment (a
    /// segment is synced before the log leaves it) and in the ring.
    package static let skippedLSNBytes: UInt64 = 8_589_934_592
    /// Bytes in the ring: with a segment, less than what numbering skips.
    package static let ringCapacityBytesMax = 1_073_741_824
    /// Bytes in the ring at least.
    static let ringCapacityBytesMin = 2_097_152
    /// Milliseconds by which instants may be out of order in the log.
    ///
    /// A thread reads its instant once a turn, of a millisecond; more passes only where the system
    /// doesn't let it run.
    package static let disorderMillisecondsMax: Int64 = 10_000
    /// Holders that keep segments from being removed, at one time.
    package static let pinsMax = 64

    /// Milliseconds between two tries to get room on a full disk.
    static let fullDiskRetryMilliseconds = 100
    /// Tries that a closing journal makes before it leaves a log that a full disk keeps open.
    static let fullDiskCloseAttemptsMax = 50
    /// Milliseconds that the idle log thread sleeps at most.
    static let idleWaitMilliseconds = 20
    /// Nanoseconds that the log thread spins under load before it sleeps.
    static let spinNanosecondsMax: UInt64 = 500_000
    /// Average records in a batch from which on spinning pays.
    static let spinRecordsMin = 8
    /// Bytes of zeros between two rests: what a sync of the log may find before it in the disk.
    static let zerosPerRestBytes = 1_048_576
    /// Milliseconds of a rest: zeros come at no more than some 250 MB a second.
    static let zerosRestMilliseconds = 3
    /// Bytes of zeros between two syncs, so that no sync of the log waits behind a whole segment.
    static let zerosPerSyncBytes = 8_388_608
    /// Bytes of a page, of memory and of the page cache: the log writes to the end of one.
    static let pageSizeBytes = 4_096
    /// Looks at the doorbell between two at the clock.
    static let looksPerClockReading = 64
    /// Bytes read in one call.
    static let readWindowSizeBytes = 4_194_304
    /// Bytes read in one call where traffic goes on beside the reading: soon there, and soon gone
    /// through.
    static let trafficReadSizeBytes = 262_144
    /// Bytes read of a segment just opened: its header and, mostly, its first batch.
    static let headSizeBytes = 65_536
    /// Windows of one reader that are used again; who holds more of them pays for their memory.
    static let readWindowsKeptMax = 8
    /// Bytes of records that recovery hands from the thread that reads to the one that applies, at
    /// least, but for the last of them; a batch is never parted.
    static let readAheadGroupSizeBytesMin = 524_288
    /// Groups of that size that wait to be applied: with the largest batches less than the windows
    /// that are used again.
    static let readAheadGroupsMax = 8

    /// The next end of a page at or behind an offset.
    static func pageEnd(_ offset: UInt64) -> UInt64 {
        let page = UInt64(pageSizeBytes)
        return (offset + page - 1) / page * page
    }
}
