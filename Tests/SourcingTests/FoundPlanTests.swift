import Inventory
import Testing

@testable import Sourcing

/// Plans that are carried out later than they were searched.
@Suite struct FoundPlanTests {
    /// What a plan says, to be compared.
    private func told(_ result: OrderCase.Result) -> [[UInt64]] {
        let reserved = result.lines.map { UInt64($0.reserved) }
        let shares = result.shares.map {
            [UInt64($0.supply), UInt64($0.quantity), UInt64($0.backordered)]
        }
        return [reserved, [result.verdict.isProven ? 1 : 0]] + shares
    }

    private func later(
        _ order: OrderCase,
        _ found: FoundPlan,
        _ planner: inout SourcingPlanner
    ) -> OrderCase.Result {
        order.with(&planner) { planner, problem in
            planner.plan(&problem, order.order, from: found)
        }
    }

    private func found(_ order: OrderCase, _ planner: inout SourcingPlanner) -> FoundPlan? {
        var found: FoundPlan?
        _ = order.with(&planner) { planner, problem in
            found = planner.find(&problem, order.order)
            return planner.verdict(of: problem)
        }
        return found
    }

    @Test(arguments: 1...4)
    func theSameProblemGetsThePlanThatWasFound(seed: Int) throws {
        var maker = OrderMaker(seed: UInt64(seed) &* 7_919)
        var planner = SourcingPlanner()
        for _ in 0..<500 {
            var order = maker.order()
            // Sometimes cut off early: then too it is the found plan, however good that is.
            order.order.workMax = maker.dice.roll(3) == 0 ? 40 : SourcingLimits.workDefault
            if maker.dice.roll(4) == 0 { order.order.splitsPerLineMax = 1 + maker.dice.roll(2) }
            let direct = order.plan(&planner)
            let found = try #require(found(order, &planner))
            order.order.workMax = 1
            #expect(told(later(order, found, &planner)) == told(direct))
        }
    }

    /// A limit per line lets a set of warehouses deal otherwise than those of them that it uses,
    /// by which the plan is carried out: it has to be theirs that was found best.
    @Test(arguments: 1...4)
    func thePlanOfTheNotedWarehousesIsTheOneThatWasFound(seed: Int) {
        var maker = OrderMaker(seed: UInt64(seed) &* 104_729)
        var planner = SourcingPlanner()
        for _ in 0..<2_000 {
            var order = maker.order()
            order.order.mode = .bestEffort
            order.order.splitsPerLineMax = 1
            order.lines += (0..<3).map { _ in
                var line = order.lines[0]
                line.requested = UInt32(1 + maker.dice.roll(8))
                return line
            }
            _ = order.with(&planner) { planner, problem in
                planner.order = order.order
                planner.begin()
                planner.build(&problem)
                planner.searchStages(problem)
                let found = planner.bestScore
                for index in 0..<planner.candidateCount {
                    planner.inSet[index] = planner.bestSet[index]
                }
                planner.hasBest = false
                #expect(planner.tryPlan(problem) == found)
                planner.write(&problem)
                planner.forget()
                return planner.verdict(of: problem)
            }
        }
    }

    /// What an earlier line has taken from a warehouse isn't there for a later one: what it could
    /// only promise comes behind what another has.
    @Test func aLimitedLineTakesWhatIsThereBeforeWhatIsPromised() {
        var order = OrderCase(
            order: SourcingOrder(
                mode: .bestEffort,
                objective: Objective(PolicyDefinition.builtIn[2]),
                splitsPerLineMax: 2
            )
        )
        for (number, units) in [(6, 4), (3, 0)].enumerated() {
            order.addWarehouse()
            order.supplies.append(
                Supply(
                    available: Int64(units.0 + units.1),
                    present: Int64(units.0),
                    unitCostMinor: Int64(number),
                    warehouse: UInt16(number),
                    pool: 0,
                    cell: 0
                )
            )
        }
        order.lines = [6, 3].map {
            SourcingLine(
                supplyStart: 0,
                supplyCount: 2,
                requested: $0,
                warehouse: SourcingLine.anyWarehouse
            )
        }
        var planner = SourcingPlanner()
        let result = order.plan(&planner)
        #expect(result.shares.map(\.quantity) == [6, 3])
        #expect(result.shares.map(\.backordered) == [0, 0])
    }

