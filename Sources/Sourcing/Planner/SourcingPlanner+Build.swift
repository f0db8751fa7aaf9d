internal import Inventory

// An order becomes candidates, demands and arcs.
extension SourcingPlanner {
    /// Makes an order what the search works on.
    ///
    /// An order that has to be served whole and couldn't be without its limits of splits either
    /// loses them: so a refusal names a line that is truly short.
    mutating func build(_ problem: inout SourcingProblem) {
        buildOnce(&problem)
        isHopeless = order.mode == .allOrNothing && isShortWithoutLimits(problem)
        let isUnclear = order.mode == .allOrNothing && isFixedBeyondSplits
        if isHopeless || isUnclear { rebuildWithoutLimits(&problem) }
    }

    @inline(never)
    private mutating func rebuildWithoutLimits(_ problem: inout SourcingProblem) {
        if order.splitsMax == 0, order.splitsPerLineMax == 0 { return }
        let limited = order
        order.splitsMax = 0
        order.splitsPerLineMax = 0
        rebuild(&problem)
        isHopeless = isShortWithoutLimits(problem)
        if isHopeless { return }
        order = limited
        rebuild(&problem)
    }

    private mutating func rebuild(_ problem: inout SourcingProblem) {
        problem.takeBack()
        forget()
        buildOnce(&problem)
    }

    /// Whether some line stays short even in the plan of all candidates, without limits of splits.
    private mutating func isShortWithoutLimits(_ problem: borrowing SourcingProblem) -> Bool {
        if isSurelyShort { return true }
        for index in 0..<demandCount where demands[index].target < demands[index].requested {
            return true
        }
        // What is served to its target by every plan isn't short in the plan of all.
        return !isCovering && leavesShort(problem)
    }

    /// Whether the plan of all candidates leaves units short that each demand alone would get.
    private mutating func leavesShort(_ problem: borrowing SourcingProblem) -> Bool {
        let splitsPerLineMax = order.splitsPerLineMax
        order.splitsPerLineMax = 0
        for index in 0..<candidateCount { inSet[index] = true }
        let short = sums(problem).values[PlanSums.short]
        order.splitsPerLineMax = splitsPerLineMax
        return short > fixedSums.values[PlanSums.short]
    }

    /// Deals the lines with a fixed warehouse and makes the rest what the search works on.
    private mutating func buildOnce(_ problem: inout SourcingProblem) {
        fixedSums = PlanSums()
        promiseMin = 0
        candidateCount = 0
        demandCount = 0
        arcCount = 0
        let lineCount = unsafe problem.lines.count
        demandOf.makeRoom(for: lineCount)
        var hasFixed = false
        for index in 0..<lineCount {
            demandOf[index] = -1
            if unsafe problem.lines[index].warehouse != SourcingLine.anyWarehouse {
                hasFixed = true
            }
        }
        splitsMax = order.splitsMax == 0 ? .max : order.splitsMax
        isSurelyShort = false
        isFixedBeyondSplits = false
        if hasFixed { dealFixedLines(&problem) }
        findCandidates(problem)
        findDemands(problem)
        if splitsMax >= candidateCount { splitsMax = .max }
        isCovering = splitsMax == .max && order.splitsPerLineMax == 0
        for index in 0..<demandCount where demands[index].isCoupled { isCovering = false }
        makeRoomForSearch()
        setTargets()
        base = coefficients(skipping: 0, problem)
        apply(base, problem)
        sortArcs(problem)
        listArcsByCandidate()
    }

    /// Takes what the lines with a fixed warehouse get, in the order of the request.
    @inline(never)
    private mutating func dealFixedLines(_ problem: inout SourcingProblem) {
        for index in unsafe problem.lines.indices {
            var line = unsafe problem.lines[index]
            if line.warehouse == SourcingLine.anyWarehouse { continue }
            line.shareStart = problem.shareCount
            let terms = unsafe problem.warehouses[Int(line.warehouse)]
            let isKnown = candidateOf[Int(line.warehouse)] >= 0
            let isWithinSplits = isKnown || candidateCount < splitsMax
            if terms.exclusion == .none, isWithinSplits { takeFixed(&line, of: &problem) }
            if !isWithinSplits {
                isFixedBeyondSplits = true
            } else if line.reserved < line.requested {
                isSurelyShort = true
            }
            line.shareCount = problem.shareCount - line.shareStart
            for place in line.shareStart..<problem.shareCount {
                let share = unsafe problem.shares[place]
                fixedSums.add(Int64(share.quantity), unsafe problem.supplies[share.supply])
                fixedSums.values[PlanSums.backordered] += Score(share.backordered)
            }
            fixedSums.values[PlanSums.short] += Score(line.requested - line.reserved)
            if line.reserved < line.requested { problem.noteShort() }
            if line.reserved > 0, !isKnown {
                addCandidate(line.warehouse, terms, isMandatory: true)
                promiseMin = max(promiseMin, terms.promiseMinutes)
            }
            unsafe problem.lines[index] = line
        }
    }

