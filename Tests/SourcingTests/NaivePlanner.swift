import Inventory

@testable import Sourcing

/// An order with all its memory, for tests.
struct OrderCase {
    var lines: [SourcingLine] = []
    var supplies: [Supply] = []
    var pools: [UInt16] = [0]
    var warehouses: [WarehouseTerms] = []
    var order: SourcingOrder

    /// What a planner made of it.
    struct Result {
        var verdict: SourcingVerdict
        var lines: [SourcingLine]
        var shares: [PlannedShare]
    }

    /// Plans the order.
    func plan(_ planner: inout SourcingPlanner) -> Result {
        with(&planner) { planner, problem in planner.plan(&problem, order) }
    }

    /// Plans the order and explains the plan.
    func explain(_ planner: inout SourcingPlanner) -> (Result, SourcingExplanation?) {
        var explanation: SourcingExplanation?
        let result = with(&planner) { planner, problem in
            let explained = planner.explain(&problem, order)
            explanation = explained
            return explained.verdict
        }
        return (result, explanation)
    }

    /// What `body` makes of it.
    func with(
        _ planner: inout SourcingPlanner,
        _ body: (inout SourcingPlanner, inout SourcingProblem) -> SourcingVerdict
    ) -> Result {
        var lines = lines
        var supplies = supplies
        let room = PlannedShare(supply: 0, quantity: 0, backordered: 0)
        var shares = [PlannedShare](repeating: room, count: 4_096)
        var verdict: SourcingVerdict?
        var count = 0
        lines.withUnsafeMutableBufferPointer { lines in
            supplies.withUnsafeMutableBufferPointer { supplies in
                shares.withUnsafeMutableBufferPointer { shares in
                    pools.withUnsafeBufferPointer { pools in
                        warehouses.withUnsafeBufferPointer { warehouses in
                            guard let pools = pools.baseAddress, let terms = warehouses.baseAddress
                            else { return }
                            var problem = SourcingProblem(
                                lines: lines,
                                supplies: supplies,
                                pools: pools,
                                warehouses: terms,
                                shares: shares
                            )
                            verdict = body(&planner, &problem)
                            count = problem.shareCount
                        }
                    }
                }
            }
        }
        guard let verdict else { preconditionFailure("an order without memory") }
        return Result(verdict: verdict, lines: lines, shares: Array(shares[..<count]))
    }
}

extension OrderCase.Result {
    /// What each line takes.
    var takes: [NaivePlanner.Take] {
        lines.enumerated().flatMap { index, line in
            shares[line.shareStart..<line.shareStart + line.shareCount].map { share in
                NaivePlanner.Take(
                    line: index,
                    supply: share.supply,
                    quantity: Int64(share.quantity),
                    backordered: Int64(share.backordered)
                )
            }
        }
    }
}

/// The best plan by trying every set of warehouses: slow and obvious.
struct NaivePlanner {
    let order: OrderCase

    /// Units of a line from a supply.
    struct Take: Hashable {
        var line: Int
        var supply: Int
        var quantity: Int64
        var backordered: Int64
    }

    /// A plan with what it is judged by.
    struct Plan {
        var takes: [Take]
        /// Short, backordered, shipments from warehouses that aren't preferred.
        var head: [Int64]
        var tiers: [Int64]
        var used: Set<Int>
        var short: [Int64]
    }

    /// The best plan; with `warehouse` the best of those that use it, `nil` where there is none.
    func best(with warehouse: Int? = nil) -> Plan? {
        let allowed = Set(order.supplies.map { Int($0.warehouse) }).sorted().filter {
            order.warehouses[$0].exclusion == .none
        }
        var plans: [Plan] = []
        for bits in 0..<(1 << allowed.count) {
            let set = Set(allowed.indices.filter { bits >> $0 & 1 == 1 }.map { allowed[$0] })
            // What serves a fixed line is open to the others as well.
            if !set.isSuperset(of: plan(of: []).used) { continue }
            let plan = plan(of: set)
            let splits = order.order.splitsMax
            if let warehouse, !plan.used.contains(warehouse) { continue }
            if splits == 0 || plan.used.count <= splits { plans.append(plan) }
        }
        for place in 0..<3 { keep(&plans, within: 0) { $0.head[place] } }
        for tier in 0..<order.order.objective.tierCount {
            let tolerance = Int64(order.order.objective.tolerances[tier])
            keep(&plans, within: tolerance) { $0.tiers[tier] }
        }
        keep(&plans, within: 0) { Int64($0.used.count) }
        guard var best = plans.first else { return nil }
        for plan in plans.dropFirst() where isEarlier(plan.used, best.used) { best = plan }
        return best
    }

    private func keep(_ plans: inout [Plan], within tolerance: Int64, _ value: (Plan) -> Int64) {
        guard let least = plans.map(value).min() else { return }
        plans.removeAll { value($0) > least + least * tolerance / 10_000 }
    }

