package import Movements
package import Storage

/// What recovery found, and where the log goes on.
package struct JournalRecovery: Sendable {
    /// The settings that it was recovered with.
    package let settings: JournalSettings
    /// LSN behind the last record of the log.
    package let endLSN: UInt64
    /// LSN of the next record: beyond ``endLSN`` after an unclean stop.
    package let nextLSN: UInt64
    /// Whether the last run ended with a closing batch, or there was none.
    package let isClean: Bool
    /// Records that were handed out.
    package let recordCount: UInt64
    /// Bytes that were cut off the tail.
    package let cutBytes: UInt64

    let disk: any Disk
    let segments: [SegmentFile]
    let nextSegmentNumber: UInt64
    /// The random number that all segments carry; nil where there is none yet.
    package let logID: UInt64?
    let chain: ChainEnd
    let end: LogPlace
}

/// What recovery fails with when a record can't be applied.
package typealias RecordError = MovementError

extension Journal {
    /// Reads a log, hands its records to `apply`, and cuts a torn tail.
    ///
    /// Makes the directory if it is missing. What was read is durable when this returns.
    /// - Parameters:
    ///   - settings: Where the log is and how it goes on.
    ///   - disk: The port to its files.
    ///   - lsn: Records below it aren't handed out, and segments that end before it aren't read;
    ///     nil reads all from the log's very first LSN.
    ///   - note: Takes a line about what an operator should know.
    ///   - apply: Takes each record with its LSN, in log order.
    /// - Returns: Where the log goes on.
    /// - Throws: Code `damaged` with file and offset where durable bytes are bad, `recordsMissing`
    ///   where the log doesn't reach back to `lsn`, `recordRefused` where `apply` throws, `storage`
    ///   where a file operation fails.
    package static func recover(
        settings: JournalSettings,
        disk: any Disk,
        from lsn: UInt64? = nil,
        note: (String) -> Void,
        apply: (UnsafeRawBufferPointer, UInt64) throws(RecordError) -> Void
    ) throws(JournalError) -> JournalRecovery {
        try recover(settings: settings, disk: disk, from: lsn, note: note) {
            (batch) throws(RecordError) in
            var records = batch.allRecords
            while let (record, lsn) = unsafe records.next() { try unsafe apply(record, lsn) }
        }
    }

    /// The same, batch by batch; a batch may be kept and worked on while the next ones are read.
    ///
    /// The next ones are read by another thread while `applyBatch` works on the calling one.
    package static func recover(
        settings: JournalSettings,
        disk: any Disk,
        from lsn: UInt64? = nil,
        note: (String) -> Void,
        applyBatch: (LogBatch) throws(RecordError) -> Void
    ) throws(JournalError) -> JournalRecovery {
        settings.check()
        try onDisk { () throws(StorageError) in try disk.makeDurableDirectory(settings.directory) }
        try removeUnfinishedSegments(settings.directory, disk: disk)
        let start = lsn.map { LogStart.lsn($0) } ?? .beginning
        let reading = LogReadAhead(
            try LogScan(settings.sources, from: start, disk: disk),
            lsns: (lsn ?? 0)..<UInt64.max
        )
        var recordCount: UInt64 = 0
        let (scan, ending) = try reading.run { (batch) throws(JournalError) in
            recordCount += UInt64(batch.recordCount)
            try batch.visited { (batch) throws(RecordError) in try applyBatch(batch) }
        }
        return try finish(
            scan,
            ending: ending,
            settings: settings,
            disk: disk,
            from: lsn,
            recordCount: recordCount,
            note: note
        )
    }

