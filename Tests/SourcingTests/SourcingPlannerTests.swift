import Inventory
import Testing

@testable import Sourcing

/// Numbers from a seed.
struct Dice {
    var state: UInt64

    /// The next number below `count`.
    mutating func roll(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }
}

/// Orders of every kind, small enough to try all sets of warehouses.
struct OrderMaker {
    var dice: Dice

    init(seed: UInt64) { dice = Dice(state: seed) }

    /// A policy: one that is always there, or one of random tiers.
    mutating func objective() -> Objective {
        let number = dice.roll(9)
        if number < 6 { return Objective(PolicyDefinition.builtIn[number]) }
        let tiers = (0..<1 + dice.roll(4)).map { _ in
            let terms = SourcingTerm.allCases.filter { _ in dice.roll(3) == 0 }
            let parts = (terms.isEmpty ? [.shipments] : terms).map {
                SourcingTier.Part($0, weight: UInt32(1 + dice.roll(5)))
            }
            return SourcingTier(parts, tolerance: dice.roll(2) == 0 ? 0 : UInt16(dice.roll(3_000)))
        }
        return Objective(PolicyDefinition(name: PolicyName("random") ?? .none, tiers: tiers))
    }

    /// An order without limits of splits a line.
    mutating func order() -> OrderCase {
        var order = SourcingOrder(mode: .allOrNothing, objective: objective())
        order.mode = ReserveMode.allCases[dice.roll(3)]
        if dice.roll(3) == 0 { order.splitsMax = 1 + dice.roll(3) }
        order.shipsComplete = dice.roll(5) == 0 && order.mode != .bestEffort
        let isCoarse = dice.roll(2) == 0
        var result = OrderCase(order: order)
        let count = 1 + dice.roll(7)
        let hasPreferred = dice.roll(4) == 0
        for number in 0..<count {
            result.warehouses.append(
                WarehouseTerms(
                    shipmentCostMinor: Int64(dice.roll(isCoarse ? 3 : 300)),
                    metres: UInt32(dice.roll(isCoarse ? 2 : 2_000_000)),
                    promisedMinute: 0,
                    promiseMinutes: UInt32(dice.roll(4) * 600),
                    priority: UInt32(dice.roll(4)),
                    // Codes needn't stand in the order of numbers.
                    rank: UInt16((number * 3 + 1) % 11),
                    isPreferred: !hasPreferred || dice.roll(2) == 0,
                    exclusion: dice.roll(8) == 0 ? .excluded : .none
                )
            )
        }
        result.pools = [0, 1, 2, 2, 1]
        let skus = 1 + dice.roll(5)
        for _ in 0..<skus { addSKU(&result, warehouses: count, isCoarse) }
        return result
    }

    private mutating func addSKU(_ result: inout OrderCase, warehouses: Int, _ isCoarse: Bool) {
        let start = result.supplies.count
        for number in 0..<warehouses {
            for pool in 0..<3 where dice.roll(pool == 0 ? 2 : 6) == 0 {
                let present = Int64(dice.roll(12) - 2)
                let extra = dice.roll(6) == 0 ? Int64(dice.roll(6)) : 0
                result.supplies.append(
                    Supply(
                        available: present + extra,
                        present: present,
                        unitCostMinor: Int64(dice.roll(isCoarse ? 2 : 30)),
                        balance: UInt32(dice.roll(isCoarse ? 2 : 1_000)),
                        warehouse: UInt16(number),
                        pool: UInt16(pool),
                        cell: 0
                    )
                )
            }
        }
        let lines = dice.roll(4) == 0 ? 2 : 1
        let pools = [(0, 0), (0, 0), (0, 2), (1, 2), (3, 2)]
        for _ in 0..<lines {
            let choice = pools[dice.roll(pools.count)]
            let isFixed = dice.roll(12) == 0
            result.lines.append(
                SourcingLine(
                    supplyStart: start,
                    supplyCount: result.supplies.count - start,
                    requested: UInt32(1 + dice.roll(20)),
                    warehouse: isFixed
                        ? UInt16(dice.roll(warehouses)) : SourcingLine.anyWarehouse,
                    poolStart: Int32(choice.0),
                    poolCount: Int32(choice.1)
                )
            )
        }
    }
}

struct SourcingPlannerTests {
    @Test(arguments: 0..<40)
    func itsPlanIsTheBestOfAllSets(seed: Int) throws {
        var maker = OrderMaker(seed: UInt64(seed) &* 0x1234_5678_9ABC_DEF1)
        var planner = SourcingPlanner()
        for round in 0..<100 {
            let order = maker.order()
            // Which lines a limit of splits leaves to fixed ones is another rule.
            let hasFixed = order.lines.contains { $0.warehouse != SourcingLine.anyWarehouse }
            if hasFixed && order.order.splitsMax > 0 { continue }
            let naive = try #require(NaivePlanner(order: order).best())
            let result = order.plan(&planner)
            let place: Comment = "seed \(seed), round \(round)"
            let isShort = naive.head[0] > 0
            if isShort && order.order.mode == .allOrNothing {
                let short = result.lines.contains { $0.reserved < $0.requested }
                try #require(short, place)
                continue
            }
            try #require(Set(result.takes) == Set(naive.takes), place)
            try #require(result.verdict.isProven, place)
        }
    }

