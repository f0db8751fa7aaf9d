import Inventory
import Sourcing

/// What the plans of all orders came to under one policy.
private struct ReplayTotals {
    var name: String
    var world: RetailWorld
    var policy: PolicyDefinition
    var isGreedy = false
    var orders = 0
    var units: Int64 = 0
    var short: Int64 = 0
    var costMinor: Int64 = 0
    var metres: Int64 = 0
    var shipments: Int64 = 0
    var late = 0
    var promiseMinutes: Int64 = 0
    var proven = 0
    var times: [Int] = []

    mutating func add(_ figures: PlanFigures) {
        short += figures.short
        if figures.units == 0 { return }
        orders += 1
        units += figures.units
        metres += figures.terms[0]
        costMinor += figures.terms[1]
        promiseMinutes += figures.terms[2]
        shipments += figures.terms[3]
        if figures.terms[2] > RetailNetwork.lateMinutes { late += 1 }
    }

    func perOrder(_ value: Int64) -> Double { Double(value) / Double(max(1, orders)) }
}

/// The whole order file played by each policy, and by a greedy nearest walk, each with a stock of
/// its own.
enum ReplayCommand {
    /// Runs `replay --data DIR`.
    static func run(_ options: Options) {
        let files = RetailFiles(folder: options.folder)
        let bench = Workbench()
        let world = RetailWorld(files)
        var runs = PolicyDefinition.builtIn.map {
            ReplayTotals(name: String(describing: $0.name), world: world, policy: $0)
        }
        var greedy = ReplayTotals(
            name: "greedy walk",
            world: world,
            policy: PolicyDefinition.builtIn[0]
        )
        greedy.isGreedy = true
        runs.insert(greedy, at: 0)
        for retail in files.orders {
            for index in runs.indices { play(retail, &runs[index], bench) }
        }
        note(table(rows(runs)))
        print(json(runs).line)
    }

    private static func play(
        _ retail: RetailFiles.Order,
        _ run: inout ReplayTotals,
        _ bench: Workbench
    ) {
        run.world.receiveReturns(retail)
        if retail.lines.isEmpty { return }
        let order = run.world.order(retail, run.policy, mode: .bestEffort)
        if run.isGreedy {
            let stopwatch = Stopwatch()
            let walk = GreedyWalk.plan(order)
            run.times.append(stopwatch.elapsed)
            run.add(PlanFigures(order, lines: walk.lines, shares: walk.shares))
            run.world.commit(order, walk.shares)
        } else {
            let plan = bench.plan(order)
            run.times.append(plan.nanoseconds)
            if plan.verdict.isProven { run.proven += 1 }
            run.add(PlanFigures(order, plan))
            run.world.commit(order, plan.shares)
        }
    }

    private static func rows(_ runs: [ReplayTotals]) -> [[String]] {
        let header = [
            "policy", "orders", "units", "short", "cost/order", "km/order", "shipments/order",
            "late %", "promise h", "proven %", "median µs", "p99 µs",
        ]
        return [header]
            + runs.map { run in
                let times = Percentiles(run.times)
                let proven = 100 * Double(run.proven) / Double(run.times.count)
                return [
                    run.name, "\(run.orders)", "\(run.units)", "\(run.short)",
                    decimal(run.perOrder(run.costMinor), 1),
                    decimal(run.perOrder(run.metres) / 1_000, 1),
                    decimal(run.perOrder(run.shipments), 3),
                    decimal(100 * run.perOrder(Int64(run.late)), 2),
                    decimal(run.perOrder(run.promiseMinutes) / 60, 1),
                    run.isGreedy ? "-" : decimal(proven, 2),
                    decimal(times.microseconds(50), 1), decimal(times.microseconds(99), 1),
                ]
            }
    }

    private static func json(_ runs: [ReplayTotals]) -> JSONText {
        let policies = runs.map { run -> JSONText in
            let figures: [(String, JSONText)] = [
                ("policy", .text(run.name)), ("orders", .count(run.orders)),
                ("units", .int(run.units)), ("short", .int(run.short)),
                ("cost_minor", .int(run.costMinor)),
                ("kilometres", .number(Double(run.metres) / 1_000)),
                ("shipments", .int(run.shipments)),
                ("shipments_per_order", .number(run.perOrder(run.shipments))),
                ("late_promises", .count(run.late)),
                ("mean_promise_hours", .number(run.perOrder(run.promiseMinutes) / 60)),
                ("proven", run.isGreedy ? .null : .count(run.proven)),
                ("planned", .count(run.times.count)),
            ]
            return .object(figures + Percentiles(run.times).fields)
        }
        return .object([("replay", .list(policies))])
    }
}
