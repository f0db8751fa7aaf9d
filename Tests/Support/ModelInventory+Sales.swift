internal import Inventory

/// What the model knows of sales.
struct ModelSales: Sendable {
    /// Whose share an entry is.
    enum Holder: Hashable, Sendable {
        case owner(OwnerID)
        case ownerOfSKU(OwnerID, sku: [UInt8])
        case client(UInt16)
    }

    struct Key: Hashable, Sendable {
        var sale: UInt32
        var holder: Holder
    }

    struct Share: Sendable {
        var open: UInt64 = 0
        var fulfilled: UInt64 = 0
        var window: UInt32 = 0
        var windowUnits: UInt64 = 0
        var holds: UInt32 = 0
        var committedHolds: UInt32 = 0
        var openHolds: UInt32 = 0

        var units: UInt64 { open + fulfilled }

        /// What a report and the hash tell of it, where it is an owner's.
        func told(of owner: OwnerID) -> OwnerShare {
            OwnerShare(
                owner: owner,
                openUnits: open,
                fulfilledUnits: fulfilled,
                holds: holds,
                committedHolds: committedHolds,
                openHolds: openHolds
            )
        }
    }

    /// The sale that a reservation belongs to.
    struct Part: Sendable {
        var sale: UInt32
        var window: UInt32
        var client: UInt16
    }

    var sales: [Sale] = []
    var next: UInt32 = 1
    var shares: [Key: Share] = [:]
}

extension ModelInventory {
    // MARK: Rules

    /// Gives sales rules or forgets them.
    mutating func writeSales(_ command: SalesCommand, now: Instant) -> WriteAnswer {
        if let known = remembered(command.id, digest: command.digest) { return known }
        let instant = instant(now)
        let before = self
        if let refusal = change(command.changes, at: instant) {
            self = before
            return refusal
        }
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(command.changes.count)
        writes[command.id] = Write(digest: command.digest, answer: answer, writtenAt: instant)
        return answer
    }

    private mutating func change(_ changes: [SaleChange], at instant: Instant) -> WriteAnswer? {
        if changes.isEmpty { return WriteAnswer(.noLines) }
        if changes.count > 128 { return WriteAnswer(.tooManyLines) }
        for (index, change) in changes.enumerated() {
            if case .rules(let rules) = change, let fault = rules.fault {
                return WriteAnswer(fault.outcome, refusedRow: Int32(index))
            }
            if changes[..<index].contains(where: { $0.pool == change.pool }) {
                return WriteAnswer(.invalidSale, refusedRow: Int32(index))
            }
        }
        for (index, change) in changes.enumerated() {
            let known = sales.sales.firstIndex { $0.rules.pool == change.pool }
            switch change {
            case .rules(let rules):
                if !pools.contains(rules.pool), pools.count >= 256 {
                    return WriteAnswer(.tooManyPools, refusedRow: Int32(index))
                }
                pools.insert(rules.pool)
                if let known {
                    sales.sales[known].rules = rules
                } else {
                    sales.sales.append(Sale(number: sales.next, rules: rules))
                    sales.next += 1
                }
            case .opening, .closing:
                guard let known else {
                    return WriteAnswer(.unknownSale, refusedRow: Int32(index))
                }
                take(change, &sales.sales[known].rules, at: instant)
            case .removal:
                guard let known else {
                    return WriteAnswer(.unknownSale, refusedRow: Int32(index))
                }
                let sale = sales.sales[known]
                guard let closesAt = sale.rules.closesAt, closesAt <= instant,
                    !isHeld(of: sale.number)
                else { return WriteAnswer(.saleInUse, refusedRow: Int32(index)) }
                sales.sales.remove(at: known)
                sales.shares = sales.shares.filter { $0.key.sale != sale.number }
            }
        }
        return nil
    }

    /// Opens or closes a sale at an instant, unless it is open or closed.
    private func take(_ step: SaleChange, _ rules: inout SaleRules, at instant: Instant) {
        let opensAt = rules.opensAt ?? .distantPast
        let isClosed = rules.closesAt.map { $0 <= instant } ?? false
        if opensAt > instant { rules.opensAt = instant }
        if case .opening = step, isClosed { rules.closesAt = nil }
        if case .closing = step, !isClosed { rules.closesAt = instant }
    }

    /// Whether some reservation of a sale is held, its time over or not.
    private func isHeld(of sale: UInt32) -> Bool {
        reservations.values.contains { $0.sale?.sale == sale && $0.state == .held }
    }

