package import Inventory

/// The naive twin of the engine: plain dictionaries, one thread, no cleverness.
///
/// It says what every request must answer and what the state must be afterwards. Speed doesn't
/// count here; being obviously right does. Where an answer carries an LSN the model gives the
/// ordinal of the movement, counted from 1.
package struct ModelInventory: Sendable {
    /// What a real engine is started with.
    package struct Settings: Sendable {
        /// How long a released or expired reservation is remembered.
        package var closedRetentionMilliseconds: Int64 = 3_600_000
        /// How long a stock or warehouse write is remembered.
        package var stockRetentionMilliseconds: Int64 = 86_400_000
        /// How long a chain of holds may live.
        package var holdCapMilliseconds: Int64 = 86_400_000
        /// Added to every expiry: 0 but in a canary, which must be found out.
        package var expirySlackMilliseconds: Int64 = 0

        /// The retention that an engine has by default.
        package init() {}
    }

    /// Where a cell of a SKU is.
    package struct CellKey: Hashable, Sendable {
        /// The warehouse.
        package var warehouse: WarehouseCode
        /// The pool.
        package var pool: PoolName

        /// The cell of `warehouse` and `pool`.
        package init(_ warehouse: WarehouseCode, _ pool: PoolName = .default) {
            self.warehouse = warehouse
            self.pool = pool
        }
    }

    /// A SKU: its version, its weight and its stock by warehouse and pool.
    package struct SKU: Sendable {
        /// One more with each movement that touches it.
        package var version: UInt64 = 0
        /// Grams a unit; 0 where it isn't known.
        package var weightGrams: UInt32 = 0
        /// Its cells.
        package var cells: [CellKey: CellFigures] = [:]
    }

    /// A line of a reservation and where its units come from.
    struct Line: Sendable {
        var sku: [UInt8]
        var isKnown: Bool
        var requested: UInt32
        var shares: [Share]
        /// What became of the units of each share.
        var progress: [ShareProgress] = []
    }

    /// A reservation as it is remembered.
    struct Reservation: Sendable {
        var command: ReserveCommand
        var state: ReservationState
        var heldSince: Instant
        var expiresAt: Instant
        var answeredExpiresAt: Instant
        var closedAt: Instant?
        var movement: UInt64
        var lines: [Line]
        /// The number of the policy it was sourced by.
        var policy = SourcingPolicy.nearest
        var promisedAt = Instant.distantPast
        var didReplace = false
        var didRestExpire = false
        /// Whether answers tell what became of each share.
        var isDetailed = false
        /// By line the shares as first answered, once units have moved.
        var firstShares: [[Share]]?
        /// The promised arrival as first answered, once units have moved.
        var firstPromisedAt = Instant.distantPast
        /// The changes of parts that it remembers.
        var changes: [Change] = []
        var lastExtension: Change?
        var marks: ChainMarks = []
        /// By line and share the units that were held when it expired as a whole.
        var expiredUnits: [[UInt32]]?
        /// The sale that it belongs to.
        var sale: ModelSales.Part?
        /// Whether some of it was ever committed.
        var wasCommitted = false
    }

    /// A change that a reservation remembers.
    struct Change: Sendable {
        var id: RequestID
        var digest: UInt64
        var movement: UInt64
    }

    /// A stock or warehouse write as it is remembered.
    struct Write: Sendable {
        var digest: UInt64
        var answer: WriteAnswer
        var writtenAt: Instant
    }

    /// What the engine was started with.
    package let settings: Settings
    /// The instant of the last movement, or a later one at which a hold was found over.
    package internal(set) var lastInstant = Instant.distantPast
    /// The instant of the last movement.
    package internal(set) var lastMovementInstant = Instant.distantPast
    /// How many movements were made.
    package internal(set) var movementCount: UInt64 = 0
    /// The warehouses by code.
    package internal(set) var warehouses: [WarehouseCode: Warehouse] = [:]
    /// The pools that were ever made, `default` among them.
    package internal(set) var pools: Set<PoolName> = [.default]
    /// The clients that were ever named, in order.
    package internal(set) var actors: [String] = []
    /// The policies that are defined by name, in the order of their numbers.
    package internal(set) var policies: [PolicyDefinition] = []
    /// The rate card.
    package internal(set) var rates: [RateRow] = []
    /// The substitutes of each SKU that has any.
    package internal(set) var substitutes: [[UInt8]: [String]] = [:]
    /// The SKUs by name.
    package var skus: [[UInt8]: SKU] = [:]
    var reservations: [RequestID: Reservation] = [:]
    /// Warehouses in which the reservation that moves has open units already.
    var givenBack: Set<WarehouseCode> = []
    var writes: [RequestID: Write] = [:]
    var sales = ModelSales()

    /// An empty inventory.
    package init(settings: Settings = Settings()) { self.settings = settings }

    /// Does what the command says and answers it.
    package mutating func perform(_ timed: TimedCommand) -> CommandReply {
        switch timed.command {
        case .reserve(let command): .reservation(reserve(command, now: timed.now))
        case .commit(let id, let requestID):
            .reservation(change(whole(id, requestID, .commit), now: timed.now))
        case .release(let id, let requestID):
            .reservation(change(whole(id, requestID, .release), now: timed.now))
        case .change(let request): .reservation(change(request, now: timed.now))
        case .extend(let command): .reservation(extend(command, now: timed.now))
        case .holdAgain(let command): .reservation(holdAgain(command, now: timed.now))
        case .reroute(let command): .reservation(reroute(command, now: timed.now))
        case .owner(let owner, let includesClosed):
            list(owner, includesClosed: includesClosed, now: timed.now)
        case .show(let id): .reservation(show(id, now: timed.now))
        case .stock(let command): .write(writeStock(command, now: timed.now))
        case .warehouses(let command): .write(writeWarehouses(command, now: timed.now))
        case .warehouseState(let command): .write(setWarehouseState(command, now: timed.now))
        case .skus(let command): .write(writeSKUs(command, now: timed.now))
        case .configuration(let command): .write(configure(command, now: timed.now))
        case .actor(let name): .actor(number(ofActor: name))
        case .sweep: sweep(now: timed.now)
        }
    }

    /// Who has a reservation.
    package var owners: Set<OwnerID> { Set(reservations.values.map(\.command.owner)) }

    /// How many ids are remembered.
    package var rememberedCount: Int { reservations.count + writes.count }

    /// How many reservations are held and not swept, or committed.
    package var openReservationCount: Int {
        reservations.values.count { $0.state == .held || $0.state == .committed }
    }

    /// The instant at which a request that came at `now` happens: never before a movement.
    func instant(_ now: Instant) -> Instant { max(now, lastInstant) }

    /// Counts a movement that happens at `instant`.
    mutating func beginMovement(at instant: Instant) -> UInt64 {
        lastInstant = instant
        lastMovementInstant = instant
        movementCount += 1
        return movementCount
    }

    /// Forgets what a restart forgets: nothing but what was never logged.
    ///
    /// - Parameter known: An instant that was shown and not logged, which an image may know.
    /// - Returns: Whether there can be such an instant.
    package mutating func restart(knowing known: Instant) -> Bool {
        guard known >= lastMovementInstant, known <= lastInstant else { return false }
        lastInstant = known
        return true
    }

    /// Forgets what a restart from the log forgets: what was never logged.
    package mutating func restart() { lastInstant = lastMovementInstant }

    private func whole(
        _ id: ReservationID,
        _ requestID: RequestID,
        _ kind: ReservationChangeKind
    ) -> ChangeRequest {
        ChangeRequest(reservation: id, id: requestID, digest: 0, kind: kind)
    }

    /// Changes the figures of a share's cell.
    mutating func change(
        _ sku: [UInt8],
        _ share: Share,
        _ body: (inout CellFigures) -> Void
    ) {
        let key = CellKey(share.warehouse, share.pool)
        guard var figures = skus[sku]?.cells[key] else {
            preconditionFailure("a share stands on a cell that isn't there")
        }
        body(&figures)
        skus[sku]?.cells[key] = figures
    }
}
