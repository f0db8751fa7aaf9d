/// Whether a sale may take units from beyond its own pool.
///
/// The numbers are stable on the wire and in the log.
@frozen
public enum SaleWall: UInt8, Sendable, CaseIterable {
    /// Only the units of the sale's pool are sold.
    case hard = 0
    /// Once the sale's pool has none left for a line, units of `default` are sold as well.
    case borrows = 1
}

/// What holds for everything that is reserved from one pool: when, how much, and for how long.
///
/// A sale is named by its pool. Rules on `default` are those of everyday trade. A reservation
/// belongs to the sale whose pool its lines name; all its lines have to name that pool then.
/// Limits count units that are held, committed or fulfilled, and not those that were released,
/// have expired or were cancelled. In every figure of a limit 0 stands for no limit.
public struct SaleRules: Hashable, Sendable {
    /// The pool whose units are sold.
    public var pool: PoolName
    /// Before it nothing is reserved; `nil` for open from the beginning.
    public var opensAt: Instant?
    /// From it on nothing is reserved; `nil` for open until somebody closes it.
    public var closesAt: Instant?
    /// Whether units of `default` are sold as well.
    public var wall: SaleWall
    /// Whether units that are free once the sale is closed go back to `default` by themselves.
    public var returnsRest: Bool
    /// Units of one SKU that one owner may have of the sale.
    public var unitsPerOwnerAndSKU: UInt32
    /// Units of all SKUs together that one owner may have of the sale.
    public var unitsPerOwner: UInt32
    /// Units that one reservation may ask for.
    public var unitsPerOrder: UInt32
    /// Units that one owner may take within one window of time; needs ``windowMilliseconds``.
    public var unitsPerWindow: UInt32
    /// Length of a window; windows follow each other from ``opensAt`` on, or from 1970.
    public var windowMilliseconds: UInt32
    /// Reservations of one owner that may be held at once.
    public var openHoldsPerOwner: UInt32
    /// Reservations of one client's name (its credential) that may be held at once.
    public var openHoldsPerCredential: UInt32
    /// How long a hold lives, at most, before its payment begins; 0 for as long as is asked for.
    public var firstHoldMilliseconds: UInt32

    /// Rules without any limit for a pool.
    public init(pool: PoolName) {
        self.pool = pool
        wall = .hard
        returnsRest = false
        unitsPerOwnerAndSKU = 0
        unitsPerOwner = 0
        unitsPerOrder = 0
        unitsPerWindow = 0
        windowMilliseconds = 0
        openHoldsPerOwner = 0
        openHoldsPerCredential = 0
        firstHoldMilliseconds = 0
    }
}

extension SaleRules {
    /// What is wrong with the rules; `nil` for nothing.
    public var fault: ConfigurationFault? {
        if pool != .default, !pool.isProper || PoolName(pool.description) != pool {
            return ConfigurationFault(.invalidPool, "a pool is 1-16 bytes of printable ASCII")
        }
        if let opensAt, let closesAt, closesAt < opensAt {
            return ConfigurationFault(.invalidSale, "a sale closes before it opens")
        }
        if pool == .default, wall == .borrows || returnsRest {
            return ConfigurationFault(.invalidSale, "default can't borrow from itself")
        }
        if (unitsPerWindow == 0) != (windowMilliseconds == 0) {
            return ConfigurationFault(.invalidSale, "a limit in time needs units and a window")
        }
        if windowMilliseconds != 0, windowMilliseconds < Limits.saleWindowMillisecondsMin {
            return ConfigurationFault(.invalidSale, "a window is a second or longer")
        }
        if Int64(firstHoldMilliseconds) > Limits.timeToLiveMillisecondsMax {
            return ConfigurationFault(.invalidSale, "a first hold is at most 24 hours")
        }
        return nil
    }

    /// How many limits there are.
    package static let limitCount = 8

