internal import Inventory

/// How a warehouse stands to the one that may be the best for an order.
struct Standing: BitwiseCopyable {
    /// The plan that this was worked out for; 0 for none.
    var plan: UInt64 = 0
    /// In how many tiers, from the first, what units cost still matters.
    var tiersOfUnits = 0
    /// Whether its shipments are better.
    var isBetter = false
    /// Whether it is worse even where units are alike.
    var losesTies = false
}

// Orders that one warehouse serves best, whatever the others have.
extension SourcingPlanner {
    /// Plans an order from one warehouse that has all of it, where no other set of warehouses can
    /// be better: what most orders are while stock lasts, without a search or its tables.
    ///
    /// Shipments and units each add to a criterion, and nothing ever takes from one; only the
    /// promise is a maximum, which is no less than any part's. So no plan is better than its parts
    /// are: it is enough that the warehouse is at least as good as each other by itself, and each
    /// of its units as each other unit of its line. A plan that ships from it and from others is
    /// then worse by what the others add, or by their number.
    /// - Returns: Whether there is such a warehouse; if not, nothing is taken.
    /// - Complexity: O(lines + supplies × tiers).
    mutating func planFromOne(_ problem: inout SourcingProblem) -> Bool {
        planNumber += 1
        guard order.objective.tolerances == .zero, let number = bestOne(problem) else {
            return false
        }
        for index in unsafe problem.lines.indices where !take(index, from: number, &problem) {
            problem.takeBack()
            return false
        }
        candidateCount = 0
        addCandidate(number, unsafe problem.warehouses[Int(number)], isMandatory: false)
        hasBest = true
        bestSet[0] = true
        nodes = 1
        work = unsafe problem.supplies.count
        return true
    }

    /// Makes the plan of a warehouse that ``planFromOne(_:)`` found the best of a search that needs
    /// no search; the order is built.
    mutating func settle(on number: UInt16, _ problem: borrowing SourcingProblem) {
        beginStages()
        tryPlan(of: [number], problem)
        lowerBound = bestScore
    }

    /// The warehouse that has all of each line by itself, and that no other can better.
    private func bestOne(_ problem: borrowing SourcingProblem) -> UInt16? {
        // Lines that share a SKU look through the same supplies: many of them are left to the
        // search, which deals them as one.
        var looks = 0
        for index in unsafe problem.lines.indices {
            looks += unsafe problem.lines[index].supplyCount
        }
        let looksMax = unsafe SourcingLimits.looksPerSupplyMax * problem.supplies.count
        guard looks <= looksMax, let number = likelyOne(problem) else { return nil }
        for index in unsafe problem.lines.indices
        where !isBestServed(unsafe problem.lines[index], by: number, problem) {
            return nil
        }
        return number
    }

    /// The only warehouse that the rest can hold good for: the best of the first line's.
    private func likelyOne(_ problem: borrowing SourcingProblem) -> UInt16? {
        guard let line = unsafe problem.lines.first else { return nil }
        var best: Supply?
        for place in line.supplyStart..<line.supplyStart + line.supplyCount {
            let supply = unsafe problem.supplies[place]
            guard mayServe(supply, problem) else { continue }
            if let leader = best {
                let standing = standing(of: supply.warehouse, to: leader.warehouse, problem)
                if isSurpassed(supply, by: leader, standing) { continue }
            }
            best = supply
        }
        return best?.warehouse
    }

    /// Whether a warehouse has all that a line asks for, and no other has better units for it.
    private func isBestServed(
        _ line: SourcingLine,
        by number: UInt16,
        _ problem: borrowing SourcingProblem
    ) -> Bool {
        if line.warehouse != SourcingLine.anyWarehouse || line.poolCount > 0 { return false }
        guard let own = supply(of: line, in: number, problem) else { return false }
        let best = unsafe problem.supplies[own]
        if min(best.present, best.available) < Int64(line.requested) { return false }
        for place in line.supplyStart..<line.supplyStart + line.supplyCount where place != own {
            let supply = unsafe problem.supplies[place]
            guard mayServe(supply, problem) else { continue }
            let standing = knownStanding(of: supply.warehouse, to: number, problem)
            if !isSurpassed(supply, by: best, standing) { return false }
        }
        return true
    }

    /// The supply that a line without pools has in a warehouse.
    @inline(__always)
    private func supply(
        of line: SourcingLine,
        in number: UInt16,
        _ problem: borrowing SourcingProblem
    ) -> Int? {
        for place in line.supplyStart..<line.supplyStart + line.supplyCount {
            let supply = unsafe problem.supplies[place]
            if supply.warehouse == number, supply.pool == 0 { return place }
        }
        return nil
    }

