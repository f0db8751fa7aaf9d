import Inventory
import Sourcing

/// What an order may be made to keep to, beside its policy.
enum ConstraintKind: String, CaseIterable {
    case splits, splitsPerLine, distance, latestPromise, shipsComplete, excluded, required
    case preferred, fixedWarehouse, capacity, bestEffort, wholeLines, backorder, pools
}

extension RandomOrders {
    /// Draws an order that one constraint is on for certain and each other one with some chance.
    ///
    /// No two contradict each other in the way that a server refuses.
    mutating func constrainedOrder(
        _ policy: PolicyDefinition,
        _ shape: OrderShape,
        _ kind: ConstraintKind
    ) -> OrderCase {
        var kinds: Set<ConstraintKind> = [kind]
        for other in ConstraintKind.allCases
        where numbers.happens(other == .splitsPerLine ? 8 : 15) {
            kinds.insert(other)
        }
        if kinds.contains(.shipsComplete) { kinds.insert(.backorder) }
        var order = order(policy, shape)
        setMode(of: &order, kinds)
        restrictWarehouses(of: &order, kinds)
        if kinds.contains(.backorder) { addBackorders(to: &order) }
        if kinds.contains(.pools) { addPools(to: &order) }
        setDemand(of: &order, kinds)
        if kinds.contains(.fixedWarehouse) { fixLines(of: &order) }
        setSplits(of: &order, kinds)
        order.constraints.shipsComplete = kinds.contains(.shipsComplete)
        order.order.shipsComplete = order.constraints.shipsComplete
        return order
    }

    private mutating func setMode(of order: inout OrderCase, _ kinds: Set<ConstraintKind>) {
        if kinds.contains(.wholeLines) {
            order.order.mode = .wholeLines
        } else if kinds.contains(.bestEffort), !kinds.contains(.shipsComplete) {
            order.order.mode = .bestEffort
        }
    }

    // MARK: Warehouses

    private mutating func restrictWarehouses(
        of order: inout OrderCase,
        _ kinds: Set<ConstraintKind>
    ) {
        let count = order.terms.count
        let places = numbers.shuffled(count)
        let third = max(1, count / 3)
        // Disjoint by place: the first third may be excluded, the others required or preferred.
        let others = Array(places[third...])
        if kinds.contains(.excluded) {
            let some = places[..<numbers.roll(1...third)]
            order.constraints.excluded = some.map { order.codes[$0] }
            exclude(some, .excluded, of: &order)
        }
        if kinds.contains(.required) {
            let some = others[..<max(1, others.count * 2 / 3)]
            order.constraints.required = some.map { order.codes[$0] }
            exclude(places.filter { !some.contains($0) }, .notRequired, of: &order)
        }
        if kinds.contains(.preferred) {
            let some = others[..<max(1, others.count / 3)]
            order.constraints.preferred = some.map { order.codes[$0] }
            for number in 0..<count { order.terms[number].isPreferred = some.contains(number) }
        }
        if kinds.contains(.distance) {
            let metres = order.terms.map(\.metres).sorted()[count * 2 / 3]
            order.constraints.metresMax = metres
            let far = order.terms.indices.filter { order.terms[$0].metres > metres }
            exclude(far, .tooFar, of: &order)
        }
        if kinds.contains(.latestPromise) {
            let minute = order.terms.map(\.promisedMinute).sorted()[count * 2 / 3]
            let latest = Instant(milliseconds: Int64(minute) * 60_000)
            order.constraints.latestPromise = latest
            let late = order.terms.indices.filter { order.terms[$0].promisedMinute > minute }
            exclude(late, .tooLate, of: &order)
        }
        if kinds.contains(.capacity) {
            for number in 0..<count where numbers.happens(40) {
                let isFull = numbers.happens(50)
                order.capacityLeft[number] = isFull ? 0 : UInt32(numbers.roll(1...5))
                if isFull { exclude([number], .full, of: &order) }
            }
        }
    }

    private func exclude(
        _ numbers: some Sequence<Int>,
        _ reason: Exclusion,
        of order: inout OrderCase
    ) {
        for number in numbers where order.terms[number].exclusion == .none {
            order.terms[number].exclusion = reason
        }
    }

    // MARK: Stock and lines