    private func takeFixed(_ line: inout SourcingLine, of problem: inout SourcingProblem) {
        if order.mode == .wholeLines {
            var all: Int64 = 0
            forEachSupply(of: line, problem) { supply, _ in
                let (present, extra) = units(of: unsafe problem.supplies[supply])
                all += present + extra
            }
            if all < Int64(line.requested) { return }
        }
        for pool in 0..<max(1, Int(line.poolCount)) {
            guard let supply = supply(of: line, pool: pool, problem) else { continue }
            let missing = line.requested - line.reserved
            line.reserved += problem.takePresent(missing, from: supply)
        }
        if order.shipsComplete { return }
        for pool in 0..<max(1, Int(line.poolCount)) {
            guard let supply = supply(of: line, pool: pool, problem) else { continue }
            line.reserved += problem.takeBackordered(
                line.requested - line.reserved,
                from: supply,
                shareStart: line.shareStart
            )
        }
    }

    /// The supply of a line with a fixed warehouse in the pool that it names at a place.
    private func supply(
        of line: SourcingLine,
        pool: Int,
        _ problem: borrowing SourcingProblem
    ) -> Int? {
        var found: Int?
        forEachSupply(of: line, problem) { supply, order in
            if Int(order) == pool { found = supply }
        }
        return found
    }

    /// Units of a supply that are there, and units that can be promised beyond.
    @inline(__always)
    func units(of supply: Supply) -> (present: Int64, extra: Int64) {
        let present = max(0, min(supply.present, supply.available))
        return (present, order.shipsComplete ? 0 : max(0, supply.available - present))
    }

    /// Calls `body` with each supply that a line may take from, and the place of its pool.
    @inline(__always)
    func forEachSupply(
        of line: SourcingLine,
        _ problem: borrowing SourcingProblem,
        _ body: (Int, UInt8) -> Void
    ) {
        for index in line.supplyStart..<line.supplyStart + line.supplyCount {
            let supply = unsafe problem.supplies[index]
            if supply.available <= 0 { continue }
            if line.warehouse != SourcingLine.anyWarehouse, line.warehouse != supply.warehouse {
                continue
            }
            if line.poolCount == 0 {
                if supply.pool == 0 { body(index, 0) }
                continue
            }
            for place in 0..<Int(line.poolCount)
            where unsafe problem.pools[Int(line.poolStart) + place] == supply.pool {
                body(index, UInt8(place))
            }
        }
    }

    // MARK: Candidates

    mutating func addCandidate(
        _ number: UInt16,
        _ terms: WarehouseTerms,
        isMandatory: Bool
    ) {
        candidates.makeRoom(for: candidateCount + 1)
        candidates[candidateCount] = Candidate(
            fixed: 0,
            promise: terms.promiseMinutes,
            rank: terms.rank,
            number: number,
            isMandatory: isMandatory,
            arcStart: 0
        )
        candidateOf[Int(number)] = Int32(candidateCount)
        candidateCount += 1
    }

    /// Finds the warehouses that can give something to a line, in the order of their codes.
    private mutating func findCandidates(_ problem: borrowing SourcingProblem) {
        for index in unsafe problem.lines.indices {
            let line = unsafe problem.lines[index]
            if line.warehouse != SourcingLine.anyWarehouse { continue }
            for place in line.supplyStart..<line.supplyStart + line.supplyCount {
                let supply = unsafe problem.supplies[place]
                if supply.available <= 0 || candidateOf[Int(supply.warehouse)] >= 0 { continue }
                let terms = unsafe problem.warehouses[Int(supply.warehouse)]
                if terms.exclusion == .none {
                    addCandidate(supply.warehouse, terms, isMandatory: false)
                }
            }
        }
        candidates.sort(0..<candidateCount) { $0.rank < $1.rank }
        for index in 0..<candidateCount {
            candidateOf[Int(candidates[index].number)] = Int32(index)
        }
    }

    // MARK: Demands and arcs

