internal import Inventory

/// A message that can be written to and read from the body of a frame.
package protocol WireMessage: Sendable {
    /// Bytes that the body can take, at most.
    var bodySizeMax: Int { get }

    /// Writes the body.
    /// - Throws: What a peer would refuse: names and figures outside their limits.
    func write(to writer: inout ByteWriter) throws(WireFault)
}

/// A message that a client sends.
package protocol WireRequest: WireMessage {
    /// What it asks for.
    var operation: Operation { get }

    /// Reads the body of a request for `operation`.
    init(from reader: inout ByteReader, operation: Operation) throws(WireFault)
}

/// A message that answers an accepted request.
package protocol WireAnswer: WireMessage {
    /// Reads the body of an answer; `isRepeated` says whether it was given before.
    init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault)
}

extension WireMessage {
    /// Bytes that the frame can take, at most.
    package var frameSizeMax: Int { WireLayout.headerSizeBytes + bodySizeMax }

    /// Writes a whole frame into `room`, which holds at least ``frameSizeMax`` bytes.
    /// - Returns: The bytes written.
    func writeFrame(
        code: UInt16,
        flags: UInt16,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) throws(WireFault) -> Int {
        precondition(room.count >= frameSizeMax, "no room for the frame")
        guard let start = room.baseAddress else { preconditionFailure("no room to write to") }
        var writer = unsafe ByteWriter(room)
        writer.putZeros(WireLayout.headerSizeBytes)
        try write(to: &writer)
        guard writer.size <= Limits.frameSizeBytesMax else {
            throw WireFault(.frameTooLarge, "the message doesn't fit a frame; split it")
        }
        let header = FrameHeader(
            size: writer.size,
            code: code,
            flags: flags,
            correlation: correlation
        )
        unsafe header.write(to: start)
        return writer.size
    }
}

/// The bytes that `fill` writes into room for `sizeMax`.
private func bytes(
    sizeMax: Int,
    fill: (UnsafeMutableRawBufferPointer) throws(WireFault) -> Int
) throws(WireFault) -> [UInt8] {
    var fault: WireFault?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: sizeMax) { buffer, count in
        do throws(WireFault) {
            count = try unsafe fill(UnsafeMutableRawBufferPointer(buffer))
        } catch {
            fault = error
            count = 0
        }
    }
    if let fault { throw fault }
    return bytes
}

extension WireRequest {
    /// Writes the request as a frame into `room`, which holds at least ``frameSizeMax`` bytes.
    /// - Returns: The bytes written.
    package func encode(
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) throws(WireFault) -> Int {
        try unsafe writeFrame(
            code: operation.rawValue,
            flags: 0,
            correlation: correlation,
            into: room
        )
    }

    /// The request as a frame.
    package func encode(correlation: UInt64) throws(WireFault) -> [UInt8] {
        try unsafe bytes(sizeMax: frameSizeMax) { (room) throws(WireFault) in
            try unsafe encode(correlation: correlation, into: room)
        }
    }

    /// Reads the body of a request; nothing may follow its last field.
    package init(
        body: UnsafeRawBufferPointer,
        operation: Operation
    ) throws(WireFault) {
        var reader = unsafe ByteReader(body)
        try self.init(from: &reader, operation: operation)
        try reader.finish()
    }
}

extension WireAnswer {
    /// Writes the answer as a frame into `room`, which holds at least ``frameSizeMax`` bytes.
    /// - Returns: The bytes written.
    package func encode(
        correlation: UInt64,
        isRepeated: Bool = false,
        into room: UnsafeMutableRawBufferPointer
    ) throws(WireFault) -> Int {
        let flags = WireLayout.answerFlag | (isRepeated ? WireLayout.repeatedFlag : 0)
        return try unsafe writeFrame(
            code: Outcome.accepted.rawValue,
            flags: flags,
            correlation: correlation,
            into: room
        )
    }

    /// The answer as a frame.
    package func encode(
        correlation: UInt64,
        isRepeated: Bool = false
    ) throws(WireFault) -> [UInt8] {
        try unsafe bytes(sizeMax: frameSizeMax) { (room) throws(WireFault) in
            try unsafe encode(correlation: correlation, isRepeated: isRepeated, into: room)
        }
    }
}

/// What came back for a request.
package enum Answered<Content: WireAnswer>: Sendable {
    /// The request was accepted.
    case accepted(Content)
    /// The request was refused.
    case refused(Refusal)

    /// Reads the answer to a request from its header and body.
    /// - Throws: A fault when the frame breaks the layout of the answer it should be.
    package init(header: FrameHeader, body: UnsafeRawBufferPointer) throws(WireFault) {
        let known = WireLayout.answerFlag | WireLayout.repeatedFlag
        guard header.flags & WireLayout.answerFlag != 0, header.flags & ~known == 0 else {
            throw WireFault(.malformedFrame, "the flags aren't those of an answer")
        }
        guard let outcome = Outcome(rawValue: header.code) else {
            throw WireFault(.malformedFrame, "the outcome's number isn't known")
        }
        var reader = unsafe ByteReader(body)
        if outcome == .accepted {
            let isRepeated = header.flags & WireLayout.repeatedFlag != 0
            self = .accepted(try Content(from: &reader, isRepeated: isRepeated))
        } else {
            self = .refused(try Refusal(outcome, from: &reader))
        }
        try reader.finish()
    }
}
