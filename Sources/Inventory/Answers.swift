/// Units of one line that one warehouse serves.
@frozen
public struct Share: Hashable, Sendable {
    /// The warehouse that serves them.
    public var warehouse: WarehouseCode
    /// How many units.
    public var quantity: UInt32
    /// How many of them weren't there when they were reserved, but promised within the limit.
    public var backordered: UInt32
    /// The pool they come from.
    public var pool: PoolName
    /// What became of the units; `nil` where all of them are in the reservation's state.
    public var progress: ShareProgress?
    /// Whether the warehouse is offline now.
    public var isOffline: Bool

    /// A share of `quantity` units from `warehouse`.
    @inlinable
    public init(
        warehouse: WarehouseCode,
        quantity: UInt32,
        pool: PoolName = .default,
        backordered: UInt32 = 0,
        progress: ShareProgress? = nil,
        isOffline: Bool = false
    ) {
        self.warehouse = warehouse
        self.quantity = quantity
        self.backordered = backordered
        self.pool = pool
        self.progress = progress
        self.isOffline = isOffline
    }
}

/// How many units of a share are in which state; the rest was released or has expired.
@frozen
public struct ShareProgress: Hashable, Sendable {
    /// Units still held.
    public var held: UInt32
    /// Units that an order owns and that haven't left.
    public var committed: UInt32
    /// Units that have left.
    public var fulfilled: UInt32
    /// Units of a committed order that was called off.
    public var cancelled: UInt32

    /// A progress with all its figures.
    @inlinable
    public init(
        held: UInt32 = 0,
        committed: UInt32 = 0,
        fulfilled: UInt32 = 0,
        cancelled: UInt32 = 0
    ) {
        self.held = held
        self.committed = committed
        self.fulfilled = fulfilled
        self.cancelled = cancelled
    }

    /// The progress of a share of `quantity` units that are all in `state`.
    @inlinable
    public init(_ quantity: UInt32, all state: ReservationState) {
        self.init()
        switch state {
        case .held: held = quantity
        case .committed: committed = quantity
        case .fulfilled: fulfilled = quantity
        case .cancelled: cancelled = quantity
        case .released, .expired: break
        }
    }
}

/// What one line of a reservation got.
@frozen
public struct LineResult: Hashable, Sendable {
    /// Units asked for.
    public var requested: UInt32
    /// Units reserved: the sum of the line's shares; the rest is short.
    public var reserved: UInt32
    /// Index of the line's first share in the answer's shares.
    public var shareStart: UInt32
    /// How many shares the line has.
    public var shareCount: UInt32

    /// The result of one line.
    @inlinable
    public init(requested: UInt32, reserved: UInt32, shareStart: UInt32, shareCount: UInt32) {
        self.requested = requested
        self.reserved = reserved
        self.shareStart = shareStart
        self.shareCount = shareCount
    }
}

/// The figures of one cell, in units.
@frozen
public struct CellFigures: Hashable, Sendable {
    /// Units physically there.
    public var onHand: Int64
    /// Units held by open reservations.
    public var reserved: Int64
    /// Units that orders own and that haven't left.
    public var committed: Int64
    /// Units never offered.
    public var safetyStock: Int64
    /// Units that may be promised beyond what is there.
    public var backorderLimit: Int64

    /// Figures of a cell.
    @inlinable
    public init(
        onHand: Int64,
        reserved: Int64,
        committed: Int64,
        safetyStock: Int64,
        backorderLimit: Int64
    ) {
        self.onHand = onHand
        self.reserved = reserved
        self.committed = committed
        self.safetyStock = safetyStock
        self.backorderLimit = backorderLimit
    }

    /// Nothing of anything.
    @inlinable
    public static var zero: CellFigures {
        CellFigures(onHand: 0, reserved: 0, committed: 0, safetyStock: 0, backorderLimit: 0)
    }

    /// Units that may be promised now; below zero in a shortfall.
    @inlinable
    public var available: Int64 { onHand - reserved - committed - safetyStock + backorderLimit }
}

/// The present figures that a request with an expected version lost its race to.
@frozen
public struct VersionConflict: Hashable, Sendable {
    /// The present version of the SKU; 0 for an unknown one.
    public var version: UInt64
    /// The figures of the row's cell, or of all cells of the line's SKU together.
    public var figures: CellFigures

    /// A conflict with all its fields.
    @inlinable
    public init(version: UInt64, figures: CellFigures) {
        self.version = version
        self.figures = figures
    }
}

/// Units of a line that a commit needs and that aren't there any more.
@frozen
public struct LostUnits: Hashable, Sendable {
    /// Index of the line.
    public var line: Int
    /// Units that were to be committed.
    public var needed: UInt32
    /// Units that there are for it.
    public var present: UInt32

