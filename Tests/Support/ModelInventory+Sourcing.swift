internal import Inventory

// Which warehouses serve an order, found by trying every set of them.
extension ModelInventory {
    /// What a warehouse costs and promises for an order, and whether it may serve.
    struct Terms {
        var metres: Int64 = 0
        var shipmentMinor: Int64 = 0
        var perKilogramMinor: Int64 = 0
        var promisedMinute: Int64 = 0
        var promiseMinutes: Int64 = 0
        var isPreferred = true
        /// Whether it serves the region of the destination.
        var isServed = true
        /// Whether it is online and neither a constraint nor its open shipments keep it out.
        var mayServe = false
        /// Whether it might but for its open shipments.
        var isFull = false
    }

    /// A plan of an order.
    struct Plan {
        var lines: [Line]
        var used: Set<WarehouseCode> = []
        /// Units short, units backordered, shipments from others than preferred ones.
        var head: [Int64] = [0, 0, 0]
        var tiers: [Int64] = []
        /// What the plan leaves of each cell.
        var rest: [[UInt8]: [CellKey: Supply]] = [:]
        var promisedMinute: Int64 = 0
        /// The warehouses that may serve, and those that might but for their open shipments.
        var serving: Set<WarehouseCode> = []
        var full: Set<WarehouseCode> = []
    }

    /// What a cell can give an order.
    struct Supply {
        var available: Int64
        var present: Int64
        var unitMinor: Int64
        var balance: Int64
    }

    /// An order with all that its plan depends on.
    private struct Order {
        var command: ReserveCommand
        var definition: PolicyDefinition
        var constraints: SourcingConstraints
        var terms: [WarehouseCode: Terms]
        var supplies: [[UInt8]: [CellKey: Supply]]
    }

    /// The best plan of a request; of what can't be served whole and has to be, what there is.
    func source(_ command: ReserveCommand, policy: SourcingPolicy, orderedAt: Instant) -> Plan {
        let number = Int(policy.rawValue)
        let definition =
            number < 16 ? PolicyDefinition.builtIn[number] : policies[number - 16]
        var order = Order(
            command: command,
            definition: definition,
            constraints: command.constraints ?? .none,
            terms: [:],
            supplies: [:]
        )
        for code in warehouses.keys {
            order.terms[code] = terms(of: code, command, orderedAt)
        }
        for line in command.lines {
            for (key, figures) in skus[line.sku]?.cells ?? [:] {
                order.supplies[line.sku, default: [:]][key] = supply(
                    of: figures,
                    in: key.warehouse,
                    weight: skus[line.sku]?.weightGrams ?? 0,
                    order
                )
            }
        }
        let allowed = order.terms.filter { $0.value.mayServe }.map(\.key)
        if command.mode == .allOrNothing {
            var all = order
            all.constraints.splitsMax = 0
            all.constraints.splitsPerLineMax = 0
            let plan = plan(of: Set(allowed), all)
            if plan.head[0] > 0 { return plan }
        }
        return best(order, allowed)
    }

    private func best(_ order: Order, _ allowed: [WarehouseCode]) -> Plan {
        let stocked = Set(order.supplies.values.flatMap { $0.keys.map(\.warehouse) })
        let candidates = allowed.filter { stocked.contains($0) }.sorted()
        let fixed = plan(of: [], order).used
        var plans: [Plan] = []
        for bits in 0..<(1 << candidates.count) {
            let chosen = candidates.indices.filter { bits >> $0 & 1 == 1 }.map { candidates[$0] }
            // What serves a fixed line is open to the others as well.
            guard fixed.isSubset(of: chosen) else { continue }
            let plan = plan(of: Set(chosen), order)
            // With a limit per line a set with warehouses to spare may deal otherwise than without.
            if order.constraints.splitsPerLineMax != 0, plan.used != Set(chosen) { continue }
            let most = Int(order.constraints.splitsMax)
            if most == 0 || plan.used.count <= most { plans.append(plan) }
        }
        for place in 0..<3 { keep(&plans, tolerance: 0) { $0.head[place] } }
        for (index, tier) in order.definition.tiers.enumerated() {
            keep(&plans, tolerance: Int64(tier.tolerance)) { $0.tiers[index] }
        }
        keep(&plans, tolerance: 0) { Int64($0.used.count) }
        guard var best = plans.first else { preconditionFailure("no plan at all") }
        for plan in plans.dropFirst() {
            let difference = plan.used.symmetricDifference(best.used)
            if let last = difference.max(), best.used.contains(last) { best = plan }
        }
        return best
    }

