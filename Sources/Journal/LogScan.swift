internal import Storage

/// The last good batch, as far as the next one must go on from it.
struct ChainEnd: Hashable {
    var number: UInt64 = 0
    var checksum: UInt32 = 0
    var endLSN = JournalFormat.firstLSN
    var run: UInt64 = 0
    var isClosed = false

    /// Whether a whole batch is the next one of this log.
    func isContinued(by header: BatchHeader) -> Bool {
        guard header.number == number + 1, header.previousChecksum == checksum else { return false }
        if header.isOpening { return header.run != run && header.firstLSN >= endLSN }
        return number > 0 && !isClosed && header.run == run && header.firstLSN == endLSN
    }

    mutating func append(_ header: BatchHeader) {
        number = header.number
        checksum = header.checksum
        endLSN = header.endLSN
        run = header.run
        isClosed = header.isClosing
    }
}

/// A place in the log: a segment's index among those found, and an offset in its file.
struct LogPlace: Hashable {
    var index = 0
    var offset = UInt64(JournalFormat.sectorSizeBytes)
}

/// How a log ends.
enum LogEnding {
    /// With a closing batch and zeros.
    case closed
    /// With another batch, or none, and zeros.
    case unclosed
    /// With bytes that were never durable.
    case torn(TornTail)
    /// It doesn't: bytes that were durable are bad.
    case damaged(JournalError)
}

/// One pass over all segments in order, with bounded memory; changes nothing.
struct LogScan {
    private let disk: any Disk
    private let sources: LogSources?
    private var reader: SegmentReader
    private var ahead: SegmentReader

    private(set) var segments: [SegmentFile] = []
    private(set) var logID: UInt64?
    private(set) var chain = ChainEnd()
    /// Where the next batch would stand.
    private(set) var end = LogPlace()
    private(set) var firstLSN: UInt64?
    private(set) var batches: UInt64 = 0
    private(set) var records: UInt64 = 0

    /// Finds the segments of a log from a place on and checks their headers.
    ///
    /// - Throws: Code `recordsMissing` where the log doesn't reach back to `start`, `damaged` where
    ///   a header is bad, a segment is missing or its copies differ.
    init(
        _ sources: LogSources,
        from start: LogStart,
        disk: any Disk,
        manner: ReadManner = .alone
    ) throws(JournalError) {
        reader = SegmentReader(manner)
        ahead = SegmentReader(manner)
        self.disk = disk
        self.sources = sources
        let found = try sources.segments(on: disk)
        let finder = SegmentFinder(
            directory: sources.directory,
            segments: found,
            disk: disk,
            manner: manner
        )
        for segment in found[try finder.index(of: start)...] { try add(segment) }
        if let first = segments.first, first.number > 1 { try seed(from: first) }
    }

    /// A scan of one segment alone, whatever became of those before it.
    ///
    /// What its first batch says of the one before is taken as it is.
    init(segment path: String, disk: any Disk) throws(JournalError) {
        reader = SegmentReader()
        ahead = SegmentReader()
        self.disk = disk
        sources = nil
        try reader.open(path, on: disk)
        let header = try reader.header(expecting: nil)
        logID = header.logID
        var segment = SegmentFile(number: header.number, path: path)
        segment.sizeBytes = header.sizeBytes
        segments = [segment]
        if let first = try unsafe reader.batch(at: end.offset, of: logID) {
            unsafe begin(at: first.header)
        }
    }

    /// Checks a segment's header and takes it as the next one.
    private mutating func add(_ segment: SegmentFile) throws(JournalError) {
        if let last = segments.last, segment.number != last.number + 1 {
            let directory = segment.path.dropLast(JournalFormat.segmentName(1).utf8.count)
            throw JournalError(
                .damaged,
                path: directory + JournalFormat.segmentName(last.number + 1),
                offset: 0,
                reason: "the segment is missing; later ones are there"
            )
        }
        try reader.open(segment.path, on: disk)
        let header = try reader.header(expecting: segment.number)
        guard header.logID == logID ?? header.logID else {
            throw reader.damage(at: 24, "the segment belongs to another log")
        }
        for copy in segment.copies { try reader.checkEquals(copy, on: disk) }
        logID = header.logID
        var checked = segment
        checked.sizeBytes = header.sizeBytes
        segments.append(checked)
    }

    /// Takes what the first batch of the oldest segment says of the one before as it is.
    ///
    /// Segments go only when the first batch of the next one is durable: a bad one is damage.
    private mutating func seed(from segment: SegmentFile) throws(JournalError) {
        try reader.open(segment.path, on: disk)
        guard let first = try unsafe reader.batch(at: end.offset, of: logID) else {
            throw reader.damage(at: end.offset, "the first batch of the oldest segment is bad")
        }
        unsafe begin(at: first.header)
    }

    private mutating func begin(at first: BatchHeader) {
        guard first.number > 0 else { return }
        chain.number = first.number - 1
        chain.checksum = first.previousChecksum
        chain.endLSN = first.firstLSN
        chain.run = first.isOpening ? 0 : first.run
    }

