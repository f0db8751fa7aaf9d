internal import Glibc
internal import Storage

/// A batch as it stands in the reader's window, valid until the next read.
@unsafe
struct FoundBatch {
    let header: BatchHeader
    let records: UnsafeRawBufferPointer
}

/// Reads one segment after the other through a window of fixed size.
@safe
final class SegmentReader {
    private let window: UnsafeMutableRawBufferPointer
    private var windowOffset: UInt64 = 0
    private var windowCount = 0
    private var file: (any DiskFile)?

    /// The segment being read.
    private(set) var path = ""
    /// Its size in bytes.
    private(set) var sizeBytes: UInt64 = 0

    init() {
        unsafe window = .allocate(byteCount: JournalLimits.readWindowSizeBytes, alignment: 4_096)
    }

    deinit {
        file?.close()
        unsafe window.deallocate()
    }

    /// Goes on with another file, whatever it holds.
    func open(_ path: String, on disk: any Disk) throws(JournalError) {
        file?.close()
        file = nil
        windowCount = 0
        self.path = path
        let opened = try onDisk { () throws(StorageError) in try disk.open(path, for: .read) }
        file = opened
        sizeBytes = try onDisk { () throws(StorageError) in try opened.size() }
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
        guard whole.count == header.sizeOnDisk else { return nil }
        let end = JournalFormat.batchHeaderSizeBytes + header.recordBytes
        let covered = unsafe UnsafeRawBufferPointer(rebasing: whole[8..<end])
        guard unsafe JournalFormat.checksum(of: covered) == header.checksum else { return nil }
        guard unsafe isZero(UnsafeRawBufferPointer(rebasing: whole[end...])) else { return nil }
        return unsafe FoundBatch(
            header: header,
            records: UnsafeRawBufferPointer(
                rebasing: whole[JournalFormat.batchHeaderSizeBytes..<end]
            )
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

    /// An error that names this file.
    func damage(at offset: UInt64, _ reason: String) -> JournalError {
        JournalError(.damaged, path: path, offset: offset, reason: reason)
    }

    /// Up to `count` bytes at `offset`; fewer only at the end of the file.
    private func bytes(
        at offset: UInt64,
        count: Int
    ) throws(JournalError) -> UnsafeRawBufferPointer {
        unsafe precondition(count <= window.count, "the window holds the largest batch")
        guard let file, offset < sizeBytes else {
            return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        }
        let wanted = min(count, Int(sizeBytes - offset))
        if offset < windowOffset || offset + UInt64(wanted) > windowOffset + UInt64(windowCount) {
            windowCount = 0
            windowCount = try onDisk { () throws(StorageError) in
                unsafe try file.read(into: window, at: offset)
            }
            windowOffset = offset
        }
        let start = Int(offset - windowOffset)
        let end = min(start + wanted, windowCount)
        return unsafe UnsafeRawBufferPointer(rebasing: window[start..<end])
    }

    /// Whether all bytes are 0: the first is, and each equals the one before.
    private func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return true }
        if unsafe bytes[0] != 0 { return false }
        return unsafe memcmp(base, base + 1, bytes.count - 1) == 0
    }
}
