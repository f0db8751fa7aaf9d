internal import Inventory

/// What the search has decided about a candidate: whether it is open.
enum SearchStatus {
    static let undecided: UInt8 = 0
    static let open: UInt8 = 1
    static let closed: UInt8 = 2
}

/// A decision of the search that may have to be taken back.
struct SearchLevel: BitwiseCopyable {
    /// How long the trail was before it.
    var trailStart: Int32
    /// What is decided about: a candidate, or a demand as its complement.
    var subject: Int32
    /// What was decided first.
    var first: UInt8
    /// Whether the other way was tried as well.
    var isSecond: Bool
    /// The bound before the decision.
    var bound: Score
}

// Branch and bound over sets of warehouses.
extension SourcingPlanner {
    /// Searches the best plan, tier by tier where that is asked for or quicker.
    ///
    /// - Parameters:
    ///   - problem: What to plan.
    ///   - start: Numbers of warehouses that are tried first, all together; none for no such set.
    mutating func searchStages(
        _ problem: borrowing SourcingProblem,
        from start: [UInt16] = []
    ) {
        beginStages()
        if takesAll(problem) { return }
        if !start.isEmpty { tryPlan(of: start, problem) }
        if order.splitsPerLineMax > 0 {
            // No search proves such a plan, so a long one is in vain.
            order.workMax = min(order.workMax, SourcingLimits.workUnprovable)
        }
        for tier in 0..<order.objective.tierCount {
            let isFirst = skippedTiers + 1 == 1 << UInt8(tier)
            if isFirst, splitsMax == .max, order.objective.countsShipments(tier) {
                // Many sets are alike in their number, so the number is found first by itself and
                // limits the sets that the later tiers choose from.
                search(with: coefficients(skipping: skippedTiers, upTo: tier, problem), problem)
                guard hasBest else { break }
                splitsMax = limit(of: tier, problem).splits
                skippedTiers |= 1 << UInt8(tier)
            } else if order.objective.tolerances[tier] > 0 {
                search(with: coefficients(skipping: skippedTiers, problem), problem)
                guard hasBest else { break }
                caps.values[tier] = limit(of: tier, problem).value
                skippedTiers |= 1 << UInt8(tier)
                caps.tiers |= 1 << UInt8(tier)
            }
        }
        if skippedTiers == 0 {
            // The coefficients are those that the order was built with.
            search(problem)
        } else {
            search(with: coefficients(skipping: skippedTiers, problem), problem)
        }
        if order.splitsPerLineMax > 0 || !coefficients.isComplete { isProven = false }
    }

    /// Forgets the best plan and what earlier stages have found.
    mutating func beginStages() {
        hasBest = false
        caps = TierCaps()
        skippedTiers = 0
    }

    /// The largest value that a tier may have from now on, and the most shipments if it counts
    /// these.
    private mutating func limit(
        of tier: Int,
        _ problem: borrowing SourcingProblem
    ) -> (value: Score, splits: Int) {
        for index in 0..<candidateCount {
            inSet[index] = bestSet[index]
            isUsed[index] = bestSet[index]
        }
        let sums = sums(problem)
        let tolerance = Score(order.objective.tolerances[tier])
        let value = sums.value(weights[tier])
        // What is between bound and plan is at most this many of the tier: all plans that are as
        // good in earlier criteria come to no less.
        let factor = max(1, coefficients.criteria[3 + tier])
        let gap = (bestScore - lowerBound + factor - 1) / factor
        stageBounds[tier] = max(0, value - gap)
        let shipments = sums.values[Int(SourcingTerm.shipments.rawValue)]
        return (value + value * tolerance / 10_000, Int(shipments + shipments * tolerance / 10_000))
    }

    /// Searches with other coefficients, from the best plan there is.
    private mutating func search(
        with coefficients: Coefficients,
        _ problem: borrowing SourcingProblem
    ) {
        apply(coefficients, problem)
        if hasBest {
            for index in 0..<candidateCount { inSet[index] = bestSet[index] }
            hasBest = false
            tryPlan(problem)
        }
        search(problem)
    }

    /// Whether the plan is clear without a search: nothing to choose, or all in vain.
    ///
    /// A hopeless order gets what all candidates together have.
    private mutating func takesAll(_ problem: borrowing SourcingProblem) -> Bool {
        var isEmpty = true
        for index in 0..<demandCount where demands[index].target > 0 { isEmpty = false }
        guard isHopeless || isEmpty || candidateCount == 1 else { return false }
        for index in 0..<candidateCount { inSet[index] = true }
        nodes += 1
        tryPlan(problem)
        lowerBound = bestScore
        if isHopeless || isEmpty || hasBest { return true }
        hasBest = false
        return false
    }

