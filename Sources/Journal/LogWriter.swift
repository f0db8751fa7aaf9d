internal import Movements
internal import Storage

/// What one step of the log came to.
package enum JournalStep: Sendable {
    /// A batch was written, or a sync was due and done.
    case worked
    /// Nothing waits.
    case idle
    /// Records wait for room on the disk.
    case blocked
    /// The log is closed or has failed; no step will do anything.
    case ended
}

/// Group commit: takes what is ready in the ring, writes it as one batch, syncs it.
///
/// Allocates nothing after `init`.
/// Isolation: none; belongs to the log thread, or to the one thread that steps it.
@safe
final class LogWriter {
    private let ring: MovementRing
    private let settings: JournalSettings
    private let clock: any Clock
    private let preparer: SegmentPreparer
    private let logID: UInt64
    private let run: UInt64
    /// Where a batch is put together: a write past the page cache takes one run of memory that
    /// begins with a page.
    private let batch: UnsafeMutableRawBufferPointer

    private var segment: ReadySegment?
    private var offset: UInt64
    private var chain: ChainEnd
    private var syncDueNanoseconds: UInt64 = 0

    /// LSN up to which batches are with the operating system.
    private(set) var writtenLSN: UInt64
    /// LSN up to which batches are durable.
    private(set) var syncedLSN: UInt64
    /// Records in the last batch.
    private(set) var lastRecordCount = 0
    /// Whether a write found the disk full; the same batch is tried again.
    private(set) var isDiskFull = false
    /// Where the batch ends that found the disk full.
    ///
    /// What its try left behind must be written over: a larger batch might go to the next segment.
    private var refusedEnd: UInt64?

    /// A writer that goes on where recovery ended.
    init(
        recovery: JournalRecovery,
        segment: ReadySegment?,
        ring: MovementRing,
        clock: any Clock,
        preparer: SegmentPreparer,
        logID: UInt64,
        run: UInt64
    ) {
        self.ring = ring
        self.clock = clock
        self.preparer = preparer
        self.logID = logID
        self.run = run
        self.segment = segment
        settings = recovery.settings
        offset = recovery.end.offset
        chain = recovery.chain
        writtenLSN = recovery.nextLSN
        syncedLSN = recovery.nextLSN
        let largest = JournalFormat.batchSizeOnDisk(recordBytes: JournalLimits.batchSizeBytesMax)
        unsafe batch = .allocate(
            byteCount: largest + JournalLimits.pageSizeBytes,
            alignment: JournalLimits.pageSizeBytes
        )
    }

    deinit {
        segment?.file.close()
        unsafe batch.deallocate()
    }

    /// Where the next batch will be written, as far as that is known: behind all that is written.
    var place: WrittenPlace { WrittenPlace(segment: segment?.number ?? 0, offset: offset) }

    /// Writes and syncs the opening batch; false when there is no room for it yet.
    func open() throws(StorageError) -> Bool {
        guard try writeEmptyBatch(BatchHeader.opening) else { return false }
        try sync()
        return true
    }

    /// Writes and syncs the closing batch; false when there is no room for it yet.
    func close() throws(StorageError) -> Bool {
        try sync()
        guard try writeEmptyBatch(BatchHeader.closing) else { return false }
        try sync()
        return true
    }

    private func writeEmptyBatch(_ flags: UInt32) throws(StorageError) -> Bool {
        let none = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        return try unsafe writeBatch(flags: flags, first: none, second: none, records: 0)
    }

    // MARK: Hot path

    /// Writes what is ready up to `end` as one batch, and syncs it if the mode says so.
    ///
    /// - Parameters:
    ///   - end: LSN to stop at; a record's first byte.
    ///   - wanted: LSN up to which somebody waits for a sync; 0 for nobody.
    ///   - publish: Called with ``syncedLSN`` and ``writtenLSN`` set, before the ring gets its
    ///     bytes back.
    /// - Returns: `worked`, `idle` or `blocked`.
    /// - Throws: Any failure but a full disk.
    func step(
        upTo end: UInt64,
        syncingUpTo wanted: UInt64,
        publish: () -> Void
    ) throws(StorageError) -> JournalStep {
        let (first, second, records) = unsafe ring.gather(
            from: writtenLSN,
            upTo: refusedEnd ?? end,
            limitBytes: settings.batchSizeBytes
        )
        guard records > 0 else {
            guard try syncIfDue(orBehind: wanted) else { return .idle }
            publish()
            return .worked
        }
        guard
            try unsafe writeBatch(
                flags: 0,
                first: first,
                second: second,
                records: records
            )
        else {
            return .blocked
        }
        writtenLSN += UInt64(first.count + second.count)
        lastRecordCount = records
        switch settings.durability {
        case .sync: try sync()
        case .interval, .none: _ = try syncIfDue(orBehind: wanted)
        }
        publish()
        unsafe ring.release(first, second)
        return .worked
    }

