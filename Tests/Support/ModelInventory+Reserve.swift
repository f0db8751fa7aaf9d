internal import Inventory

extension ModelInventory {
    /// Holds the lines of a request, or says why not, and tells what could serve instead.
    mutating func reserve(_ command: ReserveCommand, now: Instant) -> ReservationReply {
        var plan: Plan?
        var reply = reserve(command, now: now, &plan)
        guard command.wantsAlternatives, refusal(of: command) == nil else { return reply }
        var lines: [(requested: UInt32, shares: [Share])] = []
        switch reply.outcome {
        case .accepted:
            // Two requests with one id and one digest may have different lines.
            guard reply.lines.count == command.lines.count else { return reply }
            lines = reply.lines.map { line in
                let start = Int(line.shareStart)
                let shares = reply.shares[start..<start + Int(line.shareCount)]
                return (line.requested, Array(shares))
            }
        case .insufficientStock, .constraintsUnmet, .capacityExhausted, .warehouseClosed:
            lines = plan?.lines.map { ($0.requested, $0.shares) } ?? []
        default: break
        }
        let command = borrowing(command)
        reply.alternatives = alternatives(command, lines, orderedAt: command.orderedAt ?? now)
        return reply
    }

    private mutating func reserve(
        _ command: ReserveCommand,
        now: Instant,
        _ planned: inout Plan?
    ) -> ReservationReply {
        let instant = instant(now)
        if let known = reservations[command.id] {
            guard known.command.digest == command.digest else {
                return ReservationReply(.requestIDReused)
            }
            _ = present(known, at: instant)
            var reply = replyAsFirstGiven(of: known, at: instant)
            reply.isRepeated = true
            reply.expiresAt = known.answeredExpiresAt
            return reply
        }
        if writes[command.id] != nil { return ReservationReply(.requestIDReused) }
        if let refusal = refusal(of: command) { return refusal }
        let old = command.replaces.flatMap { reservations[$0] }
        if let old, old.command.owner != command.owner { return ReservationReply(.wrongOwner) }
        let replaced = old.flatMap { present($0, at: instant) == .held ? $0 : nil }
        let before = self
        var touched: Set<[UInt8]> = []
        if let replaced {
            touched = move(of: replaced.command.id, allIn: .held, to: .released, at: instant)
        }
        let sale = sale(of: command).sale
        let sourcedBy = policy(of: command) ?? .nearest
        let effective = borrowing(command)
        let plan = source(effective, policy: sourcedBy, orderedAt: command.orderedAt ?? now)
        let refusedBySale = sale.flatMap { refusal(by: $0, of: command, at: instant) }
        planned = refusedBySale == nil ? plan : nil
        let lines = plan.lines
        if let refusal = refusedBySale ?? refusal(of: effective, plan) {
            self = before
            return refusal
        }
        let heldSince = replaced?.heldSince ?? instant
        let part = sale.map { self.part(of: $0, command, at: instant) }
        let expiresAt = expiry(of: command, part, replacing: replaced, at: instant)
        let reservation = Reservation(
            command: command,
            state: .held,
            heldSince: heldSince,
            expiresAt: expiresAt,
            answeredExpiresAt: expiresAt,
            closedAt: nil,
            movement: beginMovement(at: instant),
            lines: lines,
            policy: sourcedBy,
            promisedAt: Instant(minute: UInt32(plan.promisedMinute)),
            didReplace: replaced != nil,
            isDetailed: lines.contains { line in line.shares.contains { $0.backordered > 0 } },
            marks: replaced?.marks ?? [],
            sale: part
        )
        reservations[command.id] = reservation
        countHold(reservation)
        for line in lines {
            for share in line.shares {
                touched.insert(line.sku)
                change(line.sku, share) { $0.reserved += Int64(share.quantity) }
            }
        }
        for sku in touched { skus[sku]?.version += 1 }
        var reply = reply(of: reservation, at: instant)
        // What is new is held as a whole: nothing is told share by share.
        for index in reply.shares.indices { reply.shares[index].progress = nil }
        return reply
    }

    /// When a hold expires that a request makes.
    private func expiry(
        of command: ReserveCommand,
        _ part: ModelSales.Part?,
        replacing replaced: Reservation?,
        at instant: Instant
    ) -> Instant {
        let heldSince = replaced?.heldSince ?? instant
        let expiresAt = expiry(
            command.timeToLiveMilliseconds,
            instant,
            heldSince,
            frozenUntil: replaced.flatMap { $0.marks.contains(.frozen) ? $0.expiresAt : nil }
        )
        if replaced?.marks.contains(.paymentStarted) == true { return expiresAt }
        let isOfSameSale = replaced?.sale?.sale == part?.sale
        guard let end = firstHoldEnd(of: part, since: isOfSameSale ? heldSince : instant) else {
            return expiresAt
        }
        let latest = isOfSameSale ? max(end, replaced?.expiresAt ?? end) : end
        return max(instant, min(expiresAt, latest))
    }

