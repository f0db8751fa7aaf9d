/// What sourcing minimises, by number.
///
/// The numbers are stable on the wire and in the log. Those below 16 are always there; the others
/// are given to policies that are defined by name, once and never again.
@frozen
public struct SourcingPolicy: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt8

    /// The policy with a number, whether it is defined or not.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The fewest metres, summed over shipments.
    @inlinable public static var nearest: SourcingPolicy { SourcingPolicy(rawValue: 0) }
    /// The lowest cost.
    @inlinable public static var cheapest: SourcingPolicy { SourcingPolicy(rawValue: 1) }
    /// The earliest promise.
    @inlinable public static var fastest: SourcingPolicy { SourcingPolicy(rawValue: 2) }
    /// The fewest shipments.
    @inlinable public static var fewestShipments: SourcingPolicy { SourcingPolicy(rawValue: 3) }
    /// From the cells that have promised the smallest part of what they have.
    @inlinable public static var balanced: SourcingPolicy { SourcingPolicy(rawValue: 4) }
    /// The lowest sum of the warehouses' priorities.
    @inlinable public static var priority: SourcingPolicy { SourcingPolicy(rawValue: 5) }

    /// The name of a policy that is always there; `nil` for others.
    public var builtInName: String? {
        guard Int(rawValue) < PolicyDefinition.builtIn.count else { return nil }
        return PolicyDefinition.builtIn[Int(rawValue)].name.description
    }

    /// The smallest number of a policy that is defined by name.
    public static let namedMin: UInt8 = 16
}

/// What a plan is judged by; whole numbers, less is better.
///
/// The numbers are stable on the wire and in the log, the names in policy files.
@frozen
public enum SourcingTerm: UInt8, Sendable, CaseIterable {
    /// Metres from warehouse to destination, summed over shipments.
    case metres = 0
    /// Minor units of money, of shipments and units together.
    case costMinor = 1
    /// Minutes from the order to the latest promised instant of its shipments.
    case promise = 2
    /// How many warehouses ship.
    case shipments = 3
    /// By unit: 1000 × promised ÷ on hand of its cell before the order.
    case balance = 4
    /// The warehouses' priorities, summed over shipments.
    case priority = 5

    /// The name in policy files and answers, in snake case.
    public var name: String {
        switch self {
        case .metres: "metres"
        case .costMinor: "cost_minor"
        case .promise: "promise"
        case .shipments: "shipments"
        case .balance: "balance"
        case .priority: "priority"
        }
    }
}

/// One tier of a policy: a weighted sum of terms.
public struct SourcingTier: Hashable, Sendable {
    /// A term with its weight.
    public struct Part: Hashable, Sendable {
        /// The term.
        public var term: SourcingTerm
        /// What it is multiplied by: 1 … `Limits.termWeightMax`.
        public var weight: UInt32

        /// A term with its weight.
        public init(_ term: SourcingTerm, weight: UInt32 = 1) {
            self.term = term
            self.weight = weight
        }
    }

    /// The parts, each term at most once.
    public var parts: [Part]
    /// How much worse than the best a plan may be for the next tier to decide, in hundredths of a
    /// percent of the best: 0 … 10,000.
    public var tolerance: UInt16

    /// A tier of `parts`.
    public init(_ parts: [Part], tolerance: UInt16 = 0) {
        self.parts = parts
        self.tolerance = tolerance
    }
}

/// A policy: tiers in the order in which they decide.
public struct PolicyDefinition: Hashable, Sendable {
    /// The name.
    public var name: PolicyName
    /// The tiers, 1 … `Limits.tiersPerPolicyMax`.
    public var tiers: [SourcingTier]

    /// A policy with all its fields.
    public init(name: PolicyName, tiers: [SourcingTier]) {
        self.name = name
        self.tiers = tiers
    }

    /// The policies that are always there, in the order of their numbers from 0.
    ///
    /// All end with cost and metres, so that rates and distance decide between equals.
    public static let builtIn: [PolicyDefinition] = [
        define("nearest", [.metres, .shipments, .costMinor]),
        define("cheapest", [.costMinor, .shipments, .metres]),
        define("fastest", [.promise, .costMinor, .shipments, .metres]),
        define("fewest_shipments", [.shipments, .costMinor, .metres]),
        define("balanced", [.balance, .shipments, .costMinor, .metres]),
        define("priority", [.priority, .shipments, .costMinor, .metres]),
    ]

    private static func define(_ name: String, _ terms: [SourcingTerm]) -> PolicyDefinition {
        guard let name = PolicyName(name) else { preconditionFailure("name of a policy") }
        return PolicyDefinition(name: name, tiers: terms.map { SourcingTier([.init($0)]) })
    }
}
