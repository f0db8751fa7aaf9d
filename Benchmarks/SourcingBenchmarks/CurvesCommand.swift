import Inventory
import Sourcing

/// One kind of orders with the times of their plans.
private struct Curve {
    /// `random` or `retail`.
    var source: String
    var policy: PolicyDefinition
    /// Lines and warehouses for people: `10`, or `11–100`.
    var lines: String
    var warehouses: Int
    /// `scarce`, `ample`, or `as sold`.
    var stock: String
    var shape: OrderShape?
    var times: [Int] = []
    var nodes: [Int] = []
    var proven = 0
    /// Of plans that aren't proven: by how much the policy's first tier may be too high.
    var gaps: [Double] = []
    /// What all plans of the kind have taken.
    var nanoseconds = 0

    /// How many gaps are looked at; each takes three searches.
    private static let gapsMax = 6

    mutating func add(_ order: OrderCase, _ bench: Workbench) -> PlannedOrder {
        let plan = bench.plan(order)
        times.append(plan.nanoseconds)
        nanoseconds += plan.nanoseconds
        nodes.append(plan.verdict.nodes)
        if plan.verdict.isProven {
            proven += 1
        } else if gaps.count < Curve.gapsMax {
            gaps.append(gap(bench.explain(order).explanation))
        }
        return plan
    }

    /// The gap of the policy's first tier: 0 where only later ones are open.
    private func gap(_ explanation: SourcingExplanation) -> Double {
        let pairs = zip(explanation.objective, explanation.lowerBound)
        let first = pairs.first { $0.0.kind == .tier(0) }
        guard let (told, bound) = first else { return 0 }
        return Double(told.value - bound.value) / Double(max(1, told.value))
    }
}

/// The planner's own time over the size of orders and networks.
enum CurvesCommand {
    private static let lineCounts = [1, 2, 5, 10, 20]
    private static let warehouseCounts = [5, 12, 25, 50, 100, 200]
    /// Lines up to which an order counts as small, and as large.
    private static let linesBounds = [10, 100]
    /// What the planner is asked to keep to, on small orders of the retail network.
    private static let barMicroseconds = (median: 5.0, p99: 200.0)

    /// Runs `curves [--data DIR] [--count N] [--seed N] [--seconds N] [--steps N]`.
    ///
    /// The kinds are interleaved: one order of each, then the next of each. With a count of 0 only
    /// the retail orders are planned. Without a number of steps random orders may take those of a
    /// reserve.
    static func run(_ options: Options) {
        let count = options.number("count", default: 200)
        let seed = UInt64(options.number("seed", default: Int(SeededNumbers.drawnSeed())))
        note("curves: \(count) orders of each kind, seed \(seed)")
        // Kinds that take this long in all are drawn no further; the count says so.
        let nanosecondsMax = options.number("seconds", default: 60) * 1_000_000_000
        let stepsMax = options.number("steps", default: SourcingLimits.workDefault)
        let bench = Workbench()
        var curves = randomCurves()
        var seeds = SeededNumbers(seed: seed)
        for _ in 0..<count {
            for index in curves.indices {
                let seed = seeds.next()
                guard let shape = curves[index].shape,
                    curves[index].nanoseconds < nanosecondsMax
                else { continue }
                var orders = RandomOrders(seed: seed)
                var order = orders.order(curves[index].policy, shape)
                order.order.workMax = stepsMax
                _ = curves[index].add(order, bench)
            }
        }
        let retail = retailCurves(RetailFiles(folder: options.folder), bench)
        let all = retail + curves.filter { !$0.times.isEmpty }
        note(table(rows(all)))
        let bar = barTimes(retail)
        note("retail orders of ≤ \(linesBounds[0]) lines, all policies: \(bar.text)")
        let bars: [(String, JSONText)] = [
            ("median_bar_microseconds", .number(barMicroseconds.median)),
            ("p99_bar_microseconds", .number(barMicroseconds.p99)),
        ]
        let report: [(String, JSONText)] = [
            ("seed", .count(seed)), ("count", .count(count)),
            ("retail_bar", .object(bars + bar.fields)), ("curves", .list(all.map(json))),
        ]
        print(JSONText.object(report).line)
    }

