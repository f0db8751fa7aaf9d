internal import Inventory

/// What a plan is worth: its criteria in order, each weighted so that it outweighs all later ones.
///
/// Less is better. Wide enough that no sum or product of the search overflows: scores stay below
/// 2^110 by ``SourcingLimits/scoreBitsMax``, and the sum over all arcs of price times capacity
/// below 2^124 by ``SourcingPlanner/priceMax(of:)``.
typealias Score = Int128

/// What a plan adds up: the six terms of a policy, then what comes before every policy.
struct PlanSums {
    /// Place of the units that a plan leaves short.
    static let short = 6
    /// Place of the units that aren't there now.
    static let backordered = 7
    /// Place of the shipments from warehouses that aren't preferred.
    static let notPreferred = 8
    /// How many sums there are.
    static let count = 9

    /// The sums: first those of terms, at the places of their numbers.
    var values = InlineArray<9, Score>(repeating: 0)

    /// The value of a tier with such weights.
    func value(_ weights: SIMD8<UInt32>) -> Score {
        var value: Score = 0
        for term in 0..<6 where weights[term] != 0 { value += Score(weights[term]) * values[term] }
        return value
    }
}

/// By how much each sum of a plan is multiplied in its score.
struct Coefficients {
    /// The factors, at the places of ``PlanSums``.
    var values = InlineArray<9, Score>(repeating: 0)
    /// Whether the score tells any two sets of warehouses apart: bit r of it is the r-th in the
    /// order of codes.
    var hasTies = false
    /// Whether all criteria have found room.
    var isComplete = true
    /// By criterion, what one of it adds to the score: short, backordered, not preferred, the four
    /// tiers, shipments; 0 for one that doesn't count.
    var criteria = InlineArray<8, Score>(repeating: 0)
    /// By how much scores of different worth differ at least; 0 where equal scores are to be
    /// told apart by their sets.
    var step: Score = 0

    /// In a score of few criteria each is this much, so that prices can be parts of one.
    private static let fineness: Score = 1 << 20

    /// Factors for the criteria from the last to the first.
    ///
    /// - Parameters:
    ///   - objective: The policy.
    ///   - ranges: By sum, the largest that any plan can have.
    ///   - candidates: How many warehouses may serve.
    ///   - skipped: Tiers that aren't to be minimised any more: bit by bit.
    ///   - last: The last tier that counts, nothing after it; `nil` for all.
    init(
        _ objective: Objective,
        ranges: PlanSums,
        candidates: Int,
        skipping skipped: UInt8,
        upTo last: Int? = nil
    ) {
        // How many criteria fit, from the first.
        var bits = 0
        func fits(_ range: Score) -> Bool {
            bits += Coefficients.bits(of: range)
            return bits <= SourcingLimits.scoreBitsMax
        }
        _ = fits(ranges.values[PlanSums.short])
        _ = fits(ranges.values[PlanSums.backordered])
        _ = fits(ranges.values[PlanSums.notPreferred])
        let tierEnd = last.map { $0 + 1 } ?? objective.tierCount
        let weights = objective.weights
        var tierRanges = InlineArray<4, Score>(repeating: 0)
        for tier in 0..<tierEnd { tierRanges[tier] = ranges.value(weights[tier]) }
        var tiers = 0
        while tiers < tierEnd {
            if skipped & 1 << UInt8(tiers) == 0, !fits(tierRanges[tiers]) { break }
            tiers += 1
        }
        isComplete = tiers == tierEnd
        let hasShipments = isComplete && last == nil && fits(Score(candidates))
        isComplete = last != nil ? isComplete : hasShipments
        hasTies =
            hasShipments && candidates <= 60
            && bits + candidates <= SourcingLimits.scoreBitsMax

        step = hasTies ? 1 : last == nil ? 0 : Coefficients.fineness
        var factor: Score = hasTies ? 1 << Score(candidates) : max(1, step)
        if hasShipments {
            values[Int(SourcingTerm.shipments.rawValue)] += factor
            criteria[7] = factor
            factor <<= Score(Coefficients.bits(of: Score(candidates)))
        }
        for tier in stride(from: tiers - 1, through: 0, by: -1)
        where skipped & 1 << UInt8(tier) == 0 {
            criteria[3 + tier] = factor
            let weights = weights[tier]
            for term in 0..<6 where weights[term] != 0 {
                values[term] += Score(weights[term]) * factor
            }
            factor <<= Score(Coefficients.bits(of: tierRanges[tier]))
        }
        for criterion in stride(from: 2, through: 0, by: -1) {
            let place = PlanSums.short + criterion
            values[place] = factor
            criteria[criterion] = factor
            factor <<= Score(Coefficients.bits(of: ranges.values[place]))
        }
    }

    /// Bits that hold every value from 0 to `range`.
    private static func bits(of range: Score) -> Int { Score.bitWidth - range.leadingZeroBitCount }

    /// The score of sums, without ties.
    func score(of sums: PlanSums) -> Score {
        var score: Score = 0
        for place in 0..<PlanSums.count { score += values[place] * sums.values[place] }
        return score
    }
}
