internal import Inventory

// Held units move away from where nothing new is taken.
extension ModelInventory {
    /// Held units of a share on a warehouse that isn't online.
    private struct Stranded {
        var line: Int
        var share: Int
        var units: UInt32
        var backordered: UInt32
    }

    /// Moves held units away from warehouses that aren't online: all of them, or says why not.
    mutating func reroute(_ command: RerouteCommand, now: Instant) -> ReservationReply {
        let instant = instant(now)
        guard let reservation = reservations[command.reservation] else {
            return ReservationReply(.unknownReservation)
        }
        let known = reservation.changes.first { $0.id == command.id }
        if let known, known.digest != command.digest { return ReservationReply(.requestIDReused) }
        let state = present(reservation, at: instant)
        if let known {
            var reply = reply(of: reservation, at: instant)
            reply.isRepeated = true
            reply.lsn = known.movement
            return reply
        }
        guard state == .held else {
            let ranOut =
                isTimeOver(reservation, at: instant) || state == .expired
                || reservation.didRestExpire
            var refusal = ReservationReply(ranOut ? .holdExpired : .wrongState)
            refusal.state = state
            return refusal
        }
        let stranded = stranded(reservation)
        if stranded.isEmpty {
            var reply = reply(of: reservation, at: instant)
            reply.lsn = 0
            return reply
        }
        if reservation.changes.count >= Limits.changesPerReservationMax {
            return ReservationReply(.tooManyChanges)
        }
        if let fixed = stranded.first(where: {
            reservation.command.lines[$0.line].warehouse != .none
        }) {
            return ReservationReply(.warehouseClosed, refusedLine: Int32(fixed.line))
        }
        return move(stranded, of: reservation, command, at: instant)
    }

    /// What a repeated reserve is answered: the shares as first given.
    func replyAsFirstGiven(of reservation: Reservation, at instant: Instant) -> ReservationReply {
        var reply = reply(of: reservation, at: instant)
        guard let first = reservation.firstShares else { return reply }
        reply.promisedAt = reservation.firstPromisedAt
        reply.shares = []
        for (index, shares) in first.enumerated() {
            reply.lines[index].shareStart = UInt32(reply.shares.count)
            reply.lines[index].shareCount = UInt32(shares.count)
            for share in shares {
                var told = share
                told.isOffline = warehouses[share.warehouse]?.state == .offline
                reply.shares.append(told)
            }
        }
        return reply
    }

    private func stranded(_ reservation: Reservation) -> [Stranded] {
        var found: [Stranded] = []
        for (line, content) in reservation.lines.enumerated() {
            for (index, (share, progress)) in zip(content.shares, content.progress).enumerated()
            where progress.held > 0 && warehouses[share.warehouse]?.state != .online {
                found.append(
                    Stranded(
                        line: line,
                        share: index,
                        units: progress.held,
                        backordered: min(share.backordered, progress.held)
                    )
                )
            }
        }
        return found
    }

    /// Sources stranded units as a new order of them would be, each in its pool.
    private mutating func move(
        _ stranded: [Stranded],
        of before: Reservation,
        _ command: RerouteCommand,
        at instant: Instant
    ) -> ReservationReply {
        let (wanted, lineOf) = self.order(of: stranded, before)
        var order = wanted
        var plan = source(order, as: before, at: instant)
        let splitsMax = Int(order.constraints?.splitsMax ?? 0)
        let staying = staying(of: before, without: stranded)
        let used = plan.lines.flatMap(\.shares).map(\.warehouse)
        let isServed = plan.lines.allSatisfy { units($0.shares) == $0.requested }
        if isServed, splitsMax > 0, staying.union(used).count > splitsMax {
            guard splitsMax > staying.count else {
                return ReservationReply(.constraintsUnmet, refusedLine: Int32(lineOf[0]))
            }
            order.constraints?.splitsMax = UInt16(splitsMax - staying.count)
            plan = source(order, as: before, at: instant)
        }
        let dealt = plan.lines
        let short = dealt.indices.first { units(dealt[$0].shares) < dealt[$0].requested }
        if let short {
            let outcome = shortage(order, short, plan)
            return ReservationReply(outcome, refusedLine: Int32(lineOf[short]))
        }

        var reservation = before
        reservation.firstShares = before.firstShares ?? before.lines.map(\.shares)
        if before.firstShares == nil { reservation.firstPromisedAt = before.promisedAt }
        reservation.isDetailed = true
        let movement = beginMovement(at: instant)
        reservation.changes.append(
            Change(id: command.id, digest: command.digest, movement: movement)
        )
        for part in stranded {
            var line = reservation.lines[part.line]
            change(line.sku, line.shares[part.share]) { $0.reserved -= Int64(part.units) }
            line.shares[part.share].quantity -= part.units
            line.shares[part.share].backordered -= part.backordered
            line.progress[part.share].held -= part.units
            reservation.lines[part.line] = line
        }
        for (line, shares) in zip(lineOf, dealt.map(\.shares)) {
            for share in shares {
                change(reservation.lines[line].sku, share) { $0.reserved += Int64(share.quantity) }
                add(share, to: &reservation.lines[line])
            }
        }
        reservation.promisedAt = promise(of: plan, before, without: stranded)
        for index in reservation.lines.indices { dropEmpty(&reservation.lines[index]) }
        for sku in Set(stranded.map { before.lines[$0.line].sku }) { skus[sku]?.version += 1 }
        reservations[command.reservation] = reservation
        var reply = reply(of: reservation, at: instant)
        reply.lsn = movement
        return reply
    }

