package import Inventory

/// A policy as the solver reads it: by tier, the weight of each term.
@frozen
@usableFromInline
package struct Objective: Sendable {
    /// How many tiers there are, 1 … 4.
    package let tierCount: Int
    /// The weights by tier, at the place of the term's number.
    package let weights: InlineArray<4, SIMD8<UInt32>>
    /// The tolerances by tier, in hundredths of a percent.
    package let tolerances: SIMD4<UInt16>

    /// The objective of a policy whose definition ``fault(of:)`` finds nothing wrong with.
    package init(_ definition: PolicyDefinition) {
        precondition(Objective.fault(of: definition) == nil, "an objective of a proper policy")
        tierCount = definition.tiers.count
        var weights = InlineArray<4, SIMD8<UInt32>>(repeating: .zero)
        var tolerances = SIMD4<UInt16>.zero
        for (index, tier) in definition.tiers.enumerated() {
            for part in tier.parts { weights[index][Int(part.term.rawValue)] = part.weight }
            tolerances[index] = tier.tolerance
        }
        self.weights = weights
        self.tolerances = tolerances
    }

    /// What is wrong with a definition, in words for people; `nil` for nothing.
    package static func fault(of definition: PolicyDefinition) -> String? {
        let tiers = definition.tiers
        if tiers.isEmpty || tiers.count > Limits.tiersPerPolicyMax {
            return "a policy has 1 to \(Limits.tiersPerPolicyMax) tiers"
        }
        for (index, tier) in tiers.enumerated() {
            if tier.parts.isEmpty { return "tier \(index + 1) has no term" }
            if Set(tier.parts.map(\.term)).count != tier.parts.count {
                return "tier \(index + 1) names a term twice"
            }
            if tier.parts.contains(where: { $0.weight < 1 || $0.weight > Limits.termWeightMax }) {
                return "a weight of tier \(index + 1) lies outside 1 to \(Limits.termWeightMax)"
            }
            if tier.tolerance > 10_000 { return "the tolerance of tier \(index + 1) is over 100 %" }
        }
        return nil
    }
}
