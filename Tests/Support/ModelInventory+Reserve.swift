internal import Inventory

extension ModelInventory {
    /// Holds the lines of a request, or says why not.
    mutating func reserve(_ command: ReserveCommand, now: Instant) -> ReservationReply {
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
        let lines = deal(command)
        if let refusal = refusal(of: command, lines) {
            self = before
            return refusal
        }
        let heldSince = replaced?.heldSince ?? instant
        let expiresAt = expiry(command.timeToLiveMilliseconds, instant, heldSince)
        let reservation = Reservation(
            command: command,
            state: .held,
            heldSince: heldSince,
            expiresAt: expiresAt,
            answeredExpiresAt: expiresAt,
            closedAt: nil,
            movement: beginMovement(at: instant),
            lines: lines,
            policy: policy(of: command) ?? .nearest,
            didReplace: replaced != nil,
            isDetailed: lines.contains { line in line.shares.contains { $0.backordered > 0 } }
        )
        reservations[command.id] = reservation
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

    /// When a hold of a chain expires.
    func expiry(_ milliseconds: UInt32, _ instant: Instant, _ heldSince: Instant) -> Instant {
        let timeToLive =
            milliseconds == 0 ? Limits.timeToLiveMillisecondsDefault : Int64(milliseconds)
        return min(
            instant.advanced(byMilliseconds: timeToLive),
            heldSince.advanced(byMilliseconds: settings.holdCapMilliseconds)
        )
    }

    /// Why a plan can't be carried out.
    private func refusal(of command: ReserveCommand, _ lines: [Line]) -> ReservationReply? {
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
        if command.mode == .allOrNothing, let refusal = refusalOfShortLine(command, lines) {
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
        return refusalOfSourcing(command)
    }

    /// The first line that isn't whole, and why.
    private func refusalOfShortLine(_ command: ReserveCommand, _ lines: [Line])
        -> ReservationReply?
    {
        for (index, line) in lines.enumerated() where units(line.shares) < line.requested {
            let fixed = command.lines[index].warehouse
            let outcome: Outcome =
                if !line.isKnown {
                    .unknownSKU
                } else if fixed != .none, warehouses[fixed]?.state != .online {
                    .warehouseClosed
                } else {
                    .insufficientStock
                }
            return ReservationReply(outcome, refusedLine: Int32(index))
        }
        return nil
    }

    /// Deals what is there to the lines: those with a fixed warehouse first, then the others.
    func deal(_ command: ReserveCommand) -> [Line] {
        var lines = command.lines.map { line in
            Line(
                sku: line.sku,
                isKnown: skus[line.sku] != nil,
                requested: line.quantity,
                shares: []
            )
        }
        var rest: [[UInt8]: [CellKey: Supply]] = [:]
        for line in lines {
            for (key, figures) in skus[line.sku]?.cells ?? [:]
            where warehouses[key.warehouse]?.state == .online {
                let counted = figures.reserved + figures.committed
                rest[line.sku, default: [:]][key] = Supply(
                    available: min(figures.available, Limits.unitsPerCellMax - counted),
                    present: figures.onHand - counted - figures.safetyStock
                )
            }
        }
        let indexes = Array(command.lines.indices)
        let order =
            indexes.filter { command.lines[$0].warehouse != .none }
            + indexes.filter { command.lines[$0].warehouse == .none }
        for index in order {
            let line = command.lines[index]
            let keys = candidates(line, command.destination, rest[line.sku] ?? [:])
            let all = keys.map { max(0, rest[line.sku]?[$0]?.available ?? 0) }.reduce(0, +)
            if command.mode == .wholeLines, all < Int64(line.quantity) { continue }
            let shares = take(Int64(line.quantity), keys, &rest[line.sku, default: [:]])
            lines[index].shares = shares
            lines[index].progress = shares.map { ShareProgress(held: $0.quantity) }
        }
        return lines
    }

    /// What a cell can still give.
    struct Supply {
        /// Units that may be promised.
        var available: Int64
        /// Units of them that are there.
        var present: Int64
    }

    /// Takes units from cells in order: first what is there, then what can only be promised.
    private func take(
        _ quantity: Int64,
        _ keys: [CellKey],
        _ rest: inout [CellKey: Supply]
    ) -> [Share] {
        var shares: [Share] = []
        var missing = quantity
        for key in keys {
            guard let supply = rest[key] else { continue }
            let taken = max(0, min(missing, supply.present, supply.available))
            if taken == 0 { continue }
            rest[key]?.present -= taken
            rest[key]?.available -= taken
            missing -= taken
            shares.append(Share(warehouse: key.warehouse, quantity: UInt32(taken), pool: key.pool))
        }
        for key in keys {
            guard let supply = rest[key] else { continue }
            let taken = max(0, min(missing, supply.available))
            if taken == 0 { continue }
            rest[key]?.available -= taken
            missing -= taken
            let known = shares.firstIndex { $0.warehouse == key.warehouse && $0.pool == key.pool }
            if let known {
                shares[known].quantity += UInt32(taken)
                shares[known].backordered += UInt32(taken)
            } else {
                shares.append(
                    Share(
                        warehouse: key.warehouse,
                        quantity: UInt32(taken),
                        pool: key.pool,
                        backordered: UInt32(taken)
                    )
                )
            }
        }
        return shares
    }

    /// The cells that may serve a line, the one to take from first in front.
    private func candidates(
        _ line: ReserveLine,
        _ destination: Destination?,
        _ rest: [CellKey: Supply]
    ) -> [CellKey] {
        let pools = line.pools.isEmpty ? [.default] : line.pools
        let codes = Set(rest.keys.map(\.warehouse)).filter {
            line.warehouse == .none || $0 == line.warehouse
        }
        let sorted = codes.sorted { left, right in
            (metres(from: left, to: destination), left)
                < (metres(from: right, to: destination), right)
        }
        return sorted.flatMap { code in pools.map { CellKey(code, $0) } }
            .filter { rest[$0] != nil }
    }

    /// Metres from a warehouse to a destination, 0 where there is none.
    private func metres(from code: WarehouseCode, to destination: Destination?) -> Int64 {
        guard let destination, let warehouse = warehouses[code] else { return 0 }
        return ModelDistance.metres(warehouse.position, destination.position)
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
