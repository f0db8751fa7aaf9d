internal import Inventory

/// A warehouse that may serve an order.
struct Candidate: BitwiseCopyable {
    /// What opening it adds to the score.
    var fixed: Score
    /// Minutes from the order to its promised instant.
    var promise: UInt32
    /// Its place among all warehouses in the order of codes.
    var rank: UInt16
    /// Its number.
    var number: UInt16
    /// Whether a line with a fixed warehouse has opened it already.
    var isMandatory: Bool
    /// Where its arcs begin in the list of arcs by candidate.
    var arcStart: Int32
}

/// Lines that ask for the same: one line, or several of one SKU that may be dealt as one.
struct Demand: BitwiseCopyable {
    /// Units that it gets if it gets all it can: what is asked for or what all candidates have.
    var target: Int64
    /// Units asked for.
    var requested: Int64
    /// Where its arcs begin.
    var arcStart: Int32
    /// Where they end.
    var arcEnd: Int32
    /// The first of its lines.
    var line: Int32
    /// Whether another demand takes from the same supplies.
    var isCoupled: Bool
    /// Units that the bound counts on: the target, or none where the search has decided to leave
    /// the demand out.
    var sought: Int64 = 0
    /// Whether it gets its target in all plans that the search still looks for.
    var isNeeded = false
}

/// What a demand may take from a supply: units that are there, or units that can be promised.
struct Arc: BitwiseCopyable {
    /// What a unit adds to the score.
    var unit: Score
    /// How many units.
    var capacity: Int64
    /// The candidate.
    var candidate: Int32
    /// The supply.
    var supply: Int32
    /// The demand.
    var demand: Int32
    /// The place of the supply's pool among those that the line names.
    var poolOrder: UInt8
    /// Whether the units aren't there now.
    var isExtra: Bool
}

