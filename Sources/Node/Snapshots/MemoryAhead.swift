internal import Engine
internal import Storage

/// A thread that touches memory ahead of an engine's tables as long as a log is applied.
///
/// The first touch of a page costs more than what is then written to it; with a second core it
/// costs the applying thread nothing. Does nothing where the engine is to have no memory ready.
final class MemoryAhead: Sendable {
    private let isEnding = Monitor<Bool>(false)
    private let thread: SystemThread?

    private static let intervalMilliseconds = 1

    /// Begins to touch.
    init(_ engine: Engine) {
        guard engine.settings.readyMemoryBytes > 0 else {
            thread = nil
            return
        }
        thread = SystemThread(name: "holdfast-ahead") { [isEnding] in
            while !isEnding.withLock({ $0 }) {
                engine.keepMemoryReady()
                isEnding.wait(timeoutMilliseconds: MemoryAhead.intervalMilliseconds) { $0 }
            }
        }
    }

    /// Ends the thread.
    func end() {
        isEnding.notifying { $0 = true }
        thread?.join()
    }
}
