internal import HoldfastClient
internal import Movements

// Sales, for people and for programs.
extension MovementText {
    /// A change of a sale in a few words.
    func text(_ row: RecordedSale) -> String {
        guard case .rules(let rules) = row.change else { return "\(row.change.pool) forgotten" }
        let start = rules.opensAt?.text ?? "ever"
        return "\(rules.pool) \(start) to \(rules.closesAt?.text ?? "ever")"
    }

    /// A change of a sale with all its rules.
    func json(_ row: RecordedSale) -> JSON {
        var members: [(name: String, value: JSON)] = [
            ("number", .count(row.number)),
            ("pool", .string(row.change.pool.description)),
        ]
        guard case .rules(let rules) = row.change else {
            return .object(members + [("forgotten", .boolean(true))])
        }
        members += [
            ("opens_at", rules.opensAt.map { .string($0.text) } ?? .null),
            ("closes_at", rules.closesAt.map { .string($0.text) } ?? .null),
            ("wall", .string(rules.wall == .hard ? "hard" : "borrows")),
            ("returns_rest", .boolean(rules.returnsRest)),
            ("units_per_owner_and_sku", .count(rules.unitsPerOwnerAndSKU)),
            ("units_per_owner", .count(rules.unitsPerOwner)),
            ("units_per_order", .count(rules.unitsPerOrder)),
            ("units_per_window", .count(rules.unitsPerWindow)),
            ("window_ms", .count(rules.windowMilliseconds)),
            ("open_holds_per_owner", .count(rules.openHoldsPerOwner)),
            ("open_holds_per_credential", .count(rules.openHoldsPerCredential)),
            ("first_hold_ms", .count(rules.firstHoldMilliseconds)),
        ]
        return .object(members)
    }
}
