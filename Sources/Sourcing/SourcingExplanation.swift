package import Inventory

/// One criterion that plans are judged by, with its value; earlier ones outweigh later ones.
package struct SourcingCriterion: Hashable, Sendable {
    /// What is judged.
    package enum Kind: Hashable, Sendable {
        /// Units that are left short.
        case short
        /// Units that aren't there now.
        case backordered
        /// Shipments from warehouses that aren't preferred.
        case notPreferred
        /// A tier of the policy, from 0.
        case tier(Int)
        /// Shipments.
        case shipments
    }

    /// What is judged.
    package var kind: Kind
    /// The value; less is better.
    package var value: Int64

    /// The name in answers: tiers are counted from 1.
    package var name: String {
        switch kind {
        case .short: "short"
        case .backordered: "backordered"
        case .notPreferred: "not_preferred"
        case .tier(let index): "\(index + 1)"
        case .shipments: "shipments"
        }
    }
}

/// What a plan was chosen from and why: enough for a third party to check it.
package struct SourcingExplanation: Sendable {
    /// A warehouse with units of some line, or named by one.
    package struct Candidate: Sendable {
        /// Its number.
        package var warehouse: UInt16
        /// Its terms for the order.
        package var terms: WarehouseTerms
        /// Whether it ships something.
        package var isUsed: Bool
        /// Why not, for one that may serve and doesn't.
        package var reason: LossReason?
    }

    /// The warehouses in the order of their codes.
    package var candidates: [Candidate]
    /// The supplies as they were before the plan, in the problem's order.
    package var supplies: [Supply]
    /// What the plan comes to, in the order in which it counts.
    package var objective: [SourcingCriterion]
    /// No plan comes to less, in the order in which criteria count.
    ///
    /// A tier with a tolerance is bounded by itself: no plan that is as good before it comes to
    /// less of it. What follows bounds the plans within the tolerance. Behind a criterion that may
    /// be less than the plan's, nothing is known, which 0 says. Where the plan is proven, all but
    /// tiers with a tolerance are the objective's.
    package var lowerBound: [SourcingCriterion]
    /// What the planner says of the plan.
    package var verdict: SourcingVerdict
}

extension SourcingPlanner {
    /// Plans as ``plan(_:_:)`` does, and tells what it chose from and why.
    ///
    /// Allocates; for dry runs. To tell why a warehouse lost, the best plan with it is searched.
    package mutating func explain(
        _ problem: inout SourcingProblem,
        _ order: SourcingOrder
    ) -> SourcingExplanation {
        self.order = order
        begin()
        let supplies = unsafe Array(problem.supplies)
        let one = planFromOne(&problem) ? candidates[0].number : nil
        if one != nil {
            problem.takeBack()
            forget()
        }
        build(&problem)
        if let one { settle(on: one, problem) } else { searchStages(problem) }
        let isProven = isProven
        let isCut = isCut
        let objective = hasBest ? values(ofBest: problem) : []
        let lower = one != nil ? objective : decoded(lowerBound, objective)
        let reasons = lossReasons(problem, order)
        self.isProven = isProven
        self.isCut = isCut
        write(&problem)
        let verdict = verdict(of: problem)
        var explained: [UInt16: SourcingExplanation.Candidate] = [:]
        for index in 0..<candidateCount {
            let number = candidates[index].number
            explained[number] = SourcingExplanation.Candidate(
                warehouse: number,
                terms: unsafe problem.warehouses[Int(number)],
                isUsed: hasBest && bestSet[index],
                reason: hasBest && bestSet[index] ? nil : reasons[index]
            )
        }
        let named = unsafe problem.lines.map(\.warehouse).filter {
            $0 != SourcingLine.anyWarehouse
        }
        for number in supplies.map(\.warehouse) + named where explained[number] == nil {
            let terms = unsafe problem.warehouses[Int(number)]
            explained[number] = SourcingExplanation.Candidate(
                warehouse: number,
                terms: terms,
                isUsed: false,
                reason: terms.exclusion == .none ? .noStock : nil
            )
        }
        forget()
        return SourcingExplanation(
            candidates: explained.values.sorted { $0.terms.rank < $1.terms.rank },
            supplies: supplies,
            objective: objective,
            lowerBound: lower,
            verdict: verdict
        )
    }

    private static let kinds: [SourcingCriterion.Kind] = [
        .short, .backordered, .notPreferred, .tier(0), .tier(1), .tier(2), .tier(3), .shipments,
    ]

