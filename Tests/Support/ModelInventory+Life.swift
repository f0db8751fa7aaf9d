internal import Inventory

// What becomes of a reservation, told unit by unit.
extension ModelInventory {
    /// Whether held units have run out of time.
    func isTimeOver(_ reservation: Reservation, at instant: Instant) -> Bool {
        let slack = settings.expirySlackMilliseconds
        return reservation.state == .held
            && instant >= reservation.expiresAt.advanced(byMilliseconds: slack)
    }

    /// The state that a reservation shows: a hold is expired from its millisecond on.
    func state(of reservation: Reservation, at instant: Instant) -> ReservationState {
        guard isTimeOver(reservation, at: instant) else { return reservation.state }
        var rest = reservation
        for line in rest.lines.indices {
            for share in rest.lines[line].progress.indices {
                rest.lines[line].progress[share].held = 0
            }
        }
        return ModelInventory.state(ofUnits: rest, last: .expired)
    }

    /// The state that a reservation shows to somebody; it is over for all later callers then.
    mutating func present(_ reservation: Reservation, at instant: Instant) -> ReservationState {
        if isTimeOver(reservation, at: instant) { lastInstant = max(lastInstant, instant) }
        return state(of: reservation, at: instant)
    }

    /// The state of the whole by its units, the last of which went to `last`.
    private static func state(
        ofUnits reservation: Reservation,
        last: ReservationState
    ) -> ReservationState {
        let all = reservation.lines.flatMap(\.progress)
        if all.contains(where: { $0.held > 0 }) { return .held }
        if all.contains(where: { $0.committed > 0 }) { return .committed }
        if all.contains(where: { $0.fulfilled > 0 }) { return .fulfilled }
        if all.contains(where: { $0.cancelled > 0 }) { return .cancelled }
        return last
    }

    /// Moves units of one share.
    private mutating func move(
        _ units: UInt32,
        of id: ReservationID,
        _ place: (line: Int, share: Int),
        from source: ReservationState,
        to target: ReservationState
    ) {
        guard var reservation = reservations[id] else { preconditionFailure("no reservation") }
        let line = reservation.lines[place.line]
        var progress = line.progress[place.share]
        if source == .held { progress.held -= units } else { progress.committed -= units }
        switch target {
        case .committed: progress.committed += units
        case .fulfilled: progress.fulfilled += units
        case .cancelled: progress.cancelled += units
        case .held, .released, .expired: break
        }
        reservation.lines[place.line].progress[place.share] = progress
        reservations[id] = reservation
        countUnits(units, of: reservation, line.sku, to: target)
        change(line.sku, line.shares[place.share]) { figures in
            if source == .held {
                figures.reserved -= Int64(units)
            } else {
                figures.committed -= Int64(units)
            }
            if target == .committed { figures.committed += Int64(units) }
            if target == .fulfilled { figures.onHand -= Int64(units) }
        }
    }

    /// Gives a reservation the state that its units ask for.
    private mutating func settle(
        _ id: ReservationID,
        last: ReservationState,
        at instant: Instant
    ) {
        guard var reservation = reservations[id] else { preconditionFailure("no reservation") }
        let after = ModelInventory.state(ofUnits: reservation, last: last)
        if last == .expired, after != .expired { reservation.didRestExpire = true }
        let before = reservation.state
        if after != reservation.state {
            reservation.state = after
            reservation.closedAt = after == .committed ? nil : instant
        }
        let commits = last == .committed || last == .fulfilled
        let isFirstCommit = commits && !reservation.wasCommitted
        if commits { reservation.wasCommitted = true }
        reservations[id] = reservation
        countState(of: reservation, before: before, isFirstCommit: isFirstCommit)
    }

