import Storage

/// Holds the planning thread after each search until a test lets it go on.
final class HeldSearches: Sendable {
    private struct Counts {
        var ended = 0
        var allowed = 0
    }

    private let counts = Monitor(Counts())

    /// Waits as the planning thread: for the test to let the search be told.
    func hold() {
        let number = counts.notifying {
            $0.ended += 1
            return $0.ended
        }
        counts.wait(timeoutMilliseconds: 30_000) { $0.allowed >= number }
    }

    /// Waits until so many searches have ended.
    /// - Returns: Whether they have.
    func waitUntilHeld(_ count: Int) -> Bool {
        counts.wait(timeoutMilliseconds: 30_000) { $0.ended >= count }
        return counts.withLock { $0.ended == count }
    }

    /// Lets so many searches in all go on.
    func allow(_ count: Int) { counts.notifying { $0.allowed = count } }
}