/// Finds the best plan of an order: which warehouses ship what.
///
/// For a given set of warehouses the best plan is known: what a unit costs doesn't depend on how
/// many are taken, and demands don't compete for a warehouse, so each takes from its supplies in
/// the order of unit cost until it has enough. (If a plan took a unit from a dearer supply while a
/// cheaper one had one left, exchanging the two would lower the sum and touch nothing else; in the
/// lexicographic order of several tiers as well, since that order is kept when the same vector is
/// added to both sides.) So the search is over sets only, by branch and bound
/// (`SourcingPlanner+Search.swift`), with a Lagrangian lower bound (`SourcingPlanner+Bound.swift`),
/// where it isn't clear at a glance that one warehouse is the best (`SourcingPlanner+One.swift`).
/// Lines that share a SKU but not their pools are dealt in the order of the request, which is a
/// rule and not a choice, so the plan of a set is unique there too.
///
/// Isolation: none; one for each thread. Its memory grows to what the largest order needed.
/// - Complexity: exponential in the warehouses at worst, bounded by ``SourcingOrder/workMax``.
@safe
package struct SourcingPlanner: ~Copyable {
    // The order.
    var candidates = Scratch<Candidate>(64)
    var candidateCount = 0
    /// By number of the warehouse, the candidate; −1 for none.
    var candidateOf = Scratch<Int32>(Limits.warehousesMax)
    var demands = Scratch<Demand>(64)
    var demandCount = 0
    /// By line, its demand; −1 for a line with a fixed warehouse.
    var demandOf = Scratch<Int32>(64)
    /// By supply, the first demand of its SKU; −1 for none.
    var demandAt = Scratch<Int32>(64)
    /// The arcs, demand by demand, in the order in which they are taken from.
    var arcs = Scratch<Arc>(256)
    var arcCount = 0
    /// The arcs by candidate.
    var arcsBy = Scratch<Int32>(256)
    /// Whether all plans serve every demand to its target.
    var isCovering = true
    /// The coefficients that decide what a plan takes first.
    var base: Coefficients
    /// The coefficients of the search that runs.
    var coefficients: Coefficients
    var order: SourcingOrder
    /// The policy's weights by tier: those of the order, where they are read without a copy.
    var weights = Scratch<SIMD8<UInt32>>(Limits.tiersPerPolicyMax)
    /// What every plan adds up: the units of fixed lines, and what nobody can serve.
    var fixedSums = PlanSums()
    /// Whether a line gets less than it asks for whatever is searched: from its fixed warehouse, or
    /// of a SKU that nobody has.
    var isSurelyShort = false
    /// Whether a line's fixed warehouse would have been one more than the splits allow.
    var isFixedBeyondSplits = false
    /// Whether an order that has to be served whole can't be, even without limits of splits.
    var isHopeless = false
    /// Of mandatory candidates, the latest promise.
    var promiseMin: UInt32 = 0
    /// The most candidates that may be used; `Int.max` for any number.
    var splitsMax = Int.max

    // Orders that one warehouse serves best.
    /// By number of the warehouse, how it stands to the best.
    var standings = Scratch<Standing>(Limits.warehousesMax)
    /// Tells the standings of this plan from those of earlier ones.
    var planNumber: UInt64 = 0

    // The search.
    var status = Scratch<UInt8>(64)
    var inSet = Scratch<Bool>(64)
    var isUsed = Scratch<Bool>(64)
    var isServer = Scratch<Bool>(64)
    var bestSet = Scratch<Bool>(64)
    var bestScore: Score = 0
    var hasBest = false
    var prices = Scratch<Score>(64)
    /// The price of a split where their number is limited.
    var splitPrice: Score = 0
    var reduced = Scratch<Score>(64)
    var splitCosts = Scratch<Score>(64)
    var coverage = Scratch<Int64>(64)
    var events = Scratch<PriceEvent>(64)
    var remainders = Scratch<Int64>(64)
    /// What is decided, in the order of decisions: candidates, and demands as their complements.
    var trail = Scratch<Int32>(64)
    var trailCount = 0
    /// What the demands that are left out add to the score.
    var leftOutScore: Score = 0
    var levels = Scratch<SearchLevel>(64)
    var caps = TierCaps()
    /// Tiers that aren't minimised any more, since an earlier stage has: bit by bit.
    var skippedTiers: UInt8 = 0
    /// By tier that has a limit in later stages, the least that its own stage has left possible.
    var stageBounds = InlineArray<4, Score>(repeating: 0)
    var work = 0
    var nodes = 0
    var isProven = true
    /// Whether a search was cut off by the limit of its steps.
    var isCut = false
    /// No plan has a lower score.
    var lowerBound: Score = 0

    /// A planner that has planned nothing yet.
    package init() {
        order = SourcingOrder(
            mode: .allOrNothing,
            objective: Objective(PolicyDefinition.builtIn[0])
        )
        base = Coefficients(order.objective, ranges: PlanSums(), candidates: 0, skipping: 0)
        coefficients = base
        candidateOf.fill(Limits.warehousesMax, with: -1)
        standings.fill(Limits.warehousesMax, with: Standing())
    }

    deinit {
        weights.destroy()
        candidates.destroy()
        candidateOf.destroy()
        demands.destroy()
        demandOf.destroy()
        demandAt.destroy()
        arcs.destroy()
        arcsBy.destroy()
        standings.destroy()
        status.destroy()
        inSet.destroy()
        isUsed.destroy()
        isServer.destroy()
        bestSet.destroy()
        prices.destroy()
        reduced.destroy()
        splitCosts.destroy()
        coverage.destroy()
        events.destroy()
        remainders.destroy()
        trail.destroy()
        levels.destroy()
    }

    /// Plans all lines of `problem`: fills what they got and their shares, and takes the units
    /// from the supplies.
    package mutating func plan(
        _ problem: inout SourcingProblem,
        _ order: SourcingOrder
    ) -> SourcingVerdict {
        self.order = order
        begin()
        if !planFromOne(&problem) {
            build(&problem)
            searchStages(problem)
            write(&problem)
        }
        forget()
        return verdict(of: problem)
    }

    /// Turns to the present order and forgets what the last search counted.
    mutating func begin() {
        let objective = order.objective
        for tier in 0..<objective.tierCount { weights[tier] = objective.weights[tier] }
        work = 0
        nodes = 0
        isProven = true
        isCut = false
    }

    /// What there is to say of the plan that was written.
    func verdict(of problem: borrowing SourcingProblem) -> SourcingVerdict {
        SourcingVerdict(
            isProven: isProven,
            isCut: isCut,
            nodes: nodes,
            steps: work,
            promisedMinute: promisedMinute(of: problem)
        )
    }

    /// The latest promised instant of the planned shares.
    private func promisedMinute(of problem: borrowing SourcingProblem) -> UInt32 {
        var latest: UInt32 = 0
        for index in 0..<problem.shareCount {
            let warehouse = unsafe problem.supplies[problem.shares[index].supply].warehouse
            latest = unsafe max(latest, problem.warehouses[Int(warehouse)].promisedMinute)
        }
        return latest
    }

    /// Forgets which warehouses were candidates.
    mutating func forget() {
        for index in 0..<candidateCount { candidateOf[Int(candidates[index].number)] = -1 }
    }
}
