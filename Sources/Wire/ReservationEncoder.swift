public import Inventory

/// Writes the answers to reserve, commit, release and show straight into an output buffer.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | u64 | LSN of the movement, 0 where nothing changed |
/// | 8 | i64 | when the hold expires, in milliseconds since 1970 |
/// | 16 | u8 | present state |
/// | 17 | u8 | zero |
/// | 18 | u16 | number of lines |
/// | 20 | lines | u32 requested, u32 reserved, u16 shares, u16 0, then its shares: |
/// | … | shares | u32 quantity, u16 pool, u8 code size, code |
///
/// `show` goes on with the owner (16 bytes) and a u8 size and the bytes of each line's SKU.
@frozen
@usableFromInline
package enum ReservationEncoder {
    /// Bytes behind the last share that a write may touch: a code is stored as two whole words.
    @inlinable static var overhangBytes: Int { 16 }

    // MARK: Hot path

    /// Bytes of room that the answer needs, at most; a refusal needs less than an empty answer.
    @inlinable
    package static func frameSizeMax(lines: Int, shares: Int) -> Int {
        precondition(lines >= 0 && shares >= 0, "counts can't be negative")
        let fixed = WireLayout.headerSizeBytes + WireLayout.reservationFixedSizeBytes
        let share = WireLayout.shareFixedSizeBytes + Limits.warehouseCodeSizeBytesMax
        return fixed + lines * WireLayout.resultSizeBytes + shares * share + overhangBytes
    }

    /// Writes the answer to a reserve, commit or release, accepted or refused, without a detail.
    ///
    /// - Parameters:
    ///   - answer: What the engine answered.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``frameSizeMax(lines:shares:)`` bytes for the answer's counts.
    /// - Returns: The bytes written.
    @inlinable
    package static func encode(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let base = room.baseAddress else { preconditionFailure("no room to write to") }
        guard answer.outcome == .accepted else {
            precondition(room.count >= 24, "no room for a refusal")
            return unsafe encodeRefusal(answer, correlation: correlation, to: base)
        }
        let lines = answer.lineCount
        let needed = frameSizeMax(lines: lines, shares: answer.shareCount)
        precondition(room.count >= needed, "no room for the answer")
        let size = unsafe writeBody(answer, to: base)
        let header = FrameHeader(
            size: size,
            code: Outcome.accepted.rawValue,
            flags: WireLayout.answerFlag | (answer.isRepeated ? WireLayout.repeatedFlag : 0),
            correlation: correlation
        )
        unsafe header.write(to: base)
        return size
    }

    /// Writes all but the header; returns the size of the frame.
    @inlinable
    static func writeBody(
        _ answer: borrowing ReservationAnswer,
        to base: UnsafeMutableRawPointer
    ) -> Int {
        let body = unsafe base + WireLayout.headerSizeBytes
        unsafe body.storeBytes(of: answer.lsn.littleEndian, as: UInt64.self)
        unsafe body.storeBytes(
            of: answer.expiresAt.milliseconds.littleEndian,
            toByteOffset: 8,
            as: Int64.self
        )
        let lines = answer.lineCount
        precondition(lines <= Limits.linesPerReservationMax, "too many lines in an answer")
        let state = UInt32(answer.state.rawValue) | UInt32(truncatingIfNeeded: lines) << 16
        unsafe body.storeBytes(of: state.littleEndian, toByteOffset: 16, as: UInt32.self)
        var offset = WireLayout.headerSizeBytes &+ WireLayout.reservationFixedSizeBytes
        var sharesWritten = 0
        for index in 0..<lines {
            let line = unsafe answer.lines[index]
            let at = unsafe base + offset
            unsafe at.storeBytes(of: line.requested.littleEndian, as: UInt32.self)
            unsafe at.storeBytes(
                of: line.reserved.littleEndian,
                toByteOffset: 4,
                as: UInt32.self
            )
            unsafe at.storeBytes(
                of: line.shareCount.littleEndian,
                toByteOffset: 8,
                as: UInt32.self
            )
            offset &+= WireLayout.resultSizeBytes
            let start = Int(line.shareStart)
            let count = Int(line.shareCount)
            // The room was taken for the sum of all shares: no line may have more than is left.
            precondition(start + count <= answer.shareCount, "shares outside the answer")
            sharesWritten += count
            precondition(sharesWritten <= answer.shareCount, "lines share a share")
            for shareIndex in start..<(start &+ count) {
                offset &+= unsafe write(answer.shares[shareIndex], to: base + offset)
            }
        }
        return offset
    }

    /// Writes a share and up to 16 bytes behind it; returns the share's size.
    @inlinable
    @inline(__always)
    static func write(_ share: Share, to at: UnsafeMutableRawPointer) -> Int {
        let size = share.warehouse.size
        let rest = UInt32(truncatingIfNeeded: size) << 16
        unsafe at.storeBytes(of: share.quantity.littleEndian, as: UInt32.self)
        unsafe at.storeBytes(of: rest.littleEndian, toByteOffset: 4, as: UInt32.self)
        unsafe at.storeBytes(
            of: share.warehouse.high.littleEndian,
            toByteOffset: 7,
            as: UInt64.self
        )
        unsafe at.storeBytes(
            of: share.warehouse.low.littleEndian,
            toByteOffset: 15,
            as: UInt64.self
        )
        return WireLayout.shareFixedSizeBytes &+ size
    }

    /// Writes a refusal without a detail: 24 bytes.
    @inlinable
    static func encodeRefusal(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        to base: UnsafeMutableRawPointer
    ) -> Int {
        let size = WireLayout.headerSizeBytes &+ WireLayout.refusalFixedSizeBytes
        let header = FrameHeader(
            size: size,
            code: answer.outcome.rawValue,
            flags: WireLayout.answerFlag,
            correlation: correlation
        )
        unsafe header.write(to: base)
        let tellsState = answer.outcome == .wrongState || answer.outcome == .holdExpired
        let state = tellsState ? answer.state.rawValue : WireLayout.noState
        let body = unsafe base + WireLayout.headerSizeBytes
        unsafe body.storeBytes(of: answer.refusedLine.littleEndian, as: Int32.self)
        unsafe body.storeBytes(
            of: UInt32(state).littleEndian,
            toByteOffset: 4,
            as: UInt32.self
        )
        return size
    }
}

