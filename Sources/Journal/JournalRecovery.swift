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
    let logID: UInt64?
    let chain: ChainEnd
    let end: LogPlace
}

/// What recovery fails with when a record can't be applied.
package typealias RecordError = MovementError

extension Journal {
    /// Reads a log from its start, hands every record to `apply`, and cuts a torn tail.
    ///
    /// Makes the directory if it is missing. What was read is durable when this returns.
    /// - Parameters:
    ///   - settings: Where the log is and how it goes on.
    ///   - disk: The port to its files.
    ///   - note: Takes a line about what an operator should know.
    ///   - apply: Takes each record with its LSN, in log order.
    /// - Returns: Where the log goes on.
    /// - Throws: Code `damaged` with file and offset where durable bytes are bad, `recordRefused`
    ///   where `apply` throws, `storage` where a file operation fails.
    package static func recover(
        settings: JournalSettings,
        disk: any Disk,
        note: (String) -> Void,
        apply: (UnsafeRawBufferPointer, UInt64) throws(RecordError) -> Void
    ) throws(JournalError) -> JournalRecovery {
        settings.check()
        try onDisk { () throws(StorageError) in try disk.makeDurableDirectory(settings.directory) }
        try removeUnfinishedSegments(settings.directory, disk: disk)
        var scan = try LogScan(directory: settings.directory, disk: disk)
        let ending = try unsafe scan.run { (batch, place, path) throws(JournalError) in
            try unsafe eachRecord(of: batch, at: place, in: path) {
                (record, lsn) throws(JournalError) in
                do throws(MovementError) {
                    try unsafe apply(record, lsn)
                } catch {
                    throw JournalError(
                        .recordRefused,
                        path: path,
                        offset: place.offset,
                        reason: "\(error)"
                    )
                }
            }
            return true
        }
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
        // What another process wrote may still be in the page cache only.
        for segment in scan.segments[min(scan.end.index, scan.segments.count)...] {
            try zeroAndSync(segment, isCut: cutBytes > 0, end: scan.end, in: scan, disk: disk)
        }
        try onDisk { () throws(StorageError) in try disk.syncDirectory(settings.directory) }
        return recovery(of: scan, settings: settings, disk: disk, isClean: isClean, cut: cutBytes)
    }

    private static func recovery(
        of scan: LogScan,
        settings: JournalSettings,
        disk: any Disk,
        isClean: Bool,
        cut: UInt64
    ) -> JournalRecovery {
        let endLSN = scan.chain.endLSN
        let skipped = JournalLimits.skippedLSNBytes
        let nextLSN = isClean ? endLSN : (endLSN / skipped + 2) * skipped
        return JournalRecovery(
            settings: settings,
            endLSN: endLSN,
            nextLSN: nextLSN,
            isClean: isClean,
            recordCount: scan.records,
            cutBytes: cut,
            disk: disk,
            segments: scan.segments,
            logID: scan.logID,
            chain: scan.chain,
            end: scan.end
        )
    }

    /// Hands the records of a batch to `body`.
    static func eachRecord(
        of batch: FoundBatch,
        at place: LogPlace,
        in path: String,
        _ body: (UnsafeRawBufferPointer, UInt64) throws(JournalError) -> Void
    ) throws(JournalError) {
        let records = unsafe batch.records
        let header = unsafe batch.header
        var offset = 0
        var count = 0
        while offset < records.count {
            let size = unsafe Int(records.load(UInt32.self, at: offset))
            guard size > 0, size % 8 == 0, size <= records.count - offset else { break }
            let record = unsafe UnsafeRawBufferPointer(rebasing: records[offset..<offset + size])
            try unsafe body(record, header.firstLSN + UInt64(offset))
            offset += size
            count += 1
        }
        guard offset == records.count, count == header.recordCount else {
            throw JournalError(
                .damaged,
                path: path,
                offset: place.offset,
                reason: "the records of batch \(header.number) don't add up to its size"
            )
        }
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
