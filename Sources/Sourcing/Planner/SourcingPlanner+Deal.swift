internal import Inventory

/// What tiers with a tolerance may come to in the stages after theirs.
struct TierCaps {
    /// Tiers that have one: bit by bit.
    var tiers: UInt8 = 0
    /// The largest values.
    var values = InlineArray<4, Score>(repeating: 0)
}

// The plan of a set of warehouses.
extension SourcingPlanner {
    /// Works out the plan of the candidates in `inSet` and notes it if it is the best so far.
    ///
    /// Where lines have a limit of splits, those that the plan uses alone might deal otherwise, so
    /// the set shrinks to what it uses until nothing is left over: the plan is then theirs.
    /// - Returns: Its score; `nil` where the set can't serve what has to be served.
    @discardableResult
    mutating func tryPlan(_ problem: borrowing SourcingProblem) -> Score? {
        while let score = score(problem) {
            if order.splitsPerLineMax == 0 || !shrinksToUsed() { return noted(score) }
        }
        return nil
    }

    /// Makes the candidates that the plan uses those in `inSet`.
    /// - Returns: Whether they were others before.
    private mutating func shrinksToUsed() -> Bool {
        var hasChanged = false
        for index in 0..<candidateCount where inSet[index] != isUsed[index] {
            inSet[index] = isUsed[index]
            hasChanged = true
        }
        return hasChanged
    }

    /// Notes the plan of the used candidates if it is the best so far.
    private mutating func noted(_ score: Score) -> Score {
        if hasBest {
            if score > bestScore { return score }
            if score == bestScore, coefficients.hasTies || !isEarlier() { return score }
        }
        hasBest = true
        bestScore = score
        for index in 0..<candidateCount { bestSet[index] = isUsed[index] }
        return score
    }

    /// Whether the used candidates come before the best set's where scores are equal: read from
    /// the last code backwards.
    private func isEarlier() -> Bool {
        for index in stride(from: candidateCount - 1, through: 0, by: -1)
        where isUsed[index] != bestSet[index] {
            return bestSet[index]
        }
        return false
    }

    /// The score of the plan of the candidates in `inSet`; marks those it uses.
    private mutating func score(_ problem: borrowing SourcingProblem) -> Score? {
        var score: Score = 0
        for index in 0..<candidateCount { isUsed[index] = candidates[index].isMandatory }
        for index in 0..<demandCount {
            let demand = demands[index]
            if demand.target == 0 { continue }
            if demand.isCoupled || order.splitsPerLineMax > 0 { continue }
            var left = demand.target
            if order.mode == .wholeLines, !isCovering, available(to: demand) < left {
                score += coefficients.values[PlanSums.short] * Score(left)
                continue
            }
            var place = Int(demand.arcStart)
            while left > 0, place < Int(demand.arcEnd) {
                let arc = arcs[place]
                place += 1
                if !inSet[Int(arc.candidate)] { continue }
                let taken = min(left, arc.capacity)
                score += arc.unit * Score(taken)
                left -= taken
                isUsed[Int(arc.candidate)] = true
            }
            work += place - Int(demand.arcStart)
            if left > 0 {
                if isCovering { return nil }
                score += coefficients.values[PlanSums.short] * Score(left)
            }
        }
        if !isCovering { score += scoreOfCoupled(problem) }
        var count = 0
        var promise: UInt32 = promiseMin
        for index in 0..<candidateCount where isUsed[index] {
            let candidate = candidates[index]
            score += candidate.fixed
            promise = max(promise, candidate.promise)
            count += 1
        }
        if count > splitsMax { return nil }
        score += coefficients.values[2] * Score(promise)
        if caps.tiers != 0, !keepsCaps(problem) { return nil }
        return score
    }

    private func available(to demand: Demand) -> Int64 {
        var all: Int64 = 0
        for place in Int(demand.arcStart)..<Int(demand.arcEnd)
        where inSet[Int(arcs[place].candidate)] {
            all += arcs[place].capacity
        }
        return all
    }

    // MARK: Demands that share supplies, and lines with a limit of splits

    /// Deals the demands that the plain way can't, against one remainder for each supply.
    @inline(never)
    private mutating func scoreOfCoupled(_ problem: borrowing SourcingProblem) -> Score {
        var score: Score = 0
        forEachCoupledTake(problem) { arc, taken in
            score += arc.unit * Score(taken)
        } short: {
            score += $0
        }
        return score
    }

