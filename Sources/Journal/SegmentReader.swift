internal import Glibc
internal import Storage

/// A batch as it stands in the reader's window, valid until the next read.
@unsafe
struct FoundBatch {
    let header: BatchHeader
    let records: UnsafeRawBufferPointer
    /// Keeps the bytes.
    let window: ReadWindow
}

/// Memory that a part of a segment is read into; who holds it keeps its bytes as they are.
@safe
final class ReadWindow: Sendable {
    nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

    init() {
        // A page at each end, for a window of whole pages.
        let page = JournalLimits.pageSizeBytes
        unsafe bytes = .allocate(
            byteCount: JournalLimits.readWindowSizeBytes + 2 * page,
            alignment: page
        )
    }

    deinit { unsafe bytes.deallocate() }
}

/// Windows to read into, used again as soon as nobody holds them.
struct ReadWindowPool {
    private var windows: [ReadWindow] = []

    /// A window that nobody else holds.
    mutating func take() -> ReadWindow {
        for index in windows.indices where isKnownUniquelyReferenced(&windows[index]) {
            return windows[index]
        }
        let window = ReadWindow()
        if windows.count < JournalLimits.readWindowsKeptMax { windows.append(window) }
        return window
    }
}

/// How a log is read.
enum ReadManner: Sendable {
    /// As fast as it goes.
    case alone
    /// In small pieces, for the sake of a server that goes on beside it.
    case besideTraffic
    /// The same past the page cache: of a log that is written past it.
    case besideTrafficPastCache
}

/// Reads one segment after the other through windows of fixed size.
final class SegmentReader {
    private var pool = ReadWindowPool()
    private var window: ReadWindow?
    private var windowOffset: UInt64 = 0
    private var windowCount = 0
    private var file: (any DiskFile)?
    /// Whether more than the file's head was asked for.
    private var hasRead = false
    private let manner: ReadManner

    /// The segment being read.
    private(set) var path = ""
    /// Its size in bytes.
    private(set) var sizeBytes: UInt64 = 0

    /// A reader of nothing yet.
    init(_ manner: ReadManner = .alone) { self.manner = manner }

    deinit { file?.close() }

    /// Goes on with another file, whatever it holds.
    ///
    /// - Throws: Code `removedMeanwhile` where it isn't there any more.
    func open(_ path: String, on disk: any Disk) throws(JournalError) {
        file?.close()
        file = nil
        windowCount = 0
        hasRead = false
        self.path = path
        do throws(StorageError) {
            let opened = try disk.open(path, for: .read)
            file = opened
            sizeBytes = try opened.size()
        } catch {
            guard error.code == .missing else { throw JournalError(error) }
            let reason = "the segment was removed meanwhile, try again"
            throw JournalError(.removedMeanwhile, path: path, offset: 0, reason: reason)
        }
    }

    /// The header sector, checked against the file.
    func header(expecting number: UInt64?) throws(JournalError) -> SegmentHeader {
        let sector = try unsafe bytes(at: 0, count: JournalFormat.sectorSizeBytes)
        let header: SegmentHeader
        switch unsafe SegmentHeader.decode(sector) {
        case .success(let decoded): header = decoded
        case .failure(let fault): throw damage(at: 0, fault.text)
        }
        guard header.number == number ?? header.number else {
            throw damage(at: 16, "the segment says it is number \(header.number)")
        }
        guard header.sizeBytes == sizeBytes else {
            throw damage(at: 32, "the file has \(sizeBytes) bytes, not \(header.sizeBytes)")
        }
        return header
    }

    /// The whole batch of a log at `offset`, or nil: checksum right, padding zero.
    func batch(at offset: UInt64, of logID: UInt64?) throws(JournalError) -> FoundBatch? {
        let start = try unsafe bytes(at: offset, count: JournalFormat.batchHeaderSizeBytes)
        guard let header = unsafe BatchHeader.decode(start), header.logID == logID else {
            return nil
        }
        let whole = try unsafe bytes(at: offset, count: header.sizeOnDisk)
        guard let window, whole.count == header.sizeOnDisk else { return nil }
        let end = JournalFormat.batchHeaderSizeBytes + header.recordBytes
        let covered = unsafe UnsafeRawBufferPointer(rebasing: whole[8..<end])
        guard unsafe JournalFormat.checksum(of: covered) == header.checksum else { return nil }
        guard unsafe isZero(UnsafeRawBufferPointer(rebasing: whole[end...])) else { return nil }
        return unsafe FoundBatch(
            header: header,
            records: UnsafeRawBufferPointer(
                rebasing: whole[JournalFormat.batchHeaderSizeBytes..<end]
            ),
            window: window
        )
    }

