import Inventory
import Wire

/// The messages about what sourcing goes by.
extension Samples {
    static func region(_ text: String) -> RegionCode {
        guard let region = RegionCode(text) else { fatalError("not a region: \(text)") }
        return region
    }

    static func policy(_ text: String, _ tiers: [SourcingTier]) -> PolicyDefinition {
        guard let name = PolicyName(text) else { fatalError("not a name: \(text)") }
        return PolicyDefinition(name: name, tiers: tiers)
    }

    static let quick = policy(
        "cheap-and-quick",
        [
            SourcingTier([.init(.costMinor), .init(.promise, weight: 2)], tolerance: 250),
            SourcingTier([.init(.metres)]),
        ]
    )

    static let policyWrite = PolicyWrite(
        id: id,
        policies: [quick, policy("few", [SourcingTier([.init(.shipments)])])]
    )

    static let policies = PolicyList([
        NumberedPolicy(number: .nearest, definition: PolicyDefinition.builtIn[0]),
        NumberedPolicy(number: SourcingPolicy(rawValue: 16), definition: quick),
    ])

    static let ratesWrite = RatesWrite(
        id: id,
        rows: [
            RateRow(
                warehouse: london,
                region: region("GB"),
                metresMax: 100_000,
                baseMinor: 299,
                perKilometreMinor: 1,
                perKilogramMinor: 40,
                transitHours: 20
            ),
            RateRow(metresMax: 800_000, baseMinor: 899, transitHours: 72),
            RateRow(baseMinor: 1_000_000_000_000, transitHours: 65_535),
        ]
    )

    static let substitutesWrite = SubstitutesWrite(
        id: id,
        rows: [
            SKUSubstitutes(sku: "85123A", substitutes: ["85123B", "71053"]),
            SKUSubstitutes(sku: "71053", substitutes: []),
        ]
    )
}