    private func isKnown(_ sale: UInt32) -> Bool { sales.sales.contains { $0.number == sale } }

    // MARK: What a request belongs to

    /// The sale of a request's lines; the index of a line that mixes it with something else.
    func sale(of command: ReserveCommand) -> (sale: Sale?, mixedLine: Int?) {
        func rules(_ pool: PoolName) -> Sale? {
            sales.sales.first { $0.rules.pool == pool }
        }
        let lists = command.lines.map { $0.pools.isEmpty ? [.default] : $0.pools }
        let sale = rules(lists[0][0])
        for (index, list) in lists.enumerated() {
            for (place, pool) in list.enumerated() {
                let isAllowed: Bool
                if let sale {
                    let isOwn = pool == sale.rules.pool
                    let isBorrowed =
                        sale.rules.wall == .borrows && (pool == .default || rules(pool) == nil)
                    isAllowed = isOwn || place > 0 && isBorrowed
                } else {
                    isAllowed = rules(pool) == nil
                }
                if !isAllowed { return (sale, index) }
            }
        }
        return (sale, nil)
    }

    /// The request with the pools that its sale lets it take from.
    func borrowing(_ command: ReserveCommand) -> ReserveCommand {
        guard !command.lines.isEmpty, sale(of: command).sale?.rules.wall == .borrows else {
            return command
        }
        var command = command
        for index in command.lines.indices where command.lines[index].pools.count == 1 {
            command.lines[index].pools.append(.default)
        }
        return command
    }

    /// The window of time that an instant lies in, by the second in which it begins.
    func window(of rules: SaleRules, at instant: Instant) -> UInt32 {
        if rules.windowMilliseconds == 0 { return 0 }
        let origin = rules.opensAt?.milliseconds ?? 0
        var start = origin
        while start + Int64(rules.windowMilliseconds) <= instant.milliseconds {
            let steps = (instant.milliseconds - start) / Int64(rules.windowMilliseconds)
            start += max(1, steps) * Int64(rules.windowMilliseconds)
        }
        return UInt32(start / 1_000 + 1)
    }

    /// Why a sale doesn't allow a request; what it replaces is given back already.
    func refusal(
        by sale: Sale,
        of command: ReserveCommand,
        at instant: Instant
    ) -> ReservationReply? {
        let rules = sale.rules
        if let opensAt = rules.opensAt, instant < opensAt { return ReservationReply(.saleNotOpen) }
        if let closesAt = rules.closesAt, instant >= closesAt {
            return ReservationReply(.saleClosed)
        }
        func isOver(_ units: UInt64, _ limit: UInt32) -> Bool {
            limit != 0 && units > UInt64(limit)
        }
        func share(_ holder: ModelSales.Holder) -> ModelSales.Share {
            let key = ModelSales.Key(sale: sale.number, holder: holder)
            return sales.shares[key] ?? ModelSales.Share()
        }
        let asked = command.lines.reduce(0) { $0 + UInt64($1.quantity) }
        if isOver(asked, rules.unitsPerOrder) { return ReservationReply(.orderLimit) }
        var bySKU: [[UInt8]: UInt64] = [:]
        for (index, line) in command.lines.enumerated() {
            bySKU[line.sku, default: 0] += UInt64(line.quantity)
            let has = share(.ownerOfSKU(command.owner, sku: line.sku)).units
            if isOver(has + (bySKU[line.sku] ?? 0), rules.unitsPerOwnerAndSKU) {
                return ReservationReply(.ownerSKULimit, refusedLine: Int32(index))
            }
        }
        let owner = share(.owner(command.owner))
        if isOver(owner.units + asked, rules.unitsPerOwner) { return ReservationReply(.ownerLimit) }
        let isSame = owner.window == window(of: rules, at: instant)
        if isOver((isSame ? owner.windowUnits : 0) + asked, rules.unitsPerWindow) {
            return ReservationReply(.windowLimit)
        }
        if isOver(UInt64(owner.openHolds) + 1, rules.openHoldsPerOwner) {
            return ReservationReply(.ownerHoldBudget)
        }
        let held = UInt64(share(.client(command.client)).openHolds)
        if command.client != 0, isOver(held + 1, rules.openHoldsPerCredential) {
            return ReservationReply(.credentialHoldBudget)
        }
        return nil
    }

    // MARK: Counting

