import Benchmark
import Inventory
import Sourcing

/// The planner alone: ten lines, twelve warehouses, each line in half of them.
func solverBenchmarks() {
    for name in ["nearest", "cheapest", "balanced"] {
        guard let definition = PolicyDefinition.builtIn.first(where: { "\($0.name)" == name })
        else { preconditionFailure("\(name) is always there") }
        let desk = PlannerDesk(lineCount: 10, warehouseCount: 12, policy: definition)
        Benchmark(
            "Solve \(name), 10 lines of 12 warehouses",
            configuration: .init(maxIterations: 100)
        ) { benchmark in
            benchmark.measure { _ in desk.plan() }
        }
    }
}

/// One order and a planner with memory for it, used again and again.
///
/// Isolation: the thread that measures.
private final class PlannerDesk: @unchecked Sendable {
    private var planner = SourcingPlanner()
    private let order: SourcingOrder
    private let freshLines: [SourcingLine]
    private let freshSupplies: [Supply]
    private let lines: UnsafeMutableBufferPointer<SourcingLine>
    private let supplies: UnsafeMutableBufferPointer<Supply>
    private let terms: UnsafeMutableBufferPointer<WarehouseTerms>
    private let pools: UnsafeMutableBufferPointer<UInt16>
    private let shares: UnsafeMutableBufferPointer<PlannedShare>

    /// An order whose lines ask for half of what is there.
    init(lineCount: Int, warehouseCount: Int, policy: PolicyDefinition) {
        order = SourcingOrder(mode: .allOrNothing, objective: Objective(policy))
        var freshLines: [SourcingLine] = []
        var freshSupplies: [Supply] = []
        for line in 0..<lineCount {
            let start = freshSupplies.count
            for number in 0..<warehouseCount where (number + line) % 2 == 0 {
                freshSupplies.append(
                    Supply(
                        available: Int64(10 + (number * 7 + line * 3) % 20),
                        present: Int64(10 + (number * 7 + line * 3) % 20),
                        unitCostMinor: Int64(5 + (number * 13 + line * 5) % 40),
                        balance: UInt32((number * 211 + line * 97) % 1_000),
                        warehouse: UInt16(number),
                        pool: 0,
                        cell: 0
                    )
                )
            }
            let there = freshSupplies[start...].reduce(0) { $0 + $1.available }
            freshLines.append(
                SourcingLine(
                    supplyStart: start,
                    supplyCount: freshSupplies.count - start,
                    requested: UInt32(there / 2),
                    warehouse: SourcingLine.anyWarehouse
                )
            )
        }
        self.freshLines = freshLines
        self.freshSupplies = freshSupplies
        lines = .allocate(capacity: freshLines.count)
        supplies = .allocate(capacity: freshSupplies.count)
        _ = lines.initialize(from: freshLines)
        _ = supplies.initialize(from: freshSupplies)
        terms = PlannerDesk.terms(warehouseCount)
        pools = .allocate(capacity: 1)
        pools.initialize(repeating: 0)
        shares = .allocate(capacity: Limits.sharesPerReservationMax)
        shares.initialize(repeating: PlannedShare(supply: 0, quantity: 0, backordered: 0))
    }

    private static func terms(_ count: Int) -> UnsafeMutableBufferPointer<WarehouseTerms> {
        let terms = UnsafeMutableBufferPointer<WarehouseTerms>.allocate(capacity: count)
        for number in 0..<count {
            (terms.baseAddress.map { $0 + number })?.initialize(
                to: WarehouseTerms(
                    metres: UInt32(20_000 + number * 7_919 % 400 * 1_000),
                    promisedMinute: UInt32(30_000_000 + number % 4 * 1_440),
                    promiseMinutes: UInt32(1_440 + number % 4 * 1_440),
                    priority: UInt32(number % 3),
                    rank: UInt16(number)
                )
            )
            terms[number].shipmentCostMinor = Int64(300 + number * 131 % 900)
        }
        return terms
    }

    deinit {
        lines.deallocate()
        supplies.deallocate()
        terms.deallocate()
        pools.deallocate()
        shares.deallocate()
    }

    /// Plans the order as if nothing had been taken yet.
    func plan() {
        for index in freshLines.indices { lines[index] = freshLines[index] }
        for index in freshSupplies.indices { supplies[index] = freshSupplies[index] }
        guard let pools = pools.baseAddress, let terms = terms.baseAddress else {
            preconditionFailure("there are a pool and warehouses")
        }
        var problem = SourcingProblem(
            lines: lines,
            supplies: supplies,
            pools: UnsafePointer(pools),
            warehouses: UnsafePointer(terms),
            shares: shares
        )
        let verdict = planner.plan(&problem, order)
        precondition(verdict.isProven && !problem.isShort)
    }
}