    /// Costs are the last tier of a policy that is too wide for one score: between the warehouses
    /// that ship anyway they decide all the same.
    @Test func aTierWithoutRoomInTheScoreDecidesWhatIsTakenFirst() {
        let weight = UInt32(Limits.termWeightMax)
        let terms: [SourcingTerm] = [.metres, .promise, .balance, .costMinor]
        let tiers = terms.map { SourcingTier([SourcingTier.Part($0, weight: weight)]) }
        let policy = PolicyDefinition(name: PolicyName("wide") ?? .none, tiers: tiers)
        var order = OrderCase(
            order: SourcingOrder(mode: .allOrNothing, objective: Objective(policy))
        )
        for _ in 0..<2 { order.addWarehouse(shipmentCostMinor: 1 << 40, metres: 1 << 31) }
        // One SKU in each warehouse alone, and one in both, dearer in the first.
        let cells: [(warehouse: UInt16, cost: Int64)] = [(0, 0), (1, 0), (0, 5), (1, 1)]
        order.supplies = cells.map {
            Supply(
                available: 1,
                present: 1,
                unitCostMinor: $0.cost,
                balance: 1 << 31,
                warehouse: $0.warehouse,
                pool: 0,
                cell: 0
            )
        }
        order.lines = [0..<1, 1..<2, 2..<4].map {
            SourcingLine(
                supplyStart: $0.lowerBound,
                supplyCount: $0.count,
                requested: 1,
                warehouse: SourcingLine.anyWarehouse
            )
        }
        var planner = SourcingPlanner()
        let result = order.plan(&planner)
        #expect(!planner.base.isComplete)
        #expect(result.shares.map(\.supply) == [0, 1, 3])
    }

    @Test func anotherProblemIsSearchedAnew() throws {
        var maker = OrderMaker(seed: 4_711)
        var planner = SourcingPlanner()
        for _ in 0..<1_000 {
            let order = maker.order()
            let found = try #require(found(order, &planner))
            var other = order
            let place = maker.dice.roll(max(1, other.supplies.count))
            guard other.supplies.indices.contains(place) else { continue }
            other.supplies[place].available += 1
            other.supplies[place].present += 1
            let direct = other.plan(&planner)
            let later = later(other, found, &planner)
            #expect(told(later) == told(direct))
        }
    }

    /// A change of anything that plans follow from is another problem.
    @Test func theDigestTellsProblemsApart() {
        var maker = OrderMaker(seed: 99)
        var order = maker.order()
        while order.supplies.isEmpty || order.lines.isEmpty { order = maker.order() }
        let number = Int(order.supplies[0].warehouse)
        let changes: [(inout OrderCase) -> Void] = [
            { $0.supplies[0].available += 1 }, { $0.supplies[0].present -= 1 },
            { $0.supplies[0].unitCostMinor += 1 }, { $0.supplies[0].balance += 1 },
            { $0.lines[0].requested += 1 }, { $0.warehouses[number].shipmentCostMinor += 1 },
            { $0.warehouses[number].metres += 1 }, { $0.warehouses[number].promiseMinutes += 1 },
            { $0.warehouses[number].priority += 1 }, { $0.warehouses[number].exclusion = .full },
            { $0.warehouses[number].isPreferred.toggle() }, { $0.order.splitsMax += 1 },
            { $0.order.splitsPerLineMax += 1 }, { $0.order.shipsComplete.toggle() },
        ]
        var digests = [digest(order), digest(order)]
        #expect(digests[0] == digests[1])
        for change in changes {
            var other = order
            change(&other)
            digests.append(digest(other))
        }
        #expect(Set(digests).count == changes.count + 1)
    }

    private func digest(_ order: OrderCase) -> Int {
        var planner = SourcingPlanner()
        return found(order, &planner)?.problem ?? 0
    }
}

extension OrderCase {
    /// Adds a warehouse that is like all others but for its place in the order of codes.
    fileprivate mutating func addWarehouse(shipmentCostMinor: Int64 = 100, metres: UInt32 = 1_000) {
        warehouses.append(
            WarehouseTerms(
                shipmentCostMinor: shipmentCostMinor,
                metres: metres,
                promisedMinute: 0,
                promiseMinutes: 1 << 20,
                priority: 0,
                rank: UInt16(warehouses.count)
            )
        )
    }
}
