internal import Glibc
package import Storage

/// Writes one snapshot, section after section, in bounded memory.
///
/// The order of calls: ``append(_:of:)`` for each kind in the order of the kinds, ``finish(_:)``,
/// then — after the log is durable up to the end LSN — ``publish()``. Whatever fails, or
/// ``abandon()``, or letting go of a writer that didn't publish, removes the unfinished file; no
/// other call may follow a failure.
///
/// One snapshot at a time is made in a directory.
///
/// Memory: one section unpacked and one packed, whatever the size of the state.
/// Isolation: none; one thread has it.
@safe
package final class SnapshotWriter {
    private enum State { case writing, finished, ended }

    /// The unfinished file.
    package let path: String
    /// The lowest LSN that a state record may have been copied at.
    package let startLSN: UInt64
    /// What has been written so far.
    package private(set) var progress = SnapshotProgress()

    private let directory: String
    private let disk: any Disk
    private let file: any DiskFile
    private let afterSection: (SnapshotProgress) -> Void
    private let records: UnsafeMutableRawBufferPointer
    private let frame: UnsafeMutableRawBufferPointer
    private var state = State.writing
    private var kind = SnapshotSectionKind.skus
    private var recordBytes = 0
    private var recordCount = 0
    private var sections: [SnapshotSection] = []
    private var offset = UInt64(SnapshotFormat.headerSizeBytes)
    private var syncedOffset = UInt64(SnapshotFormat.headerSizeBytes)
    private var sliceLSN: UInt64
    private var endLSN: UInt64 = 0

    /// Begins a snapshot in a directory that is there.
    ///
    /// - Parameters:
    ///   - directory: Where unfinished file and snapshot stand.
    ///   - startLSN: No state record will be copied at a lower LSN; the log slice begins here.
    ///   - disk: The port to the file.
    ///   - sectionSizeBytes: Bytes of records that fill a section.
    ///   - afterSection: Called after each section; it may rest to slow the writer down.
    /// - Throws: Codes `diskFull` and `storage`.
    package init(
        directory: String,
        startLSN: UInt64,
        disk: any Disk,
        sectionSizeBytes: Int = SnapshotLimits.sectionSizeBytesDefault,
        afterSection: @escaping (SnapshotProgress) -> Void = { _ in }
    ) throws(SnapshotError) {
        precondition(startLSN % 8 == 0, "an LSN is a multiple of 8")
        precondition(sectionSizeBytes >= SnapshotLimits.recordSizeBytesMax, "a record fits")
        precondition(sectionSizeBytes <= SnapshotLimits.sectionSizeBytesMax, "within the format")
        let name = SnapshotFormat.name(ofLSN: startLSN) + SnapshotFormat.unfinishedSuffix
        let path = directory + "/" + name
        file = try onDisk { () throws(StorageError) in try disk.open(path, for: .create) }
        self.path = path
        self.directory = directory
        self.startLSN = startLSN
        self.disk = disk
        self.afterSection = afterSection
        sliceLSN = startLSN
        unsafe records = .allocate(byteCount: sectionSizeBytes, alignment: 64)
        let bound = FramePacker.sizeBound(ofBytes: sectionSizeBytes)
        precondition(bound <= SnapshotLimits.packedSizeBytesMax, "a frame is within the format")
        unsafe frame = .allocate(byteCount: bound, alignment: 64)
    }

    deinit {
        abandon()
        unsafe records.deallocate()
        unsafe frame.deallocate()
    }

    // MARK: Content

    /// Adds whole records, one behind the other; the bytes are copied.
    ///
    /// Records of the log slice are given in log order, from the start LSN on without a gap.
    /// - Throws: Codes `diskFull` and `storage`; the unfinished file is gone then.
    /// - Complexity: O(bytes).
    package func append(
        _ run: UnsafeRawBufferPointer,
        of kind: SnapshotSectionKind
    ) throws(SnapshotError) {
        precondition(state == .writing, "a finished snapshot takes nothing more")
        precondition(kind >= self.kind, "kinds come in their order")
        if kind != self.kind {
            try endSection()
            self.kind = kind
        }
        var position = 0
        while position < run.count {
            let fitting = unsafe fittingRecords(
                of: UnsafeRawBufferPointer(rebasing: run[position...]),
                room: records.count - recordBytes
            )
            if fitting.count == 0 {
                try endSection()
                continue
            }
            let end = position + fitting.bytes
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: records[recordBytes...])
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: run[position..<end]))
            recordBytes += fitting.bytes
            recordCount += fitting.count
            position = end
        }
    }

    /// How many whole records at the front of `run` go into `room` bytes.
    private func fittingRecords(
        of run: UnsafeRawBufferPointer,
        room: Int
    ) -> (bytes: Int, count: Int) {
        var bytes = 0
        var count = 0
        while bytes < run.count {
            precondition(run.count - bytes >= 8, "a record is at least 8 bytes")
            let size = unsafe Int(run.load(UInt32.self, at: bytes))
            precondition(size >= 8 && size % 8 == 0, "a record's size is a multiple of 8")
            precondition(size <= SnapshotLimits.recordSizeBytesMax, "a record is at most 1 MiB")
            precondition(size <= run.count - bytes, "records are whole")
            if bytes + size > room { break }
            bytes += size
            count += 1
        }
        return (bytes, count)
    }

    /// Packs and writes what the section holds, if anything.
    private func endSection() throws(SnapshotError) {
        guard recordCount > 0 else { return }
        let content = unsafe UnsafeRawBufferPointer(rebasing: records[..<recordBytes])
        let size = unsafe FramePacker.pack(content, into: frame)
        let packed = unsafe UnsafeRawBufferPointer(rebasing: frame[..<size])
        let section = SnapshotSection(
            index: sections.count,
            kind: kind,
            offset: offset,
            packedBytes: size,
            unpackedBytes: recordBytes,
            recordCount: recordCount,
            firstLSN: kind == .logSlice ? sliceLSN : 0,
            checksum: unsafe SnapshotFormat.checksum(of: packed)
        )
        try guarded(section) { () throws(StorageError) in
            unsafe try file.write(packed, at: offset)
            if section.endOffset - syncedOffset >= SnapshotLimits.unsyncedBytesMax {
                try file.sync()
                syncedOffset = section.endOffset
            }
        }
        precondition(sections.count < SnapshotLimits.sectionCountMax, "a file of so many sections")
        sections.append(section)
        offset = section.endOffset
        if kind == .logSlice { sliceLSN += UInt64(recordBytes) }
        recordBytes = 0
        recordCount = 0
        progress.add(section)
        afterSection(progress)
    }

    // MARK: Ending

    /// Writes directory, trailer and header and makes the file durable under its unfinished name.
    ///
    /// The log slice must reach from the start LSN to the end LSN.
    /// - Throws: Codes `diskFull` and `storage`; the unfinished file is gone then.
    package func finish(_ facts: SnapshotFacts) throws(SnapshotError) -> SnapshotHeader {
        precondition(state == .writing, "a snapshot is finished once")
        try endSection()
        precondition(sliceLSN == facts.endLSN, "the log slice reaches the end LSN")
        let entryBytes = sections.count * SnapshotFormat.entrySizeBytes
        let ending = UnsafeMutableRawBufferPointer.allocate(
            byteCount: entryBytes + SnapshotFormat.trailerSizeBytes,
            alignment: 8
        )
        let start = UnsafeMutableRawBufferPointer.allocate(
            byteCount: SnapshotFormat.headerSizeBytes,
            alignment: 8
        )
        defer {
            unsafe ending.deallocate()
            unsafe start.deallocate()
        }
        let directory = unsafe encodeDirectory(into: ending)
        let header = unsafe SnapshotHeader(
            facts: facts,
            startLSN: startLSN,
            sizeBytes: offset + UInt64(ending.count),
            sectionCount: sections.count,
            directoryOffset: offset,
            directoryChecksum: SnapshotFormat.checksum(of: directory)
        )
        unsafe header.encode(into: start)
        let trailer = unsafe UnsafeMutableRawBufferPointer(rebasing: ending[entryBytes...])
        unsafe trailer.store(SnapshotFormat.trailerMagic, at: 0)
        unsafe trailer.store(UInt32(0), at: 8)
        let ofHeader = unsafe SnapshotFormat.checksum(of: UnsafeRawBufferPointer(start))
        let covered = unsafe UnsafeRawBufferPointer(rebasing: ending[..<(entryBytes + 12)])
        unsafe trailer.store(SnapshotFormat.checksum(of: covered, after: ofHeader), at: 12)
        try guarded { () throws(StorageError) in
            unsafe try file.write(UnsafeRawBufferPointer(ending), at: offset)
            unsafe try file.write(UnsafeRawBufferPointer(start), at: 0)
            try file.sync()
        }
        file.close()
        endLSN = facts.endLSN
        state = .finished
        return header
    }

    /// Writes the directory to the front of `bytes`.
    private func encodeDirectory(
        into bytes: UnsafeMutableRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let size = SnapshotFormat.entrySizeBytes
        for (index, section) in sections.enumerated() {
            let entry = index * size..<(index + 1) * size
            unsafe section.encode(into: UnsafeMutableRawBufferPointer(rebasing: bytes[entry]))
        }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[..<(sections.count * size)])
    }

    /// Gives the finished file its name and makes the name durable.
    ///
    /// The log must be durable up to the end LSN before, or a crash could leave a snapshot of
    /// movements that the log has lost. A snapshot of the same LSN is replaced.
    /// - Returns: The path of the snapshot.
    /// - Throws: Code `storage`. If the name couldn't be made durable the snapshot may be there or
    ///   not after a crash, but never in part; nothing may be removed for its sake.
    package func publish() throws(SnapshotError) -> String {
        precondition(state == .finished, "a finished snapshot is published once")
        let name = directory + "/" + SnapshotFormat.name(ofLSN: endLSN)
        try guarded { () throws(StorageError) in try disk.rename(path, to: name) }
        state = .ended
        try onDisk { () throws(StorageError) in try disk.syncDirectory(directory) }
        return name
    }

    /// Gives the snapshot up and removes the unfinished file; after ``publish()`` it does nothing.
    package func abandon() {
        guard state != .ended else { return }
        state = .ended
        file.close()
        do throws(StorageError) {
            try disk.remove(path)
        } catch {
            // What can't be removed now is removed as unfinished at the next start.
        }
    }

    /// Runs a file operation; if it fails the snapshot is given up.
    private func guarded(
        _ section: SnapshotSection? = nil,
        _ body: () throws(StorageError) -> Void
    ) throws(SnapshotError) {
        do throws(StorageError) {
            try body()
        } catch {
            abandon()
            throw SnapshotError(error, section: section)
        }
    }
}
