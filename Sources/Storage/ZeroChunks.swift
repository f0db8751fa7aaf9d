/// Zeros to write from.
enum ZeroChunk {
    /// What a disk may ask of the place, size and memory of a write past the page cache.
    static let alignmentBytes = 4_096
    /// Bytes that one write takes at most.
    static let sizeBytes = 1_048_576

    /// One chunk of zeros, aligned; never freed.
    nonisolated(unsafe) static let bytes: UnsafeRawBufferPointer = {
        let chunk = UnsafeMutableRawBufferPointer.allocate(
            byteCount: sizeBytes,
            alignment: alignmentBytes
        )
        chunk.initializeMemory(as: UInt8.self, repeating: 0)
        return UnsafeRawBufferPointer(chunk)
    }()
}

extension DiskFile {
    /// Writes zeros over a range, a chunk at a time.
    func writeZeroChunks(_ range: Range<UInt64>) throws(StorageError) {
        let chunk = ZeroChunk.bytes
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = Int(min(UInt64(chunk.count), range.upperBound - offset))
            try write(UnsafeRawBufferPointer(rebasing: chunk[..<count]), at: offset)
            offset += UInt64(count)
        }
    }
}
