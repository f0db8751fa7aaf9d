internal import NIOCore

/// Begins the lives of an open-loop load on one event loop when they are due.
///
/// A timer wakes it for the next life that is due, but not before `pauseNanosecondsMin` has passed,
/// so that a high rate doesn't spend the processor on wake-ups; what fell due meanwhile begins
/// together, and its latency counts from when it was due.
/// Isolation: the event loop of its connections.
final class LoadPacer {
    private static let pauseNanosecondsMin: UInt64 = 50_000

    private let eventLoop: any EventLoop
    private let handlers: [LoadHandler]
    private let schedules: [SendSchedule]
    private let stopNanoseconds: UInt64
    /// The next life of the connection at `turn`.
    private var number: UInt64 = 0
    private var turn = 0

    /// A pacer of connections in the order in which they take turns.
    init(
        eventLoop: any EventLoop,
        connections: [(handler: LoadHandler, schedule: SendSchedule)],
        stopNanoseconds: UInt64
    ) {
        precondition(!connections.isEmpty, "somebody takes turns")
        self.eventLoop = eventLoop
        handlers = connections.map(\.handler)
        schedules = connections.map(\.schedule)
        self.stopNanoseconds = stopNanoseconds
    }

    // MARK: Hot path

    /// Begins what is due and waits for what is due next.
    func run() {
        let now = NIODeadline.now().uptimeNanoseconds
        guard now < stopNanoseconds else {
            return handlers.forEach { $0.stop(at: stopNanoseconds) }
        }
        let first = turn
        var due = 0
        while nextNanoseconds <= now {
            due += 1
            advance()
        }
        for offset in 0..<min(due, handlers.count) {
            handlers[(first + offset) % handlers.count].beginDueLives(now: now)
        }
        // A connection ends by itself once its count is reached.
        if handlers.allSatisfy(\.isFinished) { return }
        let wake = min(max(nextNanoseconds, now + LoadPacer.pauseNanosecondsMin), stopNanoseconds)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: .uptimeNanoseconds(wake)) { bound.value.run() }
    }

    private var nextNanoseconds: UInt64 { schedules[turn].intendedNanoseconds(ofLife: number) }

    private func advance() {
        turn += 1
        if turn == handlers.count {
            turn = 0
            number += 1
        }
    }
}