    /// What a hold of a sale is remembered with.
    func part(of sale: Sale, _ command: ReserveCommand, at instant: Instant) -> ModelSales.Part {
        ModelSales.Part(
            sale: sale.number,
            window: window(of: sale.rules, at: instant),
            client: sale.rules.openHoldsPerCredential == 0 ? 0 : command.client
        )
    }

    /// Changes what somebody has of a sale that is known.
    private mutating func changeShare(
        _ sale: UInt32,
        _ holder: ModelSales.Holder,
        _ body: (inout ModelSales.Share) -> Void
    ) {
        body(&sales.shares[ModelSales.Key(sale: sale, holder: holder), default: .init()])
    }

    /// Counts a hold that was just made.
    mutating func countHold(_ reservation: Reservation) {
        guard let part = reservation.sale else { return }
        let owner = reservation.command.owner
        var units: UInt64 = 0
        for line in reservation.lines {
            for share in line.shares {
                units += UInt64(share.quantity)
                changeShare(part.sale, .ownerOfSKU(owner, sku: line.sku)) {
                    $0.open += UInt64(share.quantity)
                }
            }
        }
        changeShare(part.sale, .owner(owner)) { share in
            share.open += units
            share.holds += 1
            share.openHolds += 1
            if part.window == 0 { return }
            if share.window != part.window { share.windowUnits = 0 }
            share.window = part.window
            share.windowUnits += units
        }
        if part.client != 0 {
            changeShare(part.sale, .client(part.client)) { share in
                share.holds += 1
                share.openHolds += 1
            }
        }
    }

    /// Counts units of a line that go on.
    mutating func countUnits(
        _ units: UInt32,
        of reservation: Reservation,
        _ sku: [UInt8],
        to target: ReservationState
    ) {
        guard let part = reservation.sale, isKnown(part.sale), target != .committed else { return }
        let owner = reservation.command.owner
        changeShare(part.sale, .ownerOfSKU(owner, sku: sku)) { share in
            share.open -= UInt64(units)
            if target == .fulfilled { share.fulfilled += UInt64(units) }
        }
        changeShare(part.sale, .owner(owner)) { share in
            share.open -= UInt64(units)
            if target == .fulfilled {
                share.fulfilled += UInt64(units)
            } else if part.window != 0, part.window == share.window {
                share.windowUnits -= min(share.windowUnits, UInt64(units))
            }
        }
    }

    /// Counts that a hold ends, and a first commit.
    mutating func countState(
        of reservation: Reservation,
        before: ReservationState,
        isFirstCommit: Bool
    ) {
        guard let part = reservation.sale, isKnown(part.sale) else { return }
        let ends = before == .held && reservation.state != .held
        changeShare(part.sale, .owner(reservation.command.owner)) { share in
            if ends { share.openHolds -= 1 }
            if isFirstCommit { share.committedHolds += 1 }
        }
        if ends, part.client != 0 {
            changeShare(part.sale, .client(part.client)) { $0.openHolds -= 1 }
        }
    }

    /// When a hold of a sale with a limit on first holds ends at the latest.
    func firstHoldEnd(
        of part: ModelSales.Part?,
        since start: Instant
    ) -> Instant? {
        guard let sale = sales.sales.first(where: { $0.number == part?.sale }),
            sale.rules.firstHoldMilliseconds != 0
        else { return nil }
        return start.advanced(byMilliseconds: Int64(sale.rules.firstHoldMilliseconds))
    }

    // MARK: Hash

    /// The hash of sales and of what everybody has of them.
    func hashOfSales() -> UInt64 {
        var sum = StateHash.nextSale(sales.next)
        for sale in sales.sales { sum &+= StateHash.sale(sale) }
        for (key, share) in sales.shares {
            switch key.holder {
            case .owner(let owner):
                sum &+= StateHash.ownerShare(
                    share.told(of: owner),
                    sale: key.sale,
                    window: share.window,
                    windowUnits: share.windowUnits
                )
            case .ownerOfSKU(let owner, let sku):
                sum &+= StateHash.ownerShare(
                    of: owner,
                    sale: key.sale,
                    sku: StateHash.name(sku),
                    openUnits: share.open,
                    fulfilledUnits: share.fulfilled
                )
            case .client(let client):
                sum &+= StateHash.clientShare(
                    of: client,
                    sale: key.sale,
                    holds: share.holds,
                    openHolds: share.openHolds
                )
            }
        }
        return sum
    }
}