    /// Makes all that is written durable.
    func sync() throws(StorageError) {
        if let segment { try segment.file.sync() }
        syncedLSN = writtenLSN
    }

    /// Milliseconds until the next sync is due; nil without one.
    var syncDueMilliseconds: Int? {
        guard settings.durability == .interval, syncedLSN < writtenLSN else { return nil }
        let now = clock.monotonicNanoseconds()
        return now >= syncDueNanoseconds ? 0 : Int((syncDueNanoseconds - now) / 1_000_000) + 1
    }

    /// Syncs in mode `interval` when the time has come, in every mode when somebody waits for it.
    private func syncIfDue(orBehind wanted: UInt64) throws(StorageError) -> Bool {
        let isWanted = syncedLSN < min(wanted, writtenLSN)
        guard isWanted || syncDueMilliseconds == 0 else { return false }
        try sync()
        syncDueNanoseconds =
            clock.monotonicNanoseconds() + UInt64(settings.syncIntervalMilliseconds) * 1_000_000
        return true
    }

    /// Writes one batch behind the last one; false when there is no room for it yet.
    private func writeBatch(
        flags: UInt32,
        first: UnsafeRawBufferPointer,
        second: UnsafeRawBufferPointer,
        records: Int
    ) throws(StorageError) -> Bool {
        let recordBytes = first.count + second.count
        let size = JournalFormat.batchSizeOnDisk(recordBytes: recordBytes)
        guard let segment = try segmentWithRoom(for: size) else { return false }
        var header = BatchHeader(
            recordBytes: recordBytes,
            recordCount: records,
            number: chain.number + 1,
            firstLSN: writtenLSN,
            durableLSN: syncedLSN,
            run: run,
            previousChecksum: chain.checksum,
            flags: flags,
            logID: logID
        )
        precondition(chain.isContinued(by: header), "a batch goes on from the one before")
        precondition(recordBytes <= JournalLimits.batchSizeBytesMax, "a batch fits its memory")
        // What lies behind the batch is zeros already. Behind records they are written again to the
        // page's end, so that through the cache no page is read from the disk before part of it is
        // written; behind an opening batch not: where a log was closed, a torn write may touch one
        // sector only.
        let end = offset + UInt64(size)
        let writtenEnd = records > 0 ? min(JournalLimits.pageEnd(end), segment.sizeBytes) : end
        let written = unsafe UnsafeMutableRawBufferPointer(
            rebasing: batch[..<Int(writtenEnd - offset)]
        )
        unsafe header.encode(into: written, first: first, second: second)
        do throws(StorageError) {
            try unsafe write(UnsafeRawBufferPointer(written), to: segment.file)
        } catch {
            guard error.code == .full else { throw error }
            isDiskFull = true
            refusedEnd = records > 0 ? writtenLSN + UInt64(recordBytes) : nil
            return false
        }
        isDiskFull = false
        refusedEnd = nil
        chain.append(header)
        offset += UInt64(size)
        return true
    }

    /// Writes past the page cache where a sync follows at once; else the cache takes the bytes in
    /// without a wait for the disk.
    private func write(
        _ bytes: UnsafeRawBufferPointer,
        to file: any DiskFile
    ) throws(StorageError) {
        switch settings.durability {
        case .sync: try unsafe file.writePastCache(bytes, at: offset)
        case .interval, .none: try unsafe file.write(bytes, at: offset)
        }
    }

    // MARK: Segments

    /// The present segment, or the next one if `size` bytes don't fit; nil if none is ready.
    private func segmentWithRoom(for size: Int) throws(StorageError) -> ReadySegment? {
        if let segment, offset + UInt64(size) <= segment.sizeBytes { return segment }
        guard let next = preparer.take() else { return nil }
        let needed = UInt64(JournalFormat.sectorSizeBytes + size)
        precondition(needed <= next.sizeBytes, "a segment holds the largest batch")
        // In every mode a segment is durable before the log leaves it: that bounds what a crash
        // can take, and so what numbering must skip.
        if let segment, syncedLSN < writtenLSN { try segment.file.sync() }
        syncedLSN = writtenLSN
        segment?.file.close()
        segment = next
        offset = UInt64(JournalFormat.sectorSizeBytes)
        return next
    }
}
