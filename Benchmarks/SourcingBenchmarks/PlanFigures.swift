import Inventory
import Sourcing

/// What a plan comes to, added up from its shares alone.
struct PlanFigures {
    /// Units asked for and not given.
    var short: Int64 = 0
    /// Units that aren't there now.
    var backordered: Int64 = 0
    /// Shipments from warehouses that aren't preferred.
    var notPreferred: Int64 = 0
    /// Units given.
    var units: Int64 = 0
    /// The terms of a policy, at the places of their numbers.
    var terms = [Int64](repeating: 0, count: 6)
    /// The warehouses that ship, in ascending order.
    var used: [Int] = []

    /// The figures of a plan.
    init(_ order: OrderCase, _ plan: PlannedOrder) {
        self.init(order, lines: plan.lines, shares: plan.shares)
    }

    /// The figures of shares, wherever they come from.
    init(_ order: OrderCase, lines: [SourcingLine], shares: [PlannedShare]) {
        for line in lines {
            short += Int64(line.requested) - Int64(line.reserved)
            units += Int64(line.reserved)
        }
        for share in shares {
            let supply = order.supplies[share.supply]
            backordered += Int64(share.backordered)
            terms[1] += supply.unitCostMinor * Int64(share.quantity)
            terms[4] += Int64(supply.balance) * Int64(share.quantity)
        }
        used = Set(shares.map { Int(order.supplies[$0.supply].warehouse) }).sorted()
        for number in used {
            let warehouse = order.terms[number]
            terms[0] += Int64(warehouse.metres)
            terms[1] += warehouse.shipmentCostMinor
            terms[2] = max(terms[2], Int64(warehouse.promiseMinutes))
            terms[3] += 1
            terms[5] += Int64(warehouse.priority)
            if !warehouse.isPreferred { notPreferred += 1 }
        }
    }

    /// The value of each tier of a policy.
    func tiers(of policy: PolicyDefinition) -> [Int64] {
        policy.tiers.map { tier in
            tier.parts.reduce(0) { $0 + Int64($1.weight) * terms[Int($1.term.rawValue)] }
        }
    }
}
