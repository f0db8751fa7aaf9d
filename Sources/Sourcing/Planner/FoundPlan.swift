internal import Inventory

/// What a search found for an order: the warehouses of its plan, and for what they are the best.
///
/// Which warehouses ship decides the whole plan (see ``SourcingPlanner``), so a search may be made
/// ahead of the plan that is carried out, by another thread and from an earlier look at the stock.
/// For the same problem the later plan is the found one, share by share, and isn't searched again;
/// for any other the found warehouses are the first that its own search tries.
package struct FoundPlan: Sendable {
    /// Tells problems apart, in this process only.
    let problem: Int
    /// The numbers of the warehouses that ship.
    let warehouses: [UInt16]
    /// Whether no plan of the problem is better.
    package let isProven: Bool
}

extension SourcingPlanner {
    /// Searches as ``plan(_:_:)`` does and notes what was found.
    ///
    /// Allocates.
    package mutating func find(
        _ problem: inout SourcingProblem,
        _ order: SourcingOrder
    ) -> FoundPlan {
        let digest = problem.digest(order)
        let verdict = plan(&problem, order)
        var warehouses: [UInt16] = []
        for index in 0..<candidateCount where hasBest && bestSet[index] {
            warehouses.append(candidates[index].number)
        }
        return FoundPlan(problem: digest, warehouses: warehouses, isProven: verdict.isProven)
    }

    /// Plans all lines of `problem` by what an earlier search found: without a search of its own
    /// where the problem is still the same.
    ///
    /// - Complexity: O(supplies) for the same problem, else that of ``plan(_:_:)``.
    package mutating func plan(
        _ problem: inout SourcingProblem,
        _ order: SourcingOrder,
        from found: FoundPlan
    ) -> SourcingVerdict {
        let isSame = problem.digest(order) == found.problem
        self.order = order
        begin()
        if !planFromOne(&problem) {
            build(&problem)
            if isSame {
                isProven = found.isProven
                hasBest = true
                mark(found.warehouses, in: bestSet)
            } else {
                searchStages(problem, from: found.warehouses)
            }
            write(&problem)
        }
        forget()
        return verdict(of: problem)
    }

    /// Tries the plan of some warehouses, as far as they may serve.
    mutating func tryPlan(of warehouses: [UInt16], _ problem: borrowing SourcingProblem) {
        mark(warehouses, in: inSet)
        tryPlan(problem)
    }

    /// Marks the candidates among some warehouses, and no other.
    private func mark(_ warehouses: [UInt16], in set: Scratch<Bool>) {
        set.fill(candidateCount, with: false)
        for number in warehouses where candidateOf[Int(number)] >= 0 {
            set[Int(candidateOf[Int(number)])] = true
        }
    }
}

extension SourcingProblem {
    /// A digest of all that a plan follows from: two problems with the same have the same plans.
    ///
    /// Keyed by the process, so that nobody can make two alike.
    /// - Complexity: O(lines + supplies).
    func digest(_ order: SourcingOrder) -> Int {
        var hasher = Hasher()
        order.hash(into: &hasher)
        for index in unsafe lines.indices {
            let line = unsafe lines[index]
            hasher.combine(line.supplyStart)
            hasher.combine(line.supplyCount)
            hasher.combine(line.requested)
            hasher.combine(line.warehouse)
            for place in 0..<Int(line.poolCount) {
                hasher.combine(unsafe pools[Int(line.poolStart) + place])
            }
            hasher.combine(line.poolCount)
            guard line.warehouse != SourcingLine.anyWarehouse else { continue }
            unsafe warehouses[Int(line.warehouse)].hash(into: &hasher)
        }
        for index in unsafe supplies.indices {
            let supply = unsafe supplies[index]
            hasher.combine(supply.available)
            hasher.combine(supply.present)
            hasher.combine(supply.unitCostMinor)
            hasher.combine(supply.balance)
            hasher.combine(supply.warehouse)
            hasher.combine(supply.pool)
            unsafe warehouses[Int(supply.warehouse)].hash(into: &hasher)
        }
        return hasher.finalize()
    }
}

extension SourcingOrder {
    /// Feeds what decides which plan is best, so not the limit of steps.
    fileprivate func hash(into hasher: inout Hasher) {
        hasher.combine(mode)
        hasher.combine(splitsMax)
        hasher.combine(splitsPerLineMax)
        hasher.combine(shipsComplete)
        hasher.combine(objective.tierCount)
        for tier in 0..<objective.tierCount { hasher.combine(objective.weights[tier]) }
        hasher.combine(objective.tolerances)
    }
}

extension WarehouseTerms {
    /// Feeds what a plan follows from; what a unit costs stands in its supply.
    fileprivate func hash(into hasher: inout Hasher) {
        hasher.combine(shipmentCostMinor)
        hasher.combine(metres)
        hasher.combine(promisedMinute)
        hasher.combine(promiseMinutes)
        hasher.combine(priority)
        hasher.combine(rank)
        hasher.combine(isPreferred)
        hasher.combine(exclusion)
    }
}
