internal import NIOCore

/// A flood under way: says which connection sends how much, and adds up what comes back.
///
/// A timer looks twice a millisecond how many holds are due and deals them to the connections in
/// turn; what finds no room is due later.
/// Isolation: its event loop.
final class Flood {
    private let eventLoop: any EventLoop
    private let ended: EventLoopPromise<FloodResult>
    private let perSecond: UInt64
    private var connections: [FloodConnection] = []
    private var startNanoseconds: UInt64 = 0
    private var measurementNanoseconds: UInt64 = 0
    private var stopNanoseconds: UInt64 = 0
    private var turn = 0
    private var result = FloodResult()
    private var refusals = [Int](repeating: 0, count: Flood.codeMax + 1)
    private var isOver = false

    private static let pauseNanoseconds: UInt64 = 500_000
    /// How much one connection sends at once.
    private static let batchMax = 1_024
    private static let codeMax = 1_023
    private static let patienceNanoseconds: UInt64 = 60_000_000_000

    /// A flood that hasn't begun; `ended` is told what came of it.
    init(_ plan: FloodPlan, eventLoop: any EventLoop, ended: EventLoopPromise<FloodResult>) {
        precondition(plan.perSecond > 0, "a rate is above zero")
        self.eventLoop = eventLoop
        self.ended = ended
        perSecond = UInt64(plan.perSecond)
    }

    /// Begins to send on connections that have greeted.
    func begin(_ connections: [FloodConnection], _ plan: FloodPlan) {
        self.connections = connections
        startNanoseconds = NIODeadline.now().uptimeNanoseconds
        measurementNanoseconds = startNanoseconds + UInt64(plan.warmUpSeconds * 1e9)
        stopNanoseconds = measurementNanoseconds + UInt64(plan.seconds * 1e9)
        result.seconds = plan.seconds
        run()
    }

    // MARK: Hot path

    private func run() {
        guard !isOver else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        if now < stopNanoseconds { sendDue(now) } else { finishIfDone(now) }
        guard !isOver else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(deadline: .uptimeNanoseconds(now + Flood.pauseNanoseconds)) {
            bound.value.run()
        }
    }

    private func sendDue(_ now: UInt64) {
        let product = (now - startNanoseconds).multipliedFullWidth(by: perSecond)
        guard product.high < 1_000_000_000 else { return fail("the flood lasts too long") }
        let due = Int(clamping: UInt64(1_000_000_000).dividingFullWidth(product).quotient)
        for _ in connections.indices where result.sent < due {
            let connection = connections[turn]
            turn = turn + 1 == connections.count ? 0 : turn + 1
            let count = min(due - result.sent, connection.room, Flood.batchMax)
            guard count > 0 else { continue }
            connection.send(count)
            result.sent += count
        }
    }

    /// Counts an answer.
    @inline(__always)
    func count(_ header: FrameHeader) { refusals[min(Int(header.code), Flood.codeMax)] &+= 1 }

    /// Notes that so many answers came.
    func answered(_ count: Int, now: UInt64) {
        guard now >= measurementNanoseconds, now < stopNanoseconds else { return }
        result.answersMeasured += count
    }

    // MARK: Off the hot path

    private func finishIfDone(_ now: UInt64) {
        guard connections.allSatisfy({ $0.outstanding == 0 }) else {
            if now > stopNanoseconds + Flood.patienceNanoseconds { fail("answers never came") }
            return
        }
        isOver = true
        result.accepted = refusals[0]
        for (code, count) in refusals.enumerated().dropFirst() where count > 0 {
            result.refusals[UInt16(code)] = count
        }
        ended.succeed(result)
        close()
    }

    /// Ends the flood because of what went wrong.
    func fail(_ what: String) {
        guard !isOver else { return }
        isOver = true
        ended.fail(LoadFailure(what: what))
        close()
    }

    private func close() {
        for connection in connections { connection.close() }
        connections = []
    }
}