    /// Hands every good batch to `visit`, in log order, and says how the log ends.
    ///
    /// Where `visit` returns false the scan stops, as if the log ended there. The log may grow
    /// meanwhile: what was half written at first is looked at again before anything is called bad.
    mutating func run(
        _ visit: (FoundBatch, LogPlace, String) throws(JournalError) -> Bool
    ) throws(JournalError) -> LogEnding {
        guard !segments.isEmpty else { return .unclosed }
        try reader.open(segments[end.index].path, on: disk)
        while true {
            guard try unsafe visitSegment(visit) else { return .unclosed }
            if try nextSegmentContinues() {
                if let used = try reader.firstUsedSector(from: end.offset) {
                    return .damaged(reader.damage(at: used, "these bytes belong to no batch"))
                }
                swap(&reader, &ahead)
                end = LogPlace(index: end.index + 1)
                continue
            }
            let ending = try judge()
            try reader.open(segments[end.index].path, on: disk)
            if try unsafe continuation(in: reader, at: end.offset) != nil { continue }
            guard try nextSegmentContinues() else { return ending }
        }
    }

    /// Visits the batches of the present segment that go on; false where `visit` stopped.
    private mutating func visitSegment(
        _ visit: (FoundBatch, LogPlace, String) throws(JournalError) -> Bool
    ) throws(JournalError) -> Bool {
        let path = segments[end.index].path
        while let batch = try unsafe continuation(in: reader, at: end.offset) {
            let header = unsafe batch.header
            guard try unsafe visit(batch, end, path) else { return false }
            chain.append(header)
            firstLSN = firstLSN ?? header.firstLSN
            batches += 1
            records += UInt64(header.recordCount)
            end.offset += UInt64(header.sizeOnDisk)
        }
        return true
    }

    /// Takes in segments that were made since the last look.
    mutating func extend() throws(JournalError) {
        guard let sources, let last = segments.last else { return }
        for segment in try sources.segments(on: disk) where segment.number > last.number {
            try add(segment)
        }
    }

    /// The batch at an offset, if it is the next one of this log.
    private func continuation(
        in reader: SegmentReader,
        at offset: UInt64
    ) throws(JournalError) -> FoundBatch? {
        guard let batch = try unsafe reader.batch(at: offset, of: logID),
            unsafe chain.isContinued(by: batch.header)
        else { return nil }
        return unsafe batch
    }

    /// Whether the log goes on at the start of the segment after this one.
    private mutating func nextSegmentContinues() throws(JournalError) -> Bool {
        guard end.index + 1 < segments.count else { return false }
        try ahead.open(segments[end.index + 1].path, on: disk)
        let start = UInt64(JournalFormat.sectorSizeBytes)
        return try unsafe continuation(in: ahead, at: start) != nil
    }

    /// Tells damage, torn tail and end apart, where no batch goes on from the last good one.
    private mutating func judge() throws(JournalError) -> LogEnding {
        let (used, proof) = try lookOn()
        guard let first = used.first else { return chain.isClosed ? .closed : .unclosed }
        let path = segments[first.place.index].path
        if let proof {
            // A whole batch there means that the one before it is missing where it should stand.
            let isMissing = first.isBatch && first.place != end
            return .damaged(
                JournalError(
                    .damaged,
                    path: isMissing ? segments[end.index].path : path,
                    offset: isMissing ? end.offset : first.place.offset,
                    reason: proof
                )
            )
        }
        if chain.isClosed, used.sectorCount > 1 || first.place != openingPlace {
            return .damaged(
                JournalError(
                    .damaged,
                    path: path,
                    offset: first.place.offset,
                    reason: "the log was closed before these bytes"
                )
            )
        }
        let sizeBytes = used.sectorCount * UInt64(JournalFormat.sectorSizeBytes)
        return .torn(TornTail(path: path, offset: first.place.offset, sizeBytes: sizeBytes))
    }

    /// The sectors beyond the end of the chain that aren't zero.
    private struct UsedSectors {
        var first: (place: LogPlace, isBatch: Bool)?
        var sectorCount: UInt64 = 0
    }

    /// Looks at all that follows the end of the chain, up to a batch that proves damage.
    private mutating func lookOn() throws(JournalError) -> (UsedSectors, proof: String?) {
        var used = UsedSectors()
        var place = end
        while place.index < segments.count {
            try reader.open(segments[place.index].path, on: disk)
            while let offset = try reader.firstUsedSector(from: place.offset) {
                place.offset = offset
                let batch = try unsafe reader.batch(at: offset, of: logID)
                let header = unsafe batch?.header
                used.first = used.first ?? (place, header != nil)
                used.sectorCount += 1
                if let header, let proof = proof(by: header, at: place) { return (used, proof) }
                place.offset += UInt64(JournalFormat.sectorSizeBytes)
            }
            place = LogPlace(index: place.index + 1)
        }
        return (used, nil)
    }

    /// Why a whole batch beyond the end of the chain shows that the place there was durable.
    private func proof(by header: BatchHeader, at place: LogPlace) -> String? {
        guard header.number > chain.number else { return nil }
        let name = "batch \(header.number) at byte \(place.offset) of \(segments[place.index].path)"
        if place == end, header.number == chain.number + 1 {
            return "batch \(header.number) doesn't go on from the one before"
        }
        if header.number == chain.number + 1 { return nil }
        if header.run != chain.run {
            return "batch \(chain.number + 1) is bad; \(name), of a later run, says it was durable"
        }
        guard header.durableLSN > chain.endLSN else { return nil }
        return "batch \(chain.number + 1) is bad; \(name) says it was durable"
    }

    /// Where the opening batch of the next run would stand.
    private var openingPlace: LogPlace {
        let needed = end.offset + UInt64(JournalFormat.sectorSizeBytes)
        return needed <= segments[end.index].sizeBytes ? end : LogPlace(index: end.index + 1)
    }
}
