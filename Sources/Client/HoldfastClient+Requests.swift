/// The reservations. Each operation answers with a value: what was done, or why not.
///
/// A request id is drawn for a call that names none. A caller that wants to ask again after an
/// error draws it itself and asks with the same one.
extension HoldfastClient {
    /// Holds lines for an owner until the hold expires, is committed or released.
    ///
    /// With ``ReservationRequest/replaces`` the hold takes the place of an older one of the same
    /// owner in one step.
    public func reserve(
        _ request: ReservationRequest
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(request).value
    }

    /// Makes a hold an order, wholly or in parts.
    ///
    /// Harmless to repeat: of the whole with any request id, of parts with the same.
    /// - Parameters:
    ///   - reservation: The hold.
    ///   - items: The parts, carried out in their order; none for the whole.
    ///   - fulfilling: Whether the units leave as well; the whole then takes along what was
    ///     committed before.
    ///   - requestID: The id of this request.
    /// - Returns: The reservation as it is then, or why nothing was done.
    /// - Throws: When no answer came.
    public func commit(
        _ reservation: ReservationID,
        items: [ChangeItem] = [],
        fulfilling: Bool = false,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(
            ReservationChange(
                .commit,
                reservation,
                requestID: requestID,
                isFulfilling: fulfilling,
                items: items
            )
        ).value
    }

    /// Gives a hold back, wholly or in parts.
    ///
    /// Harmless to repeat: of the whole with any request id, of parts with the same.
    public func release(
        _ reservation: ReservationID,
        items: [ChangeItem] = [],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await change(.release, reservation, items, requestID)
    }

    /// Says that the committed units of a reservation, or parts of them, have left.
    ///
    /// Harmless to repeat: of the whole with any request id, of parts with the same.
    public func fulfil(
        _ reservation: ReservationID,
        items: [ChangeItem] = [],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await change(.fulfil, reservation, items, requestID)
    }

    /// Calls off what is committed of a reservation, or parts of it: the units are free again.
    ///
    /// Harmless to repeat: of the whole with any request id, of parts with the same.
    public func cancel(
        _ reservation: ReservationID,
        items: [ChangeItem] = [],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await change(.cancel, reservation, items, requestID)
    }

    private func change(
        _ kind: ReservationChangeKind,
        _ reservation: ReservationID,
        _ items: [ChangeItem],
        _ requestID: RequestID
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(
            ReservationChange(kind, reservation, requestID: requestID, items: items)
        ).value
    }

    /// Lets a hold live until a time from now on, if that is later than what it has.
    ///
    /// - Parameters:
    ///   - reservation: The hold.
    ///   - reason: Why. A payment that is pending freezes the hold: once in the life of its chain,
    ///     for ten minutes at most, and beyond the server's cap.
    ///   - timeToLiveMilliseconds: Milliseconds from now on; 0 for the server's default.
    ///   - requestID: The id of this request.
    /// - Returns: The reservation with its present expiry, cut to the server's cap, or why nothing
    ///   was done.
    /// - Throws: When no answer came.
    public func extend(
        _ reservation: ReservationID,
        for reason: ExtendReason = .shopper,
        timeToLiveMilliseconds: UInt32 = 0,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(
            ExtendRequest(
                reservation,
                requestID: requestID,
                timeToLiveMilliseconds: timeToLiveMilliseconds,
                reason: reason
            )
        ).value
    }

    /// Moves a hold's units away from warehouses that aren't online: all of them or none.
    ///
    /// - Parameters:
    ///   - reservation: The hold.
    ///   - requestID: The id of this request.
    /// - Returns: The reservation as it is then, with LSN 0 where there was nothing to move, or why
    ///   nothing was done.
    /// - Throws: When no answer came.
    public func reroute(
        _ reservation: ReservationID,
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<ReservationReceipt, Refusal> {
        try await start(ReservationReroute(reservation, requestID: requestID)).value
    }

    /// Tells what became of a reservation.
    public func show(
        _ reservation: ReservationID
    ) async throws(ClientError) -> Result<ReservationReport, Refusal> {
        try await start(ShowRequest(reservation)).value
    }

    /// The newest reservations of an owner.
    ///
    /// - Parameters:
    ///   - owner: The owner.
    ///   - limit: How many to tell, 1–256.
    ///   - includingClosed: Whether those are told that are neither held nor committed.
    /// - Returns: How many there are, and the newest of them.
    /// - Throws: When no answer came.
    public func reservations(
        of owner: OwnerID,
        limit: Int = 256,
        includingClosed: Bool = false
    ) async throws(ClientError) -> Result<OwnerReservations, Refusal> {
        try await start(
            OwnerShowRequest(owner, limit: limit, includesClosed: includingClosed)
        ).value
    }
}

/// The server.
extension HoldfastClient {
    /// Counters and gauges of the server.
    public func statistics() async throws(ClientError) -> Result<ServerStatistics, Refusal> {
        try await start(PlainRequest(.stats)).value
    }

    /// Sweeps all invariants under all locks: the server does nothing else meanwhile.
    public func check() async throws(ClientError) -> Result<CheckResult, Refusal> {
        try await start(PlainRequest(.check)).value
    }
}
