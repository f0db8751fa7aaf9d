package import Inventory
internal import Movements
package import Storage

/// A stretch of a log that is there without a gap.
package struct LogSpan: Hashable, Sendable {
    /// LSN of the first record.
    package let firstLSN: UInt64
    /// LSN of the last record.
    package let lastLSN: UInt64
    /// LSN behind the last record.
    package let endLSN: UInt64
    /// Instant of the first record.
    package let firstInstant: Instant
    /// Instant of the last record.
    package let lastInstant: Instant
}

/// A record's place in the log, and when it was made.
package struct LogPosition: Hashable, Sendable {
    /// Its LSN.
    package let lsn: UInt64
    /// Its instant.
    package let instant: Instant
}

extension Journal {
    /// What a log and its archives hold: one span, or more where segments in between are missing.
    ///
    /// - Throws: Code `removedMeanwhile` where a segment went during the look, `damaged` where the
    ///   first or last segment of a span is, `storage` where a file operation fails.
    /// - Complexity: Reads the heads of few segments, and of each span the last one whole.
    package static func spans(
        of sources: LogSources,
        disk: any Disk
    ) throws(JournalError) -> [LogSpan] {
        let segments = try sources.segments(on: disk)
        var spans: [LogSpan] = []
        var start = 0
        for index in segments.indices {
            let isLast = index + 1 == segments.count
            guard isLast || segments[index + 1].number != segments[index].number + 1 else {
                continue
            }
            if let span = try span(of: segments[start...index], disk: disk) { spans.append(span) }
            start = index + 1
        }
        return spans
    }

    /// The position of the first record in log order whose instant is later than `instant`.
    ///
    /// Threads put their records into the log up to ``JournalLimits/disorderMillisecondsMax`` out
    /// of the order of their instants; the answer is exact all the same.
    /// - Returns: nil where no record is later. The oldest record that is there, where it is later:
    ///   `spans` tells whether records before it are missing.
    /// - Throws: As `read`.
    /// - Complexity: A binary search over the segments' heads, then a scan of the last few before.
    package static func firstRecord(
        laterThan instant: Instant,
        in sources: LogSources,
        disk: any Disk
    ) throws(JournalError) -> LogPosition? {
        let segments = try sources.segments(on: disk)
        let limit = instant.milliseconds - JournalLimits.disorderMillisecondsMax
        // All segments before `low` begin at the limit or before it; that from `high` on is not
        // known to.
        var low = 0
        var high = segments.count
        while low < high {
            let middle = (low + high) / 2
            let first = try firstRecord(of: segments[middle].path, disk: disk)
            if let first, first.instant.milliseconds <= limit {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard let segment = low == 0 ? segments.first : segments[low - 1] else { return nil }
        var scan = try LogScan(sources, from: .segment(segment.number), disk: disk)
        var position: LogPosition?
        let ending = try unsafe scan.run { (found, place, path) throws(JournalError) in
            let all = 0..<UInt64.max
            guard let batch = try unsafe LogBatch(found, at: place, in: path, lsns: all) else {
                return true
            }
            position = try batch.visited { (batch) throws(MovementError) in
                try batch.firstPosition { $0 > instant }
            }
            return position == nil
        }
        if case .damaged(let error) = ending { throw error }
        return position
    }

    private static func span(
        of segments: ArraySlice<SegmentFile>,
        disk: any Disk
    ) throws(JournalError) -> LogSpan? {
        var first: LogPosition?
        for segment in segments {
            first = try firstRecord(of: segment.path, disk: disk)
            if first != nil { break }
        }
        guard let first else { return nil }
        for segment in segments.reversed() {
            guard let last = try lastBatch(of: segment.path, disk: disk) else { continue }
            let position = try last.visited { (batch) throws(MovementError) in
                try batch.lastPosition()
            }
            return LogSpan(
                firstLSN: first.lsn,
                lastLSN: position.lsn,
                endLSN: last.endLSN,
                firstInstant: first.instant,
                lastInstant: position.instant
            )
        }
        return nil
    }

    /// The first record of a segment; nil if it has none.
    private static func firstRecord(
        of segment: String,
        disk: any Disk
    ) throws(JournalError) -> LogPosition? {
        var position: LogPosition?
        try eachBatch(of: segment, disk: disk) { (batch) throws(JournalError) in
            position = try batch.visited { (batch) throws(MovementError) in
                try batch.firstPosition { _ in true }
            }
            return false
        }
        return position
    }

    /// The last batch of a segment that has records.
    private static func lastBatch(
        of segment: String,
        disk: any Disk
    ) throws(JournalError) -> LogBatch? {
        var last: LogBatch?
        try eachBatch(of: segment, disk: disk) { (batch) throws(JournalError) in
            last = batch
            return true
        }
        return last
    }

    private static func eachBatch(
        of segment: String,
        disk: any Disk,
        _ body: (LogBatch) throws(JournalError) -> Bool
    ) throws(JournalError) {
        var scan = try LogScan(segment: segment, disk: disk)
        let ending = try unsafe scan.run { (found, place, path) throws(JournalError) in
            let all = 0..<UInt64.max
            guard let batch = try unsafe LogBatch(found, at: place, in: path, lsns: all) else {
                return true
            }
            return try body(batch)
        }
        if case .damaged(let error) = ending { throw error }
    }
}

extension LogBatch {
    /// The first record whose instant meets a condition.
    fileprivate func firstPosition(
        where isMet: (Instant) -> Bool
    ) throws(MovementError) -> LogPosition? {
        var records = allRecords
        while let (record, lsn) = unsafe records.next() {
            let instant = try unsafe MovementReader(record, lsn: lsn).header.instant
            if isMet(instant) { return LogPosition(lsn: lsn, instant: instant) }
        }
        return nil
    }

    /// The last record; a batch has at least one.
    fileprivate func lastPosition() throws(MovementError) -> LogPosition {
        var records = allRecords
        var last: (record: UnsafeRawBufferPointer, lsn: UInt64)?
        while let next = unsafe records.next() { unsafe last = next }
        guard let last = unsafe last else { throw MovementError(lsn: firstLSN, reason: "missing") }
        let (record, lsn) = unsafe last
        return LogPosition(
            lsn: lsn,
            instant: try unsafe MovementReader(record, lsn: lsn).header.instant
        )
    }
}
