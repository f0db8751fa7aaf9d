import Inventory
import Sourcing

/// Real orders with their plans, a certificate a line.
enum RetailCommand {
    /// Runs `retail --data DIR --orders N`.
    ///
    /// The whole file is played, so that orders meet a stock that others have taken from; the
    /// certificates are those of orders evenly spread over it, by all policies and modes in turn.
    static func run(_ options: Options) {
        let files = RetailFiles(folder: options.folder)
        let wanted = options.number("orders", default: 500)
        let sold = files.orders.count { !$0.lines.isEmpty }
        let bench = Workbench()
        var world = RetailWorld(files)
        var times: [Int] = []
        var seen = 0
        for retail in files.orders {
            world.receiveReturns(retail)
            if retail.lines.isEmpty { continue }
            let isWanted = seen * wanted / sold < (seen + 1) * wanted / sold
            seen += 1
            guard isWanted else {
                let order = world.order(retail, PolicyDefinition.builtIn[1], mode: .bestEffort)
                world.commit(order, bench.plan(order).shares)
                continue
            }
            let policies = PolicyDefinition.builtIn
            let policy = policies[times.count % policies.count]
            let modes: [ReserveMode] = [.bestEffort, .wholeLines, .allOrNothing]
            let mode = modes[times.count / policies.count % modes.count]
            var order = world.order(retail, policy, mode: mode)
            order.order.workMax = SourcingLimits.workOfDryRun
            let certificate = Certificate(order, bench, name: "retail-\(retail.id)")
            times.append(certificate.plan.nanoseconds)
            print(certificate.line)
            let isShort = certificate.plan.lines.contains { $0.reserved < $0.requested }
            if mode == .allOrNothing, isShort { continue }
            world.commit(order, certificate.plan.shares)
        }
        note("retail: \(times.count) of \(sold) orders, planner's time \(Percentiles(times).text)")
    }
}
