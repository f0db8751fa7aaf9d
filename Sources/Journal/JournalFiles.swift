internal import Storage

extension Journal {
    /// The random number that all segments of this log carry.
    package var logID: UInt64 { preparer.logID }

    /// The segment files of the live directory that hold batches from an LSN on, in log order;
    /// without those that lie ready and weren't written to yet.
    ///
    /// Whoever reads them holds a ``SegmentPin`` from that LSN on, taken before.
    /// - Throws: As ``read(_:from:upTo:disk:visit:)`` does, before its first record.
    package func segmentPaths(from lsn: UInt64?) throws(JournalError) -> [String] {
        let segments = try LogSources(settings.directory).segments(on: disk)
        let finder = SegmentFinder(
            directory: settings.directory,
            segments: segments,
            disk: disk
        )
        let first = try finder.index(of: lsn.map { .lsn($0) } ?? .beginning)
        var used = segments.count
        while used - 1 > first, try finder.firstBatch(at: used - 1) == nil { used -= 1 }
        return segments[min(first, used)..<used].map(\.path)
    }
}
