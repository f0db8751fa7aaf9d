internal import HoldfastClient
internal import Movements

/// What differs in the configuration of two states, one sentence each.
struct ConfigurationDifference {
    /// The sentences; empty where nothing differs.
    private(set) var sentences: [String] = []

    /// Compares two configurations.
    init(
        _ before: StateDecoder,
        _ after: StateDecoder,
        haveSameSubstitutes: Bool,
        haveSameShares: Bool
    ) {
        compare("warehouse", before.warehouses, after.warehouses) { $0.code.description }
        compare("pool", before.pools, after.pools) { $0.description }
        compare("policy", before.policies, after.policies) { $0.name.description }
        if before.rates != after.rates {
            sentences.append(
                "rates: \(counted(before.rates.count, "row")) before, "
                    + "\(after.rates.count.grouped) after, not the same"
            )
        }
        compare("sale", before.sales, after.sales) { $0.rules.pool.description }
        compare("client", before.actors, after.actors) { $0 }
        if !haveSameSubstitutes { sentences.append("substitutes: not the same") }
        if !haveSameShares { sentences.append("what owners have of sales: not the same") }
    }

    private mutating func compare<Value: Equatable>(
        _ noun: String,
        _ before: [Value],
        _ after: [Value],
        name: (Value) -> String
    ) {
        var old: [String: Value] = [:]
        for value in before { old[name(value)] = value }
        var found: [String] = []
        for value in after {
            let name = name(value)
            guard let previous = old.removeValue(forKey: name) else {
                found.append("\(noun) \(name): only after")
                continue
            }
            if previous != value { found.append("\(noun) \(name): changed") }
        }
        found += old.keys.map { "\(noun) \($0): only before" }
        sentences += found.sorted()
    }
}
