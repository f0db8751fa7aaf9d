public import Inventory

/// Why a request was refused.
///
/// Nothing was changed; the same request may succeed later.
///
/// Body: i32 index of the line or row or −1, u8 state or 255, u8 what follows the detail, u16 size
/// of the detail, detail; then with 1 the present figures: u64 version, i64 on hand, reserved,
/// committed, safety stock, backorder limit; with 2 the missing units: u16 count, then for each
/// line u16 index, u16 0, u32 units needed, u32 units present; with 3 alternatives by line; with 4
/// u32 milliseconds after which to try again.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What became of the request; never `accepted`.
    public var outcome: Outcome
    /// Index of the line or row that it speaks of.
    public var index: Int?
    /// For `wrong_state` and `hold_expired`: the state of the reservation.
    public var state: ReservationState?
    /// What was wrong, where, and what to do; may be empty.
    public var detail: String
    /// For `version_conflict`: the present figures.
    public var conflict: VersionConflict?
    /// For `stock_lost`: what is missing, by line.
    public var lostUnits: [LostUnits]
    /// For a reserve that is refused for want of units and asked for it: what could serve the lines
    /// that are short instead.
    public var alternatives: [LineAlternatives]
    /// For `rate_limited`: the milliseconds after which the same request would be let through.
    public var retryAfterMilliseconds: UInt32?

    /// A refusal with all its fields.
    public init(
        _ outcome: Outcome,
        index: Int? = nil,
        state: ReservationState? = nil,
        detail: String = "",
        conflict: VersionConflict? = nil,
        lostUnits: [LostUnits] = [],
        alternatives: [LineAlternatives] = [],
        retryAfterMilliseconds: UInt32? = nil
    ) {
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.alternatives = alternatives
        self.outcome = outcome
        self.index = index
        self.state = state
        self.detail = detail
        self.conflict = conflict
        self.lostUnits = lostUnits
    }

    /// The refusal of a request that has `fault`.
    public init(_ fault: WireFault) {
        self.init(
            fault.outcome,
            index: fault.index < 0 ? nil : Int(fault.index),
            detail: fault.detail.description
        )
    }

    /// The refusal for people.
    public var description: String {
        var text = outcome.name
        if let index { text += " at \(index)" }
        if let state { text += " (\(state))" }
        if let conflict { text += " (version \(conflict.version))" }
        for lost in lostUnits {
            text += " (line \(lost.line): \(lost.present) of \(lost.needed) there)"
        }
        return detail.isEmpty ? text : "\(text): \(detail)"
    }

    /// Reads the body of a refusal with a known outcome.
    init(_ outcome: Outcome, from reader: inout ByteReader) throws(WireFault) {
        let index = try reader.take(Int32.self)
        guard index >= -1 else {
            throw WireFault(.malformedFrame, "an index lies below -1")
        }
        let stateByte = try reader.take(UInt8.self)
        let state = ReservationState(rawValue: stateByte)
        guard state != nil || stateByte == WireLayout.noState else {
            throw WireFault(.malformedFrame, "the state's number isn't known")
        }
        let follows = try reader.take(UInt8.self)
        let size = Int(try reader.take(UInt16.self))
        let detail = try reader.takeSentence(size, sizeMax: WireLayout.detailSizeBytesMax)
        self.init(outcome, index: index < 0 ? nil : Int(index), state: state, detail: detail)
        switch (follows, outcome) {
        case (0, _): break
        case (WireLayout.figuresExtension, .versionConflict):
            conflict = try reader.takeConflict()
        case (WireLayout.lostUnitsExtension, .stockLost):
            lostUnits = try reader.takeLostUnits()
        case (WireLayout.alternativesExtension, .insufficientStock),
            (WireLayout.alternativesExtension, .constraintsUnmet),
            (WireLayout.alternativesExtension, .capacityExhausted),
            (WireLayout.alternativesExtension, .warehouseClosed):
            alternatives = try reader.takeAlternatives()
        case (WireLayout.retryExtension, .rateLimited):
            retryAfterMilliseconds = try reader.take(UInt32.self)
        default:
            throw WireFault(.malformedFrame, "what follows the detail isn't this refusal's")
        }
    }

    /// Bytes that the frame of this refusal can take, at most.
    package var encodedSizeMax: Int {
        Refusal.frameSizeMax + (conflict == nil ? 0 : WireLayout.figuresSizeBytes)
            + (lostUnits.isEmpty ? 0 : 2 + lostUnits.count * WireLayout.lostUnitsSizeBytes)
            + WireLayout.sizeBytesMax(of: alternatives) + (retryAfterMilliseconds == nil ? 0 : 4)
    }

    /// Bytes that the frame of a refusal that ends with its detail can take, at most.
    package static var frameSizeMax: Int {
        WireLayout.headerSizeBytes + WireLayout.refusalFixedSizeBytes
            + WireLayout.detailSizeBytesMax
    }

    /// Writes the refusal as a frame; a detail that is too long is cut.
    /// - Returns: The bytes written, at most ``encodedSizeMax``.
    package func encode(correlation: UInt64, into room: UnsafeMutableRawBufferPointer) -> Int {
        precondition(outcome != .accepted, "a refusal must refuse")
        guard let start = room.baseAddress else { preconditionFailure("no room to write to") }
        var writer = unsafe ByteWriter(room)
        writer.putZeros(WireLayout.headerSizeBytes)
        writer.put(Int32(truncatingIfNeeded: index ?? -1))
        writer.put(state?.rawValue ?? WireLayout.noState)
        precondition(conflict == nil || outcome == .versionConflict, "figures of a conflict")
        precondition(lostUnits.isEmpty || outcome == .stockLost, "missing units of a commit")
        precondition(alternatives.isEmpty || mayTellAlternatives, "alternatives of a short line")
        precondition(retryAfterMilliseconds == nil || outcome == .rateLimited, "a wait")
        writer.put(follows)
        let text = detail.utf8.map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            .prefix(WireLayout.detailSizeBytesMax)
        writer.put(UInt16(text.count))
        for byte in text { writer.put(byte) }
        if let conflict { writer.put(conflict) }
        if !lostUnits.isEmpty { writer.put(lostUnits) }
        if let retryAfterMilliseconds { writer.put(retryAfterMilliseconds) }
        if !alternatives.isEmpty {
            do throws(WireFault) {
                try writer.put(alternatives)
            } catch {
                preconditionFailure("alternatives have names that exist")
            }
        }
        let header = FrameHeader(
            size: writer.size,
            code: outcome.rawValue,
            flags: WireLayout.answerFlag,
            correlation: correlation
        )
        unsafe header.write(to: start)
        return writer.size
    }
}