    @inline(__always)
    private func mayServe(_ supply: Supply, _ problem: borrowing SourcingProblem) -> Bool {
        unsafe supply.available > 0 && supply.pool == 0
            && problem.warehouses[Int(supply.warehouse)].exclusion == .none
    }

    /// Whether a plan that takes units from `other` is worse than one that takes them from `best`,
    /// which ships anyway or instead, or loses to it by the code of its warehouse.
    @inline(__always)
    private func isSurpassed(_ other: Supply, by best: Supply, _ standing: Standing) -> Bool {
        if standing.isBetter { return false }
        for tier in 0..<standing.tiersOfUnits {
            let weights = weights[tier]
            let value = TierValue.ofUnit(other, weights)
            let bestValue = TierValue.ofUnit(best, weights)
            if value != bestValue { return value > bestValue }
        }
        return standing.losesTies
    }

    /// ``standing(of:to:_:)``, worked out once for each plan and warehouse.
    @inline(__always)
    private func knownStanding(
        of other: UInt16,
        to best: UInt16,
        _ problem: borrowing SourcingProblem
    ) -> Standing {
        let known = standings[Int(other)]
        if known.plan == planNumber { return known }
        var standing = standing(of: other, to: best, problem)
        standing.plan = planNumber
        standings[Int(other)] = standing
        return standing
    }

    /// How a warehouse stands to the best, as far as its shipments go.
    ///
    /// Read from the first tier to the last. From the tier on in which the warehouses differ, a
    /// plan that ships from the worse is worse, be it instead of the best or as well; what units
    /// cost decides only up to there.
    private func standing(
        of other: UInt16,
        to best: UInt16,
        _ problem: borrowing SourcingProblem
    ) -> Standing {
        let terms = unsafe problem.warehouses[Int(other)]
        let bestTerms = unsafe problem.warehouses[Int(best)]
        var standing = Standing()
        standing.isBetter = terms.isPreferred && !bestTerms.isPreferred
        var isWorse = bestTerms.isPreferred && !terms.isPreferred
        let tierCount = order.objective.tierCount
        while !standing.isBetter, !isWorse, standing.tiersOfUnits < tierCount {
            let weights = weights[standing.tiersOfUnits]
            standing.tiersOfUnits += 1
            let value = TierValue.ofShipment(terms, weights)
            let bestValue = TierValue.ofShipment(bestTerms, weights)
            standing.isBetter = value < bestValue
            isWorse = value > bestValue
        }
        standing.losesTies = isWorse || terms.rank > bestTerms.rank
        return standing
    }

    /// Takes all of a line from a warehouse.
    private mutating func take(
        _ index: Int,
        from number: UInt16,
        _ problem: inout SourcingProblem
    ) -> Bool {
        var line = unsafe problem.lines[index]
        guard let supply = supply(of: line, in: number, problem) else { return false }
        line.shareStart = problem.shareCount
        line.reserved = problem.takePresent(line.requested, from: supply)
        line.shareCount = problem.shareCount - line.shareStart
        unsafe problem.lines[index] = line
        return line.reserved == line.requested
    }
}

/// What parts of a plan add to a tier: products of 32 and 64 bits, so that no sum overflows.
enum TierValue {
    /// What a shipment adds by itself, whatever is in it: never less than nothing.
    @inline(__always)
    static func ofShipment(_ terms: WarehouseTerms, _ weights: SIMD8<UInt32>) -> Score {
        weight(.metres, weights) &* Score(terms.metres)
            &+ weight(.costMinor, weights) &* Score(terms.shipmentCostMinor)
            &+ weight(.promise, weights) &* Score(terms.promiseMinutes)
            &+ weight(.shipments, weights)
            &+ weight(.priority, weights) &* Score(terms.priority)
    }

    /// What a unit adds.
    @inline(__always)
    static func ofUnit(_ supply: Supply, _ weights: SIMD8<UInt32>) -> Score {
        weight(.costMinor, weights) &* Score(supply.unitCostMinor)
            &+ weight(.balance, weights) &* Score(supply.balance)
    }

    @inline(__always)
    private static func weight(_ term: SourcingTerm, _ weights: SIMD8<UInt32>) -> Score {
        Score(weights[Int(term.rawValue)])
    }
}
