/// What a reservation does when not all it asks for is there.
///
/// The numbers are stable on the wire.
@frozen
public enum ReserveMode: UInt8, Sendable, CaseIterable {
    /// Every line whole, or a refusal.
    case allOrNothing = 0
    /// Each line whole or not at all; accepted even if no line could be served.
    case wholeLines = 1
    /// What there is; accepted even if that is nothing.
    case bestEffort = 2
}

/// The state of a reservation.
///
/// The numbers are stable on the wire and in the log.
@frozen
public enum ReservationState: UInt8, Sendable, CaseIterable {
    /// Units are held until the reservation expires.
    case held = 0
    /// An order owns the units; they haven't left.
    case committed = 1
    /// The units have left.
    case fulfilled = 2
    /// The owner gave the hold back.
    case released = 3
    /// The hold ran out of time.
    case expired = 4
    /// A committed order was called off.
    case cancelled = 5
}

/// What may be taken from a warehouse.
///
/// The numbers are stable on the wire and in the log.
@frozen
public enum WarehouseState: UInt8, Sendable, CaseIterable {
    /// Takes new reservations.
    case online = 0
    /// Serves what it has promised, takes nothing new.
    case draining = 1
    /// Serves nothing.
    case offline = 2
}

/// Why stock changed.
///
/// The numbers are stable on the wire and in the log.
@frozen
public enum StockCause: UInt8, Sendable, CaseIterable {
    /// Goods came in.
    case received = 0
    /// Somebody corrected a figure by a difference.
    case adjusted = 1
    /// A shopper sent goods back.
    case returned = 2
    /// A stock file set the figures.
    case imported = 3
    /// A person counted what is there.
    case counted = 4
    /// Units went from one warehouse or pool to another.
    case transferred = 5
    /// Safety stock or backorder limit were set.
    case configured = 6
}

/// What a change makes of a reservation's units.
///
/// The numbers are stable in tests only; the wire has an operation for each.
@frozen
public enum ReservationChangeKind: UInt8, Sendable, CaseIterable {
    /// Held units become an order's.
    case commit = 0
    /// Held units become free.
    case release = 1
    /// Committed units leave.
    case fulfil = 2
    /// Committed units become free.
    case cancel = 3
}
