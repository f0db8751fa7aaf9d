internal import HoldfastClient
internal import Movements

/// What a movement did, in the words of the trade; their order is that of a reservation's life.
enum MovementWord: String, CaseIterable {
    case reserved, replaced, extended, rerouted, committed, released, expired, fulfilled
    case cancelled, forgotten
    case received, adjusted, returned, imported, counted, transferred, configured
    case skusChanged = "skus_changed"
    case warehousesChanged = "warehouses_changed"
    case actorNamed = "actor_named"
    case policiesChanged = "policies_changed"
    case ratesChanged = "rates_changed"
    case substitutesChanged = "substitutes_changed"
    case salesChanged = "sales_changed"
}

/// One record of the log with its numbers resolved to names: for people and for programs.
struct LoggedMovement {
    /// Units of a line from one warehouse.
    struct Share {
        let warehouse: String
        let pool: PoolName
        let units: UInt32
        var backordered: UInt32 = 0
    }

    /// A line of a reservation.
    struct Line {
        /// The name of the SKU; empty where it wasn't known.
        let sku: String
        let requested: UInt32
        var shares: [Share] = []
    }

    /// Units of a reservation that went on.
    struct Change {
        let sku: String
        let share: Share
        /// Of `fulfilled`: whether the units were held until then.
        let wereHeld: Bool
    }

    /// A change of one cell.
    struct StockRow {
        let sku: String
        let warehouse: String
        let pool: PoolName
        let onHand: Int32
        let safetyStock: Int32
        let backorderLimit: Int32
        let isNewCell: Bool
        let leavesShortfall: Bool
    }

    /// A row of a rate card.
    struct LoggedRate {
        /// The code of the warehouse; `*` for all.
        let warehouse: String
        /// The rest of the row.
        let row: RateRow
    }

    /// What the plan of a reservation kept to, its warehouses by name.
    struct Constraints {
        /// All but the lists of warehouses.
        var limits = SourcingConstraints()
        var excluded: [String] = []
        var required: [String] = []
        var preferred: [String] = []
    }

    let lsn: UInt64
    let word: MovementWord
    let instant: Instant
    /// The name of the client that asked; `nil` for what the server did by itself.
    let actor: String?
    let requestID: RequestID

    /// The reservation that it is about.
    var reservation: ReservationID?
    var owner: OwnerID?
    /// The hold whose place was taken.
    var replaces: ReservationID?
    var expiresAt: Instant?
    /// Of `extended`: why.
    var extendReason: ExtendReason?
    var destination: Destination?
    var policy: SourcingPolicy?
    var promisedAt: Instant?
    var constraints: Constraints?
    /// The number of the sale that the reservation belongs to.
    var sale: UInt32?
    /// Whether only a part of a reservation was changed.
    var isPart = false
    /// What the one who asked said of a change of stock.
    var reason = ""
    var lines: [Line] = []
    var changes: [Change] = []
    /// Of `rerouted`: where the units came to.
    var arrivals: [Change] = []
    var stockRows: [StockRow] = []
    var skus: [SKUWeight] = []
    var warehouses: [Warehouse] = []
    var policies: [PolicyDefinition] = []
    /// The whole rate card; `nil` where the movement is no change of it.
    var rates: [LoggedRate]?
    var substitutes: [SKUSubstitutes] = []
    var sales: [RecordedSale] = []
    var forgotten: [RequestID] = []

    /// A movement of which only the header is known.
    init(
        lsn: UInt64,
        word: MovementWord,
        instant: Instant,
        actor: String?,
        requestID: RequestID
    ) {
        self.lsn = lsn
        self.word = word
        self.instant = instant
        self.actor = actor
        self.requestID = requestID
    }

    // MARK: What it touches

    /// Whether it is about a reservation.
    func touches(_ id: ReservationID) -> Bool {
        reservation == id || replaces == id || forgotten.contains(id)
    }

    /// Whether it names a SKU.
    func touches(sku: String) -> Bool {
        lines.contains { $0.sku == sku } || changes.contains { $0.sku == sku }
            || stockRows.contains { $0.sku == sku } || skus.contains { $0.sku == sku }
            || substitutes.contains { $0.sku == sku || $0.substitutes.contains(sku) }
    }

    /// Whether it names a warehouse.
    func touches(warehouse: String) -> Bool {
        lines.contains { $0.shares.contains { $0.warehouse == warehouse } }
            || (changes + arrivals).contains { $0.share.warehouse == warehouse }
            || stockRows.contains { $0.warehouse == warehouse }
            || warehouses.contains { $0.code.description == warehouse }
            || rates?.contains { $0.warehouse == warehouse } ?? false
    }
}
