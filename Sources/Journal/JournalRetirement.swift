internal import Storage

/// What became of segments that were no longer needed.
package struct RetiredSegments: Hashable, Sendable {
    /// Segments that were removed or archived.
    package var count = 0
    /// Their bytes.
    package var sizeBytes: UInt64 = 0
    /// Whether a pin kept a segment that would have gone otherwise.
    package var isKeptByPin = false
    /// Whether the limit did.
    package var isKeptByLimit = false
}

extension Journal {
    /// Keeps segments from an LSN on in the live directory until the pin is released.
    ///
    /// Pin first, then look what is there.
    /// - Parameter lsn: Where the holder will begin to read.
    /// - Returns: The pin; nil when ``JournalLimits/pinsMax`` are held already.
    package func pin(from lsn: UInt64) -> SegmentPin? { pins.pin(from: lsn) }

    /// Removes segments that lie wholly below an LSN, or moves them to the archive.
    ///
    /// In order, oldest first, each durably before the next: a crash leaves every segment whole in
    /// at least one place, and the next call goes on. Never touches the segment that the log is
    /// written to, nor ready ones. A call while another is at work does nothing.
    /// - Parameters:
    ///   - lsn: The lowest LSN that is still needed; a kept snapshot's.
    ///   - limit: How many go at most: freeing one may hold up the syncs of the log meanwhile.
    /// - Returns: What went.
    /// - Throws: Code `storage` where a file operation fails, `damaged` where a first batch is bad
    ///   or the archive holds another segment of that number.
    /// - Complexity: Removing takes a look at two first batches a segment; archiving copies it.
    package func retireSegments(
        below lsn: UInt64,
        limit: Int = .max
    ) throws(JournalError) -> RetiredSegments {
        var retired = RetiredSegments()
        guard pins.beginRetiring() else { return retired }
        defer { pins.endRetiring() }
        let retirement = SegmentRetirement(
            directory: settings.directory,
            archive: settings.archiveDirectory,
            disk: disk
        )
        let segments = try LogSources(settings.directory).segments(on: disk)
        for (segment, next) in zip(segments, segments.dropFirst()) {
            guard let end = try retirement.end(of: segment, before: next), end <= lsn else { break }
            guard retired.count < limit else {
                retired.isKeptByLimit = true
                break
            }
            guard pins.claimSegment(endingBefore: end) else {
                retired.isKeptByPin = true
                break
            }
            retired.sizeBytes += try retirement.retire(segment)
            retired.count += 1
        }
        return retired
    }
}

/// Takes one segment after the other out of a log's directory.
struct SegmentRetirement {
    let directory: String
    let archive: String?
    let disk: any Disk

    /// LSN at which the segment after this one begins, once that is durable; nil if it doesn't yet.
    func end(of segment: SegmentFile, before next: SegmentFile) throws(JournalError) -> UInt64? {
        guard next.number == segment.number + 1 else {
            throw JournalError(
                .damaged,
                path: directory + "/" + JournalFormat.segmentName(segment.number + 1),
                offset: 0,
                reason: "the segment is missing; later ones are there"
            )
        }
        let finder = SegmentFinder(directory: directory, segments: [next], disk: disk)
        guard let first = try finder.firstBatch(at: 0) else { return nil }
        // Without it nothing would say where the log that is left begins: so it must be durable.
        try sync(next.path)
        return first.firstLSN
    }

    /// Archives a segment, if there is an archive, and removes it, durably.
    ///
    /// - Returns: Its size in bytes.
    func retire(_ segment: SegmentFile) throws(JournalError) -> UInt64 {
        let reader = SegmentReader()
        try reader.open(segment.path, on: disk)
        let header = try reader.header(expecting: segment.number)
        if let archive { try copy(reader, header, to: archive) }
        try onDisk { () throws(StorageError) in
            try disk.remove(segment.path)
            try disk.syncDirectory(directory)
        }
        return header.sizeBytes
    }

    /// Makes a durable copy with its final name, unless an earlier call has made it.
    private func copy(
        _ reader: SegmentReader,
        _ header: SegmentHeader,
        to archive: String
    ) throws(JournalError) {
        let name = JournalFormat.segmentName(header.number)
        try onDisk { () throws(StorageError) in try disk.makeDurableDirectory(archive) }
        let names = try onDisk { () throws(StorageError) in try disk.list(archive) }
        try checkNeighbour(of: header, in: archive, names: names)
        let path = archive + "/" + name
        guard !names.contains(name) else {
            try reader.checkEquals(path, on: disk)
            try sync(path)
            try onDisk { () throws(StorageError) in try disk.syncDirectory(archive) }
            return
        }
        let unfinished = path + JournalFormat.unfinishedSuffix
        let file = try onDisk { () throws(StorageError) in try disk.open(unfinished, for: .create) }
        defer { file.close() }
        try reader.copy(to: file)
        try onDisk { () throws(StorageError) in
            try file.sync()
            try disk.rename(unfinished, to: path)
            try disk.syncDirectory(archive)
        }
    }

    /// Makes sure that the archive isn't another log's, by the segment before.
    private func checkNeighbour(
        of header: SegmentHeader,
        in archive: String,
        names: [String]
    ) throws(JournalError) {
        let before = JournalFormat.segmentName(header.number - 1)
        guard names.contains(before) else { return }
        let reader = SegmentReader()
        try reader.open(archive + "/" + before, on: disk)
        guard try reader.header(expecting: header.number - 1).logID == header.logID else {
            throw reader.damage(at: 24, "the archive holds a segment of another log")
        }
    }

    private func sync(_ path: String) throws(JournalError) {
        try onDisk { () throws(StorageError) in
            let file = try disk.open(path, for: .update)
            defer { file.close() }
            try file.sync()
        }
    }
}