    /// The criteria of the best plan.
    private mutating func values(ofBest problem: borrowing SourcingProblem) -> [SourcingCriterion] {
        for index in 0..<candidateCount {
            inSet[index] = bestSet[index]
            isUsed[index] = bestSet[index]
        }
        let sums = sums(problem)
        var values: [SourcingCriterion] = []
        for kind in SourcingPlanner.kinds {
            let value: Score
            switch kind {
            case .short: value = sums.values[PlanSums.short]
            case .backordered: value = sums.values[PlanSums.backordered]
            case .notPreferred: value = sums.values[PlanSums.notPreferred]
            case .tier(let tier):
                if tier >= order.objective.tierCount { continue }
                value = sums.value(weights[tier])
            case .shipments: value = sums.values[Int(SourcingTerm.shipments.rawValue)]
            }
            values.append(SourcingCriterion(kind: kind, value: Int64(clamping: value)))
        }
        return values
    }

    /// A bound of scores as a bound of criteria, never above the plan's own.
    private func decoded(
        _ bound: Score,
        _ objective: [SourcingCriterion]
    ) -> [SourcingCriterion] {
        var left = max(0, bound)
        var isEqual = true
        return objective.map { criterion in
            guard isEqual, let place = SourcingPlanner.kinds.firstIndex(of: criterion.kind) else {
                return SourcingCriterion(kind: criterion.kind, value: 0)
            }
            let factor = coefficients.criteria[place]
            var value: Score = 0
            var constant: Score = 0
            var hasRoom = false
            switch criterion.kind {
            case .short: constant = fixedSums.values[PlanSums.short]
            case .backordered: constant = fixedSums.values[PlanSums.backordered]
            case .tier(let tier): constant = fixedSums.value(weights[tier])
            case .notPreferred, .shipments: break
            }
            if factor > 0 {
                value = left / factor
                left -= value * factor
                value += constant
            } else if case .tier(let tier) = criterion.kind, skippedTiers & 1 << UInt8(tier) != 0 {
                value = stageBounds[tier]
                hasRoom = order.objective.tolerances[tier] > 0
            }
            value = min(value, Score(criterion.value))
            isEqual = hasRoom || value == Score(criterion.value)
            return SourcingCriterion(kind: criterion.kind, value: Int64(clamping: value))
        }
    }

    // MARK: Why a warehouse lost

    /// By candidate, why it isn't used.
    private mutating func lossReasons(
        _ problem: borrowing SourcingProblem,
        _ order: SourcingOrder
    ) -> [LossReason] {
        var reasons = [LossReason](repeating: .costsMore, count: candidateCount)
        guard hasBest else { return reasons }
        let score = bestScore
        let best = (0..<candidateCount).map { bestSet[$0] }
        let before = (nodes, work, lowerBound)
        let ties: Score = coefficients.hasTies ? 1 << Score(candidateCount) : 1
        for index in 0..<candidateCount where !best[index] {
            if candidateCount <= SourcingLimits.candidatesComparedMax, isDominated(index) {
                reasons[index] = .dominated
                continue
            }
            // The best plan with this one open, whatever that costs.
            let candidate = candidates[index]
            var forced = candidate
            forced.isMandatory = true
            candidates[index] = forced
            let promise = promiseMin
            promiseMin = max(promiseMin, candidate.promise)
            work = 0
            self.order.workMax = max(1_000, order.workMax / candidateCount)
            hasBest = false
            search(problem)
            if hasBest, bestScore / ties == score / ties { reasons[index] = .tie }
            candidates[index] = candidate
            promiseMin = promise
        }
        self.order = order
        (nodes, work, lowerBound) = before
        hasBest = true
        bestScore = score
        for index in 0..<candidateCount { bestSet[index] = best[index] }
        return reasons
    }

    /// Whether another candidate costs no more in anything and has at least the units.
    private func isDominated(_ index: Int) -> Bool {
        let mine = candidates[index]
        let ties: Score = coefficients.hasTies ? 1 << Score(candidateCount) : 1
        for other in 0..<candidateCount where other != index {
            let theirs = candidates[other]
            if theirs.fixed / ties > mine.fixed / ties || theirs.promise > mine.promise { continue }
            let isCovered = arcRange(of: index).allSatisfy { place in
                let arc = arcs[Int(arcsBy[place])]
                return arcRange(of: other).contains { place in
                    let candidate = arcs[Int(arcsBy[place])]
                    return candidate.demand == arc.demand && candidate.unit <= arc.unit
                        && candidate.capacity >= arc.capacity
                }
            }
            if isCovered, theirs.fixed < mine.fixed { return true }
        }
        return false
    }
}
