internal import Storage

/// The directories that hold one log: the one that a server writes to, and archives of it.
///
/// A segment may stand in several of them, if it is the same in all.
package struct LogSources: Hashable, Sendable {
    /// The directory that a server writes to, or the only one.
    package let directory: String
    /// Directories to which older segments were moved; fine if they don't exist.
    package let archives: [String]

    /// A log in a directory, with its archives.
    package init(_ directory: String, archives: [String] = []) {
        self.directory = directory
        self.archives = archives
    }

    /// All segments that have their final name, by number; a number may be missing.
    func segments(on disk: any Disk) throws(JournalError) -> [SegmentFile] {
        var found: [UInt64: SegmentFile] = [:]
        for place in archives + [directory] {
            for number in try names(in: place, on: disk).compactMap(JournalFormat.segmentNumber) {
                let path = place + "/" + JournalFormat.segmentName(number)
                let copies = found[number].map { [$0.path] + $0.copies } ?? []
                found[number] = SegmentFile(number: number, path: path, copies: copies)
            }
        }
        return found.values.sorted { $0.number < $1.number }
    }

    private func names(in place: String, on disk: any Disk) throws(JournalError) -> [String] {
        do throws(StorageError) {
            return try disk.list(place)
        } catch {
            if error.code == .missing, place != directory { return [] }
            throw JournalError(error)
        }
    }
}

/// A segment file that has its final name.
struct SegmentFile: Hashable {
    let number: UInt64
    /// Where it is read: the live directory's file, if it is there.
    let path: String
    /// Other files of the same number.
    var copies: [String] = []
    /// As its header says; 0 until that was read.
    var sizeBytes: UInt64 = 0
}

/// Where a scan of a log begins.
enum LogStart: Hashable {
    /// At the oldest segment that is there.
    case oldest
    /// At the log's very first LSN, which must be there.
    case beginning
    /// At the segment that holds an LSN, which must be there.
    case lsn(UInt64)
    /// At a segment, which must be there.
    case segment(UInt64)
}

/// Finds the segment at which a scan begins, by a look at the first batches of few segments.
struct SegmentFinder {
    /// Named where there is no segment.
    let directory: String
    let segments: [SegmentFile]
    let disk: any Disk
    var manner = ReadManner.alone

    /// The index of the segment to begin at.
    ///
    /// - Throws: Code `recordsMissing` where the log doesn't reach back that far.
    func index(of start: LogStart) throws(JournalError) -> Int {
        switch start {
        case .oldest: return 0
        case .beginning: return try beginning()
        case .lsn(let lsn): return try index(holding: lsn)
        case .segment(let number):
            let index = segments.firstIndex { $0.number == number }
            guard let index else { throw missing(asked: 0, first: nil) }
            return index
        }
    }

    /// The first batch of a segment; nil if there is none or it isn't whole.
    func firstBatch(at index: Int) throws(JournalError) -> BatchHeader? {
        let reader = SegmentReader(manner)
        try reader.open(segments[index].path, on: disk)
        let header = try reader.header(expecting: segments[index].number)
        let start = UInt64(JournalFormat.sectorSizeBytes)
        let batch = try unsafe reader.batch(at: start, of: header.logID)
        return unsafe batch?.header
    }

    private func beginning() throws(JournalError) -> Int {
        guard let oldest = segments.first, oldest.number > 1 else { return 0 }
        throw missing(asked: JournalFormat.firstLSN, first: try firstBatch(at: 0)?.firstLSN)
    }

    /// From the newest segment back to the first one that begins at or before `lsn`.
    ///
    /// All looked at but that one would be read in any case, so this costs nothing that grows with
    /// the age of the log. Where no first batch is whole the scan will tell why.
    private func index(holding lsn: UInt64) throws(JournalError) -> Int {
        guard !segments.isEmpty else { throw missing(asked: lsn, first: nil) }
        var oldestFirst: BatchHeader?
        for index in segments.indices.reversed() {
            oldestFirst = try firstBatch(at: index)
            if let first = oldestFirst, first.firstLSN <= lsn { return index }
        }
        if let first = oldestFirst, first.number > 1 {
            throw missing(asked: lsn, first: first.firstLSN)
        }
        return 0
    }

    private func missing(asked: UInt64, first: UInt64?) -> JournalError {
        let path = segments.first?.path ?? directory
        return JournalError(missing: MissingRecords(askedLSN: asked, firstLSN: first), path: path)
    }
}