    /// Moves all units that are in one state.
    /// - Returns: The SKUs that it touched; their versions are the caller's to raise.
    mutating func move(
        of id: ReservationID,
        allIn source: ReservationState,
        to target: ReservationState,
        at instant: Instant
    ) -> Set<[UInt8]> {
        guard let reservation = reservations[id] else { preconditionFailure("no reservation") }
        var touched: Set<[UInt8]> = []
        for (line, content) in reservation.lines.enumerated() {
            for (share, progress) in content.progress.enumerated() {
                let units = source == .held ? progress.held : progress.committed
                if units == 0 { continue }
                move(units, of: id, (line, share), from: source, to: target)
                touched.insert(content.sku)
            }
        }
        settle(id, last: target, at: instant)
        return touched
    }

    // MARK: Commit, release, fulfil, cancel

    /// Units of a share that a change takes.
    private struct Part {
        var line: Int
        var share: Int
        var units: UInt32
        var source: ReservationState
    }

    /// Commits, releases, fulfils or cancels a reservation or parts of it.
    mutating func change(_ request: ChangeRequest, now: Instant) -> ReservationReply {
        let instant = instant(now)
        guard let reservation = reservations[request.reservation] else {
            return ReservationReply(.unknownReservation)
        }
        let state = present(reservation, at: instant)
        if let known = reservation.changes.first(where: { $0.id == request.id }),
            !request.items.isEmpty
        {
            guard known.digest == request.digest else { return ReservationReply(.requestIDReused) }
            return repeated(reservation, known.movement, at: instant)
        }
        let parts: [Part]
        switch chosen(request, reservation, state, at: instant) {
        case .failure(let refusal): return refusal.reply
        case .success(let chosen): parts = chosen
        }
        if request.kind == .commit, let refusal = refusalOfLost(parts, reservation) {
            return refusal
        }
        let leaves = request.kind == .fulfil || request.isFulfilling
        if leaves, let refusal = refusalOfAbsent(parts, reservation) { return refusal }
        return carryOut(parts, request, at: instant)
    }

    private mutating func carryOut(
        _ parts: [Part],
        _ request: ChangeRequest,
        at instant: Instant
    ) -> ReservationReply {
        let target: ReservationState =
            switch request.kind {
            case .commit: request.isFulfilling ? .fulfilled : .committed
            case .release: .released
            case .fulfil: .fulfilled
            case .cancel: .cancelled
            }
        let id = request.reservation
        let movement = beginMovement(at: instant)
        if !request.items.isEmpty {
            reservations[id]?.isDetailed = true
            reservations[id]?.changes.append(
                Change(id: request.id, digest: request.digest, movement: movement)
            )
        }
        for part in parts {
            move(part.units, of: id, (part.line, part.share), from: part.source, to: target)
        }
        settle(id, last: target, at: instant)
        guard let reservation = reservations[id] else { preconditionFailure("no reservation") }
        for sku in Set(parts.map { reservation.lines[$0.line].sku }) { skus[sku]?.version += 1 }
        var reply = reply(of: reservation, at: instant)
        reply.lsn = movement
        return reply
    }

    func repeated(
        _ reservation: Reservation,
        _ movement: UInt64,
        at instant: Instant
    ) -> ReservationReply {
        var reply = reply(of: reservation, at: instant)
        reply.isRepeated = true
        reply.lsn = movement
        return reply
    }

    /// A final answer in place of a plan.
    private struct Final: Error {
        var reply: ReservationReply
    }

    /// The units that a change takes, or the answer where it takes none.
    private func chosen(
        _ request: ChangeRequest,
        _ reservation: Reservation,
        _ state: ReservationState,
        at instant: Instant
    ) -> Result<[Part], Final> {
        let isOver = isTimeOver(reservation, at: instant)
        let takesHeld = request.kind == .commit || request.kind == .release
        let ranOut = takesHeld && (isOver || state == .expired || reservation.didRestExpire)
        let isWhole = request.items.isEmpty
        var sources: Set<ReservationState> = takesHeld ? [.held] : [.committed]
        if isWhole, request.isFulfilling, !ranOut { sources.insert(.committed) }
        if isOver { sources.remove(.held) }
        let all = parts(of: reservation, in: sources)
        let hasNoUnits = reservation.lines.allSatisfy(\.shares.isEmpty)
        if all.isEmpty, !(isWhole && hasNoUnits && sources.contains(state)) {
            if isWhole, !ranOut, isDone(request, reservation, state) {
                return .failure(Final(reply: repeated(reservation, 0, at: instant)))
            }
            var refusal = ReservationReply(ranOut ? .holdExpired : .wrongState)
            refusal.state = state
            return .failure(Final(reply: refusal))
        }
        if isWhole { return .success(all) }
        if reservation.changes.count >= Limits.changesPerReservationMax {
            return .failure(Final(reply: ReservationReply(.tooManyChanges)))
        }
        return dealt(request, reservation, all)
    }

