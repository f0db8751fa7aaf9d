public import Inventory

/// Writes the answers about a reservation straight into an output buffer.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | u64 | LSN of the movement, 0 where nothing changed |
/// | 8 | i64 | when the hold expires, in milliseconds since 1970 |
/// | 16 | i64 | when the last of its shipments is promised to arrive, 0 without a promise |
/// | 24 | u8 | present state |
/// | 25 | u8 | facts: bit 0 replaced, bit 1 rest expired, bit 2 rerouted, bit 3 alternatives |
/// | 26 | u16 | number of lines |
/// | 28 | lines | u32 requested, u32 reserved, u16 shares, u16 0, then its shares: |
/// | … | shares | u32 quantity, u8 fields, u8 code size, code, then what the fields say: |
/// | … | | u32 backordered, u8 size and pool, 4 × u32 progress |
/// | … | … | with bit 3: alternatives by line |
///
/// `show` goes on with the owner (16 bytes), the first hold's instant (i64), and a u8 size and the
/// bytes of each line's SKU.
@frozen
@usableFromInline
package enum ReservationEncoder {
    /// Bytes behind the last share that a write may touch: a code is stored as two whole words.
    @inlinable static var overhangBytes: Int { 16 }

    // MARK: Hot path

    /// Bytes of room that an accepted answer needs, at most.
    @inlinable
    package static func frameSizeMax(lines: Int, shares: Int) -> Int {
        precondition(lines >= 0 && shares >= 0, "counts can't be negative")
        let fixed = WireLayout.headerSizeBytes + WireLayout.reservationFixedSizeBytes
        return fixed + lines * WireLayout.resultSizeBytes
            + shares * WireLayout.shareSizeBytesMax + overhangBytes
    }

    /// Bytes of room that an answer needs, accepted or refused, at most.
    @inlinable
    package static func frameSizeMax(of answer: borrowing ReservationAnswer) -> Int {
        if answer.outcome == .accepted {
            let size = frameSizeMax(lines: answer.lineCount, shares: answer.shareCount)
            if answer.alternatives.isEmpty { return size }
            return size &+ WireLayout.sizeBytesMax(of: answer.alternatives)
        }
        return refusalSizeBytes &+ extensionSizeBytesMax(of: answer)
    }

    /// Writes the answer to a reserve or a change, accepted or refused, without a detail.
    ///
    /// - Parameters:
    ///   - answer: What the engine answered.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``frameSizeMax(of:)`` bytes.
    /// - Returns: The bytes written.
    @inlinable
    @inline(__always)
    package static func encode(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let base = room.baseAddress else { preconditionFailure("no room to write to") }
        guard answer.outcome == .accepted else {
            precondition(room.count >= frameSizeMax(of: answer), "no room for a refusal")
            return unsafe encodeRefusal(answer, correlation: correlation, to: base)
        }
        precondition(room.count >= frameSizeMax(of: answer), "no room for the answer")
        var size = unsafe writeBody(answer, to: base)
        if !answer.alternatives.isEmpty {
            size = unsafe writeAlternatives(answer.alternatives, at: size, into: room)
        }
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
        var facts = answer.didReplace ? UInt32(WireLayout.replacedFact) : 0
        if answer.didRestExpire { facts |= UInt32(WireLayout.restExpiredFact) }
        if answer.didReroute { facts |= UInt32(WireLayout.reroutedFact) }
        if !answer.alternatives.isEmpty { facts |= UInt32(WireLayout.alternativesFact) }
        let state =
            UInt32(answer.state.rawValue) | facts << 8 | UInt32(truncatingIfNeeded: lines) << 16
        unsafe body.storeBytes(
            of: answer.promisedAt.milliseconds.littleEndian,
            toByteOffset: 16,
            as: Int64.self
        )
        unsafe body.storeBytes(of: state.littleEndian, toByteOffset: 24, as: UInt32.self)
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
        var fields: UInt8 = share.backordered == 0 ? 0 : WireLayout.backorderedField
        if share.pool != .default { fields |= WireLayout.sharePoolField }
        if share.progress != nil { fields |= WireLayout.progressField }
        if share.isOffline { fields |= WireLayout.offlineField }
        let sizes = UInt16(truncatingIfNeeded: size) << 8 | UInt16(fields)
        unsafe at.storeBytes(of: share.quantity.littleEndian, as: UInt32.self)
        unsafe at.storeBytes(of: sizes.littleEndian, toByteOffset: 4, as: UInt16.self)
        unsafe at.storeBytes(
            of: share.warehouse.high.littleEndian,
            toByteOffset: 6,
            as: UInt64.self
        )
        unsafe at.storeBytes(
            of: share.warehouse.low.littleEndian,
            toByteOffset: 14,
            as: UInt64.self
        )
        let plain = WireLayout.shareFixedSizeBytes &+ size
        if fields == 0 { return plain }
        return plain &+ (unsafe writeFields(of: share, to: at + plain))
    }

    /// Writes what a share has besides its units and its warehouse, and up to 16 bytes behind it.
    @inlinable
    @inline(never)
    static func writeFields(of share: Share, to at: UnsafeMutableRawPointer) -> Int {
        var offset = 0
        if share.backordered != 0 {
            unsafe at.storeBytes(of: share.backordered.littleEndian, as: UInt32.self)
            offset = 4
        }
        if share.pool != .default {
            let size = share.pool.size
            let name = unsafe at + offset
            unsafe name.storeBytes(of: UInt8(truncatingIfNeeded: size), as: UInt8.self)
            unsafe name.storeBytes(
                of: share.pool.high.littleEndian,
                toByteOffset: 1,
                as: UInt64.self
            )
            unsafe name.storeBytes(
                of: share.pool.low.littleEndian,
                toByteOffset: 9,
                as: UInt64.self
            )
            offset &+= 1 &+ size
        }
        if let progress = share.progress {
            let figures = unsafe at + offset
            unsafe figures.storeBytes(of: progress.held.littleEndian, as: UInt32.self)
            unsafe figures.storeBytes(
                of: progress.committed.littleEndian,
                toByteOffset: 4,
                as: UInt32.self
            )
            unsafe figures.storeBytes(
                of: progress.fulfilled.littleEndian,
                toByteOffset: 8,
                as: UInt32.self
            )
            unsafe figures.storeBytes(
                of: progress.cancelled.littleEndian,
                toByteOffset: 12,
                as: UInt32.self
            )
            offset &+= 16
        }
        return offset
    }

    /// Bytes of a refusal with neither a detail nor anything behind it.
    @inlinable static var refusalSizeBytes: Int {
        WireLayout.headerSizeBytes &+ WireLayout.refusalFixedSizeBytes
    }

    /// Bytes of figures, missing units or alternatives that follow a refusal, at most.
    @inlinable
    static func extensionSizeBytesMax(of answer: borrowing ReservationAnswer) -> Int {
        switch answer.outcome {
        case .versionConflict: WireLayout.figuresSizeBytes
        case .stockLost: 2 + answer.lostUnits.count * WireLayout.lostUnitsSizeBytes
        default:
            answer.alternatives.isEmpty ? 0 : WireLayout.sizeBytesMax(of: answer.alternatives)
        }
    }

    /// Writes a refusal without a detail: 24 bytes, and figures, missing units or alternatives
    /// where it has them.
    @inlinable
    static func encodeRefusal(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        to base: UnsafeMutableRawPointer
    ) -> Int {
        if answer.outcome == .versionConflict || answer.outcome == .stockLost
            || !answer.alternatives.isEmpty
        {
            return unsafe encodeLongRefusal(answer, correlation: correlation, to: base)
        }
        let size = refusalSizeBytes
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

/// The answer to show and refusals that carry more, off the hot path.
extension ReservationEncoder {
    /// Writes a refusal with figures, missing units or alternatives; returns the frame's size.
    @usableFromInline
    @inline(never)
    static func encodeLongRefusal(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        to base: UnsafeMutableRawPointer
    ) -> Int {
        let refusal = Refusal(
            answer.outcome,
            index: answer.refusedLine < 0 ? nil : Int(answer.refusedLine),
            conflict: answer.outcome == .versionConflict ? answer.conflict : nil,
            lostUnits: answer.outcome == .stockLost ? answer.lostUnits : [],
            alternatives: answer.alternatives
        )
        let room = frameSizeMax(of: answer)
        return unsafe refusal.encode(
            correlation: correlation,
            into: UnsafeMutableRawBufferPointer(start: base, count: room)
        )
    }

    /// Bytes of room that the answer to show needs, at most.
    package static func showFrameSizeMax(of answer: borrowing ReservationAnswer) -> Int {
        frameSizeMax(of: answer) + 24 + answer.lineCount * (1 + Limits.skuSizeBytesMax)
    }

    /// Writes the answer to show.
    ///
    /// - Parameters:
    ///   - answer: What the engine answered.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``showFrameSizeMax(of:)`` bytes.
    ///   - skuName: The name of the SKU with a number, empty when it isn't known.
    /// - Returns: The bytes written; 0 when the answer doesn't fit a frame.
    package static func encodeShow(
        _ answer: borrowing ReservationAnswer,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer,
        skuName: (UInt32) -> String
    ) -> Int {
        guard answer.outcome == .accepted else {
            return unsafe encode(answer, correlation: correlation, into: room)
        }
        precondition(
            room.count >= showFrameSizeMax(of: answer),
            "no room for the answer"
        )
        var size = unsafe encode(answer, correlation: correlation, into: room)
        var writer = unsafe ByteWriter(
            UnsafeMutableRawBufferPointer(rebasing: room[size...])
        )
        writer.put(answer.owner.high)
        writer.put(answer.owner.low)
        writer.put(answer.heldSince.milliseconds)
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