    private mutating func findDemands(_ problem: borrowing SourcingProblem) {
        let lineCount = unsafe problem.lines.count
        let mayMerge = order.mode != .wholeLines && order.splitsPerLineMax == 0
        if lineCount > 1 {
            demandAt.makeRoom(for: unsafe problem.supplies.count)
            demandAt.fill(unsafe problem.supplies.count, with: -1)
        }
        for index in 0..<lineCount {
            let line = unsafe problem.lines[index]
            if line.warehouse != SourcingLine.anyWarehouse { continue }
            if line.supplyCount == 0 {
                isSurelyShort = true
                fixedSums.values[PlanSums.short] += Score(line.requested)
                continue
            }
            var isCoupled = false
            if lineCount > 1 {
                let first = Int(demandAt[line.supplyStart])
                if first >= 0 {
                    var other = demands[first]
                    let isAlike =
                        unsafe problem.lines[Int(other.line)].poolCount == 0
                        && line.poolCount == 0
                    if mayMerge, isAlike {
                        other.requested += Int64(line.requested)
                        demands[first] = other
                        demandOf[index] = Int32(first)
                        continue
                    }
                    other.isCoupled = true
                    demands[first] = other
                    isCoupled = true
                } else {
                    demandAt[line.supplyStart] = Int32(demandCount)
                }
            }
            demandOf[index] = Int32(demandCount)
            addDemand(index, line, isCoupled: isCoupled, problem)
        }
    }

    private mutating func addDemand(
        _ index: Int,
        _ line: SourcingLine,
        isCoupled: Bool,
        _ problem: borrowing SourcingProblem
    ) {
        let start = arcCount
        demands.makeRoom(for: demandCount + 1)
        let pools = max(1, Int(line.poolCount))
        arcs.makeRoom(for: arcCount + line.supplyCount * 2 * pools)
        var count = arcCount
        forEachSupply(of: line, problem) { place, poolOrder in
            let supply = unsafe problem.supplies[place]
            let candidate = candidateOf[Int(supply.warehouse)]
            if candidate < 0 { return }
            let (present, extra) = units(of: supply)
            var arc = Arc(
                unit: 0,
                capacity: present,
                candidate: candidate,
                supply: Int32(place),
                demand: Int32(demandCount),
                poolOrder: poolOrder,
                isExtra: false
            )
            if present > 0 {
                arcs[count] = arc
                count += 1
            }
            if extra > 0 {
                arc.capacity = extra
                arc.isExtra = true
                arcs[count] = arc
                count += 1
            }
        }
        arcCount = count
        demands[demandCount] = Demand(
            target: 0,
            requested: Int64(line.requested),
            arcStart: Int32(start),
            arcEnd: Int32(count),
            line: Int32(index),
            isCoupled: isCoupled
        )
        demandCount += 1
    }