    /// The limits in the order in which records and frames have them.
    package var limits: [UInt32] {
        get {
            [
                unitsPerOwnerAndSKU, unitsPerOwner, unitsPerOrder, unitsPerWindow,
                windowMilliseconds, openHoldsPerOwner, openHoldsPerCredential,
                firstHoldMilliseconds,
            ]
        }
        set {
            precondition(newValue.count == SaleRules.limitCount, "all limits, in their order")
            unitsPerOwnerAndSKU = newValue[0]
            unitsPerOwner = newValue[1]
            unitsPerOrder = newValue[2]
            unitsPerWindow = newValue[3]
            windowMilliseconds = newValue[4]
            openHoldsPerOwner = newValue[5]
            openHoldsPerCredential = newValue[6]
            firstHoldMilliseconds = newValue[7]
        }
    }

    /// Whether an owner's or a client's share is limited, so that it has to be counted.
    public var countsShares: Bool {
        unitsPerOwnerAndSKU | unitsPerOwner | unitsPerWindow | openHoldsPerOwner
            | openHoldsPerCredential != 0
    }

    /// Why nothing is sold at `instant`; `nil` where the sale is open.
    @inlinable
    public func refusal(at instant: Instant) -> Outcome? {
        if let opensAt, instant < opensAt { return .saleNotOpen }
        if let closesAt, instant >= closesAt { return .saleClosed }
        return nil
    }
}

/// What became of a sale's units and holds so far.
public struct SaleFigures: Hashable, Sendable {
    /// The sums of all cells of the sale's pool.
    public var cells: CellFigures
    /// Owners who took part: who ever held something of the sale.
    public var owners: UInt64
    /// Reservations that were ever held.
    public var holds: UInt64
    /// Those of them that were committed, wholly or in part.
    public var committedHolds: UInt64
    /// Those of them that hold units at present.
    public var openHolds: UInt64
    /// Units that owners have: held or committed and not left.
    public var openUnits: UInt64
    /// Units that have left.
    public var fulfilledUnits: UInt64
    /// Units that went back to `default` since the server's start.
    public var returnedUnits: UInt64
    /// Requests that the sale's rules or its stock refused since the server's start, by outcome.
    public var refusals: [Outcome: UInt64]

    /// Figures of a sale in which nothing has happened.
    public init() {
        cells = .zero
        owners = 0
        holds = 0
        committedHolds = 0
        openHolds = 0
        openUnits = 0
        fulfilledUnits = 0
        returnedUnits = 0
        refusals = [:]
    }
}

/// What one owner has of a sale.
@frozen
public struct OwnerShare: Hashable, Sendable {
    /// The owner.
    public var owner: OwnerID
    /// Units held or committed that haven't left.
    public var openUnits: UInt64
    /// Units that have left.
    public var fulfilledUnits: UInt64
    /// Reservations that were ever held.
    public var holds: UInt32
    /// Those of them that were committed.
    public var committedHolds: UInt32
    /// Those of them that hold units at present.
    public var openHolds: UInt32

    /// A share with all its fields.
    public init(
        owner: OwnerID,
        openUnits: UInt64,
        fulfilledUnits: UInt64,
        holds: UInt32,
        committedHolds: UInt32,
        openHolds: UInt32
    ) {
        self.owner = owner
        self.openUnits = openUnits
        self.fulfilledUnits = fulfilledUnits
        self.holds = holds
        self.committedHolds = committedHolds
        self.openHolds = openHolds
    }
}

/// Why a hold is to live longer.
///
/// The numbers are stable on the wire and in the log.
@frozen
public enum ExtendReason: UInt8, Sendable, CaseIterable {
    /// The shopper needs more time.
    case shopper = 0
    /// The shopper began to pay: from now on a first hold's limit doesn't count any more.
    case paymentStarted = 1
    /// The payment is being decided elsewhere: the hold is frozen, once in its life, and may
    /// outlive the cap of its chain by that.
    case paymentPending = 2
}
