public import Inventory

/// Why a request was refused.
///
/// Nothing was changed; the same request may succeed later.
///
/// Body: i32 index of the line or row or −1, u8 state or 255, u8 0, u16 size of the detail, detail.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What became of the request; never `accepted`.
    public var outcome: Outcome
    /// Index of the line or row that it speaks of.
    public var index: Int?
    /// For `wrong_state` and `hold_expired`: the state of the reservation.
    public var state: ReservationState?
    /// What was wrong, where, and what to do; may be empty.
    public var detail: String

    /// A refusal with all its fields.
    public init(
        _ outcome: Outcome,
        index: Int? = nil,
        state: ReservationState? = nil,
        detail: String = ""
    ) {
        self.outcome = outcome
        self.index = index
        self.state = state
        self.detail = detail
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
        try reader.takeZeros(1)
        let size = Int(try reader.take(UInt16.self))
        let detail = try reader.takeSentence(size, sizeMax: WireLayout.detailSizeBytesMax)
        self.init(outcome, index: index < 0 ? nil : Int(index), state: state, detail: detail)
    }

    /// Bytes that the frame of a refusal can take, at most.
    package static var frameSizeMax: Int {
        WireLayout.headerSizeBytes + WireLayout.refusalFixedSizeBytes
            + WireLayout.detailSizeBytesMax
    }

    /// Writes the refusal as a frame; a detail that is too long is cut.
    /// - Returns: The bytes written, at most ``frameSizeMax``.
    package func encode(correlation: UInt64, into room: UnsafeMutableRawBufferPointer) -> Int {
        precondition(outcome != .accepted, "a refusal must refuse")
        guard let start = room.baseAddress else { preconditionFailure("no room to write to") }
        var writer = unsafe ByteWriter(room)
        writer.putZeros(WireLayout.headerSizeBytes)
        writer.put(Int32(truncatingIfNeeded: index ?? -1))
        writer.put(state?.rawValue ?? WireLayout.noState)
        writer.putZeros(1)
        let text = detail.utf8.map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            .prefix(WireLayout.detailSizeBytesMax)
        writer.put(UInt16(text.count))
        for byte in text { writer.put(byte) }
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
