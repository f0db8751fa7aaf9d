import Inventory
import Testing

@testable import Sourcing

/// Orders that one warehouse serves best, planned without a search.
@Suite struct PlanFromOneTests {
    /// Whether the order was planned from one warehouse, and what came of it.
    private func attempt(
        _ order: OrderCase,
        _ planner: inout SourcingPlanner
    ) -> (isPlanned: Bool, result: OrderCase.Result) {
        var isPlanned = false
        let result = order.with(&planner) { planner, problem in
            planner.order = order.order
            planner.begin()
            isPlanned = planner.planFromOne(&problem)
            planner.forget()
            return planner.verdict(of: problem)
        }
        return (isPlanned, result)
    }

    /// An order of which some warehouses have plenty.
    private func plentiful(_ maker: inout OrderMaker) -> OrderCase {
        var order = maker.order()
        let isPlentiful = order.warehouses.map { _ in maker.dice.roll(4) > 0 }
        for index in order.supplies.indices
        where isPlentiful[Int(order.supplies[index].warehouse)] {
            order.supplies[index].available += 40
            order.supplies[index].present += 40
        }
        for index in order.lines.indices where maker.dice.roll(20) > 0 {
            order.lines[index].warehouse = SourcingLine.anyWarehouse
            order.lines[index].poolCount = 0
        }
        return order
    }

    @Test(arguments: 0..<20)
    func itIsTheBestPlanOfAllSets(seed: Int) throws {
        var maker = OrderMaker(seed: UInt64(seed) &* 0x2545_F491_4F6C_DD1D)
        var planner = SourcingPlanner()
        var planned = 0
        for round in 0..<300 {
            var order = plentiful(&maker)
            if maker.dice.roll(4) == 0 { order.order.splitsPerLineMax = 1 + maker.dice.roll(2) }
            let (isPlanned, result) = attempt(order, &planner)
            let place: Comment = "seed \(seed), round \(round)"
            guard isPlanned else {
                // Nothing is taken, or it was given back.
                try #require(result.shares.isEmpty, place)
                try #require(result.lines.allSatisfy { $0.reserved == 0 }, place)
                continue
            }
            planned += 1
            let naive = try #require(NaivePlanner(order: order).best())
            try #require(Set(result.takes) == Set(naive.takes), place)
            try #require(naive.used.count == 1, place)
            try expectSameExplained(order, &planner, place)
        }
        #expect(planned > 20)
    }

    /// A dry run tells the plan that a reserve carries out.
    private func expectSameExplained(
        _ order: OrderCase,
        _ planner: inout SourcingPlanner,
        _ place: Comment
    ) throws {
        let planned = order.plan(&planner)
        let (result, told) = order.explain(&planner)
        let explanation = try #require(told)
        try #require(Set(result.takes) == Set(planned.takes), place)
        try #require(planned.verdict.isProven && explanation.verdict.isProven, place)
        try #require(explanation.lowerBound == explanation.objective, place)
        let used = explanation.candidates.filter(\.isUsed).map(\.warehouse)
        try #require(used == planned.shares.prefix(1).map { order.supplies[$0.supply].warehouse })
    }

    /// An order of two warehouses, the second with other terms or supplies.
    private func pair(
        _ policy: String,
        lines: [UInt32] = [1],
        _ change: (inout OrderCase) -> Void = { _ in }
    ) throws -> OrderCase {
        let definition = try #require(
            PolicyDefinition.builtIn.first { $0.name.description == policy }
        )
        var order = OrderCase(
            order: SourcingOrder(mode: .allOrNothing, objective: Objective(definition))
        )
        for number in 0..<2 {
            order.warehouses.append(
                WarehouseTerms(
                    shipmentCostMinor: 100,
                    metres: 1_000,
                    promisedMinute: 0,
                    promiseMinutes: 60,
                    priority: 1,
                    rank: UInt16(number)
                )
            )
            order.supplies.append(
                Supply(
                    available: 10,
                    present: 10,
                    unitCostMinor: 5,
                    balance: 100,
                    warehouse: UInt16(number),
                    pool: 0,
                    cell: 0
                )
            )
        }
        order.lines = lines.map {
            SourcingLine(
                supplyStart: 0,
                supplyCount: 2,
                requested: $0,
                warehouse: SourcingLine.anyWarehouse
            )
        }
        change(&order)
        return order
    }

    @Test func whereAllIsAlikeTheFirstCodeShips() throws {
        var planner = SourcingPlanner()
        for policy in PolicyDefinition.builtIn {
            let order = try pair(policy.name.description)
            let (isPlanned, result) = attempt(order, &planner)
            #expect(isPlanned)
            #expect(result.shares.map(\.supply) == [0])
        }
    }

    /// The nearer warehouse serves though its units are dearer: distance comes first.
    @Test func whatAUnitCostsDoesNotOutweighAnEarlierTier() throws {
        var planner = SourcingPlanner()
        let order = try pair("nearest") {
            $0.warehouses[1].metres = 999
            $0.supplies[1].unitCostMinor = 50
        }
        let (isPlanned, result) = attempt(order, &planner)
        #expect(isPlanned)
        #expect(result.shares.map(\.supply) == [1])
    }

    /// Cheaper units may be worth a shipment of their own: that takes a search.
    @Test func cheaperUnitsElsewhereTakeASearch() throws {
        var planner = SourcingPlanner()
        let order = try pair("cheapest", lines: [1, 9]) {
            $0.warehouses[0].shipmentCostMinor = 90
            $0.supplies[1].unitCostMinor = 4
        }
        #expect(!attempt(order, &planner).isPlanned)
    }

    /// Tiers that find no room in a score decide all the same, in a dry run as in a reserve.
    @Test func aPolicyTooWideForAScoreIsReadToItsEnd() throws {
        let terms: [SourcingTerm] = [.metres, .promise, .balance, .costMinor]
        let tiers = terms.map {
            SourcingTier([SourcingTier.Part($0, weight: Limits.termWeightMax)])
        }
        let policy = PolicyDefinition(name: PolicyName("wide") ?? .none, tiers: tiers)
        var planner = SourcingPlanner()
        let order = try pair("nearest") {
            $0.order.objective = Objective(policy)
            for number in 0..<2 {
                $0.warehouses[number].metres = 1 << 31
                $0.warehouses[number].promiseMinutes = 1 << 20
                $0.supplies[number].balance = 1 << 31
            }
            $0.supplies[1].unitCostMinor = 1
        }
        let (isPlanned, result) = attempt(order, &planner)
        #expect(isPlanned)
        #expect(result.shares.map(\.supply) == [1])
        try expectSameExplained(order, &planner, "too wide")
    }

    /// More than two lines of a SKU each are left to the search.
    @Test func manyLinesOfOneSKUAreDealtAsOne() throws {
        var planner = SourcingPlanner()
        let order = try pair("nearest", lines: [1, 1, 1])
        #expect(!attempt(order, &planner).isPlanned)
        #expect(order.plan(&planner).shares.map(\.supply) == [0, 0, 0])
    }

    /// Two lines of a SKU together may want more than the warehouse has.
    @Test func linesOfOneSKUShareWhatThereIs() throws {
        var planner = SourcingPlanner()
        for (lines, isEnough) in [([5, 5], true), ([5, 6], false)] as [([UInt32], Bool)] {
            let order = try pair("nearest", lines: lines)
            #expect(attempt(order, &planner).isPlanned == isEnough)
            #expect(order.plan(&planner).lines.map(\.reserved) == lines)
        }
    }
}