    private func keep(
        _ plans: inout [Plan],
        tolerance: Int64,
        _ value: (Plan) -> Int64
    ) {
        guard let least = plans.map(value).min().map({ Int128($0) }) else { return }
        let most = least + least * Int128(tolerance) / 10_000
        plans.removeAll { Int128(value($0)) > most }
    }

    // MARK: The plan of a set

    private func plan(of set: Set<WarehouseCode>, _ order: Order) -> Plan {
        let command = order.command
        var plan = Plan(
            lines: command.lines.map {
                Line(
                    sku: $0.sku,
                    isKnown: skus[$0.sku] != nil,
                    requested: $0.quantity,
                    shares: []
                )
            }
        )
        var rest = order.supplies
        let indexes = command.lines.indices
        let dealt =
            indexes.filter { command.lines[$0].warehouse != .none }
            + indexes.filter { command.lines[$0].warehouse == .none }
        var minor: Int64 = 0
        var balance: Int64 = 0
        for index in dealt {
            let line = command.lines[index]
            var servers = set
            if line.warehouse != .none {
                let mayServe = order.terms[line.warehouse]?.mayServe ?? false
                let most = Int(order.constraints.splitsMax)
                let isOpen = plan.used.contains(line.warehouse)
                let hasRoom = most == 0 || isOpen || plan.used.count < most
                servers = mayServe && hasRoom ? [line.warehouse] : []
            }
            var keys = fillOrder(line, servers, order)
            if line.warehouse == .none {
                keys = limited(keys, Int64(line.quantity), rest[line.sku] ?? [:], order)
            }
            let all = keys.map { max(0, units($0, rest[line.sku], order)) }.reduce(0, +)
            if command.mode == .wholeLines, all < Int64(line.quantity) { continue }
            let shares = take(
                Int64(line.quantity),
                keys,
                &rest[line.sku, default: [:]],
                allowsBackorder: !order.constraints.shipsComplete
            )
            plan.lines[index].shares = shares
            plan.lines[index].progress = shares.map { ShareProgress(held: $0.quantity) }
            for share in shares {
                plan.used.insert(share.warehouse)
                let key = CellKey(share.warehouse, share.pool)
                let supply = order.supplies[line.sku]?[key]
                minor += Int64(share.quantity) * (supply?.unitMinor ?? 0)
                balance += Int64(share.quantity) * (supply?.balance ?? 0)
            }
        }
        plan.rest = rest
        plan.serving = Set(order.terms.filter { $0.value.mayServe }.map(\.key))
        plan.full = Set(order.terms.filter { $0.value.isFull }.map(\.key))
        judge(&plan, order, minor: minor, balance: balance)
        return plan
    }

    private func judge(_ plan: inout Plan, _ order: Order, minor: Int64, balance: Int64) {
        let used = plan.used.compactMap { order.terms[$0] }
        let wanted = plan.lines.map { Int64($0.requested) }.reduce(0, +)
        let got = plan.lines.map { Int64(units($0.shares)) }.reduce(0, +)
        let backordered = plan.lines.flatMap(\.shares).map { Int64($0.backordered) }.reduce(0, +)
        plan.head = [wanted - got, backordered, Int64(used.filter { !$0.isPreferred }.count)]
        plan.promisedMinute = used.map(\.promisedMinute).max() ?? 0
        plan.tiers = order.definition.tiers.map { tier in
            tier.parts.map { part in
                let value: Int64 =
                    switch part.term {
                    case .metres: used.map(\.metres).reduce(0, +)
                    case .costMinor: used.map(\.shipmentMinor).reduce(minor, +)
                    case .promise: used.map(\.promiseMinutes).max() ?? 0
                    case .shipments: Int64(used.count)
                    case .balance: balance
                    case .priority:
                        plan.used.map { Int64(warehouses[$0]?.priority ?? 0) }.reduce(0, +)
                    }
                return Int64(part.weight) * value
            }.reduce(0, +)
        }
    }

    /// The cells of a set that may serve a line, the one to take from first in front.
    private func fillOrder(
        _ line: ReserveLine,
        _ set: Set<WarehouseCode>,
        _ order: Order
    ) -> [CellKey] {
        let pools = line.pools.isEmpty ? [.default] : line.pools
        let cells = order.supplies[line.sku] ?? [:]
        if line.warehouse != .none {
            return pools.map { CellKey(line.warehouse, $0) }
                .filter { set.contains($0.warehouse) && cells[$0] != nil }
        }
        let keys = cells.keys.filter { set.contains($0.warehouse) && pools.contains($0.pool) }
        func value(_ key: CellKey) -> [Int64] {
            order.definition.tiers.map { tier in
                tier.parts.map { part in
                    switch part.term {
                    case .costMinor: Int64(part.weight) * (cells[key]?.unitMinor ?? 0)
                    case .balance: Int64(part.weight) * (cells[key]?.balance ?? 0)
                    case .metres, .promise, .shipments, .priority: 0
                    }
                }.reduce(0, +)
            }
        }
        return keys.sorted { left, right in
            if value(left) != value(right) {
                return value(left).lexicographicallyPrecedes(value(right))
            }
            if left.warehouse != right.warehouse { return left.warehouse < right.warehouse }
            return (pools.firstIndex(of: left.pool) ?? 0) < (pools.firstIndex(of: right.pool) ?? 0)
        }
    }

