internal import Storage

extension Journal {
    /// The random number that all segments of this log carry.
    package var logID: UInt64 { preparer.logID }

    /// The segment files of the live directory that hold batches from an LSN on, in log order,
    /// each as far as whole batches had been written to it when the look began.
    ///
    /// All that was durable then is in them. Whoever reads them holds a ``SegmentPin`` from that
    /// LSN on, taken before, and takes zeros for what lies beyond ``SegmentPart/writtenBytes``:
    /// bytes that are being written may be seen before others in front of them, which would look
    /// like damage.
    /// - Throws: As ``read(_:from:upTo:disk:visit:)`` does, before its first record.
    package func segmentParts(from lsn: UInt64?) throws(JournalError) -> [SegmentPart] {
        let written = writtenPlace
        let segments = try LogSources(settings.directory).segments(on: disk)
            .filter { $0.number <= written.segment }
        let finder = SegmentFinder(
            directory: settings.directory,
            segments: segments,
            disk: disk
        )
        let first = try finder.index(of: lsn.map { .lsn($0) } ?? .beginning)
        var parts: [SegmentPart] = []
        for segment in segments[min(first, segments.count)...] {
            let reader = SegmentReader()
            try reader.open(segment.path, on: disk)
            let isLast = segment.number == written.segment
            parts.append(
                SegmentPart(
                    path: segment.path,
                    sizeBytes: reader.sizeBytes,
                    writtenBytes: isLast ? written.offset : reader.sizeBytes
                )
            )
        }
        return parts
    }
}

/// A segment file, and how far it may be copied while the log is written.
package struct SegmentPart: Hashable, Sendable {
    /// The file.
    package let path: String
    /// Bytes in the file.
    package let sizeBytes: UInt64
    /// Bytes at its front that hold whole batches only.
    package let writtenBytes: UInt64
}

/// Where in the log's files the next batch will be written.
struct WrittenPlace: Hashable {
    let segment: UInt64
    let offset: UInt64

    private static let sectorBits: UInt64 = 24

    init(segment: UInt64, offset: UInt64) {
        self.segment = segment
        self.offset = offset
    }

    /// A place as ``packed`` gave it.
    init(packed: UInt64) {
        segment = packed >> WrittenPlace.sectorBits
        let sectors = packed & (1 << WrittenPlace.sectorBits - 1)
        offset = sectors * UInt64(JournalFormat.sectorSizeBytes)
    }

    /// Both in one word.
    var packed: UInt64 {
        let sectors = offset / UInt64(JournalFormat.sectorSizeBytes)
        precondition(sectors < 1 << WrittenPlace.sectorBits, "a segment is within its limit")
        return segment << WrittenPlace.sectorBits | sectors
    }
}