    private func parts(
        of reservation: Reservation,
        in sources: Set<ReservationState>
    ) -> [Part] {
        var parts: [Part] = []
        for (line, content) in reservation.lines.enumerated() {
            for (share, progress) in content.progress.enumerated() {
                if sources.contains(.held), progress.held > 0 {
                    parts.append(
                        Part(line: line, share: share, units: progress.held, source: .held)
                    )
                }
                if sources.contains(.committed), progress.committed > 0 {
                    parts.append(
                        Part(
                            line: line,
                            share: share,
                            units: progress.committed,
                            source: .committed
                        )
                    )
                }
            }
        }
        return parts
    }

    /// Whether a whole change finds done what it asks for.
    private func isDone(
        _ request: ChangeRequest,
        _ reservation: Reservation,
        _ state: ReservationState
    ) -> Bool {
        let shares = reservation.lines.flatMap { Array(zip($0.shares, $0.progress)) }
        func has(_ units: (ShareProgress) -> UInt32) -> Bool {
            shares.contains { units($0.1) > 0 }
        }
        switch request.kind {
        case .commit:
            if has(\.fulfilled) || state == .fulfilled { return true }
            return !request.isFulfilling && (has(\.committed) || state == .committed)
        case .release:
            let wentBack = shares.contains { share, now in
                share.quantity > now.held + now.committed + now.fulfilled + now.cancelled
            }
            return state == .released || state != .expired && wentBack
        case .fulfil: return has(\.fulfilled) || state == .fulfilled
        case .cancel: return has(\.cancelled) || state == .cancelled
        }
    }

    /// Deals items one after the other to what is there.
    private func dealt(
        _ request: ChangeRequest,
        _ reservation: Reservation,
        _ all: [Part]
    ) -> Result<[Part], Final> {
        let givesUp = request.kind == .release || request.kind == .cancel
        var rest = givesUp ? all.reversed() : all
        var parts: [Part] = []
        for (index, item) in request.items.enumerated() {
            guard Int(item.line) < reservation.lines.count else {
                let refusal = ReservationReply(.unknownLine, refusedLine: Int32(index))
                return .failure(Final(reply: refusal))
            }
            let fitting = rest.indices.filter { place in
                let share = reservation.lines[rest[place].line].shares[rest[place].share]
                return rest[place].line == Int(item.line)
                    && (item.warehouse == .none || item.warehouse == share.warehouse)
                    && (item.pool == nil || item.pool == share.pool)
            }
            let there = fitting.map { UInt64(rest[$0].units) }.reduce(0, +)
            var missing = item.quantity == 0 ? there : UInt64(item.quantity)
            if missing == 0 || missing > there {
                let refusal = ReservationReply(.insufficientUnits, refusedLine: Int32(index))
                return .failure(Final(reply: refusal))
            }
            for place in fitting {
                let taken = UInt32(min(missing, UInt64(rest[place].units)))
                if taken == 0 { continue }
                var part = rest[place]
                part.units = taken
                parts.append(part)
                rest[place].units -= taken
                missing -= UInt64(taken)
            }
        }
        return .success(parts)
    }

