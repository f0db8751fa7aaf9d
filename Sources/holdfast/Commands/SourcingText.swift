internal import HoldfastClient

/// Policies, rates and substitutes as people and programs read them.
extension PolicyDefinition {
    /// The policy for programs, as in a policy file.
    var json: JSON { .object([("name", .string(name.description)), ("tiers", tiersJSON)]) }

    /// The tiers for programs.
    var tiersJSON: JSON { .array(tiers.map(\.json)) }

    /// The tiers on one line: `cost_minor + 2 promise (2.5 %), shipments`.
    var text: String { tiers.map(\.text).joined(separator: ", ") }
}

extension SourcingTier {
    /// The tier for programs.
    var json: JSON {
        .object([
            ("terms", .object(parts.map { ($0.term.name, .count($0.weight)) })),
            ("tolerance_percent", .decimal(Double(tolerance) / 100, 2)),
        ])
    }

    /// The tier for people.
    var text: String {
        tolerance == 0 ? termsText : "\(termsText) (\(toleranceText) %)"
    }

    /// The weighted sum for people: `cost_minor + 2 promise`.
    var termsText: String {
        let terms = parts.map { $0.weight == 1 ? $0.term.name : "\($0.weight) \($0.term.name)" }
        return terms.joined(separator: " + ")
    }

    /// The tolerance in percent, without zeros at its end.
    private var toleranceText: String {
        var text = (Double(tolerance) / 100).rounded(toPlaces: 2)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

extension RateRow {
    /// The row for programs; a star stands for all.
    var json: JSON { json(warehouse: warehouse == .none ? "*" : warehouse.description) }

    /// The row for programs, its warehouse called `warehouse`.
    func json(warehouse: String) -> JSON {
        .object([
            ("warehouse", .string(warehouse)),
            ("region", .string(region == .none ? "*" : region.description)),
            ("up_to_km", metresMax == .max ? .null : .decimal(Double(metresMax) / 1_000, 3)),
            ("base_minor", .integer(baseMinor)),
            ("per_km_minor", .integer(perKilometreMinor)),
            ("per_kg_minor", .integer(perKilogramMinor)),
            ("transit_hours", .count(transitHours)),
        ])
    }
}

extension SKUSubstitutes {
    /// The row for programs.
    var json: JSON {
        .object([
            ("sku", .string(sku)),
            ("substitutes", .array(substitutes.map { .string($0) })),
        ])
    }
}
