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

    /// The objective of a policy with whose definition nothing is wrong.
    package init(_ definition: PolicyDefinition) {
        precondition(definition.fault == nil, "an objective of a proper policy")
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

    /// Whether a tier is the number of shipments and nothing else.
    func countsShipments(_ tier: Int) -> Bool {
        var others = weights[tier]
        others[Int(SourcingTerm.shipments.rawValue)] = 0
        return others == .zero
    }
}
