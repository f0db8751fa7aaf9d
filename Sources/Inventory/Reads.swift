/// A question what could be reserved now.
public struct AvailabilityQuery: Hashable, Sendable {
    /// The names of the SKUs, at least one.
    public var skus: [String]
    /// The warehouses; none for all.
    public var warehouses: [WarehouseCode]
    /// The pools, each once; none for `default`.
    public var pools: [PoolName]
    /// The owner whose own held units count as free.
    public var owner: OwnerID?

    /// A question with all its fields.
    public init(
        skus: [String],
        warehouses: [WarehouseCode] = [],
        pools: [PoolName] = [],
        owner: OwnerID? = nil
    ) {
        self.skus = skus
        self.warehouses = warehouses
        self.pools = pools
        self.owner = owner
    }
}

/// What could be reserved of one SKU, as it is at one instant.
public struct SKUAvailability: Hashable, Sendable {
    /// The stock of the SKU in one warehouse, over the pools asked for.
    public struct Cell: Hashable, Sendable {
        /// The warehouse.
        public var warehouse: WarehouseCode
        /// What may be taken from it.
        public var state: WarehouseState
        /// Units that a reservation could take; 0 where the warehouse isn't online.
        public var available: Int64
        /// Units physically there.
        public var onHand: Int64

        /// A cell with all its fields.
        public init(
            warehouse: WarehouseCode,
            state: WarehouseState,
            available: Int64,
            onHand: Int64
        ) {
            self.warehouse = warehouse
            self.state = state
            self.available = available
            self.onHand = onHand
        }
    }

    /// The version of the SKU; 0 where it isn't known.
    public var version: UInt64
    /// Its stock, in the order of the warehouses asked for, else of their codes.
    public var cells: [Cell]

    /// The availability of a SKU.
    public init(version: UInt64, cells: [Cell]) {
        self.version = version
        self.cells = cells
    }

    /// The sum of the cells' available units.
    public var available: Int64 { cells.reduce(0) { $0 + $1.available } }
}

/// The open reservations that have units of one SKU.
public struct StockHolds: Hashable, Sendable {
    /// One reservation and its units there.
    public struct Hold: Hashable, Sendable {
        /// The reservation.
        public var id: ReservationID
        /// Whom it belongs to.
        public var owner: OwnerID
        /// When what is held expires.
        public var expiresAt: Instant
        /// Units held.
        public var held: UInt32
        /// Units committed.
        public var committed: UInt32

        /// A hold with all its fields.
        public init(
            id: ReservationID,
            owner: OwnerID,
            expiresAt: Instant,
            held: UInt32,
            committed: UInt32
        ) {
            self.id = id
            self.owner = owner
            self.expiresAt = expiresAt
            self.held = held
            self.committed = committed
        }
    }

    /// How many reservations there are; more than ``holds`` where the limit cut them off.
    public var count: UInt32
    /// Units held by all of them.
    public var held: UInt64
    /// Units committed of all of them.
    public var committed: UInt64
    /// The reservations, oldest first.
    public var holds: [Hold]

    /// Holds with all their fields.
    public init(count: UInt32, held: UInt64, committed: UInt64, holds: [Hold]) {
        self.count = count
        self.held = held
        self.committed = committed
        self.holds = holds
    }
}

/// The stock of one warehouse over all its cells.
public struct WarehouseFill: Hashable, Sendable {
    /// The warehouse.
    public var warehouse: WarehouseCode
    /// What may be taken from it.
    public var state: WarehouseState
    /// How many cells it has.
    public var cells: UInt64
    /// The sums over them.
    public var figures: CellFigures
    /// How many reservations have units held or committed there that haven't left.
    public var openShipments: UInt64
    /// How many of them it takes; `nil` for any number.
    public var capacityShipments: UInt32?

    /// The fill of a warehouse.
    public init(
        warehouse: WarehouseCode,
        state: WarehouseState,
        cells: UInt64,
        figures: CellFigures,
        openShipments: UInt64 = 0,
        capacityShipments: UInt32? = nil
    ) {
        self.openShipments = openShipments
        self.capacityShipments = capacityShipments
        self.warehouse = warehouse
        self.state = state
        self.cells = cells
        self.figures = figures
    }
}
