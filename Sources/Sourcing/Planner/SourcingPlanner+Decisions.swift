internal import Inventory

// What the search decides: which warehouses are open, and where lines are served whole or not at
// all, which demands are served. A demand that is decided about makes the bound sharper: one that
// has to be served may have any price, and one that is left out has none and costs its units.
extension SourcingPlanner {
    /// Whether there is more to choose than warehouses: which lines are served whole.
    var choosesLines: Bool { order.mode == .wholeLines && !isCovering }

    /// Forgets what was decided about demands, and counts what their candidates have.
    mutating func beginDemands() {
        leftOutScore = 0
        for index in 0..<demandCount {
            var demand = demands[index]
            demand.sought = demand.target
            demand.isNeeded = isCovering
            demands[index] = demand
            coverage[index] = 0
        }
        for index in 0..<arcCount where status[Int(arcs[index].candidate)] != SearchStatus.closed {
            let demand = Int(arcs[index].demand)
            coverage[demand] = coverage[demand] + arcs[index].capacity
        }
    }

    /// Decides about a candidate, or about a demand given by its complement.
    mutating func decide(_ subject: Int32, _ decision: UInt8) {
        trail[trailCount] = subject
        trailCount += 1
        if subject < 0 { return decideDemand(Int(~subject), decision) }
        let candidate = Int(subject)
        precondition(status[candidate] == SearchStatus.undecided, "decided twice")
        status[candidate] = decision
        if decision == SearchStatus.closed {
            for place in arcRange(of: candidate) {
                let arc = arcs[Int(arcsBy[place])]
                coverage[Int(arc.demand)] = coverage[Int(arc.demand)] - arc.capacity
            }
        }
    }

    private mutating func decideDemand(_ index: Int, _ decision: UInt8) {
        var demand = demands[index]
        precondition(!demand.isNeeded && demand.sought > 0, "decided twice")
        if decision == SearchStatus.open {
            demand.isNeeded = true
        } else {
            setPrice(of: index, to: 0)
            demand.sought = 0
            leftOutScore += coefficients.values[PlanSums.short] * Score(demand.target)
        }
        demands[index] = demand
    }

    /// Takes back what was decided after the trail was so long.
    mutating func undo(to start: Int) {
        while trailCount > start {
            trailCount -= 1
            if trail[trailCount] < 0 {
                undoDemand(Int(~trail[trailCount]))
                continue
            }
            let candidate = Int(trail[trailCount])
            if status[candidate] == SearchStatus.closed {
                reduced[candidate] = reducedCost(of: candidate)
                for place in arcRange(of: candidate) {
                    let arc = arcs[Int(arcsBy[place])]
                    coverage[Int(arc.demand)] = coverage[Int(arc.demand)] + arc.capacity
                }
            }
            status[candidate] = SearchStatus.undecided
        }
    }

    private mutating func undoDemand(_ index: Int) {
        var demand = demands[index]
        if demand.sought == 0 {
            leftOutScore -= coefficients.values[PlanSums.short] * Score(demand.target)
        }
        demand.sought = demand.target
        demand.isNeeded = false
        demands[index] = demand
        // Left out it had none, and needed perhaps one that is too high now.
        setPrice(of: index, to: min(prices[index], priceMax(of: demand)))
    }

    /// Sets the price of a demand and keeps the reduced costs in step.
    private mutating func setPrice(of index: Int, to price: Score) {
        let before = prices[index]
        if before == price { return }
        for place in Int(demands[index].arcStart)..<Int(demands[index].arcEnd) {
            let arc = arcs[place]
            let candidate = Int(arc.candidate)
            if status[candidate] == SearchStatus.closed { continue }
            let change = max(0, price - arc.unit) - max(0, before - arc.unit)
            reduced[candidate] = reduced[candidate] &- change &* Score(arc.capacity)
        }
        prices[index] = price
    }

