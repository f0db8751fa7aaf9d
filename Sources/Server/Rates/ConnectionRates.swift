internal import Inventory
internal import Synchronization
internal import Wire

/// The rates that the frames of one connection are held to.
///
/// A frame is judged once, when it is first decoded, and that verdict stands however often a batch
/// is decoded again before the frame's turn comes: for want of log credit, or while a plan is
/// searched. All buckets are asked before any is taken from: neither does an owner beyond its rate
/// take from what others on the connection may do, nor they from the owner. Only where the same
/// owner's last token goes on another loop at that very instant is its client's token lost.
///
/// Isolation: the connection's event loop.
final class ConnectionRates {
    private let server: ServerRates
    private let credential: RateBucket?
    private let signal: LoopSignal
    private var arrivalNanoseconds: UInt64 = 0
    private var nowNanoseconds: UInt64 = 0
    /// By frame from the front of the input: milliseconds to wait; 0 for one that goes on.
    private var waits = InlineArray<32, UInt32>(repeating: 0)
    private var judgedCount = 0

    /// Rates of a connection of the client `name`.
    init(_ server: ServerRates, name: String, signal: LoopSignal) {
        precondition(waits.count >= ServerLimits.framesPerBatchMax, "a verdict for each frame")
        self.server = server
        self.signal = signal
        credential = server.credential == nil ? nil : server.buckets.bucket(of: name)
    }

    /// Takes the instant at which the next frames are judged, on the monotonic clock.
    func begin(nowNanoseconds: UInt64) { self.nowNanoseconds = nowNanoseconds }

    /// Forgets the verdicts on frames that were carried out.
    func didCarryOut(_ frames: Int) {
        for index in 0..<max(0, judgedCount - frames) { waits[index] = waits[index + frames] }
        judgedCount = max(0, judgedCount - frames)
    }

    /// Judges a frame.
    ///
    /// - Parameters:
    ///   - index: How many frames of the input stand before it.
    ///   - code: The number of its operation.
    ///   - body: Its body.
    /// - Returns: The milliseconds after which it would be let through; 0 to let it through.
    func wait(index: Int, code: UInt16, body: UnsafeRawBufferPointer) -> UInt32 {
        if index < judgedCount { return waits[index] }
        precondition(index == judgedCount, "frames are judged in order")
        let wait = judge(code, body)
        waits[index] = wait
        judgedCount += 1
        return wait
    }

    private func judge(_ code: UInt16, _ body: UnsafeRawBufferPointer) -> UInt32 {
        if code == Operation.hello.rawValue { return 0 }
        let owner = server.owners.flatMap { _ in RequestOwner.find(in: body, code: code) }
        let ticks = server.ticks(nowNanoseconds)
        if let owners = server.owners, let owner {
            let wait = owners.wait(owner, ticks: ticks)
            if wait > 0 { return ownerWait(wait) }
        }
        var arrival = arrivalNanoseconds
        if let rule = server.connection {
            let wait: UInt64
            (arrival, wait) = rule.decide(arrivalNanoseconds, now: nowNanoseconds)
            if wait > 0 {
                signal.connectionRateRefusals.wrappingAdd(1, ordering: .relaxed)
                return ConnectionRates.milliseconds(wait)
            }
        }
        if let rule = server.credential, let credential {
            let wait = credential.take(rule, now: nowNanoseconds)
            if wait > 0 {
                signal.credentialRateRefusals.wrappingAdd(1, ordering: .relaxed)
                return ConnectionRates.milliseconds(wait)
            }
        }
        if let owners = server.owners, let owner {
            // Another loop may have taken the owner's last one meanwhile.
            let wait = owners.take(owner, ticks: ticks)
            if wait > 0 { return ownerWait(wait) }
        }
        arrivalNanoseconds = arrival
        return 0
    }

    private func ownerWait(_ ticks: UInt64) -> UInt32 {
        signal.ownerRateRefusals.wrappingAdd(1, ordering: .relaxed)
        return ConnectionRates.milliseconds(ticks * RateTable.tickNanoseconds)
    }

    /// Whole milliseconds, rounded up: after them the wait is over.
    private static func milliseconds(_ nanoseconds: UInt64) -> UInt32 {
        UInt32(clamping: (nanoseconds + 999_999) / 1_000_000)
    }
}
