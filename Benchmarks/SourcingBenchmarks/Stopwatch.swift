import Glibc

/// Measures how long something takes on this thread.
///
/// Wall time holds what other processes took of the machine, processor time what its own clock
/// costs (some hundred nanoseconds); the smaller of both is still no less than the truth.
struct Stopwatch {
    private let processorStart: Int
    private let wallStart: Int

    /// Begins to measure.
    init() {
        processorStart = Stopwatch.nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        wallStart = Stopwatch.nanoseconds(CLOCK_MONOTONIC)
    }

    /// Nanoseconds since the beginning.
    var elapsed: Int {
        let wall = Stopwatch.nanoseconds(CLOCK_MONOTONIC) - wallStart
        let processor = Stopwatch.nanoseconds(CLOCK_THREAD_CPUTIME_ID) - processorStart
        return min(wall, processor)
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