    private mutating func addBackorders(to order: inout OrderCase) {
        for place in order.supplies.indices where numbers.happens(40) {
            var supply = order.supplies[place]
            supply.available += Int64(numbers.roll(1...20))
            // Less than nothing is there where more is promised than a count has found.
            if numbers.happens(10) { supply.present = Int64(numbers.roll(-3...0)) }
            order.supplies[place] = supply
        }
    }

    /// Spreads the supplies over three pools, lets lines name lists of them, and in small networks
    /// some lines ask for the SKU of another.
    ///
    /// Such lines compete by a rule, which only a trial of all sets of warehouses can check.
    private mutating func addPools(to order: inout OrderCase) {
        order.pools = [0, 1, 2, 2, 1, 0]
        for place in order.supplies.indices {
            order.supplies[place].pool = UInt16(numbers.roll(0...2))
        }
        // Where the list of a line begins, and how long it is.
        let lists: [(Int32, Int32)] = [(0, 0), (0, 3), (1, 2), (3, 3), (4, 2)]
        for index in order.lines.indices {
            if index > 0, order.terms.count <= OrderShape.enumerableMax, numbers.happens(30) {
                let other = numbers.roll(0...index - 1)
                order.lines[index].supplyStart = order.lines[other].supplyStart
                order.lines[index].supplyCount = order.lines[other].supplyCount
                order.skus[index] = order.skus[other]
            }
            let list = lists[numbers.roll(0...lists.count - 1)]
            order.lines[index].poolStart = list.0
            order.lines[index].poolCount = list.1
        }
    }

    /// Lets lines ask for a part of what allowed warehouses have, or for more where that is the
    /// point.
    private mutating func setDemand(of order: inout OrderCase, _ kinds: Set<ConstraintKind>) {
        let isScarce = kinds.contains(.bestEffort) || kinds.contains(.wholeLines)
        let hasSplits = kinds.contains(.splits) || kinds.contains(.splitsPerLine)
        let countsAll = numbers.happens(20)
        for index in order.lines.indices {
            let there = order.supplies(of: order.lines[index]).reduce(Int64(0)) { sum, place in
                let supply = order.supplies[place]
                let isAllowed = order.terms[Int(supply.warehouse)].exclusion == .none
                let units = kinds.contains(.shipsComplete) ? supply.present : supply.available
                return isAllowed || countsAll ? sum + max(0, units) : sum
            }
            let range = isScarce ? 0.4...1.5 : hasSplits ? 0.01...0.12 : OrderShape.scarce
            let part = numbers.fraction(range)
            order.lines[index].requested = UInt32(max(1, Double(there) * part))
        }
    }

    private mutating func fixLines(of order: inout OrderCase) {
        let allowed = order.terms.indices.filter {
            let exclusion = order.terms[$0].exclusion
            return exclusion != .excluded && exclusion != .notRequired
        }
        for index in order.lines.indices where index == 0 || numbers.happens(30) {
            let line = order.lines[index]
            let stocked = order.supplies(of: line).map { Int(order.supplies[$0].warehouse) }
            let likely = stocked.filter { order.terms[$0].exclusion == .none }
            let choice = likely.isEmpty || numbers.happens(10) ? allowed : likely
            if choice.isEmpty { continue }
            order.lines[index].warehouse = UInt16(choice[numbers.roll(0...choice.count - 1)])
            let there = order.supplies(of: order.lines[index]).reduce(Int64(0)) {
                $0 + max(0, order.supplies[$1].available)
            }
            let part = numbers.fraction(order.order.mode == .allOrNothing ? 0.1...1 : 0.3...1.5)
            order.lines[index].requested = UInt32(max(1, Double(there) * part))
        }
    }

    private mutating func setSplits(of order: inout OrderCase, _ kinds: Set<ConstraintKind>) {
        if kinds.contains(.splits) {
            order.constraints.splitsMax = UInt16(numbers.roll(1...6))
            order.order.splitsMax = Int(order.constraints.splitsMax)
        }
        if kinds.contains(.splitsPerLine) {
            let most = order.order.splitsMax > 0 ? min(3, order.order.splitsMax) : 3
            order.constraints.splitsPerLineMax = UInt16(numbers.roll(1...most))
            order.order.splitsPerLineMax = Int(order.constraints.splitsPerLineMax)
        }
    }
}
