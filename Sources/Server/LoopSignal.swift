internal import NIOCore
internal import Synchronization

/// What other threads may touch of one event loop: when to wake it, and its counters.
final class LoopSignal: Sendable {
    let eventLoop: any EventLoop

    /// The lowest LSN that the loop waits for; `.max` for none, 0 for any publish at all.
    private let waitingFor = Atomic<UInt64>(.max)

    /// Bytes that were read.
    let bytesRead = Atomic<Int>(0)
    /// Frames that were carried out.
    let frames = Atomic<Int>(0)
    /// Turns that carried out at least one frame.
    let turns = Atomic<Int>(0)
    /// Turns whose answers waited for the log.
    let gatedTurns = Atomic<Int>(0)
    /// Times that a connection waited for log credit.
    let creditWaits = Atomic<Int>(0)
    /// Searches that were handed to the planning thread.
    let longSearches = Atomic<Int>(0)
    /// Searches that weren't, since too many waited for it.
    let longSearchesRefused = Atomic<Int>(0)
    /// Frames and connections that broke the protocol.
    let protocolErrors = Atomic<Int>(0)
    /// Hellos whose name wasn't proved.
    let authenticationFailures = Atomic<Int>(0)
    /// Requests refused because their owner sends too many.
    let ownerRateRefusals = Atomic<Int>(0)
    /// Requests refused because their connection carries too many.
    let connectionRateRefusals = Atomic<Int>(0)
    /// Requests refused because their client sends too many.
    let credentialRateRefusals = Atomic<Int>(0)
    /// Connections closed because they sent nothing.
    let idleClosed = Atomic<Int>(0)
    /// Connections closed because they didn't read their answers.
    let slowReadersClosed = Atomic<Int>(0)

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Notes that the loop waits for `lsn`; the caller looks at the durable LSN again afterwards.
    func wait(for lsn: UInt64) {
        waitingFor.store(lsn, ordering: .relaxed)
        // Pairs with the fence in `isDue`: either the log thread sees what the loop waits for, or
        // the loop's next look sees what the log thread published.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// Whether the loop waits for something that is durable now; says so once.
    func isDue(durableLSN: UInt64) -> Bool {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        let lsn = waitingFor.load(ordering: .relaxed)
        guard lsn != .max, lsn <= durableLSN else { return false }
        return waitingFor.compareExchange(expected: lsn, desired: .max, ordering: .relaxed)
            .exchanged
    }

}
