import Inventory
import Sourcing

/// How an order is drawn.
struct OrderShape {
    /// Lines of the order.
    var lineCount: Int
    /// Warehouses of the network.
    var warehouseCount: Int
    /// What a line asks for, as a part of what is there of its SKU.
    var demand: ClosedRange<Double>

    /// Warehouses up to which all sets of them can be tried.
    static let enumerableMax = 14
    /// Lines ask for much of what is there.
    static let scarce = 0.2...0.9
    /// Lines ask for little of what is there.
    static let ample = 0.005...0.05
}

/// Draws orders: each SKU lies in 30–60 % of the warehouses, and opening a warehouse costs 0.5 to
/// 5 times what all units of the order cost.
struct RandomOrders {
    var numbers: SeededNumbers

    /// The orders of a seed.
    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    /// Draws an order for a policy without any constraint.
    mutating func order(_ policy: PolicyDefinition, _ shape: OrderShape) -> OrderCase {
        var order = OrderCase(mode: .allOrNothing, policy: policy)
        let london = Position(latitudeMicrodegrees: 51_500_000, longitudeMicrodegrees: -100_000)
        order.destination = Destination(position: london)
        addWarehouses(shape.warehouseCount, to: &order)
        for index in 0..<shape.lineCount {
            addSupplies(to: &order)
            let start = order.supplies.count - lastCount
            let demand = numbers.fraction(shape.demand)
            let there = order.supplies[start...].reduce(0) { $0 + $1.available }
            order.skus.append("SKU-\(index)")
            order.lines.append(
                SourcingLine(
                    supplyStart: start,
                    supplyCount: lastCount,
                    requested: UInt32(max(1, Double(there) * demand)),
                    warehouse: SourcingLine.anyWarehouse
                )
            )
        }
        setShipmentCosts(of: &order)
        return order
    }

    /// A policy of random tiers; with `tolerance` at least one of them has one.
    mutating func policy(tolerance: Bool) -> PolicyDefinition {
        var tiers = (0..<numbers.roll(1...4)).map { _ in
            let terms = numbers.shuffled(6)[..<numbers.roll(1...3)]
            let parts = terms.sorted().compactMap { SourcingTerm(rawValue: UInt8($0)) }.map {
                SourcingTier.Part($0, weight: UInt32(numbers.roll(1...5)))
            }
            return SourcingTier(parts)
        }
        if tolerance {
            if tiers.count == 1 { tiers.append(SourcingTier([.init(.shipments)])) }
            tiers[0].tolerance = UInt16(numbers.roll(1...3_000))
            if numbers.happens(30) { tiers[1].tolerance = UInt16(numbers.roll(1...3_000)) }
        }
        return PolicyDefinition(name: PolicyName("random") ?? .none, tiers: tiers)
    }

    // MARK: Parts of an order

    /// How many supplies the last SKU has.
    private var lastCount = 0

    private mutating func addWarehouses(_ count: Int, to order: inout OrderCase) {
        // Numbers don't go by code in a real network either.
        let ranks = numbers.shuffled(count)
        let orderedMinute = UInt32(order.orderedAt.milliseconds / 60_000)
        let stepMinutes = numbers.happens(50) ? 1_440 : 60
        for number in 0..<count {
            let minutes = UInt32(stepMinutes * numbers.roll(1...(6 * 1_440 / stepMinutes)))
            let digits = String(ranks[number])
            let padding = String(repeating: "0", count: 3 - digits.count)
            order.codes.append(WarehouseCode("W\(padding)\(digits)") ?? .none)
            order.capacityLeft.append(nil)
            order.terms.append(
                WarehouseTerms(
                    metres: UInt32(numbers.roll(10_000...2_000_000)),
                    promisedMinute: orderedMinute + minutes,
                    promiseMinutes: minutes,
                    priority: UInt32(numbers.roll(0...8)),
                    rank: UInt16(ranks[number])
                )
            )
        }
    }

    /// Adds the supplies of one SKU, at least one.
    private mutating func addSupplies(to order: inout OrderCase) {
        let part = numbers.roll(30...60)
        let start = order.supplies.count
        for number in order.terms.indices where numbers.happens(part) {
            addSupply(of: number, to: &order)
        }
        if order.supplies.count == start {
            addSupply(of: numbers.roll(0...order.terms.count - 1), to: &order)
        }
        lastCount = order.supplies.count - start
    }

    private mutating func addSupply(of number: Int, to order: inout OrderCase) {
        let units = Int64(numbers.roll(1...40))
        order.supplies.append(
            Supply(
                available: units,
                present: units,
                unitCostMinor: Int64(numbers.roll(5...44)),
                balance: UInt32(numbers.roll(0...999)),
                warehouse: UInt16(number),
                pool: 0,
                cell: 0
            )
        )
    }

    /// Sets fixed costs in proportion to what the units of the order cost.
    private mutating func setShipmentCosts(of order: inout OrderCase) {
        var cost = 0.0
        for line in order.lines {
            let supplies = order.supplies[line.supplyStart..<line.supplyStart + line.supplyCount]
            let sum = supplies.reduce(0) { $0 + $1.unitCostMinor }
            cost += Double(line.requested) * Double(sum) / Double(supplies.count)
        }
        for number in order.terms.indices {
            order.terms[number].shipmentCostMinor = Int64(cost * numbers.fraction(0.5...5))
        }
    }
}
