internal import Inventory

/// A price from which on a demand may count on units.
struct PriceEvent: BitwiseCopyable {
    /// The price.
    var price: Score
    /// How many units.
    var capacity: Int64
}

// The lower bound: the Lagrangian dual of "each demand is served".
//
// With a price p for each demand d, every plan costs at least
//
//     Σ target(d) · p(d)
//     + Σ over w of min(0, fixed(w) − Σ max(0, p(d) − unit(a)) · capacity(a))
//
// whatever the prices: a plan that serves the targets pays for each unit its unit cost, and the
// price is added for what is asked and taken off for what is served. What stands in brackets is the
// reduced cost of a warehouse; one that isn't decided counts only below zero. Where units may stay
// short, no price is above what a short unit costs. Where the number of splits is limited, each
// has a price as well, added to what opening costs and taken off for as many as may be.
//
// The best prices give what the linear program with `taken ≤ capacity · open` gives. They are
// looked for one demand after the other: with all others kept, the best price of a demand is where
// the units that are worth it reach its target. All in whole numbers, so that the bound is true to
// the last digit.
//
// - Source: A. M. Geoffrion, Lagrangean Relaxation for Integer Programming (1974); the ascent by
//   coordinates is D. Erlenkotter, A Dual-Based Procedure for Uncapacitated Facility Location
//   (1978), carried over to capacities.
extension SourcingPlanner {
    /// The highest price of a unit of a demand.
    @inline(__always)
    func priceMax(of demand: Demand) -> Score {
        let most = (1 as Score) << 124 / (Score(max(1, demand.target)) * Score(max(1, arcCount)))
        return demand.isNeeded ? most : min(most, coefficients.values[PlanSums.short])
    }

    /// Begins with prices that spread what opening costs over all that a warehouse could give.
    mutating func beginPrices() {
        splitPrice = 0
        for index in 0..<candidateCount where status[index] != SearchStatus.closed {
            var all: Int64 = 0
            for place in arcRange(of: index) { all += arcs[Int(arcsBy[place])].capacity }
            let isOpen = status[index] == SearchStatus.open
            reduced[index] = isOpen || all == 0 ? 0 : divided(candidates[index].fixed, by: all)
        }
        for index in 0..<demandCount {
            let demand = demands[index]
            var count = 0
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                let arc = arcs[place]
                if status[Int(arc.candidate)] == SearchStatus.closed { continue }
                events[count] = PriceEvent(
                    price: arc.unit + reduced[Int(arc.candidate)],
                    capacity: arc.capacity
                )
                count += 1
            }
            prices[index] = price(of: demand, count)
        }
        for index in 0..<candidateCount where status[index] != SearchStatus.closed {
            reduced[index] = reducedCost(of: index)
        }
    }

    /// The reduced cost of a candidate at the present prices.
    func reducedCost(of candidate: Int) -> Score {
        var cost = candidates[candidate].fixed + splitPrice
        for place in arcRange(of: candidate) {
            let arc = arcs[Int(arcsBy[place])]
            let price = prices[Int(arc.demand)]
            if price > arc.unit { cost &-= (price &- arc.unit) &* Score(arc.capacity) }
        }
        return cost
    }

    /// The bound at the present prices for all sets that keep to what is decided.
    func bound() -> Score {
        var bound = leftOutScore
        for index in 0..<demandCount { bound &+= Score(demands[index].sought) &* prices[index] }
        for index in 0..<candidateCount {
            if status[index] == SearchStatus.open {
                bound &+= reduced[index]
            } else if status[index] == SearchStatus.undecided, reduced[index] < 0 {
                bound &+= reduced[index]
            }
        }
        return splitPrice == 0 ? bound : bound &- splitPrice &* Score(splitsMax)
    }

    /// Sets the price of a split so that as many warehouses are worth opening as may be.
    private mutating func balanceSplits() {
        var left = splitsMax
        var count = 0
        for index in 0..<candidateCount {
            if status[index] == SearchStatus.open { left -= 1 }
            if status[index] != SearchStatus.undecided { continue }
            splitCosts[count] = reduced[index]
            count += 1
        }
        guard left > 0, count > left else { return }
        splitCosts.sort(0..<count) { $0 < $1 }
        // Anything between the last that may be opened and the first that may not.
        let middle = (splitCosts[left - 1] + splitCosts[left]) / 2
        let change = max(-middle, -splitPrice)
        splitPrice += change
        for index in 0..<candidateCount where status[index] != SearchStatus.closed {
            reduced[index] = reduced[index] + change
        }
    }

    /// Sets the price of each demand to its best with all others kept.
    mutating func ascend() {
        for index in 0..<demandCount {
            let demand = demands[index]
            if demand.sought == 0 { continue }
            work += Int(demand.arcEnd - demand.arcStart)
            let before = prices[index]
            var count = 0
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                let arc = arcs[place]
                let candidate = Int(arc.candidate)
                let decision = status[candidate]
                if decision == SearchStatus.closed { continue }
                var cost = reduced[candidate]
                if before > arc.unit {
                    cost = cost &+ (before &- arc.unit) &* Score(arc.capacity)
                    reduced[candidate] = cost
                }
                // Of a candidate with several arcs here the first sees too low a cost: the price
                // may then be less than the best, and the bound is as true.
                var price = arc.unit
                if decision == SearchStatus.undecided, cost > 0 {
                    price += divided(cost, by: arc.capacity)
                }
                events[count] = PriceEvent(price: price, capacity: arc.capacity)
                count += 1
            }
            let after = price(of: demand, count)
            prices[index] = after
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                let arc = arcs[place]
                let candidate = Int(arc.candidate)
                if status[candidate] == SearchStatus.closed { continue }
                if after > arc.unit {
                    reduced[candidate] =
                        reduced[candidate] &- (after &- arc.unit) &* Score(arc.capacity)
                }
            }
        }
        if splitsMax != .max { balanceSplits() }
    }

    /// The price at which the first events reach the target of a demand.
    private mutating func price(of demand: Demand, _ count: Int) -> Score {
        let most = priceMax(of: demand)
        if demand.sought == 0 { return 0 }
        var left = demand.sought
        let isMany = count > SourcingLimits.eventsWithoutSorting
        if isMany { events.sort(0..<count) { $0.price < $1.price } }
        for place in 0..<count {
            // The lowest of the rest: most demands need few of them.
            if !isMany { bringLowest(to: place, of: count) }
            left -= events[place].capacity
            if left <= 0 { return min(events[place].price, most) }
        }
        return most
    }

    @inline(__always)
    private func bringLowest(to place: Int, of count: Int) {
        var lowest = place
        for index in place..<count where events[index].price < events[lowest].price {
            lowest = index
        }
        let event = events[lowest]
        events[lowest] = events[place]
        events[place] = event
    }

    @inline(__always)
    private func divided(_ score: Score, by units: Int64) -> Score {
        if let small = Int64(exactly: score) { return Score(small / units) }
        return score / Score(units)
    }
}
