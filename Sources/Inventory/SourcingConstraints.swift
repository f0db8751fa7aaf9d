/// What a plan has to keep to.
public struct SourcingConstraints: Hashable, Sendable {
    /// The most warehouses that may ship; 0 for any number.
    public var splitsMax: UInt16
    /// The most warehouses that may serve one line; 0 for any number.
    public var splitsPerLineMax: UInt16
    /// The most metres from a warehouse to the destination; 0 for any distance.
    public var metresMax: UInt32
    /// The latest instant that may be promised; `nil` for any.
    public var latestPromise: Instant?
    /// Whether nothing may be backordered: all that is promised leaves at once.
    public var shipsComplete: Bool
    /// Warehouses that may not serve.
    public var excluded: [WarehouseCode]
    /// The only warehouses that may serve; empty for all.
    public var required: [WarehouseCode]
    /// Warehouses to be used before others; empty for none.
    ///
    /// The fewest shipments from others decide before the policy does.
    public var preferred: [WarehouseCode]

    /// Constraints with all their fields; none at all without arguments.
    public init(
        splitsMax: UInt16 = 0,
        splitsPerLineMax: UInt16 = 0,
        metresMax: UInt32 = 0,
        latestPromise: Instant? = nil,
        shipsComplete: Bool = false,
        excluded: [WarehouseCode] = [],
        required: [WarehouseCode] = [],
        preferred: [WarehouseCode] = []
    ) {
        self.splitsMax = splitsMax
        self.splitsPerLineMax = splitsPerLineMax
        self.metresMax = metresMax
        self.latestPromise = latestPromise
        self.shipsComplete = shipsComplete
        self.excluded = excluded
        self.required = required
        self.preferred = preferred
    }

    /// No constraint at all.
    public static let none = SourcingConstraints()
}
