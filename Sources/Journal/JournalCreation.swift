internal import Movements
package import Storage

extension Journal {
    /// Makes a log without records in a directory that holds none; its first record will have an
    /// LSN of at least `lsn`.
    ///
    /// For a data directory that begins with a state loaded from elsewhere: its snapshot must reach
    /// the LSN that this returns. The log begins with segment 2, so that it is never mistaken for
    /// the whole of a history: recovery without a snapshot is refused with `recordsMissing`.
    /// - Parameters:
    ///   - settings: Where the log is to be; durable when this returns.
    ///   - lsn: Any LSN above 8.
    ///   - disk: The port to its files.
    ///   - clock: Times nothing here, but a journal has one.
    ///   - entropy: Draws the log's id.
    /// - Returns: LSN of the first record to come: `lsn`, rounded up to a multiple of 8.
    /// - Throws: Code `alreadyThere` where the directory holds a segment, `storage` where a file
    ///   operation fails, also for a full disk.
    package static func create(
        _ settings: JournalSettings,
        at lsn: UInt64,
        disk: any Disk,
        clock: any Clock,
        entropy: any Entropy
    ) throws(JournalError) -> UInt64 {
        settings.check()
        precondition(lsn >= JournalFormat.firstLSN, "LSN 0 means none")
        let firstLSN = (lsn + 7) & ~7
        try onDisk { () throws(StorageError) in
            try disk.makeDurableDirectory(settings.directory)
        }
        if let segment = try settings.sources.segments(on: disk).first {
            throw JournalError(
                .alreadyThere,
                path: segment.path,
                offset: 0,
                reason: "a log is here already; name a new directory"
            )
        }
        let failure = Monitor<StorageError?>(nil)
        let journal = try Journal(
            goingOnFrom: emptyRecovery(settings, at: firstLSN, disk: disk),
            ring: MovementRing(
                capacityBytes: JournalLimits.ringCapacityBytesMin,
                startLSN: firstLSN
            ),
            clock: clock,
            entropy: entropy,
            isStepped: true,
            onFailure: { error in failure.withLock { $0 = error } }
        )
        journal.close()
        if let error = failure.withLock({ $0 }) { throw JournalError(error) }
        return firstLSN
    }

    /// What recovery would have found in a log whose segment 1 was removed.
    private static func emptyRecovery(
        _ settings: JournalSettings,
        at lsn: UInt64,
        disk: any Disk
    ) -> JournalRecovery {
        var chain = ChainEnd()
        chain.number = 1
        chain.endLSN = lsn
        return JournalRecovery(
            settings: settings,
            endLSN: lsn,
            nextLSN: lsn,
            isClean: true,
            recordCount: 0,
            cutBytes: 0,
            disk: disk,
            segments: [],
            nextSegmentNumber: 2,
            logID: nil,
            chain: chain,
            end: LogPlace()
        )
    }
}