    /// When a hold of a chain expires.
    func expiry(
        _ milliseconds: UInt32,
        _ instant: Instant,
        _ heldSince: Instant,
        frozenUntil: Instant? = nil
    ) -> Instant {
        let timeToLive =
            milliseconds == 0 ? Limits.timeToLiveMillisecondsDefault : Int64(milliseconds)
        let cap = heldSince.advanced(byMilliseconds: settings.holdCapMilliseconds)
        return min(
            instant.advanced(byMilliseconds: timeToLive),
            max(cap, frozenUntil ?? .distantPast)
        )
    }

    /// Why a plan can't be carried out.
    private func refusal(of command: ReserveCommand, _ plan: Plan) -> ReservationReply? {
        let lines = plan.lines
        for (index, line) in command.lines.enumerated() {
            guard let expected = line.expectedVersion else { continue }
            let sku = skus[line.sku] ?? SKU()
            if sku.version == expected { continue }
            var reply = ReservationReply(.versionConflict, refusedLine: Int32(index))
            var sums = CellFigures.zero
            for figures in sku.cells.values {
                sums.onHand += figures.onHand
                sums.reserved += figures.reserved
                sums.committed += figures.committed
                sums.safetyStock += figures.safetyStock
                sums.backorderLimit += figures.backorderLimit
            }
            reply.conflict = VersionConflict(version: sku.version, figures: sums)
            return reply
        }
        if command.mode == .allOrNothing, let refusal = refusalOfShortLine(command, plan) {
            return refusal
        }
        if lines.map(\.shares.count).reduce(0, +) > Limits.sharesPerReservationMax {
            return ReservationReply(.tooManyShares)
        }
        return nil
    }

    /// What is wrong with the request itself.
    private func refusal(of command: ReserveCommand) -> ReservationReply? {
        if command.lines.isEmpty { return ReservationReply(.noLines) }
        if command.lines.count > Limits.linesPerReservationMax {
            return ReservationReply(.tooManyLines)
        }
        if Int64(command.timeToLiveMilliseconds) > Limits.timeToLiveMillisecondsMax {
            return ReservationReply(.invalidTimeToLive)
        }
        for (index, line) in command.lines.enumerated() {
            let place = Int32(index)
            guard isValidName(line.sku) else {
                return ReservationReply(.invalidSKU, refusedLine: place)
            }
            guard line.quantity >= 1, line.quantity <= Limits.unitsPerLineMax else {
                return ReservationReply(.invalidQuantity, refusedLine: place)
            }
            guard line.warehouse == .none || warehouses[line.warehouse] != nil else {
                return ReservationReply(.unknownWarehouse, refusedLine: place)
            }
            guard line.pools.allSatisfy({ pools.contains($0) }) else {
                return ReservationReply(.unknownPool, refusedLine: place)
            }
        }
        if let refusal = refusalOfSourcing(command) { return refusal }
        return sale(of: command).mixedLine.map {
            ReservationReply(.mixedSale, refusedLine: Int32($0))
        }
    }

    /// The first line that isn't whole, and why.
    private func refusalOfShortLine(
        _ command: ReserveCommand,
        _ plan: Plan
    ) -> ReservationReply? {
        for (index, line) in plan.lines.enumerated() where units(line.shares) < line.requested {
            let fixed = command.lines[index].warehouse
            let outcome: Outcome =
                if !line.isKnown {
                    .unknownSKU
                } else if fixed != .none, warehouses[fixed]?.state != .online {
                    .warehouseClosed
                } else {
                    shortage(command, index, plan)
                }
            return ReservationReply(outcome, refusedLine: Int32(index))
        }
        return nil
    }

    /// Units of all shares.
    func units(_ shares: [Share]) -> UInt32 { shares.map(\.quantity).reduce(0, +) }

    /// The answer that speaks of a reservation, as first given, with its state at `instant`.
    func reply(of reservation: Reservation, at instant: Instant) -> ReservationReply {
        var reply = ReservationReply(.accepted)
        let isOver = isTimeOver(reservation, at: instant)
        reply.state = state(of: reservation, at: instant)
        reply.lsn = reservation.movement
        reply.expiresAt = reservation.expiresAt
        reply.promisedAt = reservation.promisedAt
        reply.didReplace = reservation.didReplace
        reply.didReroute = reservation.firstShares != nil
        reply.didRestExpire = reservation.didRestExpire || isOver && reply.state != .expired
        for line in reservation.lines {
            reply.lines.append(
                LineResult(
                    requested: line.requested,
                    reserved: units(line.shares),
                    shareStart: UInt32(reply.shares.count),
                    shareCount: UInt32(line.shares.count)
                )
            )
            for (share, progress) in zip(line.shares, line.progress) {
                var told = share
                told.isOffline = warehouses[share.warehouse]?.state == .offline
                if reservation.isDetailed {
                    told.progress = progress
                    if isOver { told.progress?.held = 0 }
                }
                reply.shares.append(told)
            }
        }
        return reply
    }
}

/// Whether a name is 1–64 bytes of printable ASCII without a space.
func isValidName(_ bytes: [UInt8]) -> Bool {
    (1...64).contains(bytes.count) && bytes.allSatisfy { (0x21...0x7E).contains($0) }
}
