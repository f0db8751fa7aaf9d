internal import Inventory

// Plans that the search tries: it prunes by the best of them, so good ones make it short.
extension SourcingPlanner {
    /// Tries the set that the prices suggest, made to serve everything.
    mutating func tryDualSet(_ problem: borrowing SourcingProblem) {
        var count = 0
        for index in 0..<candidateCount {
            inSet[index] =
                status[index] == SearchStatus.open
                || status[index] == SearchStatus.undecided && reduced[index] < 0
            if inSet[index] { count += 1 }
        }
        if splitsMax != .max {
            while count > splitsMax {
                var worst = -1
                work += candidateCount
                for index in 0..<candidateCount
                where inSet[index] && status[index] == SearchStatus.undecided {
                    if worst < 0 || reduced[index] > reduced[worst] { worst = index }
                }
                guard worst >= 0 else { return }
                inSet[worst] = false
                count -= 1
            }
        }
        for index in 0..<demandCount {
            let demand = demands[index]
            var left = demand.target
            for place in Int(demand.arcStart)..<Int(demand.arcEnd)
            where inSet[Int(arcs[place].candidate)] {
                left -= arcs[place].capacity
            }
            work += Int(demand.arcEnd - demand.arcStart)
            while left > 0, count < splitsMax {
                var best = -1
                work += Int(demand.arcEnd - demand.arcStart)
                for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                    let candidate = Int(arcs[place].candidate)
                    if inSet[candidate] || status[candidate] != SearchStatus.undecided { continue }
                    if best < 0 || reduced[candidate] < reduced[best] { best = candidate }
                }
                guard best >= 0 else { break }
                inSet[best] = true
                count += 1
                for place in Int(demand.arcStart)..<Int(demand.arcEnd)
                where Int(arcs[place].candidate) == best {
                    left -= arcs[place].capacity
                }
            }
        }
        tryPlan(problem)
    }

    /// Improves the best plan by adding, dropping and exchanging single warehouses.
    mutating func polish(_ problem: borrowing SourcingProblem) {
        var hasImproved = true
        let budget = work + order.workMax / 4
        while hasImproved, work < budget {
            hasImproved = false
            for index in 0..<candidateCount where isFree(index) {
                if work > budget { return }
                if tryFlipped(index, nil, problem) { hasImproved = true }
            }
            if hasImproved { continue }
            for out in 0..<candidateCount where bestSet[out] && isFree(out) {
                for other in 0..<candidateCount where !bestSet[other] && isFree(other) {
                    if work > budget { return }
                    if tryFlipped(out, other, problem) {
                        hasImproved = true
                        break
                    }
                }
            }
        }
    }

    @inline(__always)
    private func isFree(_ candidate: Int) -> Bool { status[candidate] == SearchStatus.undecided }

    private mutating func tryFlipped(
        _ first: Int,
        _ second: Int?,
        _ problem: borrowing SourcingProblem
    ) -> Bool {
        for index in 0..<candidateCount { inSet[index] = bestSet[index] }
        inSet[first] = !bestSet[first]
        if let second { inSet[second] = !bestSet[second] }
        let before = bestScore
        tryPlan(problem)
        return bestScore < before
    }
}
