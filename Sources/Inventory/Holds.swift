/// What a chain of holds has been through: each hold takes it over from the one that it replaces.
///
/// The bits are stable in the log and in snapshots.
@frozen
public struct ChainMarks: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Marks of these bits.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The shopper began to pay.
    @inlinable public static var paymentStarted: ChainMarks { ChainMarks(rawValue: 1) }
    /// The hold was frozen while a payment was being decided.
    @inlinable public static var frozen: ChainMarks { ChainMarks(rawValue: 2) }
    /// All marks that there are.
    @inlinable public static var all: ChainMarks { [.paymentStarted, .frozen] }
}

extension ExtendReason {
    /// The name that commands and files give it, in snake case.
    public var name: String {
        switch self {
        case .shopper: "shopper"
        case .paymentStarted: "payment_started"
        case .paymentPending: "payment_pending"
        }
    }

    /// What the chain is marked with; a payment that is being decided has started.
    public var marks: ChainMarks {
        switch self {
        case .shopper: []
        case .paymentStarted: .paymentStarted
        case .paymentPending: .all
        }
    }

    /// Milliseconds from now on that a request of this reason may ask for, at most.
    public var timeToLiveMillisecondsMax: Int64 {
        self == .paymentPending
            ? Limits.freezeMillisecondsMax : Limits.timeToLiveMillisecondsMax
    }
}

/// A request to let a hold live longer.
public struct HoldExtension: Hashable, Sendable {
    /// The reservation.
    public var reservation: ReservationID
    /// The id of the request.
    public var id: RequestID
    /// A digest of the whole content.
    public var digest: UInt64
    /// Milliseconds from now on; 0 for the default, with which a freeze is as long as it may be.
    public var timeToLiveMilliseconds: UInt32
    /// Why.
    public var reason: ExtendReason

    /// A request with all its fields.
    public init(
        _ reservation: ReservationID,
        id: RequestID,
        digest: UInt64,
        timeToLiveMilliseconds: UInt32 = 0,
        reason: ExtendReason = .shopper
    ) {
        self.reservation = reservation
        self.id = id
        self.digest = digest
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.reason = reason
    }
}

/// A request to hold again what an older hold held, in case that has expired.
public struct HoldAgain: Hashable, Sendable {
    /// The older hold.
    public var reservation: ReservationID
    /// The id of the request and of the reservation that it makes where the older one has expired.
    public var id: ReservationID
    /// Whose both are.
    public var owner: OwnerID
    /// A digest of the whole content.
    public var digest: UInt64
    /// Milliseconds to hold for; 0 for the default.
    public var timeToLiveMilliseconds: UInt32

    /// A request with all its fields.
    public init(
        _ reservation: ReservationID,
        as id: ReservationID,
        owner: OwnerID,
        digest: UInt64,
        timeToLiveMilliseconds: UInt32 = 0
    ) {
        self.reservation = reservation
        self.id = id
        self.owner = owner
        self.digest = digest
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }
}