/// The answer to show, off the hot path.
extension ReservationEncoder {
    /// Bytes of room that the answer to show needs, at most.
    package static func showFrameSizeMax(lines: Int, shares: Int) -> Int {
        frameSizeMax(lines: lines, shares: shares) + 16
            + lines * (1 + Limits.skuSizeBytesMax)
    }

    /// Writes the answer to show.
    ///
    /// - Parameters:
    ///   - answer: What the engine answered.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``showFrameSizeMax(lines:shares:)`` bytes.
    ///   - skuName: The name of the SKU with a number, empty when it isn't known.
    /// - Returns: The bytes written; 0 when the answer doesn't fit a frame.
    package static func encodeShow(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer,
        skuName: (UInt32) -> String
    ) -> Int {
        var size = unsafe encode(answer, correlation: correlation, into: room)
        guard answer.outcome == .accepted else { return size }
        precondition(
            room.count >= showFrameSizeMax(lines: answer.lineCount, shares: answer.shareCount),
            "no room for the answer"
        )
        var writer = unsafe ByteWriter(
            UnsafeMutableRawBufferPointer(rebasing: room[size...])
        )
        writer.put(answer.owner.high)
        writer.put(answer.owner.low)
        for index in 0..<answer.lineCount {
            let name = skuName(unsafe answer.skuNumbers[index])
            precondition(name.utf8.count <= Limits.skuSizeBytesMax, "a SKU is too long")
            writer.put(UInt8(name.utf8.count))
            writer.put(name)
        }
        size += writer.size
        guard size <= Limits.frameSizeBytesMax, let base = room.baseAddress else { return 0 }
        unsafe base.storeBytes(of: UInt32(size).littleEndian, as: UInt32.self)
        return size
    }
}