    /// Judges how the log ends, cuts a torn tail, and makes durable what was read.
    private static func finish(
        _ scan: LogScan,
        ending: LogEnding,
        settings: JournalSettings,
        disk: any Disk,
        from lsn: UInt64?,
        recordCount: UInt64,
        note: (String) -> Void
    ) throws(JournalError) -> JournalRecovery {
        var isClean = scan.chain.number == 0
        var cutBytes: UInt64 = 0
        switch ending {
        case .damaged(let error): throw error
        case .closed: isClean = true
        case .unclosed: break
        case .torn(let tail):
            cutBytes = tail.sizeBytes
            isClean = false
            note("cut \(cutBytes) bytes of a torn tail at byte \(tail.offset) of \(tail.path)")
        }
        try checkEnd(of: scan, settings: settings, reaches: lsn ?? 0)
        // What another process wrote may still be in the page cache only.
        for segment in scan.segments[min(scan.end.index, scan.segments.count)...] {
            try zeroAndSync(segment, isCut: cutBytes > 0, end: scan.end, in: scan, disk: disk)
        }
        try onDisk { () throws(StorageError) in try disk.syncDirectory(settings.directory) }
        return recovery(
            of: scan,
            settings: settings,
            disk: disk,
            isClean: isClean,
            cut: cutBytes,
            recordCount: recordCount
        )
    }

    /// Refuses a log that ends before what was durable, or that can't be written on.
    private static func checkEnd(
        of scan: LogScan,
        settings: JournalSettings,
        reaches lsn: UInt64
    ) throws(JournalError) {
        guard scan.end.index < scan.segments.count else { return }
        let last = scan.segments[scan.end.index]
        guard scan.chain.endLSN >= lsn else {
            throw JournalError(
                .damaged,
                path: last.path,
                offset: scan.end.offset,
                reason: "the log ends at LSN \(scan.chain.endLSN), and LSN \(lsn) was durable"
            )
        }
        guard last.path.hasPrefix(settings.directory + "/") else {
            throw JournalError(
                .damaged,
                path: last.path,
                offset: scan.end.offset,
                reason: "the log's last segment is in the archive and not in \(settings.directory)"
            )
        }
    }

    private static func recovery(
        of scan: LogScan,
        settings: JournalSettings,
        disk: any Disk,
        isClean: Bool,
        cut: UInt64,
        recordCount: UInt64
    ) -> JournalRecovery {
        let endLSN = scan.chain.endLSN
        let skipped = JournalLimits.skippedLSNBytes
        let nextLSN = isClean ? endLSN : (endLSN / skipped + 2) * skipped
        return JournalRecovery(
            settings: settings,
            endLSN: endLSN,
            nextLSN: nextLSN,
            isClean: isClean,
            recordCount: recordCount,
            cutBytes: cut,
            disk: disk,
            segments: scan.segments,
            nextSegmentNumber: (scan.segments.last?.number ?? 0) + 1,
            logID: scan.logID,
            chain: scan.chain,
            end: scan.end
        )
    }

    /// Removes segments that never got their final name.
    private static func removeUnfinishedSegments(
        _ directory: String,
        disk: any Disk
    ) throws(JournalError) {
        try onDisk { () throws(StorageError) in
            for name in try disk.list(directory)
            where name.hasSuffix(JournalFormat.unfinishedSuffix) {
                try disk.remove(directory + "/" + name)
            }
        }
    }

    /// Zeroes all of a segment that lies behind the end of the log, if it is cut, and syncs it.
    private static func zeroAndSync(
        _ segment: SegmentFile,
        isCut: Bool,
        end: LogPlace,
        in scan: LogScan,
        disk: any Disk
    ) throws(JournalError) {
        let reader = SegmentReader()
        try reader.open(segment.path, on: disk)
        let isLast = segment == scan.segments[end.index]
        var position = isLast ? end.offset : UInt64(JournalFormat.sectorSizeBytes)
        let sector = UInt64(JournalFormat.sectorSizeBytes)
        let zeros = [UInt8](repeating: 0, count: JournalFormat.sectorSizeBytes)
        let file = try onDisk { () throws(StorageError) in
            try disk.open(segment.path, for: .update)
        }
        defer { file.close() }
        while isCut, let used = try reader.firstUsedSector(from: position) {
            try onDisk { () throws(StorageError) in try file.writeAll(zeros, at: used) }
            position = used + sector
        }
        try onDisk { () throws(StorageError) in try file.sync() }
    }
}

extension DiskFile {
    /// Writes an array of bytes at `offset`.
    func writeAll(_ bytes: [UInt8], at offset: UInt64) throws(StorageError) {
        let result: Result<Void, StorageError> = unsafe bytes.withUnsafeBytes { pointer in
            do throws(StorageError) {
                try unsafe write(pointer, at: offset)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}