    /// Searches with the present coefficients.
    mutating func search(_ problem: borrowing SourcingProblem) {
        lowerBound = Score.max
        if coefficients.values[2] == 0 {
            searchUpTo(.max, problem)
        } else {
            // A maximum isn't a sum: with the latest promise fixed it is a constant.
            var next = firstPromise(from: promiseMin)
            while let present = next {
                searchUpTo(present, problem)
                next = present == .max ? nil : firstPromise(from: present + 1)
            }
        }
        lowerBound = isProven ? bestScore : min(lowerBound, bestScore)
    }

    /// The earliest promise of a candidate that isn't before `start`.
    private func firstPromise(from start: UInt32) -> UInt32? {
        var first: UInt32?
        for index in 0..<candidateCount {
            let promise = max(candidates[index].promise, promiseMin)
            if promise >= start, promise < first ?? .max { first = promise }
        }
        return first
    }

    /// Searches the sets whose promises aren't later than `promise`.
    private mutating func searchUpTo(_ promise: UInt32, _ problem: borrowing SourcingProblem) {
        let constant = promise == .max ? 0 : coefficients.values[2] * Score(promise)
        trailCount = 0
        for index in 0..<candidateCount {
            let candidate = candidates[index]
            status[index] =
                candidate.isMandatory
                ? SearchStatus.open
                : candidate.promise > promise ? SearchStatus.closed : SearchStatus.undecided
        }
        beginDemands()
        beginPrices()
        var depth = 0
        var isRoot = true
        while true {
            nodes += 1
            let bound = explore(constant, isRoot: isRoot, problem)
            isRoot = false
            if work > order.workMax {
                if let bound { lowerBound = min(lowerBound, bound) }
                for level in 0..<depth where !levels[level].isSecond {
                    lowerBound = min(lowerBound, levels[level].bound)
                }
                if bound != nil || (0..<depth).contains(where: { !levels[$0].isSecond }) {
                    isProven = false
                    isCut = true
                }
                return
            }
            if let bound, let branch = branch() {
                levels[depth] = SearchLevel(
                    trailStart: Int32(trailCount),
                    subject: branch.subject,
                    first: branch.first,
                    isSecond: false,
                    bound: bound
                )
                depth += 1
                decide(branch.subject, branch.first)
                continue
            }
            while depth > 0 {
                var level = levels[depth - 1]
                undo(to: Int(level.trailStart))
                if level.isSecond {
                    depth -= 1
                    continue
                }
                level.isSecond = true
                levels[depth - 1] = level
                decide(
                    level.subject,
                    level.first == SearchStatus.open ? SearchStatus.closed : SearchStatus.open
                )
                break
            }
            if depth == 0 { return }
        }
    }

    // MARK: A node

    /// Whether nothing with such a bound can be better than the best plan.
    @inline(__always)
    func isBeaten(_ bound: Score) -> Bool {
        hasBest && bound > bestScore - coefficients.step
    }

    /// Bounds a node, decides what has to be, and tries a plan.
    /// - Returns: Its bound; `nil` when nothing better is below it.
    private mutating func explore(
        _ constant: Score,
        isRoot: Bool,
        _ problem: borrowing SourcingProblem
    ) -> Score? {
        var bound: Score = 0
        var passes = isRoot ? 12 : 4
        while true {
            if !openWhatIsNeeded() { return nil }
            if splitsMax != .max, !keepsSplits() { return nil }
            if !hasBest { tryDualSet(problem) }
            bound = self.bound() + constant
            while passes > 0, !isBeaten(bound) {
                passes -= 1
                ascend()
                let better = self.bound() + constant
                let gain = better - bound
                bound = max(bound, better)
                if hasBest, gain < (bestScore - bound) >> 4 { break }
            }
            bound = self.bound() + constant
            if isBeaten(bound) { return nil }
            if !hasBest || !decideByReducedCost(bound) { break }
            passes = max(passes, 1)
        }
        closeBeyondSplits()
        tryDualSet(problem)
        if isRoot, hasBest, !isBeaten(bound) { polish(problem) }
        return isBeaten(bound) ? nil : bound
    }
}