    private func units(
        _ key: CellKey,
        _ cells: [CellKey: Supply]?,
        _ order: Order
    ) -> Int64 {
        guard let supply = cells?[key] else { return 0 }
        let present = max(0, min(supply.present, supply.available))
        return order.constraints.shipsComplete ? present : max(0, supply.available)
    }

    /// The cells of as many warehouses as a line may be served by: those it would take from first
    /// if they have enough, else those with the most units.
    private func limited(
        _ keys: [CellKey],
        _ quantity: Int64,
        _ cells: [CellKey: Supply],
        _ order: Order
    ) -> [CellKey] {
        let most = Int(order.constraints.splitsPerLineMax)
        if most == 0 { return keys }
        // A cell with units that can only be promised comes once more behind all others.
        let present = keys.filter { min(cells[$0]?.present ?? 0, cells[$0]?.available ?? 0) > 0 }
        let extra = keys.filter {
            units($0, cells, order) > max(0, cells[$0]?.present ?? 0)
        }
        let codes = (present + extra).map(\.warehouse)
        func all(_ code: WarehouseCode) -> Int64 {
            keys.filter { $0.warehouse == code }.map { units($0, cells, order) }.reduce(0, +)
        }
        let target = min(quantity, Set(codes).map(all).reduce(0, +))
        var chosen: [WarehouseCode] = []
        for code in codes where !chosen.contains(code) && chosen.count < most {
            if chosen.map(all).reduce(0, +) >= target { break }
            chosen.append(code)
        }
        if chosen.map(all).reduce(0, +) < target {
            chosen = []
            for _ in 0..<most {
                var best: WarehouseCode?
                for code in codes where !chosen.contains(code) {
                    if all(code) > (best.map(all) ?? 0) { best = code }
                }
                if let best { chosen.append(best) }
            }
        }
        return keys.filter { chosen.contains($0.warehouse) }
    }

