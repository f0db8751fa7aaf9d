internal import Movements
package import Storage

/// How far a reading of a log came.
package struct LogReading: Hashable, Sendable {
    /// LSN behind the last record read, or handed out before the visitor stopped.
    package let endLSN: UInt64
    /// A tail that recovery would cut; nil where there is none or the reading stopped before it.
    ///
    /// While a server writes the log, its newest batch can look like one.
    package let tornTail: TornTail?
    /// Random number of the log; nil where no segment was looked at.
    package let logID: UInt64?
}

extension Journal {
    /// Hands the records of a log to `visit`, in log order, and changes nothing.
    ///
    /// - Parameters:
    ///   - path: The directory of the segments, or one segment, which is then read alone.
    ///   - disk: The port to its files.
    ///   - visit: Takes each record with its LSN and the path of its segment; returns false to stop
    ///     there.
    /// - Returns: A tail that recovery would cut; `nil` where there is none or `visit` stopped.
    /// - Throws: Code `damaged` with file and offset where durable bytes are bad, `recordRefused`
    ///   where `visit` throws, `storage` where a file operation fails.
    package static func read(
        _ path: String,
        disk: any Disk,
        visit: (UnsafeRawBufferPointer, UInt64, String) throws(RecordError) -> Bool
    ) throws(JournalError) -> TornTail? {
        let scan =
            path.hasSuffix(JournalFormat.segmentSuffix)
            ? try LogScan(segment: path, disk: disk)
            : try LogScan(LogSources(path), from: .oldest, disk: disk)
        return try read(scan, lsns: 0..<UInt64.max) { (batch) throws(RecordError) in
            try unsafe eachRecord(of: batch, visit)
        }.tornTail
    }

    /// Hands the records of a log and its archives with `lsn` <= LSN < `end` to `visit`.
    ///
    /// A server may write the log meanwhile; what it hasn't wholly written is the end.
    /// - Parameters:
    ///   - sources: The directories of the log.
    ///   - lsn: Where to begin; nil begins with the oldest record that is there.
    ///   - end: LSN to stop at; nil reads to the end of the segments that are there at first.
    ///   - disk: The port to the files.
    ///   - visit: Takes each record with its LSN and the path of its segment; returns false to stop
    ///     there.
    /// - Returns: How far the log was read.
    /// - Throws: Code `recordsMissing` where the log doesn't reach back to `lsn`,
    ///   `removedMeanwhile` where a segment went before it was read, `damaged` with file and offset
    ///   where durable bytes are bad, `recordRefused` where `visit` throws, `storage` where a file
    ///   operation fails.
    package static func read(
        _ sources: LogSources,
        from lsn: UInt64? = nil,
        upTo end: UInt64? = nil,
        disk: any Disk,
        visit: (UnsafeRawBufferPointer, UInt64, String) throws(RecordError) -> Bool
    ) throws(JournalError) -> LogReading {
        try readBatches(sources, from: lsn, upTo: end, disk: disk) {
            (batch) throws(RecordError) in try unsafe eachRecord(of: batch, visit)
        }
    }

    /// The same, batch by batch; a batch may be kept and worked on while the next ones are read.
    package static func readBatches(
        _ sources: LogSources,
        from lsn: UInt64? = nil,
        upTo end: UInt64? = nil,
        disk: any Disk,
        visit: (LogBatch) throws(RecordError) -> Bool
    ) throws(JournalError) -> LogReading {
        try readBatches(sources, from: lsn, upTo: end, disk: disk, manner: .alone, visit: visit)
    }

    /// The same, read as the caller says.
    static func readBatches(
        _ sources: LogSources,
        from lsn: UInt64?,
        upTo end: UInt64?,
        disk: any Disk,
        manner: ReadManner,
        visit: (LogBatch) throws(RecordError) -> Bool
    ) throws(JournalError) -> LogReading {
        let end = end ?? UInt64.max
        let start = min(lsn ?? 0, end)
        let scan = try LogScan(
            sources,
            from: lsn.map { .lsn($0) } ?? .oldest,
            disk: disk,
            manner: manner
        )
        return try read(scan, lsns: start..<end, visit)
    }

    private static func read(
        _ scan: consuming LogScan,
        lsns: Range<UInt64>,
        _ visit: (LogBatch) throws(RecordError) -> Bool
    ) throws(JournalError) -> LogReading {
        var scan = scan
        var endLSN = lsns.lowerBound
        var isDone = lsns.isEmpty
        var tornTail: TornTail?
        while !isDone {
            let segmentCount = scan.segments.count
            let ending = try unsafe scan.run { (found, place, path) throws(JournalError) in
                let header = unsafe found.header
                if header.firstLSN >= lsns.upperBound {
                    isDone = true
                    return false
                }
                endLSN = max(endLSN, min(header.endLSN, lsns.upperBound))
                if let batch = try unsafe LogBatch(found, at: place, in: path, lsns: lsns) {
                    isDone = try !batch.visited(visit)
                }
                isDone = isDone || header.endLSN >= lsns.upperBound
                return !isDone
            }
            switch ending {
            case .closed, .unclosed: tornTail = nil
            case .torn(let tail): tornTail = tail
            case .damaged(let error): throw error
            }
            guard !isDone, lsns.upperBound < UInt64.max else { break }
            // The end that was asked for may stand in a segment that was made since.
            try scan.extend()
            if scan.segments.count == segmentCount { break }
        }
        return LogReading(endLSN: endLSN, tornTail: tornTail, logID: scan.logID)
    }

    private static func eachRecord(
        of batch: LogBatch,
        _ visit: (UnsafeRawBufferPointer, UInt64, String) throws(RecordError) -> Bool
    ) throws(RecordError) -> Bool {
        var records = batch.allRecords
        while let (record, lsn) = unsafe records.next() {
            guard try unsafe visit(record, lsn, batch.path) else { return false }
        }
        return true
    }
}