    /// Lost units with all their fields.
    @inlinable
    public init(line: Int, needed: UInt32, present: UInt32) {
        self.line = line
        self.needed = needed
        self.present = present
    }
}

/// The answer to a request about one reservation, filled in place and used again.
///
/// Lines and shares stand in memory that the answer owns: at most
/// `Limits.linesPerReservationMax` and `Limits.sharesPerReservationMax`.
/// Isolation: none; one answer belongs to one thread.
@frozen
@safe
public struct ReservationAnswer: ~Copyable {
    /// What became of the request.
    public var outcome: Outcome
    /// Whether this answer was given before to the same request.
    public var isRepeated = false
    /// The state of the reservation: present, also in a repeated answer.
    public var state = ReservationState.held
    /// LSN of the movement that the answer speaks of.
    public var lsn: UInt64 = 0
    /// When the hold expires; in the answer to a reserve as first answered.
    public var expiresAt = Instant.distantPast
    /// When the last of its shipments is promised to arrive; ``Instant/distantPast`` without one.
    public var promisedAt = Instant.distantPast
    /// The owner, for `show`.
    public var owner = OwnerID(high: 0, low: 0)
    /// The instant of the first hold of its chain, for `show`.
    public var heldSince = Instant.distantPast
    /// Whether it took the place of the hold that its request named.
    public var didReplace = false
    /// Whether units ran out of time after others were committed.
    public var didRestExpire = false
    /// Whether units of it have moved to other warehouses since it was first answered.
    public var didReroute = false
    /// Index of the line or item that a refusal speaks of, or −1.
    public var refusedLine: Int32 = -1
    /// For `version_conflict`: the present figures.
    public var conflict: VersionConflict?
    /// For `stock_lost`: by line what is missing.
    public var lostUnits: [LostUnits] = []
    /// For an accepted short line or one that is refused for want of units, where the request asks
    /// for it: what could serve now, by line in the order of the request.
    public var alternatives: [LineAlternatives] = []
    /// How many lines are filled in.
    public var lineCount = 0
    /// How many shares are filled in.
    public var shareCount = 0
    /// The results by line, in the order of the request.
    public let lines: UnsafeMutablePointer<LineResult>
    /// The shares of all lines, line after line.
    public let shares: UnsafeMutablePointer<Share>
    /// For `show`: the number of each line's SKU in the engine.
    public let skuNumbers: UnsafeMutablePointer<UInt32>

    /// An empty answer with room for the largest reservation.
    @inlinable
    public init() {
        outcome = .accepted
        unsafe lines = .allocate(capacity: Limits.linesPerReservationMax)
        unsafe shares = .allocate(capacity: Limits.sharesPerReservationMax)
        unsafe skuNumbers = .allocate(capacity: Limits.linesPerReservationMax)
    }

    @inlinable
    deinit {
        unsafe lines.deallocate()
        unsafe shares.deallocate()
        unsafe skuNumbers.deallocate()
    }

    /// Makes the answer an empty one with `outcome`.
    @inlinable
    public mutating func reset(_ outcome: Outcome) {
        self.outcome = outcome
        isRepeated = false
        state = .held
        lsn = 0
        expiresAt = .distantPast
        promisedAt = .distantPast
        didReplace = false
        didRestExpire = false
        didReroute = false
        refusedLine = -1
        if conflict != nil || !lostUnits.isEmpty || !alternatives.isEmpty { forgetRare() }
        lineCount = 0
        shareCount = 0
    }

    @inlinable
    @inline(never)
    mutating func forgetRare() {
        conflict = nil
        lostUnits.removeAll(keepingCapacity: true)
        alternatives.removeAll(keepingCapacity: true)
    }
}

/// The answer to a request that changes stock or warehouses.
@frozen
public struct WriteAnswer: Hashable, Sendable {
    /// What became of the request.
    public var outcome: Outcome
    /// Whether this answer was given before to the same request.
    public var isRepeated = false
    /// Index of the row that a refusal speaks of, or −1.
    public var refusedRow: Int32 = -1
    /// LSN of the movement.
    public var lsn: UInt64 = 0
    /// How many rows the request had.
    public var rows: UInt32 = 0
    /// How many of its cells promise more than they have after the change.
    public var shortfalls: UInt32 = 0
    /// Units on hand after the change in the cell of the last row.
    public var onHand: Int64 = 0
    /// Units available after the change in the cell of the last row.
    public var available: Int64 = 0
    /// The version of the last row's SKU after the change.
    public var version: UInt64 = 0
    /// For `version_conflict`: the present figures of the row's cell.
    public var conflict: VersionConflict?

    /// An answer without figures.
    @inlinable
    public init(_ outcome: Outcome, refusedRow: Int32 = -1) {
        self.outcome = outcome
        self.refusedRow = refusedRow
    }
}
