/// Units of one line that one warehouse serves.
@frozen
public struct Share: Hashable, Sendable {
    /// The warehouse that serves them.
    public var warehouse: WarehouseCode
    /// How many units.
    public var quantity: UInt32
    /// The number of the pool they come from; 0 is `default`.
    public var pool: UInt16

    /// A share of `quantity` units from `warehouse`.
    @inlinable
    public init(warehouse: WarehouseCode, quantity: UInt32, pool: UInt16 = 0) {
        self.warehouse = warehouse
        self.quantity = quantity
        self.pool = pool
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

    /// Units that may be promised now; below zero in a shortfall.
    @inlinable
    public var available: Int64 { onHand - reserved - committed - safetyStock + backorderLimit }
}

/// The answer to `reserve`, `commit`, `release` and `show`, filled in place and used again.
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
    /// When the hold expires, as first answered.
    public var expiresAt = Instant.distantPast
    /// The owner, for `show`.
    public var owner = OwnerID(high: 0, low: 0)
    /// Index of the line or row that a refusal speaks of, or −1.
    public var refusedLine: Int32 = -1
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
        refusedLine = -1
        lineCount = 0
        shareCount = 0
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

    /// An answer without figures.
    @inlinable
    public init(_ outcome: Outcome, refusedRow: Int32 = -1) {
        self.outcome = outcome
        self.refusedRow = refusedRow
    }
}
