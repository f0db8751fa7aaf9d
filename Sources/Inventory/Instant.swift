/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
@frozen
public struct Instant: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch.
    public let milliseconds: Int64

    /// An instant from its milliseconds since the epoch.
    @inlinable
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Before every instant that the engine uses.
    @inlinable
    public static var distantPast: Instant { Instant(milliseconds: 0) }

    /// An instant from whole minutes since the epoch.
    @inlinable
    public init(minute: UInt32) { milliseconds = Int64(minute) * 60_000 }

    /// Whether `left` is earlier than `right`.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// This instant and `milliseconds` later; traps on overflow.
    @inlinable
    public func advanced(byMilliseconds milliseconds: Int64) -> Instant {
        Instant(milliseconds: self.milliseconds + milliseconds)
    }
}