    /// Calls `body` with what each coupled demand takes in the plan of the candidates in `inSet`.
    @inline(__always)
    mutating func forEachCoupledTake(
        _ problem: borrowing SourcingProblem,
        _ body: (Arc, Int64) -> Void,
        short: (Score) -> Void
    ) {
        remainders.makeRoom(for: unsafe problem.supplies.count * 2)
        for index in 0..<demandCount {
            let demand = demands[index]
            guard demand.isCoupled || order.splitsPerLineMax > 0 else { continue }
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                let arc = arcs[place]
                let supply = unsafe problem.supplies[Int(arc.supply)]
                let units = units(of: supply)
                remainders[Int(arc.supply) * 2 + (arc.isExtra ? 1 : 0)] =
                    arc.isExtra ? units.extra : units.present
            }
        }
        for index in 0..<demandCount {
            let demand = demands[index]
            guard demand.isCoupled || order.splitsPerLineMax > 0, demand.target > 0 else {
                continue
            }
            work += Int(demand.arcEnd - demand.arcStart)
            var left = demand.target
            markServers(of: demand)
            if order.mode == .wholeLines, servable(demand) < left {
                short(coefficients.values[PlanSums.short] * Score(left))
                continue
            }
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) where left > 0 {
                let arc = arcs[place]
                guard isServer[Int(arc.candidate)] else { continue }
                let slot = Int(arc.supply) * 2 + (arc.isExtra ? 1 : 0)
                let taken = min(left, remainders[slot])
                if taken == 0 { continue }
                remainders[slot] = remainders[slot] - taken
                left -= taken
                isUsed[Int(arc.candidate)] = true
                body(arc, taken)
            }
            if left > 0 { short(coefficients.values[PlanSums.short] * Score(left)) }
        }
    }

    /// Marks the candidates in `inSet` that a demand takes from: all, or as many as a line may
    /// have.
    ///
    /// Those first that the demand would take from in its order, if they have enough; else those
    /// with the most units. That isn't always the best choice, so a limit gives up the proof.
    private mutating func markServers(of demand: Demand) {
        let most = order.splitsPerLineMax
        let range = Int(demand.arcStart)..<Int(demand.arcEnd)
        if most == 0 {
            for place in range {
                let candidate = Int(arcs[place].candidate)
                isServer[candidate] = inSet[candidate]
            }
            return
        }
        for place in range { isServer[Int(arcs[place].candidate)] = false }
        var count = 0
        var units: Int64 = 0
        for place in range where units < demand.target && count < most {
            let candidate = Int(arcs[place].candidate)
            if !inSet[candidate] || isServer[candidate] || remainder(at: place) == 0 { continue }
            isServer[candidate] = true
            units += remainder(of: candidate, demand)
            count += 1
        }
        if units >= demand.target { return }
        for place in range { isServer[Int(arcs[place].candidate)] = false }
        for _ in 0..<most {
            var best = -1
            var bestUnits: Int64 = 0
            for place in range {
                let candidate = Int(arcs[place].candidate)
                if !inSet[candidate] || isServer[candidate] || remainder(at: place) == 0 {
                    continue
                }
                let all = remainder(of: candidate, demand)
                if all > bestUnits {
                    best = candidate
                    bestUnits = all
                }
            }
            guard best >= 0 else { return }
            isServer[best] = true
        }
    }

    private func remainder(of candidate: Int, _ demand: Demand) -> Int64 {
        var all: Int64 = 0
        for place in Int(demand.arcStart)..<Int(demand.arcEnd)
        where Int(arcs[place].candidate) == candidate {
            all += remainder(at: place)
        }
        return all
    }

    /// Units that earlier demands have left of an arc's.
    @inline(__always)
    private func remainder(at place: Int) -> Int64 {
        remainders[Int(arcs[place].supply) * 2 + (arcs[place].isExtra ? 1 : 0)]
    }

    private func servable(_ demand: Demand) -> Int64 {
        var all: Int64 = 0
        for place in Int(demand.arcStart)..<Int(demand.arcEnd)
        where isServer[Int(arcs[place].candidate)] {
            all += remainder(at: place)
        }
        return all
    }

    // MARK: Sums

    /// The sums of the plan of the candidates in `inSet`; all marked in `isUsed`.
    mutating func sums(_ problem: borrowing SourcingProblem) -> PlanSums {
        var sums = fixedSums
        for index in 0..<demandCount {
            let demand = demands[index]
            if demand.target == 0 || demand.isCoupled || order.splitsPerLineMax > 0 { continue }
            var left = demand.target
            if order.mode == .wholeLines, !isCovering, available(to: demand) < left {
                sums.values[PlanSums.short] += Score(left)
                continue
            }
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) where left > 0 {
                let arc = arcs[place]
                if !inSet[Int(arc.candidate)] { continue }
                let taken = min(left, arc.capacity)
                left -= taken
                sums.add(arc, taken, unsafe problem.supplies[Int(arc.supply)])
            }
            sums.values[PlanSums.short] += Score(left)
        }
        if !isCovering {
            var coupled = PlanSums()
            let shortFactor = max(1, coefficients.values[PlanSums.short])
            let supplies = unsafe problem.supplies
            forEachCoupledTake(problem) { arc, taken in
                coupled.add(arc, taken, unsafe supplies[Int(arc.supply)])
            } short: {
                coupled.values[PlanSums.short] += $0 / shortFactor
            }
            for place in 0..<PlanSums.count { sums.values[place] += coupled.values[place] }
        }
        sums.values[2] = Score(promiseMin)
        for index in 0..<candidateCount where isUsed[index] {
            let terms = unsafe problem.warehouses[Int(candidates[index].number)]
            sums.values[0] += Score(terms.metres)
            sums.values[1] += Score(terms.shipmentCostMinor)
            sums.values[2] = max(sums.values[2], Score(terms.promiseMinutes))
            sums.values[3] += 1
            sums.values[5] += Score(terms.priority)
            if !terms.isPreferred { sums.values[PlanSums.notPreferred] += 1 }
        }
        return sums
    }

    private mutating func keepsCaps(_ problem: borrowing SourcingProblem) -> Bool {
        let sums = sums(problem)
        for tier in 0..<order.objective.tierCount where caps.tiers & 1 << UInt8(tier) != 0 {
            if sums.value(weights[tier]) > caps.values[tier] { return false }
        }
        return true
    }

    // MARK: The plan itself

    /// Writes the plan of the best set: what each line got, and its shares.
    mutating func write(_ problem: inout SourcingProblem) {
        for index in 0..<candidateCount { inSet[index] = hasBest && bestSet[index] }
        for index in unsafe problem.lines.indices {
            var line = unsafe problem.lines[index]
            if line.warehouse != SourcingLine.anyWarehouse { continue }
            line.shareStart = problem.shareCount
            let place = Int(demandOf[index])
            if place >= 0 { deal(&line, demands[place], &problem) }
            line.shareCount = problem.shareCount - line.shareStart
            if line.reserved < line.requested { problem.noteShort() }
            unsafe problem.lines[index] = line
        }
    }

    /// Takes what a line gets in the plan of the candidates in `inSet`.
    private mutating func deal(
        _ line: inout SourcingLine,
        _ demand: Demand,
        _ problem: inout SourcingProblem
    ) {
        let range = Int(demand.arcStart)..<Int(demand.arcEnd)
        if demand.isCoupled || order.splitsPerLineMax > 0 {
            for place in range {
                let arc = arcs[place]
                let units = units(of: unsafe problem.supplies[Int(arc.supply)])
                remainders[Int(arc.supply) * 2 + (arc.isExtra ? 1 : 0)] =
                    arc.isExtra ? units.extra : units.present
            }
            markServers(of: demand)
            if order.mode == .wholeLines, servable(demand) < demand.requested { return }
        } else {
            for place in range {
                isServer[Int(arcs[place].candidate)] = inSet[Int(arcs[place].candidate)]
            }
            if order.mode == .wholeLines, available(to: demand) < demand.requested { return }
        }
        for place in range where line.reserved < line.requested {
            let arc = arcs[place]
            if !isServer[Int(arc.candidate)] { continue }
            let missing = line.requested - line.reserved
            line.reserved +=
                arc.isExtra
                ? problem.takeBackordered(
                    missing,
                    from: Int(arc.supply),
                    shareStart: line.shareStart
                ) : problem.takePresent(missing, from: Int(arc.supply))
        }
    }
}

extension PlanSums {
    /// Adds what units of a supply cost and weigh.
    @inline(__always)
    mutating func add(_ taken: Int64, _ supply: Supply) {
        values[1] += Score(supply.unitCostMinor) * Score(taken)
        values[4] += Score(supply.balance) * Score(taken)
    }

    /// Adds units of an arc.
    @inline(__always)
    mutating func add(_ arc: Arc, _ taken: Int64, _ supply: Supply) {
        add(taken, supply)
        if arc.isExtra { values[PlanSums.backordered] += Score(taken) }
    }
}
