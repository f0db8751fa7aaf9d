internal import Inventory

extension ModelInventory {
    /// The state that a reservation shows: a hold is expired from its millisecond on.
    func state(of reservation: Reservation, at instant: Instant) -> ReservationState {
        let slack = settings.expirySlackMilliseconds
        let isOver = instant >= reservation.expiresAt.advanced(byMilliseconds: slack)
        return reservation.state == .held && isOver ? .expired : reservation.state
    }

    /// Keeps the instant at which a hold was shown to be over: it is over for all later callers.
    mutating func noteShown(
        _ state: ReservationState,
        of reservation: Reservation,
        at instant: Instant
    ) {
        if state == .expired, reservation.state == .held {
            lastInstant = max(lastInstant, instant)
        }
    }

    /// Makes a held reservation a committed one.
    mutating func commit(_ id: ReservationID, now: Instant) -> ReservationReply {
        close(id, as: .committed, now: now) { figures, quantity in
            figures.reserved -= quantity
            figures.committed += quantity
        }
    }

    /// Gives the units of a held reservation back.
    mutating func release(_ id: ReservationID, now: Instant) -> ReservationReply {
        close(id, as: .released, now: now) { figures, quantity in figures.reserved -= quantity }
    }

    private mutating func close(
        _ id: ReservationID,
        as state: ReservationState,
        now: Instant,
        _ body: (inout CellFigures, Int64) -> Void
    ) -> ReservationReply {
        let instant = instant(now)
        guard var reservation = reservations[id] else {
            return ReservationReply(.unknownReservation)
        }
        let present = self.state(of: reservation, at: instant)
        noteShown(present, of: reservation, at: instant)
        if present == state {
            var reply = reply(of: reservation, at: instant)
            reply.isRepeated = true
            reply.lsn = 0
            return reply
        }
        guard present == .held else {
            var reply = ReservationReply(present == .expired ? .holdExpired : .wrongState)
            reply.state = present
            return reply
        }
        let movement = beginMovement(at: instant)
        reservation.state = state
        reservation.closedAt = state == .committed ? nil : instant
        reservations[id] = reservation
        change(reservation.lines, body)
        var reply = reply(of: reservation, at: instant)
        reply.lsn = movement
        return reply
    }

    /// Shows a reservation.
    mutating func show(_ id: ReservationID, now: Instant) -> ReservationReply {
        guard let reservation = reservations[id] else {
            return ReservationReply(.unknownReservation)
        }
        let instant = instant(now)
        var reply = reply(of: reservation, at: instant)
        noteShown(reply.state, of: reservation, at: instant)
        reply.owner = reservation.command.owner
        reply.skus = reservation.lines.map { line in
            line.isKnown ? String(decoding: line.sku, as: UTF8.self) : ""
        }
        return reply
    }

    /// Expires all holds that are due, the earliest first, and forgets what was kept long enough.
    mutating func sweep(now: Instant) -> CommandReply {
        let due = reservations.values
            .filter { $0.state == .held && state(of: $0, at: now) == .expired }
            .sorted { $0.expiresAt < $1.expiresAt }
        for reservation in due {
            let instant = instant(now)
            _ = beginMovement(at: instant)
            reservations[reservation.command.id]?.state = .expired
            reservations[reservation.command.id]?.closedAt = instant
            change(reservation.lines) { figures, quantity in figures.reserved -= quantity }
        }
        let closed = reservations.values.filter { reservation in
            guard let closedAt = reservation.closedAt else { return false }
            return closedAt.advanced(byMilliseconds: settings.closedRetentionMilliseconds) <= now
        }
        let written = writes.filter { entry in
            let end = entry.value.writtenAt
                .advanced(byMilliseconds: settings.stockRetentionMilliseconds)
            return end <= now
        }
        for reservation in closed { reservations[reservation.command.id] = nil }
        for id in written.keys { writes[id] = nil }
        if !closed.isEmpty || !written.isEmpty { _ = beginMovement(at: instant(now)) }
        return .swept(expired: due.count, forgotten: closed.count + written.count)
    }
}
