internal import Storage
internal import Synchronization

/// Clocks that move only when told.
package final class SimulatedClock: Clock {
    private let wall: Atomic<Int64>
    private let monotonic = Atomic<UInt64>(1_000_000_000)

    /// Clocks that start at a wall time.
    package init(wallMilliseconds: Int64 = 1_700_000_000_000) { wall = Atomic(wallMilliseconds) }

    /// What the wall clock shows.
    package func wallMilliseconds() -> Int64 { wall.load(ordering: .relaxed) }

    /// Nanoseconds since the start, and one second.
    package func monotonicNanoseconds() -> UInt64 { monotonic.load(ordering: .relaxed) }

    /// Lets time pass on both clocks.
    package func advance(milliseconds: Int64) {
        wall.add(milliseconds, ordering: .relaxed)
        monotonic.add(UInt64(milliseconds) * 1_000_000, ordering: .relaxed)
    }

    /// Sets the wall clock off by a difference, as an operator or NTP would.
    package func jumpWall(milliseconds: Int64) { wall.add(milliseconds, ordering: .relaxed) }
}
