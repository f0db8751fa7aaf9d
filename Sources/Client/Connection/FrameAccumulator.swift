package import NIOCore
package import Wire

/// Joins the pieces that a socket delivers and cuts them into frames.
///
/// Isolation: none; belongs to one connection.
package struct FrameAccumulator {
    /// The beginning of a frame whose rest hasn't come.
    private var rest = ByteBuffer()

    /// An accumulator that nothing has come to.
    package init() {}

    /// Takes what came in and hands each whole frame to `each`.
    ///
    /// - Returns: `malformed_frame` or `frame_too_large` where no frame can begin; the connection
    ///   can't go on then.
    @inline(__always)
    package mutating func take(
        _ bytes: ByteBuffer,
        each: (FrameHeader, UnsafeRawBufferPointer) -> Void
    ) -> Outcome? {
        var pending = bytes
        if rest.readableBytes > 0 {
            rest.writeImmutableBuffer(bytes)
            pending = rest
        }
        rest = ByteBuffer()
        var consumed = 0
        let refusal: Outcome? = pending.withUnsafeReadableBytes { readable in
            while true {
                switch FrameHeader.next(in: readable, at: consumed) {
                case .whole(let header):
                    let start = consumed + WireLayout.headerSizeBytes
                    let end = consumed + header.size
                    each(header, UnsafeRawBufferPointer(rebasing: readable[start..<end]))
                    consumed = end
                case .partial: return nil
                case .refused(let outcome): return outcome
                }
            }
        }
        pending.moveReaderIndex(forwardBy: consumed)
        if pending.readableBytes > 0 { rest = pending }
        return refusal
    }
}
