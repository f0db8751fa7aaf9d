/// What an order's best plan was chosen from and why: enough for a third party to check it.
public struct SourcingReport: Hashable, Sendable {
    /// A warehouse with stock of some line, or named by one.
    public struct Candidate: Hashable, Sendable {
        /// Its code.
        public var warehouse: WarehouseCode
        /// Whole metres to the destination; 0 without one.
        public var metres: UInt32 = 0
        /// Cost of a shipment, in minor units of money.
        public var shipmentCostMinor: Int64 = 0
        /// When a shipment would arrive; `.distantPast` without a destination.
        public var promisedAt = Instant.distantPast
        /// Minutes from the order to that instant.
        public var promiseMinutes: UInt32 = 0
        /// Its priority.
        public var priority: UInt32 = 0
        /// Whether it is to be used before others.
        public var isPreferred = true
        /// Shipments that it takes still; `nil` for any number.
        public var capacityLeft: UInt32?
        /// Why it may not serve; `.none` if it may.
        public var exclusion = Exclusion.none
        /// Whether the plan uses it.
        public var isUsed = false
        /// Why not, for one that may serve and doesn't.
        public var lossReason: LossReason?

        /// A candidate of which nothing is told yet.
        public init(warehouse: WarehouseCode) { self.warehouse = warehouse }
    }

    /// What one cell can give a line.
    public struct Cell: Hashable, Sendable {
        /// The warehouse.
        public var warehouse: WarehouseCode
        /// The pool.
        public var pool: PoolName
        /// Units that can be promised.
        public var available: Int64
        /// How many of them are there.
        public var present: Int64
        /// Cost of a unit, in minor units of money.
        public var unitCostMinor: Int64
        /// 1000 × promised ÷ on hand before the order.
        public var balance: UInt32

        /// A cell with all its figures.
        public init(
            warehouse: WarehouseCode,
            pool: PoolName,
            available: Int64,
            present: Int64,
            unitCostMinor: Int64,
            balance: UInt32
        ) {
            self.warehouse = warehouse
            self.pool = pool
            self.available = available
            self.present = present
            self.unitCostMinor = unitCostMinor
            self.balance = balance
        }
    }

    /// One line and what the plan gives it.
    public struct Line: Hashable, Sendable {
        /// The SKU.
        public var sku: String
        /// Units asked for.
        public var requested: UInt32
        /// Units that the plan gives it.
        public var reserved: UInt32 = 0
        /// The only warehouse that may serve it.
        public var warehouse: WarehouseCode?
        /// The pools that it names; none for `default`.
        public var pools: [PoolName] = []
        /// The version of the SKU that the plan is for; 0 where it isn't known.
        public var version: UInt64 = 0
        /// The cells that it may take from, whether their warehouse may serve or not.
        public var cells: [Cell] = []
        /// Its shares.
        public var shares: [Share] = []
        /// What could serve what it is short of, the best first; none for a line that isn't.
        public var alternatives: [Alternative] = []

        /// A line of which nothing is told yet.
        public init(sku: String, requested: UInt32) {
            self.sku = sku
            self.requested = requested
        }
    }

    /// A criterion that plans are judged by, with its value; earlier ones outweigh later ones.
    public struct Criterion: Hashable, Sendable {
        /// 0 short, 1 backordered, 2 not preferred, 3–6 the tiers, 7 shipments.
        public var number: UInt8
        /// The value; less is better.
        public var value: Int64

        /// A criterion with its value.
        public init(number: UInt8, value: Int64) {
            self.number = number
            self.value = value
        }

        /// The name in answers: tiers are counted from 1.
        public var name: String {
            switch number {
            case 0: "short"
            case 1: "backordered"
            case 2: "not_preferred"
            case 7: "shipments"
            default: "\(number - 2)"
            }
        }
    }

    /// Where the goods go to.
    public var destination: Destination?
    /// When the shopper ordered.
    public var orderedAt: Instant
    /// What to do when not all is there.
    public var mode: ReserveMode
    /// The policy as it is defined.
    public var policy: PolicyDefinition
    /// What the plan keeps to.
    public var constraints: SourcingConstraints
    /// What a reserve would be answered: `accepted`, or why not.
    public var outcome = Outcome.accepted
    /// The line that a refusal speaks of, or −1.
    public var refusedLine: Int32 = -1
    /// The warehouses in the order of their codes.
    public var candidates: [Candidate] = []
    /// The lines in the order of the request.
    public var lines: [Line] = []
    /// What the plan comes to.
    public var objective: [Criterion] = []
    /// No plan comes to less, in the order in which criteria count.
    ///
    /// A tier with a tolerance is bounded by itself, and what follows it among the plans within
    /// the tolerance. Where the plan is proven, all other criteria are the objective's.
    public var lowerBound: [Criterion] = []
    /// Whether no plan is better.
    public var isProven = true
    /// How many nodes the search explored.
    public var nodes: UInt32 = 0

    /// A report of an order of which nothing is told yet.
    public init(
        destination: Destination?,
        orderedAt: Instant,
        mode: ReserveMode,
        policy: PolicyDefinition,
        constraints: SourcingConstraints
    ) {
        self.destination = destination
        self.orderedAt = orderedAt
        self.mode = mode
        self.policy = policy
        self.constraints = constraints
    }
}