    /// The offset of the first sector from `offset` on that isn't all zeros.
    func firstUsedSector(from offset: UInt64) throws(JournalError) -> UInt64? {
        let sector = JournalFormat.sectorSizeBytes
        var position = offset
        while position < sizeBytes {
            let rest = try unsafe bytes(
                at: position,
                count: min(64 * sector, Int(sizeBytes - position))
            )
            guard rest.count > 0 else { return nil }
            if unsafe !isZero(rest) {
                var start = 0
                while start < rest.count {
                    let end = min(start + sector, rest.count)
                    if unsafe !isZero(UnsafeRawBufferPointer(rebasing: rest[start..<end])) {
                        return position + UInt64(start)
                    }
                    start = end
                }
            }
            position += UInt64(rest.count)
        }
        return nil
    }

    /// Compares the file with a copy of it, byte by byte.
    ///
    /// - Throws: Code `damaged` at the first difference.
    func checkEquals(_ copy: String, on disk: any Disk) throws(JournalError) {
        let other = SegmentReader(manner)
        try other.open(copy, on: disk)
        var offset: UInt64 = 0
        let size = JournalLimits.headSizeBytes
        while offset < max(sizeBytes, other.sizeBytes) {
            let mine = try unsafe bytes(at: offset, count: size)
            let others = try unsafe other.bytes(at: offset, count: size)
            guard unsafe isEqual(mine, others) else {
                throw damage(at: offset, "the segment isn't the same in \(copy)")
            }
            offset += UInt64(size)
        }
    }

    /// Copies the whole file to another one, which isn't synced.
    func copy(to target: any DiskFile) throws(JournalError) {
        var offset: UInt64 = 0
        while offset < sizeBytes {
            let size = JournalLimits.readWindowSizeBytes
            let part = try unsafe bytes(at: offset, count: size)
            guard part.count > 0 else { throw damage(at: offset, "the segment became shorter") }
            try onDisk { () throws(StorageError) in try unsafe target.write(part, at: offset) }
            offset += UInt64(part.count)
        }
    }

    /// An error that names this file.
    func damage(at offset: UInt64, _ reason: String) -> JournalError {
        JournalError(.damaged, path: path, offset: offset, reason: reason)
    }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file.
    private func bytes(
        at offset: UInt64,
        count: Int
    ) throws(JournalError) -> UnsafeRawBufferPointer {
        precondition(count <= JournalLimits.readWindowSizeBytes, "a window holds any batch")
        guard offset < sizeBytes else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let wanted = min(count, Int(sizeBytes - offset))
        if offset < windowOffset || offset + UInt64(wanted) > windowOffset + UInt64(windowCount) {
            try fill(from: offset, count: wanted)
        }
        guard let window else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let start = Int(offset - windowOffset)
        let end = max(start, min(start + wanted, windowCount))
        return unsafe UnsafeRawBufferPointer(rebasing: window.bytes[start..<end])
    }

    /// Reads a window that holds `count` bytes at `offset`: of a file just opened only its head, at
    /// first.
    private func fill(from offset: UInt64, count: Int) throws(JournalError) {
        windowCount = 0
        window = nil
        let next = pool.take()
        window = next
        let part = hasRead ? partSizeBytes : JournalLimits.headSizeBytes
        hasRead = true
        // Whole pages: what is not can't be read past the cache.
        let page = UInt64(JournalLimits.pageSizeBytes)
        windowOffset = offset / page * page
        let end = (offset + UInt64(count) + page - 1) / page * page
        let target = unsafe UnsafeMutableRawBufferPointer(
            rebasing: next.bytes[..<max(part, Int(end - windowOffset))]
        )
        windowCount = try onDisk { () throws(StorageError) in
            guard let file else { return 0 }
            return manner == .besideTrafficPastCache
                ? try unsafe file.readPastCache(into: target, at: windowOffset)
                : try unsafe file.read(into: target, at: windowOffset)
        }
    }

    /// Bytes read in one call, behind a file's head.
    private var partSizeBytes: Int {
        manner == .alone
            ? JournalLimits.readWindowSizeBytes : JournalLimits.trafficReadSizeBytes
    }

    /// Whether all bytes are 0: the first is, and each equals the one before.
    private func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
        if unsafe bytes[0] != 0 { return false }
        return unsafe memcmp(base, base + 1, bytes.count - 1) == 0
    }

    private func isEqual(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
        guard one.count == other.count else { return false }
        guard let first = one.baseAddress, let second = other.baseAddress else { return true }
        return unsafe memcmp(first, second, one.count) == 0
    }
}