    @Test(arguments: 0..<20)
    func itsExplanationTellsTheValuesAndWhoLostATie(seed: Int) throws {
        var maker = OrderMaker(seed: UInt64(seed) &* 0x0F1E_2D3C_4B5A_6978)
        var planner = SourcingPlanner()
        for round in 0..<60 {
            let order = maker.order()
            let hasFixed = order.lines.contains { $0.warehouse != SourcingLine.anyWarehouse }
            let hasTolerance = order.order.objective.tolerances != .zero
            if hasFixed || hasTolerance { continue }
            let naivePlanner = NaivePlanner(order: order)
            let naive = try #require(naivePlanner.best())
            if naive.head[0] > 0 && order.order.mode == .allOrNothing { continue }
            let place: Comment = "seed \(seed), round \(round)"
            let explanation = try #require(order.explain(&planner).1)
            let values = naive.head + naive.tiers + [Int64(naive.used.count)]
            try #require(explanation.objective.map(\.value) == values, place)
            try #require(explanation.lowerBound == explanation.objective, place)
            for candidate in explanation.candidates {
                let number = Int(candidate.warehouse)
                try #require(candidate.isUsed == naive.used.contains(number), place)
                guard let reason = candidate.reason else { continue }
                let other = naivePlanner.best(with: number)
                let isTie =
                    other.map { $0.head + $0.tiers + [Int64($0.used.count)] == values } ?? false
                switch reason {
                case .tie: try #require(isTie, place)
                case .costsMore: try #require(!isTie, place)
                case .noStock: try #require(other == nil, place)
                case .dominated: break
                }
            }
        }
    }

    @Test
    func aSearchThatStopsEarlyBoundsWhatItMissed() throws {
        var maker = OrderMaker(seed: 77)
        var planner = SourcingPlanner()
        var stopped = 0
        for round in 0..<2_000 {
            var order = maker.order()
            let hasFixed = order.lines.contains { $0.warehouse != SourcingLine.anyWarehouse }
            if hasFixed || order.order.objective.tolerances != .zero { continue }
            order.order.workMax = 10
            let naive = try #require(NaivePlanner(order: order).best())
            if naive.head[0] > 0 && order.order.mode == .allOrNothing { continue }
            let explanation = try #require(order.explain(&planner).1)
            let best = naive.head + naive.tiers + [Int64(naive.used.count)]
            let place: Comment = "round \(round)"
            let found = explanation.objective.map(\.value)
            let bound = explanation.lowerBound.map(\.value)
            try #require(!found.lexicographicallyPrecedes(best), place)
            try #require(!best.lexicographicallyPrecedes(bound), place)
            if explanation.verdict.isProven { try #require(found == best, place) }
            if !explanation.verdict.isProven { stopped += 1 }
        }
        #expect(stopped > 20)
    }

    @Test(arguments: 0..<10)
    func itChoosesTheBestLinesToServeWholeFromFewWarehouses(seed: Int) throws {
        var maker = OrderMaker(seed: UInt64(seed) &* 0x5DEE_CE66_D1CE_4E5B)
        var planner = SourcingPlanner()
        var leftOut = 0
        for round in 0..<200 {
            var order = maker.order()
            if order.lines.contains(where: { $0.warehouse != SourcingLine.anyWarehouse }) {
                continue
            }
            order.order.mode = .wholeLines
            order.order.splitsMax = 1 + round % 3
            let naive = try #require(NaivePlanner(order: order).best())
            let explanation = try #require(order.explain(&planner).1)
            let place: Comment = "seed \(seed), round \(round)"
            let values = naive.head + naive.tiers + [Int64(naive.used.count)]
            try #require(explanation.objective.map(\.value) == values, place)
            try #require(explanation.verdict.isProven, place)
            if naive.head[0] > 0 && !naive.used.isEmpty { leftOut += 1 }
        }
        #expect(leftOut > 20)
    }

    /// With 10 steps the search stops early, with 100,000 it ends.
    @Test(arguments: [10, 100_000])
    func aToleranceBoundsItsTierAndLeavesBoundsToTheOthers(workMax: Int) throws {
        var maker = OrderMaker(seed: 78)
        var planner = SourcingPlanner()
        var compared = 0
        for round in 0..<3_000 {
            var order = maker.order()
            let hasFixed = order.lines.contains { $0.warehouse != SourcingLine.anyWarehouse }
            if hasFixed || order.order.objective.tolerances == .zero { continue }
            order.order.workMax = workMax
            let naive = try #require(NaivePlanner(order: order).best())
            if naive.head[0] > 0 && order.order.mode == .allOrNothing { continue }
            let explanation = try #require(order.explain(&planner).1)
            let best = naive.head + naive.tiers + [Int64(naive.used.count)]
            let place: Comment = "round \(round)"
            for (index, bound) in explanation.lowerBound.enumerated() {
                try #require(bound.value <= best[index], place)
                var hasTolerance = false
                if case .tier(let tier) = bound.kind {
                    hasTolerance = order.order.objective.tolerances[tier] > 0
                }
                if hasTolerance { continue }
                if explanation.verdict.isProven {
                    try #require(bound == explanation.objective[index], place)
                }
                if bound.value < best[index] { break }
                if index > 3 && bound.value > 0 { compared += 1 }
            }
        }
        #expect(compared > 100)
    }
}
