/// Measures the answers of all connections on one event loop, second by second, once the warm-up
/// is over.
///
/// Isolation: the event loop of its connections.
final class LoadRecorder {
    private static let intervalNanoseconds: UInt64 = 1_000_000_000

    private var startNanoseconds = UInt64.max
    private var current = LoadInterval()
    private var currentEnd = UInt64.max
    private var isMeasuring = false
    private(set) var finished: [LoadInterval] = []
    /// When the last answer came, in nanoseconds.
    private(set) var lastAnswerNanoseconds: UInt64 = 0

    /// Measures from an instant of the monotonic clock on.
    func begin(startNanoseconds: UInt64) {
        self.startNanoseconds = startNanoseconds
        currentEnd = startNanoseconds + LoadRecorder.intervalNanoseconds
    }

    // MARK: Hot path

    /// Notes that answers have come; what is recorded next came then.
    @inline(__always)
    func advance(to now: UInt64) {
        lastAnswerNanoseconds = now
        isMeasuring = now >= startNanoseconds
        if now >= currentEnd { finishIntervals(before: now) }
    }

    /// Notes how long an answer took.
    @inline(__always)
    func record(nanoseconds: UInt64) {
        if isMeasuring { current.latency.record(nanoseconds: nanoseconds) }
    }

    /// Notes that a life ended well.
    @inline(__always)
    func recordLife() {
        if isMeasuring { current.lives &+= 1 }
    }

    // MARK: Off the hot path

    @inline(never)
    private func finishIntervals(before now: UInt64) {
        while now >= currentEnd {
            finished.append(current)
            current = LoadInterval()
            currentEnd += LoadRecorder.intervalNanoseconds
        }
    }

    /// All intervals, the one that hasn't ended last.
    var intervals: [LoadInterval] {
        current.latency.count > 0 ? finished + [current] : finished
    }
}