    /// Takes units from cells in order: first what is there, then what can only be promised.
    private func take(
        _ quantity: Int64,
        _ keys: [CellKey],
        _ rest: inout [CellKey: Supply],
        allowsBackorder: Bool
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
        if !allowsBackorder { return shares }
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
                continue
            }
            shares.append(
                Share(
                    warehouse: key.warehouse,
                    quantity: UInt32(taken),
                    pool: key.pool,
                    backordered: UInt32(taken)
                )
            )
        }
        return shares
    }

    /// Why a line of a plan is short.
    func shortage(_ command: ReserveCommand, _ index: Int, _ plan: Plan) -> Outcome {
        let line = command.lines[index]
        let pools = line.pools.isEmpty ? [.default] : line.pools
        let missing = Int64(line.quantity) - Int64(units(plan.lines[index].shares))
        var online: Int64 = 0
        var allowed: Int64 = 0
        var full: Int64 = 0
        for (key, supply) in plan.rest[line.sku] ?? [:]
        where warehouses[key.warehouse]?.state == .online && pools.contains(key.pool) {
            let isAsked = line.warehouse == .none || line.warehouse == key.warehouse
            guard isAsked else { continue }
            online += max(0, supply.available)
            let mayServe = plan.serving.contains(key.warehouse)
            if mayServe { allowed += max(0, supply.available) }
            if plan.full.contains(key.warehouse) { full += max(0, supply.available) }
        }
        if allowed < missing, allowed + full >= missing { return .capacityExhausted }
        return online >= missing ? .constraintsUnmet : .insufficientStock
    }

    // MARK: Terms

    private func supply(
        of figures: CellFigures,
        in code: WarehouseCode,
        weight: UInt32,
        _ order: Order
    ) -> Supply {
        let counted = figures.reserved + figures.committed
        let perKilogram = order.terms[code]?.perKilogramMinor ?? 0
        let pick = warehouses[code]?.unitCostMinor ?? 0
        return Supply(
            available: min(figures.available, Limits.unitsPerCellMax - counted),
            present: figures.onHand - counted - figures.safetyStock,
            unitMinor: pick + (perKilogram * Int64(weight) + 500) / 1_000,
            balance: figures.onHand == 0
                ? 1_000
                : min(
                    Int64(UInt32.max),
                    (1_000 * counted + figures.onHand / 2) / figures.onHand
                )
        )
    }

    /// The terms of a warehouse for an order.
    func terms(
        of code: WarehouseCode,
        _ command: ReserveCommand,
        _ orderedAt: Instant
    ) -> Terms {
        var terms = Terms()
        guard let warehouse = warehouses[code] else { return terms }
        let constraints = command.constraints ?? .none
        terms.shipmentMinor = warehouse.shipmentCostMinor
        terms.isPreferred = constraints.preferred.isEmpty || constraints.preferred.contains(code)
        var mayServe = warehouse.state == .online && !constraints.excluded.contains(code)
        if !constraints.required.isEmpty, !constraints.required.contains(code) { mayServe = false }
        if let destination = command.destination {
            let metres = ModelDistance.metres(warehouse.position, destination.position)
            let rate = rate(code, destination.region, metres)
            let perKilometre = rate?.perKilometreMinor ?? warehouse.perKilometreMinor
            terms.metres = metres
            terms.shipmentMinor += (rate?.baseMinor ?? 0) + (perKilometre * metres + 500) / 1_000
            terms.perKilogramMinor = rate?.perKilogramMinor ?? 0
            terms.promisedMinute = promisedMinute(
                warehouse,
                orderedAt,
                transitHours: Int64(rate?.transitHours ?? defaultTransit(metres))
            )
            terms.promiseMinutes =
                terms.promisedMinute - max(0, orderedAt.milliseconds) / 60_000
            terms.isServed =
                warehouse.regions.isEmpty
                || warehouse.regions.contains { lies(destination.region, in: $0) }
            if !terms.isServed { mayServe = false }
            if constraints.metresMax > 0, metres > Int64(constraints.metresMax) {
                mayServe = false
            }
            if let latest = constraints.latestPromise,
                terms.promisedMinute * 60_000 > latest.milliseconds
            {
                mayServe = false
            }
        }
        terms.isFull = mayServe && isFull(code)
        terms.mayServe = mayServe && !terms.isFull
        return terms
    }

    private func lies(_ region: RegionCode, in other: RegionCode) -> Bool {
        region == other || region.description.hasPrefix(other.description + "-")
    }

    /// The row of the rate card for an order.
    private func rate(_ code: WarehouseCode, _ region: RegionCode, _ metres: Int64) -> RateRow? {
        for (isOwn, isRegional) in [(true, true), (true, false), (false, true), (false, false)] {
            var rows = rates.filter { row in
                row.warehouse == (isOwn ? code : .none) && metres <= Int64(row.metresMax)
                    && (isRegional
                        ? row.region != .none && lies(region, in: row.region)
                        : row.region == .none)
            }
            let longest = rows.map { $0.region.description.count }.max() ?? 0
            rows.removeAll { $0.region.description.count < longest }
            if let row = rows.min(by: { $0.metresMax < $1.metresMax }) { return row }
        }
        return nil
    }

    private func defaultTransit(_ metres: Int64) -> UInt16 {
        if metres <= 200_000 { return 24 }
        if metres <= 800_000 { return 48 }
        if metres <= 2_000_000 { return 72 }
        return metres <= 5_000_000 ? 120 : 240
    }

    /// The promised minute, day by day.
    private func promisedMinute(
        _ warehouse: Warehouse,
        _ orderedAt: Instant,
        transitHours: Int64
    ) -> Int64 {
        let day: Int64 = 86_400_000
        let hour: Int64 = 3_600_000
        let offset = Int64(warehouse.utcOffsetMinutes) * 60_000
        let ordered = max(0, orderedAt.milliseconds)
        func dayOf(_ local: Int64) -> Int64 { Int64((Double(local) / Double(day)).rounded(.down)) }
        func isOpen(_ number: Int64) -> Bool {
            warehouse.closedWeekdays >> UInt8(((number + 3) % 7 + 7) % 7) & 1 == 0
        }
        var local = ordered + offset
        let isInTime = ordered % day < Int64(warehouse.cutoffHourUTC) * hour
        if !isInTime || !isOpen(dayOf(local)) {
            local = (dayOf(local) + 1) * day
            while !isOpen(dayOf(local)) { local += day }
        }
        var work = Int64(warehouse.handlingHours) * hour
        while true {
            let leftToday = (dayOf(local) + 1) * day - local
            if work <= leftToday {
                local += work
                break
            }
            work -= leftToday
            local += leftToday
            while !isOpen(dayOf(local)) { local += day }
        }
        return (local - offset + transitHours * hour + 59_999) / 60_000
    }
}
