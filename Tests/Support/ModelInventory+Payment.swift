internal import Inventory

// A hold while its payment is under way, and after it.
extension ModelInventory {
    /// Lets a hold live longer.
    mutating func extend(_ command: ExtendCommand, now: Instant) -> ReservationReply {
        let instant = instant(now)
        guard var reservation = reservations[command.reservation] else {
            return ReservationReply(.unknownReservation)
        }
        let remembered = [reservation.lastExtension].compactMap(\.self) + reservation.changes
        if let known = remembered.first(where: { $0.id == command.id }) {
            guard known.digest == command.digest else { return ReservationReply(.requestIDReused) }
            _ = present(reservation, at: instant)
            return repeated(reservation, known.movement, at: instant)
        }
        let freezes = command.reason == .paymentPending
        let longest = freezes ? Limits.freezeMillisecondsMax : Limits.timeToLiveMillisecondsMax
        if Int64(command.timeToLiveMilliseconds) > longest {
            return ReservationReply(.invalidTimeToLive)
        }
        let state = present(reservation, at: instant)
        guard state == .held else {
            let ranOut =
                isTimeOver(reservation, at: instant) || state == .expired
                || reservation.didRestExpire
            var refusal = ReservationReply(ranOut ? .holdExpired : .wrongState)
            refusal.state = state
            return refusal
        }
        if freezes, reservation.marks.contains(.frozen) { return ReservationReply(.frozenBefore) }
        if freezes, reservation.changes.count >= Limits.changesPerReservationMax {
            return ReservationReply(.tooManyChanges)
        }
        var wanted =
            freezes
            ? instant.advanced(
                byMilliseconds: command.timeToLiveMilliseconds == 0
                    ? longest : Int64(command.timeToLiveMilliseconds)
            )
            : expiry(command.timeToLiveMilliseconds, instant, reservation.heldSince)
        if command.reason == .shopper, !reservation.marks.contains(.paymentStarted),
            let end = firstHoldEnd(of: reservation.sale, since: reservation.heldSince)
        {
            wanted = min(wanted, end)
        }
        var marks = reservation.marks
        if command.reason != .shopper { marks.insert(.paymentStarted) }
        if freezes { marks.insert(.frozen) }
        if wanted <= reservation.expiresAt, marks == reservation.marks {
            var reply = reply(of: reservation, at: instant)
            reply.lsn = 0
            return reply
        }
        let movement = beginMovement(at: instant)
        reservation.expiresAt = max(reservation.expiresAt, wanted)
        reservation.marks = marks
        reservation.isDetailed = true
        let change = Change(id: command.id, digest: command.digest, movement: movement)
        if freezes {
            reservation.changes.append(change)
        } else {
            reservation.lastExtension = change
        }
        reservations[command.reservation] = reservation
        var reply = reply(of: reservation, at: instant)
        reply.lsn = movement
        return reply
    }

    /// Holds again what an expired hold held; one that is still held is answered as it is.
    mutating func holdAgain(_ command: HoldAgainCommand, now: Instant) -> ReservationReply {
        var reserve = ReserveCommand(id: command.id, lines: [])
        reserve.forcedDigest = command.digest
        reserve.owner = command.owner
        reserve.timeToLiveMilliseconds = command.timeToLiveMilliseconds
        if reservations[command.id] != nil || writes[command.id] != nil {
            return heldAnew(reserve, now: now)
        }
        if Int64(command.timeToLiveMilliseconds) > Limits.timeToLiveMillisecondsMax {
            return ReservationReply(.invalidTimeToLive)
        }
        guard let old = reservations[command.reservation] else {
            return ReservationReply(.unknownReservation)
        }
        if old.command.owner != command.owner { return ReservationReply(.wrongOwner) }
        let instant = instant(now)
        let state = present(old, at: instant)
        if state == .held {
            var reply = reply(of: old, at: instant)
            reply.lsn = 0
            return reply
        }
        guard state == .expired else {
            var refusal = ReservationReply(.wrongState)
            refusal.state = state
            return refusal
        }
        if isForgotten(old, at: instant) { return ReservationReply(.unknownReservation) }
        let held = old.expiredUnits ?? old.lines.map { $0.progress.map(\.held) }
        if old.state == .held { expire(old, at: instant) }
        reserve.destination = old.command.destination
        reserve.policy = old.policy
        reserve.constraints = old.command.constraints
        for (index, line) in old.lines.enumerated() {
            let total = held[index].reduce(0, +)
            if total == 0 { continue }
            var wanted = ReserveLine(sku: line.sku, quantity: total)
            wanted.warehouse = old.command.lines[index].warehouse
            for (share, units) in zip(line.shares, held[index]) where units > 0 {
                if !wanted.pools.contains(share.pool) { wanted.pools.append(share.pool) }
            }
            if let sale = sales.sales.first(where: { $0.number == old.sale?.sale }) {
                wanted.pools = [sale.rules.pool]
            }
            if wanted.pools == [.default] { wanted.pools = [] }
            reserve.lines.append(wanted)
        }
        return heldAnew(reserve, now: now)
    }

    private mutating func heldAnew(_ command: ReserveCommand, now: Instant) -> ReservationReply {
        var reply = reserve(command, now: now)
        reply.isHeldAnew = reply.outcome == .accepted
        return reply
    }
}
