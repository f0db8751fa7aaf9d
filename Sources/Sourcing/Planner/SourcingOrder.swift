package import Inventory

/// What an order asks of its plan beside its lines.
package struct SourcingOrder: Sendable {
    /// What to do when not all is there.
    package var mode: ReserveMode
    /// The policy.
    package var objective: Objective
    /// The most warehouses that may ship; 0 for any number.
    package var splitsMax: Int
    /// The most warehouses that may serve one line; 0 for any number.
    package var splitsPerLineMax: Int
    /// Whether nothing may be backordered.
    package var shipsComplete: Bool
    /// After how many steps the search stops with what it has; a step is one look at a supply.
    package var workMax: Int

    /// An order with all its fields.
    package init(
        mode: ReserveMode,
        objective: Objective,
        splitsMax: Int = 0,
        splitsPerLineMax: Int = 0,
        shipsComplete: Bool = false,
        workMax: Int = SourcingLimits.workDefault
    ) {
        self.mode = mode
        self.objective = objective
        self.splitsMax = splitsMax
        self.splitsPerLineMax = splitsPerLineMax
        self.shipsComplete = shipsComplete
        self.workMax = workMax
    }
}

/// The limits of the search.
package enum SourcingLimits {
    /// Steps of a search without locks, where nobody says otherwise: at most some milliseconds, at
    /// about ten nanoseconds a step.
    package static let workDefault = 200_000
    /// Steps of a search that can't prove its plan, however long it is.
    package static let workUnprovable = 200_000
    /// Steps of a dry run and of a reserve's long search, on a thread that nothing else waits for:
    /// at most about 100 ms, which few orders of more than ten scarce lines over dozens of
    /// warehouses come to.
    package static let workOfDryRun = 4_000_000
    /// Steps of a search that others wait for: at most about a millisecond.
    package static let workUnderLocks = 40_000
    /// Bits that an objective may need before its last tiers are left out.
    static let scoreBitsMax = 110
    /// Up to so many prices are looked through for the lowest, more are sorted.
    static let eventsWithoutSorting = 24
    /// Looks at each supply, on average, that an order may take to find the one warehouse that
    /// serves it; lines that share a SKU look at the same.
    static let looksPerSupplyMax = 2
    /// Among so many candidates at most an explanation looks for one that dominates another.
    static let candidatesComparedMax = 512
}

/// What a planner says of its plan.
package struct SourcingVerdict: Hashable, Sendable {
    /// Whether no plan is better.
    package var isProven: Bool
    /// Whether the search was cut off: with more steps it might have found a better plan.
    package var isCut: Bool
    /// How many nodes the search explored.
    package var nodes: Int
    /// How many steps it took.
    package var steps: Int
    /// The latest promised instant of its shipments, in minutes since 1970; 0 for none.
    package var promisedMinute: UInt32
}