    private static func randomCurves() -> [Curve] {
        var curves: [Curve] = []
        let stocks = [("scarce", OrderShape.scarce), ("ample", OrderShape.ample)]
        for policy in PolicyDefinition.builtIn {
            for (stock, demand) in stocks {
                for lines in lineCounts {
                    for warehouses in warehouseCounts {
                        let shape = OrderShape(
                            lineCount: lines,
                            warehouseCount: warehouses,
                            demand: demand
                        )
                        curves.append(
                            Curve(
                                source: "random",
                                policy: policy,
                                lines: "\(lines)",
                                warehouses: warehouses,
                                stock: stock,
                                shape: shape
                            )
                        )
                    }
                }
            }
        }
        return curves
    }

    /// The orders of the retail file by policy and number of lines, each policy with a stock of
    /// its own.
    private static func retailCurves(_ files: RetailFiles, _ bench: Workbench) -> [Curve] {
        let policies = PolicyDefinition.builtIn
        var worlds = policies.map { _ in RetailWorld(files) }
        let names = ["1–\(linesBounds[0])", "\(linesBounds[0] + 1)–\(linesBounds[1])", "more"]
        var curves = names.flatMap { name in
            policies.map { policy in
                Curve(
                    source: "retail",
                    policy: policy,
                    lines: name,
                    warehouses: files.warehouses.count,
                    stock: "as sold"
                )
            }
        }
        for retail in files.orders {
            for index in policies.indices {
                worlds[index].receiveReturns(retail)
                if retail.lines.isEmpty { continue }
                let size = linesBounds.count { retail.lines.count > $0 }
                let order = worlds[index].order(retail, policies[index], mode: .bestEffort)
                let plan = curves[size * policies.count + index].add(order, bench)
                worlds[index].commit(order, plan.shares)
            }
        }
        return curves
    }

    private static func barTimes(_ retail: [Curve]) -> Percentiles {
        Percentiles(retail[..<PolicyDefinition.builtIn.count].flatMap(\.times))
    }

    // MARK: Reports

    private static func rows(_ curves: [Curve]) -> [[String]] {
        let header = [
            "policy", "orders", "lines", "warehouses", "stock", "count", "median µs", "p90 µs",
            "p99 µs", "max µs", "nodes median", "nodes p99", "proven %", "worst gap %",
        ]
        return [header]
            + curves.map { curve in
                let times = Percentiles(curve.times)
                let nodes = Percentiles(curve.nodes)
                return [
                    String(describing: curve.policy.name), curve.source, curve.lines,
                    "\(curve.warehouses)", curve.stock, "\(curve.times.count)",
                    decimal(times.microseconds(50), 1), decimal(times.microseconds(90), 1),
                    decimal(times.microseconds(99), 1), decimal(times.microseconds(100), 1),
                    "\(nodes.value(50))", "\(nodes.value(99))",
                    decimal(100 * Double(curve.proven) / Double(curve.times.count), 2),
                    curve.gaps.max().map { decimal(100 * $0, 2) } ?? "-",
                ]
            }
    }

    private static func json(_ curve: Curve) -> JSONText {
        let nodes = Percentiles(curve.nodes)
        let gaps = curve.gaps
        let mean = gaps.isEmpty ? 0 : gaps.reduce(0, +) / Double(gaps.count)
        let fields: [(String, JSONText)] = [
            ("orders", .text(curve.source)),
            ("policy", .text(String(describing: curve.policy.name))),
            ("lines", .text(curve.lines)), ("warehouses", .count(curve.warehouses)),
            ("stock", .text(curve.stock)), ("count", .count(curve.times.count)),
            ("nodes_median", .count(nodes.value(50))), ("nodes_p99", .count(nodes.value(99))),
            ("nodes_max", .count(nodes.value(100))),
            ("proven_share", .number(Double(curve.proven) / Double(curve.times.count))),
            ("gap_mean", .number(mean)), ("gap_max", .number(gaps.max() ?? 0)),
        ]
        return .object(fields + Percentiles(curve.times).fields)
    }
}
