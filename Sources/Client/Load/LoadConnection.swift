internal import NIOCore

/// The requests and answers of one connection of a load: no task, no promise, no allocation each.
///
/// Each slot runs one life after the other; the next request of a life follows the answer to the
/// one before, also once the load is to stop, so that no life is left half done. Where there is a
/// schedule, a life begins when it is due and a slot is free; else, as soon as a slot is free.
/// A request's correlation id holds its life's number and the slot it stands in; the slot keeps
/// the id and the instant that its latency counts from, so that every answer is checked and timed
/// in a few nanoseconds.
/// Isolation: its channel's event loop, inside one ``LoadHandler``.
struct LoadConnection {
    private struct Slot {
        var correlation = UInt64.max
        var sinceNanoseconds: UInt64 = 0
        var course = 0
        var phase = 0
    }

    private static let slotBits: UInt64 = 16

    private var frames: LoadFrames
    private var slots: [Slot]
    /// The slots without a request; only where there is a schedule.
    private var freeSlots: [Int] = []
    private let livesMax: UInt64
    private let recorder: LoadRecorder
    private var schedule: SendSchedule?
    private var number: UInt64 = 0
    private var outstanding = 0
    private(set) var result = LoadConnectionResult()
    /// The frames of the next write.
    var output: ByteBuffer
    /// Set once no life may begin any more.
    private(set) var isStopping = false
    /// What the server did wrong, where it did.
    private(set) var fault: String?

    /// A connection that hasn't sent anything.
    init(plan: LoadPlan, connection index: Int, recorder: LoadRecorder) throws(WireFault) {
        precondition(plan.outstanding <= LoadPlan.outstandingMax, "more slots than their bits")
        frames = try LoadFrames(plan: plan, connection: index)
        slots = Array(repeating: Slot(), count: plan.outstanding)
        livesMax = UInt64(plan.livesMax(ofConnection: index))
        self.recorder = recorder
        result.counts.livesByCourse = Array(repeating: 0, count: plan.courses.count)
        output = ByteBuffer()
        output.reserveCapacity(plan.outstanding * frames.frameSizeBytes)
    }

    /// Whether all that was sent is answered and nothing more will be.
    var isDone: Bool { outstanding == 0 && (isStopping || number >= livesMax) }

    /// Fills every slot with its first request; with a schedule, as many as are due.
    mutating func begin(now: UInt64, schedule: SendSchedule?) {
        self.schedule = schedule
        if schedule == nil {
            for slot in slots.indices { beginLife(slot, since: now) }
        } else {
            freeSlots = Array(slots.indices.reversed())
            beginDueLives(now: now)
        }
    }

    // MARK: Hot path

    /// Begins the lives that are due, as far as slots are free.
    mutating func beginDueLives(now: UInt64) {
        guard let schedule, !isStopping else { return }
        while number < livesMax, let slot = freeSlots.last {
            let intended = schedule.intendedNanoseconds(ofLife: number)
            guard intended <= now else { return }
            freeSlots.removeLast()
            beginLife(slot, since: intended)
        }
    }

    @inline(__always)
    private mutating func beginLife(_ slot: Int, since instant: UInt64) {
        var course = 0
        while true {
            guard !isStopping, number < livesMax else { return }
            course = frames.course(ofLife: number)
            if frames.wants(course) { break }
            number &+= 1
        }
        slots[slot].course = course
        send(number, phase: 0, slot, since: instant)
        number &+= 1
    }

    @inline(__always)
    private mutating func send(_ life: UInt64, phase: Int, _ slot: Int, since instant: UInt64) {
        let correlation = life << LoadConnection.slotBits | UInt64(truncatingIfNeeded: slot)
        slots[slot].correlation = correlation
        slots[slot].sinceNanoseconds = instant
        slots[slot].phase = phase
        let course = slots[slot].course
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: frames.frameSizeBytes) { room in
            guard let start = room.baseAddress else { return 0 }
            return frames.write(
                number: life,
                course: course,
                phase: phase,
                correlation: correlation,
                to: start
            )
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
        recorder.record(nanoseconds: now &- slots[slot].sinceNanoseconds)
        slots[slot].correlation = .max
        outstanding &-= 1
        result.counts.requests &+= 1
        let course = slots[slot].course
        var phase = slots[slot].phase
        let isRepetition = frames.isRepetition(course, phase)
        let expected = WireLayout.answerFlag | (isRepetition ? WireLayout.repeatedFlag : 0)
        if header.code == 0, header.flags == expected {
            if isRepetition {
                result.counts.repeated &+= 1
            } else {
                result.counts.accepted &+= 1
            }
            phase &+= 1
            if phase < frames.phaseCount(course) {
                let life = header.correlation >> LoadConnection.slotBits
                return send(life, phase: phase, slot, since: now)
            }
            result.counts.livesByCourse[course] &+= 1
            recorder.recordLife()
        } else {
            answeredOtherwise(header, isRepetition: isRepetition)
        }
        if schedule == nil {
            beginLife(slot, since: now)
        } else {
            freeSlots.append(slot)
        }
    }

    @inline(never)
    private mutating func answeredOtherwise(_ header: FrameHeader, isRepetition: Bool) {
        switch (header.code, header.flags) {
        case (0, WireLayout.answerFlag) where isRepetition:
            note("a repeated request was done again")
        case (0, WireLayout.answerFlag | WireLayout.repeatedFlag): result.counts.repeated += 1
        case (1..., WireLayout.answerFlag): result.counts.refusals[header.code, default: 0] += 1
        default: note("answer with code \(header.code) and flags \(header.flags)")
        }
    }

    /// Notes that answers have come.
    mutating func advance(to now: UInt64) { recorder.advance(to: now) }

    // MARK: Off the hot path

    /// Begins the lives that were due before that instant, as far as slots are free, and no more;
    /// the others that were due are counted.
    mutating func stop(at instant: UInt64) {
        guard !isStopping else { return }
        beginDueLives(now: instant - 1)
        isStopping = true
        guard let schedule else { return }
        let due = min(schedule.dueCount(at: instant - 1), livesMax)
        result.notBegun = due > number ? Int(due - number) : 0
    }

    /// What this connection did.
    mutating func finish() -> LoadConnectionResult {
        result.begun = Int(number)
        return result
    }

    /// Notes the first thing that the server did wrong.
    @inline(never)
    mutating func note(_ what: String) { fault = fault ?? what }
}
