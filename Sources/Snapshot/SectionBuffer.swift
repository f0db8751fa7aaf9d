internal import Glibc

/// The memory that a thread reads sections into, one after the other.
///
/// It takes memory at the first section and keeps it: 4 MiB of address space for the records, of
/// which only what is used is touched, and as much as the largest frame so far.
/// Isolation: none; one thread has it.
@safe
@usableFromInline
package final class SectionBuffer {
    private let memory: UnsafeMutableRawBufferPointer
    private var frame: UnsafeMutableRawBufferPointer
    private var unpacker = FrameUnpacker()
    /// The records, one behind the other, all of them whole: valid until the next section.
    @usableFromInline package private(set) var bytes: UnsafeRawBufferPointer

    /// A buffer that holds nothing.
    package init() {
        unsafe memory = .allocate(
            byteCount: SnapshotLimits.sectionSizeBytesMax,
            alignment: SectionBuffer.alignmentBytes
        )
        unsafe frame = .allocate(byteCount: 0, alignment: SectionBuffer.alignmentBytes)
        unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private static let alignmentBytes = 4_096

    deinit {
        unsafe memory.deallocate()
        unsafe frame.deallocate()
    }

    /// Hands each record to `body` with its offset among the section's bytes.
    ///
    /// The LSN of a record of the log slice is the section's first LSN and the offset.
    @inlinable
    package func eachRecord<Failure: Error>(
        _ body: (UnsafeRawBufferPointer, Int) throws(Failure) -> Void
    ) throws(Failure) {
        let bytes = unsafe bytes
        var offset = 0
        while offset < bytes.count {
            let size = unsafe Int(
                UInt32(littleEndian: bytes.load(fromByteOffset: offset, as: UInt32.self))
            )
            let record = unsafe UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + size])
            try unsafe body(record, offset)
            offset += size
        }
    }

    /// Room for a frame of `count` bytes; nothing is in the buffer until it is unpacked.
    func frameMemory(ofBytes count: Int) -> UnsafeMutableRawBufferPointer {
        precondition(count <= SnapshotLimits.packedSizeBytesMax, "a frame is within the format")
        unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        if unsafe frame.count < count {
            unsafe frame.deallocate()
            unsafe frame = .allocate(byteCount: count, alignment: SectionBuffer.alignmentBytes)
        }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: frame[..<count])
    }

    /// Unpacks the frame that was put into ``frameMemory(ofBytes:)``.
    /// - Returns: What is wrong with it, or nil.
    func unpack(_ section: SnapshotSection) -> String? {
        let packed = unsafe UnsafeRawBufferPointer(rebasing: frame[..<section.packedBytes])
        let count = section.unpackedBytes
        if let fault = unsafe unpacker.unpack(packed, into: memory, count: count) { return fault }
        let content = unsafe UnsafeRawBufferPointer(rebasing: memory[..<count])
        guard unsafe SectionBuffer.recordCount(of: content) == section.recordCount else {
            return "its records aren't \(section.recordCount) whole ones"
        }
        unsafe bytes = unsafe content
        return nil
    }

    /// How many records stand in `bytes`, or nil if they aren't all whole.
    private static func recordCount(of bytes: UnsafeRawBufferPointer) -> Int? {
        var offset = 0
        var count = 0
        // Every offset is a multiple of 8, and so is the size of all: 8 bytes are always left.
        while offset < bytes.count {
            let size = unsafe Int(bytes.load(UInt32.self, at: offset))
            guard size >= 8, size % 8 == 0, size <= SnapshotLimits.recordSizeBytesMax,
                size <= bytes.count - offset
            else { return nil }
            offset += size
            count += 1
        }
        return count
    }
}
