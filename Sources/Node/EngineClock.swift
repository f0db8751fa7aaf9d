package import Inventory
package import Storage
internal import Synchronization

/// The engine's instant: never falls, follows monotonic time, and is drawn to the wall clock.
///
/// At the start it is the later of the wall clock and the last logged instant. `tick` moves it
/// towards the wall clock by at most 1 ms a second and reports a wall clock that jumped.
/// Isolation: `now` from any thread; `tick` from one.
package final class EngineClock: Sendable {
    /// Nanoseconds drawn to the wall clock at most, for each nanosecond that passes: one over this.
    private static let drawDivisor: Int64 = 1_000
    /// Milliseconds of difference from which on a jump of the wall clock is reported.
    private static let reportedJumpMilliseconds: Int64 = 1_000
    private static let nanosecondsPerMillisecond: Int64 = 1_000_000

    private let clock: any Clock
    private let note: @Sendable (String) -> Void
    /// What is added to monotonic time, in nanoseconds.
    private let offsetNanoseconds: Atomic<Int64>
    /// The latest instant that anyone read, in milliseconds.
    private let latestMilliseconds: Atomic<Int64>
    /// Of the last tick; only `tick` touches them.
    private let tickMonotonicNanoseconds: Atomic<Int64>
    private let tickWallMilliseconds: Atomic<Int64>

    /// A clock that goes on from the last logged instant.
    package init(
        clock: any Clock,
        lastInstant: Instant,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.clock = clock
        self.note = note
        let wall = clock.wallMilliseconds()
        let monotonic = Int64(clock.monotonicNanoseconds())
        let start = max(wall, lastInstant.milliseconds)
        offsetNanoseconds = Atomic(start * EngineClock.nanosecondsPerMillisecond - monotonic)
        latestMilliseconds = Atomic(start)
        tickMonotonicNanoseconds = Atomic(monotonic)
        tickWallMilliseconds = Atomic(wall)
        if start - wall > EngineClock.reportedJumpMilliseconds {
            note(
                "the wall clock is \(start - wall) ms behind the last logged instant; "
                    + "time goes on from there, drawn to the wall clock by 1 ms a second"
            )
        }
    }

    /// The present instant; not before any that was read before, on any thread.
    package func now() -> Instant {
        let nanoseconds =
            Int64(clock.monotonicNanoseconds()) + offsetNanoseconds.load(ordering: .relaxed)
        let milliseconds = nanoseconds / EngineClock.nanosecondsPerMillisecond
        let latest = latestMilliseconds.max(milliseconds, ordering: .acquiringAndReleasing)
        return Instant(milliseconds: latest.newValue)
    }

    /// Draws the instant to the wall clock; called every few milliseconds.
    package func tick() {
        let wall = clock.wallMilliseconds()
        let monotonic = Int64(clock.monotonicNanoseconds())
        let passed = monotonic - tickMonotonicNanoseconds.load(ordering: .relaxed)
        // Too little time to draw anything in: it counts towards the next tick.
        guard passed >= EngineClock.drawDivisor else { return }
        let expected =
            tickWallMilliseconds.load(ordering: .relaxed)
            + passed / EngineClock.nanosecondsPerMillisecond
        let jump = wall - expected
        if abs(jump) > EngineClock.reportedJumpMilliseconds {
            note(
                "the wall clock jumped by \(jump) ms; the engine's time goes on, "
                    + "drawn to it by 1 ms a second"
            )
        }
        tickMonotonicNanoseconds.store(monotonic, ordering: .relaxed)
        tickWallMilliseconds.store(wall, ordering: .relaxed)
        let offset = offsetNanoseconds.load(ordering: .relaxed)
        let difference = wall * EngineClock.nanosecondsPerMillisecond - monotonic - offset
        let reach = passed / EngineClock.drawDivisor
        offsetNanoseconds.store(offset + min(max(difference, -reach), reach), ordering: .relaxed)
    }
}