    /// What to decide about next, and how first; `nil` when all is decided.
    ///
    /// Where lines are chosen, the largest that isn't decided comes before all warehouses.
    func branch() -> (subject: Int32, first: UInt8)? {
        var best: (subject: Int32, first: UInt8)?
        var bestCost = Score.max
        for index in 0..<candidateCount where status[index] == SearchStatus.undecided {
            let cost = reduced[index].magnitude
            if Score(cost) < bestCost {
                bestCost = Score(cost)
                best = (
                    Int32(index),
                    reduced[index] < 0 || bestSet[index] ? SearchStatus.open : SearchStatus.closed
                )
            }
        }
        guard best != nil, choosesLines else { return best }
        var units: Int64 = 0
        for index in 0..<demandCount {
            let demand = demands[index]
            if demand.isNeeded || demand.sought <= units { continue }
            units = demand.sought
            best = (~Int32(index), SearchStatus.open)
        }
        return best
    }

    // MARK: What follows from what is decided

    /// Opens candidates without which a demand can't be served that has to be.
    /// - Returns: Whether all can be served at all.
    mutating func openWhatIsNeeded() -> Bool {
        for index in 0..<demandCount {
            let demand = demands[index]
            if !demand.isNeeded { continue }
            let spare = coverage[index] - demand.target
            if spare < 0 { return false }
            for place in Int(demand.arcStart)..<Int(demand.arcEnd)
            where arcs[place].capacity > spare {
                let candidate = Int(arcs[place].candidate)
                if status[candidate] == SearchStatus.undecided {
                    decide(Int32(candidate), SearchStatus.open)
                }
            }
        }
        return true
    }

    /// Whether each demand that has to be served can be with the splits that are left.
    mutating func keepsSplits() -> Bool {
        let room = splitsMax - openCount()
        if room < 0 { return false }
        for index in 0..<demandCount where demands[index].isNeeded {
            if !isServable(demands[index], by: room) { return false }
        }
        return true
    }

    /// Whether the open candidates and so many more have enough for a demand.
    private mutating func isServable(_ demand: Demand, by room: Int) -> Bool {
        let range = Int(demand.arcStart)..<Int(demand.arcEnd)
        work += range.count
        var left = demand.target
        for place in range { splitCosts[Int(arcs[place].candidate)] = 0 }
        for place in range {
            let arc = arcs[place]
            let candidate = Int(arc.candidate)
            if status[candidate] == SearchStatus.open { left -= arc.capacity }
            if status[candidate] != SearchStatus.undecided { continue }
            splitCosts[candidate] = splitCosts[candidate] + Score(arc.capacity)
        }
        for _ in 0..<room where left > 0 {
            work += range.count
            var most = -1
            for place in range {
                let candidate = Int(arcs[place].candidate)
                if most < 0 || splitCosts[candidate] > splitCosts[most] { most = candidate }
            }
            if most < 0 || splitCosts[most] == 0 { return false }
            left -= Int64(splitCosts[most])
            splitCosts[most] = 0
        }
        return left <= 0
    }

    /// Decides about candidates whose other way is beaten: its bound is this one and the reduced
    /// cost.
    mutating func decideByReducedCost(_ bound: Score) -> Bool {
        var hasDecided = false
        for index in 0..<candidateCount where status[index] == SearchStatus.undecided {
            let cost = reduced[index]
            if isBeaten(bound + Score(cost.magnitude)) {
                decide(Int32(index), cost < 0 ? SearchStatus.open : SearchStatus.closed)
                hasDecided = true
            }
        }
        return hasDecided
    }

    /// How many candidates are open.
    func openCount() -> Int {
        var count = 0
        for index in 0..<candidateCount where status[index] == SearchStatus.open { count += 1 }
        return count
    }

    /// Closes what isn't decided where no more may be open.
    mutating func closeBeyondSplits() {
        guard splitsMax != .max else { return }
        if openCount() < splitsMax { return }
        for index in 0..<candidateCount where status[index] == SearchStatus.undecided {
            decide(Int32(index), SearchStatus.closed)
        }
    }
}
