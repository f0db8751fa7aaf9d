import Inventory
import Sourcing

/// Random orders with their plans, a certificate a line.
enum InstancesCommand {
    /// Runs `instances --count N [--seed N] [--constraints] [--steps N]`.
    ///
    /// Without a number of steps the search may take those of a dry run.
    static func run(_ options: Options) {
        let count = options.number("count", default: 2_000)
        let drawn = Int(SeededNumbers.drawnSeed())
        let seed = UInt64(options.number("seed", default: drawn))
        let isConstrained = options.has("constraints")
        let what = isConstrained ? "with constraints" : "without constraints"
        note("instances: \(count) \(what), seed \(seed)")
        let stepsMax = options.number("steps", default: SourcingLimits.workOfDryRun)
        let bench = Workbench()
        var times: [Int] = []
        var seeds = SeededNumbers(seed: seed)
        for number in 0..<count {
            let orderSeed = seeds.next() >> 12
            var (order, kind) = draw(number, orderSeed, isConstrained: isConstrained)
            order.order.workMax = stepsMax
            let name = "\(isConstrained ? "constraints" : "plain")-\(number)\(kind)"
            let certificate = Certificate(order, bench, name: name, seed: seed)
            times.append(certificate.plan.nanoseconds)
            print(certificate.line)
        }
        note("instances: planner's time \(Percentiles(times).text)")
    }

    private static func draw(
        _ number: Int,
        _ seed: UInt64,
        isConstrained: Bool
    ) -> (OrderCase, String) {
        var orders = RandomOrders(seed: seed)
        let builtIn = PolicyDefinition.builtIn
        let choice = number % (builtIn.count + 2)
        let hasTolerance = choice == builtIn.count + 1
        let policy =
            choice < builtIn.count ? builtIn[choice] : orders.policy(tolerance: hasTolerance)
        let kinds = ConstraintKind.allCases
        // The kinds advance once a round of policies, so that each meets each.
        let kind = kinds[(number / (builtIn.count + 2) + number) % kinds.count]
        // What only a trial of all sets can check is mostly drawn small enough for it.
        let isRule = hasTolerance || isConstrained && kind == .pools
        let isSmall = isRule && !orders.numbers.happens(25)
        let shape = OrderShape(
            lineCount: orders.numbers.roll(1...10),
            warehouseCount: orders.numbers.roll(5...(isSmall ? OrderShape.enumerableMax : 50)),
            demand: OrderShape.scarce
        )
        if !isConstrained { return (orders.order(policy, shape), "") }
        return (orders.constrainedOrder(policy, shape, kind), "-\(kind.rawValue)")
    }
}
