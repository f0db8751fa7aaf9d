public import Inventory

/// A request to hold again what an older hold held, in case that has expired.
///
/// Body: 16 bytes the older reservation, 16 bytes the id of the request and of the reservation that
/// it may make, 16 bytes owner, u32 time to live in milliseconds (0 for the default), u32 0.
package struct HoldAgainRequest: Hashable, Sendable, WireRequest {
    /// The older hold.
    package var reservation: ReservationID
    /// The id of the request and of the new reservation.
    package var id: ReservationID
    /// Whose both are.
    package var owner: OwnerID
    /// Milliseconds to hold for; 0 for the server's default.
    package var timeToLiveMilliseconds: UInt32

    /// A request with all its fields.
    package init(
        _ reservation: ReservationID,
        as id: ReservationID,
        owner: OwnerID,
        timeToLiveMilliseconds: UInt32 = 0
    ) {
        self.reservation = reservation
        self.id = id
        self.owner = owner
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }

    /// Always `hold_again`.
    package var operation: Operation { .holdAgain }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.holdAgainSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(reservation)
        writer.put(id)
        writer.put(owner)
        writer.put(timeToLiveMilliseconds)
        writer.putZeros(4)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        reservation = try reader.takeID()
        id = try reader.takeID()
        owner = try reader.takeOwner()
        timeToLiveMilliseconds = try reader.take(UInt32.self)
        try reader.takeZeros(4)
    }

    /// The request as the engine takes it; `body` is that of its frame.
    package func request(digestOf body: UnsafeRawBufferPointer) -> HoldAgain {
        HoldAgain(
            reservation,
            as: id,
            owner: owner,
            digest: unsafe WireLayout.digest(body, of: .holdAgain),
            timeToLiveMilliseconds: timeToLiveMilliseconds
        )
    }
}

/// A hold, and which one it is.
///
/// Body: that of a reservation, then 16 bytes its id.
public struct HeldReservation: Hashable, Sendable {
    /// The id of the hold that is there to be committed: the older one or the new one.
    public var id: ReservationID
    /// What it has; with LSN 0 where it is the older one.
    public var receipt: ReservationReceipt

    /// A hold with all its fields.
    public init(id: ReservationID, receipt: ReservationReceipt) {
        self.id = id
        self.receipt = receipt
    }
}

extension HeldReservation: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { receipt.bodySizeMax + 16 }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try receipt.write(to: &writer)
        writer.put(id)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        receipt = try ReservationReceipt(from: &reader, isRepeated: isRepeated)
        id = try reader.takeID()
    }
}

extension ReservationEncoder {
    /// Bytes of room that the answer to hold_again needs, accepted or refused, at most.
    package static func holdAgainFrameSizeMax(of answer: borrowing ReservationAnswer) -> Int {
        frameSizeMax(of: answer) + 16
    }

    /// Writes the answer to hold_again.
    ///
    /// - Parameters:
    ///   - answer: What the engine answered.
    ///   - id: The reservation of which an accepted answer speaks.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``holdAgainFrameSizeMax(of:)`` bytes.
    /// - Returns: The bytes written.
    package static func encodeHoldAgain(
        _ answer: borrowing ReservationAnswer,
        _ id: ReservationID,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(room.count >= holdAgainFrameSizeMax(of: answer), "no room for the answer")
        var size = unsafe encode(answer, correlation: correlation, into: room)
        guard answer.outcome == .accepted, let base = room.baseAddress else { return size }
        var writer = unsafe ByteWriter(UnsafeMutableRawBufferPointer(rebasing: room[size...]))
        writer.put(id)
        size += writer.size
        unsafe base.storeBytes(of: UInt32(size).littleEndian, as: UInt32.self)
        return size
    }
}
