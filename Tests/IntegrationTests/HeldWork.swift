import Storage

/// Holds a thread that searches or reads after each piece of work until a test lets it go on.
final class HeldWork: Sendable {
    private struct Counts {
        var ended = 0
        var allowed = 0
    }

    private let counts = Monitor(Counts())

    /// Waits as that thread: for the test to let what was made be told.
    func hold() {
        let number = counts.notifying {
            $0.ended += 1
            return $0.ended
        }
        counts.wait(timeoutMilliseconds: 300_000) { $0.allowed >= number }
    }

    /// Waits until so many pieces have ended.
    /// - Returns: Whether they have.
    func waitUntilHeld(_ count: Int) -> Bool {
        counts.wait(timeoutMilliseconds: 300_000) { $0.ended >= count }
        return counts.withLock { $0.ended == count }
    }

    /// Lets so many in all go on.
    func allow(_ count: Int) { counts.notifying { $0.allowed = count } }
}
