internal import NIOCore

/// The requests and answers of one connection of a load: no task, no promise, no allocation each.
///
/// Each slot runs one life after the other; the next request of a life follows the answer to the
/// one before, also once the load is to stop, so that no life is left half done.
/// A request's correlation id holds its number and the slot it stands in; the slot keeps the id
/// and when it was sent, so that every answer is checked and timed in a few nanoseconds.
/// Isolation: its channel's event loop, inside one ``LoadHandler``.
struct LoadConnection {
    private struct Slot {
        var correlation: UInt64
        var sentNanoseconds: UInt64
        var phase = 0
    }

    private static let slotBits: UInt64 = 16

    private var frames: LoadFrames
    private var slots: [Slot]
    private let livesMax: UInt64
    private let phaseCount: Int
    private var number: UInt64 = 0
    private var outstanding = 0
    private(set) var result = LoadConnectionResult()
    /// The frames of the next write.
    var output: ByteBuffer
    /// Set once nothing more may be sent.
    var isStopping = false
    /// What the server did wrong, where it did.
    private(set) var fault: String?

    /// A connection that hasn't sent anything.
    init(plan: LoadPlan, connection index: Int) throws(WireFault) {
        precondition(plan.outstanding <= LoadPlan.outstandingMax, "more slots than their bits")
        frames = try LoadFrames(plan: plan, connection: index)
        slots = Array(
            repeating: Slot(correlation: .max, sentNanoseconds: 0),
            count: plan.outstanding
        )
        livesMax = UInt64(plan.livesMax(ofConnection: index))
        phaseCount = plan.work.phaseCount
        output = ByteBuffer()
        output.reserveCapacity(plan.outstanding * frames.frameSizeBytes)
    }

    /// Whether all that was sent is answered and nothing more will be.
    var isDone: Bool { outstanding == 0 && (isStopping || number >= livesMax) }

    // MARK: Hot path

    /// Fills every slot with its first request.
    mutating func begin(now: UInt64) {
        for slot in slots.indices { beginLife(slot, now: now) }
    }

    @inline(__always)
    private mutating func beginLife(_ slot: Int, now: UInt64) {
        guard !isStopping, number < livesMax else { return }
        send(number, phase: 0, slot, now: now)
        number &+= 1
        result.begun &+= 1
    }

    @inline(__always)
    private mutating func send(_ life: UInt64, phase: Int, _ slot: Int, now: UInt64) {
        let correlation = life << LoadConnection.slotBits | UInt64(truncatingIfNeeded: slot)
        slots[slot] = Slot(correlation: correlation, sentNanoseconds: now, phase: phase)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: frames.frameSizeBytes) { room in
            guard let start = room.baseAddress else { return 0 }
            return frames.write(number: life, phase: phase, correlation: correlation, to: start)
        }
        outstanding &+= 1
    }

    /// Checks and times an answer and puts the next request into its slot.
    @inline(__always)
    mutating func answered(_ header: FrameHeader, now: UInt64) {
        let slot = Int(truncatingIfNeeded: header.correlation & 0xFFFF)
        guard slot < slots.count, slots[slot].correlation == header.correlation else {
            note("answer with the unknown correlation id \(header.correlation)")
            return
        }
        result.latency.record(nanoseconds: now &- slots[slot].sentNanoseconds)
        slots[slot].correlation = .max
        outstanding &-= 1
        result.requests &+= 1
        if header.code == 0, header.flags == WireLayout.answerFlag {
            result.accepted &+= 1
            let phase = slots[slot].phase &+ 1
            if phase < phaseCount {
                let life = header.correlation >> LoadConnection.slotBits
                return send(life, phase: phase, slot, now: now)
            }
            result.lives &+= 1
        } else {
            answeredOtherwise(header)
        }
        beginLife(slot, now: now)
    }

    @inline(never)
    private mutating func answeredOtherwise(_ header: FrameHeader) {
        switch (header.code, header.flags) {
        case (0, WireLayout.answerFlag | WireLayout.repeatedFlag): result.repeated += 1
        case (1..., WireLayout.answerFlag): result.refusals[header.code, default: 0] += 1
        default: note("answer with code \(header.code) and flags \(header.flags)")
        }
    }

    // MARK: Off the hot path

    /// Notes when the last answer came.
    mutating func finishRead(now: UInt64) { result.lastAnswerNanoseconds = now }

    /// Notes the first thing that the server did wrong.
    @inline(never)
    mutating func note(_ what: String) { fault = fault ?? what }
}
