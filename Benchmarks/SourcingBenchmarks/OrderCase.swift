import Inventory
import Sourcing

/// An order with all that the planner reads, and the names that a certificate tells.
struct OrderCase {
    /// Lines as the planner reads them, nothing taken yet.
    var lines: [SourcingLine] = []
    /// The SKU of each line.
    var skus: [String] = []
    /// The supplies, those of one SKU side by side.
    var supplies: [Supply] = []
    /// Numbers of the pools that lines name.
    var pools: [UInt16] = [0]
    /// The terms by number of the warehouse, with what the constraints exclude.
    var terms: [WarehouseTerms] = []
    /// The codes by number of the warehouse.
    var codes: [WarehouseCode] = []
    /// How many shipments each warehouse still takes; `nil` for any number.
    var capacityLeft: [UInt32?] = []
    /// What the planner is asked.
    var order: SourcingOrder
    /// The policy that ``order`` has the objective of.
    var policy: PolicyDefinition
    /// The constraints as a request would carry them.
    var constraints = SourcingConstraints.none
    /// When the shopper ordered.
    var orderedAt = Instant(milliseconds: 1_795_770_000_000)
    /// Where the goods go to.
    var destination: Destination?

    /// An order without lines.
    init(mode: ReserveMode, policy: PolicyDefinition) {
        self.policy = policy
        order = SourcingOrder(mode: mode, objective: Objective(policy))
    }

    /// The name of a pool by its number.
    static func poolName(_ number: UInt16) -> String { number == 0 ? "default" : "pool-\(number)" }

    /// The numbers of the pools that a line may take from, in its order.
    func pools(of line: SourcingLine) -> [UInt16] {
        if line.poolCount == 0 { return [0] }
        return (0..<Int(line.poolCount)).map { pools[Int(line.poolStart) + $0] }
    }

    /// The supplies that a line may take from, were every warehouse allowed.
    func supplies(of line: SourcingLine) -> [Int] {
        let pools = pools(of: line)
        return (line.supplyStart..<line.supplyStart + line.supplyCount).filter {
            pools.contains(supplies[$0].pool)
                && (line.warehouse == SourcingLine.anyWarehouse
                    || line.warehouse == supplies[$0].warehouse)
        }
    }
}

/// The plan of an order.
struct PlannedOrder {
    /// What the planner says of it.
    var verdict: SourcingVerdict
    /// The lines with what they got.
    var lines: [SourcingLine]
    /// The shares, those of a line side by side.
    var shares: [PlannedShare]
    /// The planner's own time.
    var nanoseconds: Int
}

/// A planner with memory for orders, used again and again.
final class Workbench {
    private var planner = SourcingPlanner()
    private let shares = UnsafeMutableBufferPointer<PlannedShare>.allocate(
        capacity: Limits.sharesPerReservationMax
    )

    /// A workbench that has planned nothing yet.
    init() {
        shares.initialize(repeating: PlannedShare(supply: 0, quantity: 0, backordered: 0))
    }

    deinit { shares.deallocate() }

    /// Plans an order; the time is that of the planner alone, its memory laid out beforehand.
    func plan(_ order: OrderCase) -> PlannedOrder {
        run(order) { planner, problem in planner.plan(&problem, order.order) }
    }

    /// Plans an order and lets the planner explain it.
    func explain(_ order: OrderCase) -> (plan: PlannedOrder, explanation: SourcingExplanation) {
        var explanation: SourcingExplanation?
        let plan = run(order) { planner, problem in
            let explained = planner.explain(&problem, order.order)
            explanation = explained
            return explained.verdict
        }
        guard let explanation else { preconditionFailure("explains what it plans") }
        return (plan, explanation)
    }

    private func run(
        _ order: OrderCase,
        _ body: (inout SourcingPlanner, inout SourcingProblem) -> SourcingVerdict
    ) -> PlannedOrder {
        var lines = order.lines
        var supplies = order.supplies
        var verdict: SourcingVerdict?
        var count = 0
        var elapsed = 0
        lines.withUnsafeMutableBufferPointer { lines in
            supplies.withUnsafeMutableBufferPointer { supplies in
                order.pools.withUnsafeBufferPointer { pools in
                    order.terms.withUnsafeBufferPointer { terms in
                        guard let pools = pools.baseAddress, let terms = terms.baseAddress else {
                            return
                        }
                        var problem = SourcingProblem(
                            lines: lines,
                            supplies: supplies,
                            pools: pools,
                            warehouses: terms,
                            shares: shares
                        )
                        let stopwatch = Stopwatch()
                        verdict = body(&planner, &problem)
                        elapsed = stopwatch.elapsed
                        precondition(!problem.hasTooManyShares, "more shares than a plan may have")
                        count = problem.shareCount
                    }
                }
            }
        }
        guard let verdict else { preconditionFailure("an order without pools or warehouses") }
        return PlannedOrder(
            verdict: verdict,
            lines: lines,
            shares: Array(shares[..<count]),
            nanoseconds: elapsed
        )
    }
}