extension Refusal {
    /// What follows the detail.
    private var follows: UInt8 {
        if conflict != nil { return WireLayout.figuresExtension }
        if !lostUnits.isEmpty { return WireLayout.lostUnitsExtension }
        if retryAfterMilliseconds != nil { return WireLayout.retryExtension }
        return alternatives.isEmpty ? 0 : WireLayout.alternativesExtension
    }

    /// Whether the outcome is one of lines that are short.
    private var mayTellAlternatives: Bool {
        outcome == .insufficientStock || outcome == .constraintsUnmet
            || outcome == .capacityExhausted || outcome == .warehouseClosed
    }
}

extension ByteReader {
    /// The present figures behind a `version_conflict`.
    fileprivate mutating func takeConflict() throws(WireFault) -> VersionConflict {
        let version = try take(UInt64.self)
        return VersionConflict(version: version, figures: try takeFigures())
    }

    /// The missing units behind a `stock_lost`.
    fileprivate mutating func takeLostUnits() throws(WireFault) -> [LostUnits] {
        let count = Int(try take(UInt16.self))
        guard count >= 1, count <= Limits.linesPerReservationMax else {
            throw WireFault(.malformedFrame, "missing units are those of 1-4096 lines")
        }
        var lost: [LostUnits] = []
        for _ in 0..<count {
            let line = Int(try take(UInt16.self))
            try takeZeros(2)
            let needed = try take(UInt32.self)
            lost.append(LostUnits(line: line, needed: needed, present: try take(UInt32.self)))
        }
        return lost
    }

    /// The five figures of a cell.
    mutating func takeFigures() throws(WireFault) -> CellFigures {
        CellFigures(
            onHand: try take(Int64.self),
            reserved: try take(Int64.self),
            committed: try take(Int64.self),
            safetyStock: try take(Int64.self),
            backorderLimit: try take(Int64.self)
        )
    }
}

extension ByteWriter {
    fileprivate mutating func put(_ conflict: VersionConflict) {
        put(conflict.version)
        put(conflict.figures)
    }

    fileprivate mutating func put(_ lostUnits: [LostUnits]) {
        precondition(lostUnits.count <= Limits.linesPerReservationMax, "more lines than may be")
        put(UInt16(lostUnits.count))
        for lost in lostUnits {
            put(UInt16(lost.line))
            putZeros(2)
            put(lost.needed)
            put(lost.present)
        }
    }

    /// Writes the five figures of a cell.
    mutating func put(_ figures: CellFigures) {
        put(figures.onHand)
        put(figures.reserved)
        put(figures.committed)
        put(figures.safetyStock)
        put(figures.backorderLimit)
    }
}