    /// What a reservation promises once units have moved: no earlier than before while others stay.
    private func promise(
        of plan: Plan,
        _ before: Reservation,
        without stranded: [Stranded]
    ) -> Instant {
        if plan.promisedMinute == 0 { return before.promisedAt }
        let planned = Instant(minute: UInt32(plan.promisedMinute))
        let hasMore = !staying(of: before, without: stranded).isEmpty
        return hasMore ? max(planned, before.promisedAt) : planned
    }

    /// The order that stranded units make, each line of it in one pool, and the line of each.
    private func order(
        of stranded: [Stranded],
        _ before: Reservation
    ) -> (order: ReserveCommand, lineOf: [Int]) {
        var order = before.command
        order.mode = .allOrNothing
        order.lines = []
        var lineOf: [Int] = []
        for part in stranded {
            let line = before.lines[part.line]
            let pool = line.shares[part.share].pool
            let known = order.lines.indices.last {
                lineOf[$0] == part.line && order.lines[$0].pools == [pool]
            }
            if let known {
                order.lines[known].quantity += part.units
                continue
            }
            var wanted = ReserveLine(sku: line.sku, quantity: part.units)
            wanted.pools = [pool]
            order.lines.append(wanted)
            lineOf.append(part.line)
        }
        return (order, lineOf)
    }

    /// The warehouses that serve what isn't to move.
    private func staying(
        of reservation: Reservation,
        without stranded: [Stranded]
    ) -> Set<WarehouseCode> {
        var found: Set<WarehouseCode> = []
        for (line, content) in reservation.lines.enumerated() {
            for (share, progress) in content.progress.enumerated() {
                let moves = stranded.contains { $0.line == line && $0.share == share }
                if progress.committed > 0 || progress.held > 0 && !moves {
                    found.insert(content.shares[share].warehouse)
                }
            }
        }
        return found
    }

    /// The plan of units of a reservation, which has open shipments already.
    private mutating func source(
        _ order: ReserveCommand,
        as before: Reservation,
        at instant: Instant
    ) -> Plan {
        givenBack = openWarehouses(of: before)
        defer { givenBack = [] }
        return source(order, policy: before.policy, orderedAt: instant)
    }

    /// Adds held units to the line's share of their cell, or as its last share.
    private func add(_ share: Share, to line: inout Line) {
        let known = line.shares.indices.first {
            line.shares[$0].warehouse == share.warehouse && line.shares[$0].pool == share.pool
                && line.shares[$0].quantity > 0
        }
        if let known {
            line.shares[known].quantity += share.quantity
            line.shares[known].backordered += share.backordered
            line.progress[known].held += share.quantity
        } else {
            line.shares.append(share)
            line.progress.append(ShareProgress(held: share.quantity))
        }
    }

    private func dropEmpty(_ line: inout Line) {
        let kept = line.shares.indices.filter { line.shares[$0].quantity > 0 }
        line.progress = kept.map { line.progress[$0] }
        line.shares = kept.map { line.shares[$0] }
    }
}