    /// Sets how much each demand gets at most, and cuts its arcs to that.
    private mutating func setTargets() {
        for index in 0..<demandCount {
            var demand = demands[index]
            var all: Int64 = 0
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) { all += arcs[place].capacity }
            demand.target = min(all, demand.requested)
            if order.mode == .wholeLines, all < demand.requested { demand.target = 0 }
            demands[index] = demand
            fixedSums.values[PlanSums.short] += Score(demand.requested - demand.target)
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                var arc = arcs[place]
                arc.capacity = min(arc.capacity, demand.target)
                arcs[place] = arc
            }
        }
    }

    // MARK: Scores

    /// The coefficients for the present order.
    func coefficients(
        skipping skipped: UInt8,
        upTo last: Int? = nil,
        _ problem: borrowing SourcingProblem
    ) -> Coefficients {
        var ranges = PlanSums()
        for index in 0..<candidateCount {
            let terms = unsafe problem.warehouses[Int(candidates[index].number)]
            ranges.values[0] += Score(terms.metres)
            ranges.values[1] += Score(terms.shipmentCostMinor)
            ranges.values[2] = max(ranges.values[2], Score(terms.promiseMinutes))
            ranges.values[3] += 1
            ranges.values[5] += Score(terms.priority)
            if !terms.isPreferred { ranges.values[PlanSums.notPreferred] += 1 }
        }
        for index in 0..<demandCount {
            let demand = demands[index]
            var cost: Int64 = 0
            var balance: UInt32 = 0
            for place in Int(demand.arcStart)..<Int(demand.arcEnd) {
                let arc = arcs[place]
                let supply = unsafe problem.supplies[Int(arc.supply)]
                cost = max(cost, supply.unitCostMinor)
                balance = max(balance, supply.balance)
                if arc.isExtra { ranges.values[PlanSums.backordered] += Score(arc.capacity) }
            }
            ranges.values[1] += Score(cost) * Score(demand.target)
            ranges.values[4] += Score(balance) * Score(demand.target)
            if !isCovering { ranges.values[PlanSums.short] += Score(demand.target) }
        }
        return Coefficients(
            order.objective,
            ranges: ranges,
            candidates: candidateCount,
            skipping: skipped,
            upTo: last
        )
    }

    /// Writes what candidates and units add to the score.
    mutating func apply(_ coefficients: Coefficients, _ problem: borrowing SourcingProblem) {
        self.coefficients = coefficients
        let factors = coefficients.values
        for index in 0..<candidateCount {
            var candidate = candidates[index]
            let terms = unsafe problem.warehouses[Int(candidate.number)]
            candidate.fixed =
                factors[0] * Score(terms.metres) + factors[1] * Score(terms.shipmentCostMinor)
                + factors[3] + factors[5] * Score(terms.priority)
            if !terms.isPreferred { candidate.fixed += factors[PlanSums.notPreferred] }
            if coefficients.hasTies { candidate.fixed += 1 << Score(index) }
            candidates[index] = candidate
        }
        for index in 0..<arcCount {
            var arc = arcs[index]
            let supply = unsafe problem.supplies[Int(arc.supply)]
            arc.unit =
                factors[1] * Score(supply.unitCostMinor) + factors[4] * Score(supply.balance)
            if arc.isExtra { arc.unit += factors[PlanSums.backordered] }
            arcs[index] = arc
        }
    }

    /// Brings the arcs of each demand into the order in which it takes from them.
    private func sortArcs(_ problem: borrowing SourcingProblem) {
        let supplies = unsafe problem.supplies
        for index in 0..<demandCount {
            let demand = demands[index]
            arcs.sort(Int(demand.arcStart)..<Int(demand.arcEnd)) { left, right in
                if left.unit != right.unit { return left.unit < right.unit }
                if !base.isComplete {
                    // What has found no room in a score decides here all the same.
                    let first = unsafe supplies[Int(left.supply)]
                    let second = unsafe supplies[Int(right.supply)]
                    for tier in 0..<order.objective.tierCount {
                        let one = TierValue.ofUnit(first, weights[tier])
                        let other = TierValue.ofUnit(second, weights[tier])
                        if one != other { return one < other }
                    }
                }
                if left.candidate != right.candidate { return left.candidate < right.candidate }
                return left.poolOrder < right.poolOrder
            }
        }
    }

    private mutating func listArcsByCandidate() {
        arcsBy.makeRoom(for: arcCount)
        var counts = Int32(0)
        for index in 0..<candidateCount { reduced[index] = 0 }
        for index in 0..<arcCount {
            let candidate = Int(arcs[index].candidate)
            reduced[candidate] = reduced[candidate] + 1
        }
        for index in 0..<candidateCount {
            var candidate = candidates[index]
            candidate.arcStart = counts
            candidates[index] = candidate
            let count = Int32(truncatingIfNeeded: reduced[index])
            reduced[index] = Score(counts)
            counts += count
        }
        for index in 0..<arcCount {
            let candidate = Int(arcs[index].candidate)
            arcsBy[Int(truncatingIfNeeded: reduced[candidate])] = Int32(index)
            reduced[candidate] = reduced[candidate] + 1
        }
    }

    /// The arcs of a candidate in the list by candidate.
    @inline(__always)
    func arcRange(of candidate: Int) -> Range<Int> {
        let end =
            candidate + 1 < candidateCount ? Int(candidates[candidate + 1].arcStart) : arcCount
        return Int(candidates[candidate].arcStart)..<end
    }

    private mutating func makeRoomForSearch() {
        status.makeRoom(for: candidateCount)
        inSet.makeRoom(for: candidateCount)
        isUsed.makeRoom(for: candidateCount)
        isServer.makeRoom(for: candidateCount)
        bestSet.makeRoom(for: candidateCount)
        reduced.makeRoom(for: candidateCount)
        splitCosts.makeRoom(for: candidateCount)
        trail.makeRoom(for: candidateCount + demandCount)
        levels.makeRoom(for: candidateCount + demandCount + 1)
        prices.makeRoom(for: demandCount)
        coverage.makeRoom(for: demandCount)
        events.makeRoom(for: arcCount)
    }
}
