package import Inventory

/// A request to commit or release a whole reservation.
package struct ReservationChange: Hashable, Sendable, WireRequest {
    /// `commit` or `release`.
    package var operation: Operation
    /// The reservation to change.
    package var reservation: ReservationID
    /// The id of this request.
    package var requestID: RequestID

    /// A commit.
    package static func commit(
        _ reservation: ReservationID,
        requestID: RequestID
    ) -> ReservationChange {
        ReservationChange(
            operation: .commit,
            reservation: reservation,
            requestID: requestID
        )
    }

    /// A release.
    package static func release(
        _ reservation: ReservationID,
        requestID: RequestID
    ) -> ReservationChange {
        ReservationChange(
            operation: .release,
            reservation: reservation,
            requestID: requestID
        )
    }

    private init(operation: Operation, reservation: ReservationID, requestID: RequestID) {
        self.operation = operation
        self.reservation = reservation
        self.requestID = requestID
    }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.changeSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(reservation)
        writer.put(requestID)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        precondition(operation == .commit || operation == .release, "not a change")
        self.init(
            operation: operation,
            reservation: try reader.takeID(),
            requestID: try reader.takeID()
        )
    }
}

/// A request to show a reservation.
package struct ShowRequest: Hashable, Sendable, WireRequest {
    /// The reservation to show.
    package var reservation: ReservationID

    /// A request to show `reservation`.
    package init(_ reservation: ReservationID) { self.reservation = reservation }

    /// Always `show`.
    package var operation: Operation { .show }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.showSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) { writer.put(reservation) }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        reservation = try reader.takeID()
    }
}
