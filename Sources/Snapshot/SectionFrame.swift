internal import CLZ4

/// Packs sections into LZ4 frames, each in one go.
enum FramePacker {
    /// Bytes that the frame of `count` bytes needs at most.
    static func sizeBound(ofBytes count: Int) -> Int {
        var preferences = preferences(ofBytes: count)
        return unsafe LZ4F_compressFrameBound(count, &preferences)
    }

    /// Writes the frame of `bytes` into `frame`, which has at least ``sizeBound(ofBytes:)`` bytes.
    /// - Returns: The frame's size in bytes.
    static func pack(
        _ bytes: UnsafeRawBufferPointer,
        into frame: UnsafeMutableRawBufferPointer
    ) -> Int {
        var preferences = preferences(ofBytes: bytes.count)
        let size = unsafe LZ4F_compressFrame(
            frame.baseAddress,
            frame.count,
            bytes.baseAddress,
            bytes.count,
            &preferences
        )
        // It fails for want of room only, and for that the bound is asked.
        precondition(LZ4F_isError(size) == 0, "a frame fits its bound")
        return size
    }

    private static func preferences(ofBytes count: Int) -> LZ4F_preferences_t {
        var preferences = LZ4F_preferences_t()
        // One block: it is unpacked straight into the reader's memory.
        preferences.frameInfo.blockSizeID = LZ4F_max4MB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.contentSize = UInt64(count)
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        preferences.compressionLevel = SnapshotLimits.compressionLevel
        return preferences
    }
}

/// Unpacks frames one after the other.
///
/// Isolation: none; one thread has it.
@safe
struct FrameUnpacker: ~Copyable {
    private let context: OpaquePointer

    init() {
        var created: OpaquePointer?
        let status = unsafe LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let created = unsafe created else {
            preconditionFailure("no memory left for a decompression context")
        }
        unsafe context = unsafe created
    }

    deinit { unsafe LZ4F_freeDecompressionContext(context) }

    /// Unpacks a frame of exactly `count` bytes of content, its checksum verified.
    ///
    /// - Parameters:
    ///   - frame: The packed bytes, which may be anything.
    ///   - memory: Takes the content; as large as the largest block, so that none is copied twice.
    ///   - count: Bytes of content that the frame must have.
    /// - Returns: What is wrong with the frame, or nil.
    mutating func unpack(
        _ frame: UnsafeRawBufferPointer,
        into memory: UnsafeMutableRawBufferPointer,
        count: Int
    ) -> String? {
        precondition(count <= memory.count, "the content fits")
        unsafe LZ4F_resetDecompressionContext(context)
        var info = LZ4F_frameInfo_t()
        var headBytes = frame.count
        let status = unsafe LZ4F_getFrameInfo(context, &info, frame.baseAddress, &headBytes)
        if LZ4F_isError(status) != 0 { return FrameUnpacker.text(status) }
        guard info.frameType == LZ4F_frame,
            info.contentChecksumFlag == LZ4F_contentChecksumEnabled,
            info.contentSize == UInt64(count)
        else { return "the frame isn't one of \(count) bytes with a checksum" }
        var options = LZ4F_decompressOptions_t()
        options.stableDst = 1
        var consumed = headBytes
        var produced = 0
        while true {
            var source = frame.count - consumed
            var room = memory.count - produced
            let hint = unsafe LZ4F_decompress(
                context,
                memory.baseAddress.map { unsafe $0 + produced },
                &room,
                frame.baseAddress.map { unsafe $0 + consumed },
                &source,
                &options
            )
            if LZ4F_isError(hint) != 0 { return FrameUnpacker.text(hint) }
            consumed += source
            produced += room
            if hint == 0 { break }
            if source == 0, room == 0 { return "the frame is cut short" }
        }
        guard produced == count, consumed == frame.count else {
            return "the frame has \(produced) bytes in \(consumed), not \(count) in \(frame.count)"
        }
        return nil
    }

    private static func text(_ status: Int) -> String {
        guard let name = unsafe LZ4F_getErrorName(status) else { return "LZ4 refuses the frame" }
        return unsafe "LZ4 refuses the frame: " + String(cString: name)
    }
}
