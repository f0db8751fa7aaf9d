internal import ArgumentParser
internal import HoldfastClient

/// What a benchmark does.
enum BenchScenario: String, ExpressibleByArgument, CaseIterable {
    /// Holds of SKUs drawn at random.
    case uniform
    /// Holds of one SKU over all connections.
    case hot
    /// A hold, then its commit.
    case pairs
    /// A hold, its commit, then its fulfilment.
    case lifecycle
    /// A warehouse goes offline while others hold and give back.
    case reroute

    /// The load, over so many SKUs.
    func work(skuCount: Int) -> LoadPlan.Work {
        switch self {
        case .uniform, .hot, .reroute: .holds(skuCount: skuCount)
        case .pairs: .lives(skuCount: skuCount, changes: [.commit])
        case .lifecycle: .lives(skuCount: skuCount, changes: [.commit, .fulfil])
        }
    }

    /// What `per_second` counts.
    var noun: String {
        switch self {
        case .uniform, .hot, .reroute: "holds"
        case .pairs: "pairs of hold and commit"
        case .lifecycle: "lives of hold, commit and fulfil"
        }
    }

    /// The figure of `stats` that must grow by exactly the lives that were accepted.
    var countedFigure: String {
        switch self {
        case .uniform, .hot, .reroute: "units_reserved"
        case .pairs: "reservations_committed"
        case .lifecycle: "fulfilments"
        }
    }

    /// What gives back what the load left behind; `nil` where it leaves nothing open.
    var cleanUp: ReservationChangeKind? {
        switch self {
        case .uniform, .hot, .reroute: .release
        case .pairs: .cancel
        case .lifecycle: nil
        }
    }
}
