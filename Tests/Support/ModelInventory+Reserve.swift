internal import Inventory

extension ModelInventory {
    /// Holds the lines of a request, or says why not.
    mutating func reserve(_ command: ReserveCommand, now: Instant) -> ReservationReply {
        let instant = instant(now)
        if let known = reservations[command.id] {
            guard known.command.digest == command.digest else {
                return ReservationReply(.requestIDReused)
            }
            var reply = reply(of: known, at: instant)
            reply.isRepeated = true
            noteShown(reply.state, of: known, at: instant)
            return reply
        }
        if writes[command.id] != nil { return ReservationReply(.requestIDReused) }
        if let refusal = refusal(of: command) { return refusal }

        let lines = deal(command)
        if command.mode == .allOrNothing, let refusal = refusalOfShortLine(command, lines) {
            return refusal
        }
        if lines.map(\.shares.count).reduce(0, +) > Limits.sharesPerReservationMax {
            return ReservationReply(.tooManyShares)
        }
        let timeToLive =
            command.timeToLiveMilliseconds == 0
            ? Limits.timeToLiveMillisecondsDefault : Int64(command.timeToLiveMilliseconds)
        let reservation = Reservation(
            command: command,
            state: .held,
            heldSince: instant,
            expiresAt: instant.advanced(byMilliseconds: timeToLive),
            closedAt: nil,
            movement: beginMovement(at: instant),
            lines: lines
        )
        reservations[command.id] = reservation
        change(lines) { figures, quantity in figures.reserved += quantity }
        return reply(of: reservation, at: instant)
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
        }
        return nil
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
    private func deal(_ command: ReserveCommand) -> [Line] {
        var lines = command.lines.map { line in
            Line(
                sku: line.sku,
                isKnown: skus[line.sku] != nil,
                requested: line.quantity,
                shares: []
            )
        }
        var available: [[UInt8]: [WarehouseCode: Int64]] = [:]
        for line in lines {
            for (key, figures) in skus[line.sku]?.cells ?? [:]
            where key.pool == .default && figures.available > 0
                && warehouses[key.warehouse]?.state == .online
            {
                available[line.sku, default: [:]][key.warehouse] = figures.available
            }
        }
        let indexes = Array(command.lines.indices)
        let order =
            indexes.filter { command.lines[$0].warehouse != .none }
            + indexes.filter { command.lines[$0].warehouse == .none }
        for index in order {
            let line = command.lines[index]
            let codes = candidates(line, command.destination, available[line.sku] ?? [:])
            var shares: [Share] = []
            var missing = Int64(line.quantity)
            for code in codes where missing > 0 {
                let taken = min(missing, available[line.sku]?[code] ?? 0)
                if taken == 0 { continue }
                shares.append(Share(warehouse: code, quantity: UInt32(taken)))
                missing -= taken
            }
            if command.mode == .wholeLines, missing > 0 { continue }
            for share in shares {
                available[line.sku]?[share.warehouse]? -= Int64(share.quantity)
            }
            lines[index].shares = shares
        }
        return lines
    }

    /// The warehouses that may serve a line, the one to take from first in front.
    private func candidates(
        _ line: ReserveLine,
        _ destination: Destination?,
        _ available: [WarehouseCode: Int64]
    ) -> [WarehouseCode] {
        if line.warehouse != .none {
            return available[line.warehouse] == nil ? [] : [line.warehouse]
        }
        return available.keys.sorted { left, right in
            (metres(from: left, to: destination), left)
                < (metres(from: right, to: destination), right)
        }
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
        reply.state = state(of: reservation, at: instant)
        reply.lsn = reservation.movement
        reply.expiresAt = reservation.expiresAt
        for line in reservation.lines {
            reply.lines.append(
                LineResult(
                    requested: line.requested,
                    reserved: units(line.shares),
                    shareStart: UInt32(reply.shares.count),
                    shareCount: UInt32(line.shares.count)
                )
            )
            reply.shares += line.shares
        }
        return reply
    }
}

/// Whether a name is 1–64 bytes of printable ASCII without a space.
func isValidName(_ bytes: [UInt8]) -> Bool {
    (1...64).contains(bytes.count) && bytes.allSatisfy { (0x21...0x7E).contains($0) }
}
