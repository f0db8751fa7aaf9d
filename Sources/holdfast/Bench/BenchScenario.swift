internal import ArgumentParser
internal import HoldfastClient

/// What a benchmark does.
enum BenchScenario: String, ExpressibleByArgument, CaseIterable {
    /// Holds of SKUs drawn evenly.
    case uniform
    /// Holds of one SKU over all connections.
    case hot
    /// Holds of SKUs drawn by Zipf's law.
    case zipf
    /// Holds of several lines, all or nothing.
    case orders
    /// A hold, then its commit.
    case pairs
    /// A hold, then its commit, its release, or nothing until it expires.
    case lifecycle
    /// A warehouse goes offline while others hold and give back.
    case reroute

    /// What `per_second` counts.
    var noun: String {
        switch self {
        case .uniform, .hot, .zipf, .reroute: "holds"
        case .orders: "orders"
        case .pairs: "pairs of hold and commit"
        case .lifecycle: "lives of hold and commit, release or expiry"
        }
    }

    /// The distribution that the scenario itself names.
    var ownDistribution: BenchDistribution? {
        switch self {
        case .uniform: .uniform
        case .hot: .hot
        case .zipf: .zipf
        case .orders, .pairs, .lifecycle, .reroute: nil
        }
    }
}

/// How holds spread over SKUs.
enum BenchDistribution: String, ExpressibleByArgument, CaseIterable {
    case uniform, zipf, hot
}

/// Of a hundred lives, how many are committed, released, and left to expire.
struct BenchMix: ExpressibleByArgument {
    let committed: Int
    let released: Int
    let expired: Int

    /// What shops see: most carts are paid, some are given up, a few are forgotten.
    static let usual = BenchMix(committed: 80, released: 15, expired: 5)

    private init(committed: Int, released: Int, expired: Int) {
        self.committed = committed
        self.released = released
        self.expired = expired
    }

    /// Reads `80,15,5`.
    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 3, numbers.count == 3,
            numbers.allSatisfy({ (0...100).contains($0) }), numbers.reduce(0, +) == 100
        else { return nil }
        self.init(committed: numbers[0], released: numbers[1], expired: numbers[2])
    }

    var defaultValueDescription: String { "\(committed),\(released),\(expired)" }
}