    /// Whether a set comes first among equals: read from the last code backwards.
    private func isEarlier(_ left: Set<Int>, _ right: Set<Int>) -> Bool {
        let ranks = left.symmetricDifference(right).map { order.warehouses[$0].rank }
        guard let last = ranks.max() else { return false }
        return right.contains { order.warehouses[$0].rank == last }
    }

    private func unitValue(_ supply: Supply, _ tier: Int) -> Int64 {
        let weights = order.order.objective.weights[tier]
        return Int64(weights[1]) * supply.unitCostMinor
            + Int64(weights[4]) * Int64(supply.balance)
    }

    /// The supplies of a line in the order in which it takes from them.
    private func fillOrder(_ line: SourcingLine, _ set: Set<Int>) -> [Int] {
        let pools =
            line.poolCount == 0
            ? [0]
            : (0..<Int(line.poolCount)).map { order.pools[Int(line.poolStart) + $0] }
        let range = line.supplyStart..<line.supplyStart + line.supplyCount
        let mine = range.filter { place in
            let supply = order.supplies[place]
            return set.contains(Int(supply.warehouse)) && pools.contains(supply.pool)
                && (line.warehouse == SourcingLine.anyWarehouse
                    || line.warehouse == supply.warehouse)
        }
        func key(_ place: Int) -> [Int64] {
            let supply = order.supplies[place]
            let values = (0..<order.order.objective.tierCount).map { unitValue(supply, $0) }
            let pool = pools.firstIndex(of: supply.pool) ?? 0
            let rank = Int64(order.warehouses[Int(supply.warehouse)].rank)
            let isFixed = line.warehouse != SourcingLine.anyWarehouse
            return isFixed ? [Int64(pool)] : values + [rank, Int64(pool)]
        }
        return mine.sorted { key($0).lexicographicallyPrecedes(key($1)) }
    }

    /// The plan of a set of warehouses.
    private func plan(of set: Set<Int>) -> Plan {
        var rest = order.supplies.map { supply in
            let present = max(0, min(supply.present, supply.available))
            let extra = order.order.shipsComplete ? 0 : max(0, supply.available - present)
            return (present: present, extra: extra)
        }
        var takes: [Take] = []
        var short = order.lines.map { Int64($0.requested) }
        let indexes = order.lines.indices
        let fixed = indexes.filter { order.lines[$0].warehouse != SourcingLine.anyWarehouse }
        let others = indexes.filter { order.lines[$0].warehouse == SourcingLine.anyWarehouse }
        for index in fixed + others {
            let line = order.lines[index]
            // A line with a fixed warehouse is served whatever the set, as long as it may be.
            let mayServe =
                fixed.contains(index)
                ? order.warehouses[Int(line.warehouse)].exclusion == .none
                    ? [Int(line.warehouse)] : [] : set
            let places = fillOrder(line, mayServe)
            let all = places.map { rest[$0].present + rest[$0].extra }.reduce(0, +)
            if order.order.mode == .wholeLines, all < Int64(line.requested) { continue }
            for place in places {
                let taken = min(short[index], rest[place].present)
                if taken == 0 { continue }
                rest[place].present -= taken
                short[index] -= taken
                takes.append(Take(line: index, supply: place, quantity: taken, backordered: 0))
            }
            for place in places {
                let taken = min(short[index], rest[place].extra)
                if taken == 0 { continue }
                rest[place].extra -= taken
                short[index] -= taken
                if let own = takes.firstIndex(where: { $0.line == index && $0.supply == place }) {
                    takes[own].quantity += taken
                    takes[own].backordered += taken
                } else {
                    takes.append(
                        Take(line: index, supply: place, quantity: taken, backordered: taken)
                    )
                }
            }
        }
        return judged(takes, short)
    }

    private func judged(_ takes: [Take], _ short: [Int64]) -> Plan {
        let used = Set(takes.map { Int(order.supplies[$0.supply].warehouse) })
        var tiers: [Int64] = []
        for tier in 0..<order.order.objective.tierCount {
            let weights = order.order.objective.weights[tier]
            var value: Int64 = 0
            for number in used {
                let terms = order.warehouses[number]
                value += Int64(weights[0]) * Int64(terms.metres)
                value += Int64(weights[1]) * terms.shipmentCostMinor
                value += Int64(weights[3]) + Int64(weights[5]) * Int64(terms.priority)
            }
            let latest = used.map { order.warehouses[$0].promiseMinutes }.max() ?? 0
            value += Int64(weights[2]) * Int64(latest)
            for take in takes {
                value += take.quantity * unitValue(order.supplies[take.supply], tier)
            }
            tiers.append(value)
        }
        let others = used.filter { !order.warehouses[$0].isPreferred }.count
        return Plan(
            takes: takes,
            head: [
                short.reduce(0, +), takes.map(\.backordered).reduce(0, +), Int64(others),
            ],
            tiers: tiers,
            used: used,
            short: short
        )
    }
}