    /// Refuses a commit of units that a count took away.
    private func refusalOfLost(_ parts: [Part], _ reservation: Reservation) -> ReservationReply? {
        var taken: [[UInt8]: [CellKey: Int64]] = [:]
        var lines: [Int: LostUnits] = [:]
        for part in parts where part.source == .held {
            let line = reservation.lines[part.line]
            let key = CellKey(line.shares[part.share].warehouse, line.shares[part.share].pool)
            guard let figures = skus[line.sku]?.cells[key] else { continue }
            let before = taken[line.sku]?[key] ?? 0
            let there = max(
                0,
                figures.onHand + figures.backorderLimit - figures.committed - before
            )
            let present = min(there, Int64(part.units))
            taken[line.sku, default: [:]][key] = before + present
            var lost = lines[part.line] ?? LostUnits(line: part.line, needed: 0, present: 0)
            lost.needed += part.units
            lost.present += UInt32(present)
            lines[part.line] = lost
        }
        let lost = lines.values.filter { $0.present < $0.needed }.sorted { $0.line < $1.line }
        guard let first = lost.first else { return nil }
        var refusal = ReservationReply(.stockLost, refusedLine: Int32(first.line))
        refusal.lostUnits = lost
        return refusal
    }

    /// Refuses a fulfilment of units that aren't on hand.
    private func refusalOfAbsent(_ parts: [Part], _ reservation: Reservation) -> ReservationReply? {
        var taken: [[UInt8]: [CellKey: Int64]] = [:]
        for part in parts {
            let line = reservation.lines[part.line]
            let key = CellKey(line.shares[part.share].warehouse, line.shares[part.share].pool)
            taken[line.sku, default: [:]][key, default: 0] += Int64(part.units)
            if (taken[line.sku]?[key] ?? 0) > (skus[line.sku]?.cells[key]?.onHand ?? 0) {
                return ReservationReply(.negativeOnHand, refusedLine: Int32(part.line))
            }
        }
        return nil
    }

    // MARK: Show, list

    /// Shows a reservation.
    mutating func show(_ id: ReservationID, now: Instant) -> ReservationReply {
        guard let reservation = reservations[id] else {
            return ReservationReply(.unknownReservation)
        }
        let instant = instant(now)
        _ = present(reservation, at: instant)
        var reply = reply(of: reservation, at: instant)
        reply.owner = reservation.command.owner
        reply.heldSince = reservation.heldSince
        reply.skus = reservation.lines.map { line in
            line.isKnown ? String(decoding: line.sku, as: UTF8.self) : ""
        }
        return reply
    }

    /// Lists the reservations of an owner, newest first.
    mutating func list(_ owner: OwnerID, includesClosed: Bool, now: Instant) -> CommandReply {
        let instant = instant(now)
        var found: [Reservation] = []
        for reservation in reservations.values where reservation.command.owner == owner {
            let state = present(reservation, at: instant)
            if includesClosed || state == .held || state == .committed { found.append(reservation) }
        }
        found.sort { $0.movement > $1.movement }
        return .owner(
            count: found.count,
            ids: found.prefix(CommandRunner.ownerListMax).map(\.command.id)
        )
    }

    // MARK: Sweep

    /// Ends what is held of a reservation whose time is over.
    mutating func expire(_ reservation: Reservation, at instant: Instant) {
        let id = reservation.command.id
        _ = beginMovement(at: instant)
        reservations[id]?.expiredUnits = reservation.lines.map { $0.progress.map(\.held) }
        let touched = move(of: id, allIn: .held, to: .expired, at: instant)
        for sku in touched { skus[sku]?.version += 1 }
    }

    /// Whether a reservation that is over was kept long enough.
    func isForgotten(_ reservation: Reservation, at now: Instant) -> Bool {
        guard let closedAt = reservation.closedAt else { return false }
        return closedAt.advanced(byMilliseconds: settings.closedRetentionMilliseconds) <= now
    }

    /// Expires what is due, the earliest first, and forgets what was kept long enough.
    mutating func sweep(now: Instant) -> CommandReply {
        let due = reservations.values
            .filter { isTimeOver($0, at: now) }
            .sorted { $0.expiresAt < $1.expiresAt }
        for reservation in due {
            expire(reservation, at: instant(now))
        }
        let closed = reservations.values.filter { isForgotten($0, at: now) }
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
