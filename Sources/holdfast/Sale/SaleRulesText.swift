internal import HoldfastClient

/// The rules of a sale as people and programs read them.
extension SaleRules {
    /// What the sale limits, in words; `no limits` where it limits nothing.
    var limitsText: String {
        var parts: [String] = []
        func add(_ limit: UInt32, _ noun: String, _ text: String) {
            if limit > 0 { parts.append("\(counted(limit, noun)) \(text)") }
        }
        add(unitsPerOwnerAndSKU, "unit", "per owner and SKU")
        add(unitsPerOwner, "unit", "per owner")
        add(unitsPerOrder, "unit", "per order")
        let window = wholeDurationText(milliseconds: Int64(windowMilliseconds))
        add(unitsPerWindow, "unit", "per owner in \(window)")
        add(openHoldsPerOwner, "hold", "per owner")
        add(openHoldsPerCredential, "hold", "per client")
        if firstHoldMilliseconds > 0 {
            let time = wholeDurationText(milliseconds: Int64(firstHoldMilliseconds))
            parts.append("first hold \(time)")
        }
        return parts.isEmpty ? "no limits" : parts.joined(separator: ", ")
    }

    /// What becomes of units beyond the pool, in words.
    var wallText: String {
        switch (wall, returnsRest) {
        case (.hard, false): "hard wall"
        case (.hard, true): "hard wall, the rest goes back"
        case (.borrows, false): "borrows from default"
        case (.borrows, true): "borrows from default, the rest goes back"
        }
    }

    /// Whether the sale sells at `instant`, and until when or from when on, in words.
    func stateText(at instant: Instant) -> String {
        switch state(at: instant) {
        case .waiting: "waiting, opens \(opensAt?.text ?? "")"
        case .open: "open" + (closesAt.map { ", closes \($0.text)" } ?? "")
        case .closed: "closed since \(closesAt?.text ?? "")"
        }
    }

    /// The rules for programs, with the state at `instant`.
    func jsonMembers(at instant: Instant) -> [(name: String, value: JSON)] {
        [
            ("sale", .string(pool.description)),
            ("state", .string(state(at: instant).name)),
            ("opens_at", opensAt.map { .string($0.text) } ?? .null),
            ("closes_at", closesAt.map { .string($0.text) } ?? .null),
            ("wall", .string(wall == .hard ? "hard" : "borrows")),
            ("returns_rest", .boolean(returnsRest)),
            ("units_per_owner_and_sku", .count(unitsPerOwnerAndSKU)),
            ("units_per_owner", .count(unitsPerOwner)),
            ("units_per_order", .count(unitsPerOrder)),
            ("units_per_window", .count(unitsPerWindow)),
            ("window_milliseconds", .count(windowMilliseconds)),
            ("open_holds_per_owner", .count(openHoldsPerOwner)),
            ("open_holds_per_credential", .count(openHoldsPerCredential)),
            ("first_hold_milliseconds", .count(firstHoldMilliseconds)),
        ]
    }
}

/// A length of time in the largest unit that it is a whole number of: `90 s`, `15 min`, `24 h`.
func wholeDurationText(milliseconds: Int64) -> String {
    let units: [(String, Int64)] = [("h", 3_600_000), ("min", 60_000), ("s", 1_000)]
    for (unit, size) in units where milliseconds >= size && milliseconds % size == 0 {
        return "\((milliseconds / size).grouped) \(unit)"
    }
    return "\(milliseconds.grouped) ms"
}
