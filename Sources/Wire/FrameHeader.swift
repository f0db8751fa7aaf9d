public import Inventory

/// The 16 bytes before the body of every frame.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | u32 | size of the whole frame in bytes, 16 … 1,048,576 |
/// | 4 | u16 | operation of a request, outcome of an answer |
/// | 6 | u16 | flags: bit 0 repeated, bit 1 answer; 0 in a request |
/// | 8 | u64 | correlation id, chosen by the client, given back in the answer |
@frozen
@usableFromInline
package struct FrameHeader: Hashable, Sendable {
    /// Bytes in the whole frame.
    @usableFromInline package var size: Int
    /// Number of the operation or outcome.
    @usableFromInline package var code: UInt16
    /// The flags.
    @usableFromInline package var flags: UInt16
    /// The id that matches an answer with its request.
    @usableFromInline package var correlation: UInt64

    /// A header with all its fields.
    @inlinable
    package init(size: Int, code: UInt16, flags: UInt16, correlation: UInt64) {
        self.size = size
        self.code = code
        self.flags = flags
        self.correlation = correlation
    }

    /// Bytes in the body.
    @inlinable package var bodySize: Int { size &- WireLayout.headerSizeBytes }

    // MARK: Hot path

    /// Looks for a frame at `offset` of bytes that came in.
    @inlinable
    package static func next(in bytes: UnsafeRawBufferPointer, at offset: Int) -> FrameStep {
        precondition(offset >= 0 && offset <= bytes.count, "offset outside the bytes")
        let rest = bytes.count &- offset
        guard rest >= 4, let base = bytes.baseAddress else { return .partial }
        let start = unsafe base + offset
        let size = Int(UInt32(littleEndian: unsafe start.loadUnaligned(as: UInt32.self)))
        guard size >= WireLayout.headerSizeBytes else { return .refused(.malformedFrame) }
        guard size <= Limits.frameSizeBytesMax else { return .refused(.frameTooLarge) }
        guard rest >= WireLayout.headerSizeBytes else { return .partial }
        let header = unsafe FrameHeader(
            size: size,
            code: UInt16(
                littleEndian: start.loadUnaligned(
                    fromByteOffset: WireLayout.codeOffset,
                    as: UInt16.self
                )
            ),
            flags: UInt16(
                littleEndian: start.loadUnaligned(
                    fromByteOffset: WireLayout.flagsOffset,
                    as: UInt16.self
                )
            ),
            correlation: UInt64(
                littleEndian: start.loadUnaligned(
                    fromByteOffset: WireLayout.correlationOffset,
                    as: UInt64.self
                )
            )
        )
        return rest >= size ? .whole(header) : .partial
    }

    /// Writes the header to the first 16 bytes at `start`.
    @inlinable
    package func write(to start: UnsafeMutableRawPointer) {
        unsafe start.storeBytes(of: UInt32(truncatingIfNeeded: size).littleEndian, as: UInt32.self)
        unsafe start.storeBytes(
            of: code.littleEndian,
            toByteOffset: WireLayout.codeOffset,
            as: UInt16.self
        )
        unsafe start.storeBytes(
            of: flags.littleEndian,
            toByteOffset: WireLayout.flagsOffset,
            as: UInt16.self
        )
        unsafe start.storeBytes(
            of: correlation.littleEndian,
            toByteOffset: WireLayout.correlationOffset,
            as: UInt64.self
        )
    }
}

/// What stands at a place in the bytes that came in.
@frozen
@usableFromInline
package enum FrameStep: Hashable, Sendable {
    /// A frame that is wholly there.
    case whole(FrameHeader)
    /// The beginning of a frame, or nothing; more bytes must come.
    case partial
    /// No frame: `malformed_frame` or `frame_too_large`. The connection can't go on.
    case refused(Outcome)
}
