/// Why a warehouse may not serve an order.
///
/// The numbers are stable on the wire.
@frozen
public enum Exclusion: UInt8, Sendable, CaseIterable {
    /// It may.
    case none = 0
    /// It is draining: it takes nothing new.
    case draining = 1
    /// It is offline.
    case offline = 2
    /// The request excludes it.
    case excluded = 3
    /// The request names warehouses that alone may serve, and not this one.
    case notRequired = 4
    /// It doesn't serve the region of the destination.
    case regionNotServed = 5
    /// It is farther away than the request allows.
    case tooFar = 6
    /// It would deliver later than the request allows.
    case tooLate = 7
    /// It has as many open shipments as it takes.
    case full = 8
    /// The plan uses as many warehouses as the request allows; told of alternatives only.
    case splits = 9
    /// The line names another one as the only one; told of alternatives only.
    case notOfLine = 10

    /// The name in answers, in snake case.
    public var name: String {
        switch self {
        case .none: "none"
        case .draining: "draining"
        case .offline: "offline"
        case .excluded: "excluded"
        case .notRequired: "not_required"
        case .regionNotServed: "region_not_served"
        case .tooFar: "too_far"
        case .tooLate: "too_late"
        case .full: "full"
        case .splits: "splits"
        case .notOfLine: "not_of_line"
        }
    }
}

/// Why a warehouse that might serve doesn't.
///
/// The numbers are stable on the wire.
@frozen
public enum LossReason: UInt8, Sendable, CaseIterable {
    /// It has nothing of what is asked for.
    case noStock = 0
    /// Another one costs no more in anything and has at least its units.
    case dominated = 1
    /// The best plan with it is worse.
    case costsMore = 2
    /// A plan with it is as good, and came second by the rule for ties.
    case tie = 3

    /// The name in answers, in snake case.
    public var name: String {
        switch self {
        case .noStock: "no_stock"
        case .dominated: "dominated"
        case .costsMore: "costs_more"
        case .tie: "tie"
        }
    }
}
