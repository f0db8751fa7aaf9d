import NIOCore
import Testing
import Wire

@testable import HoldfastClient

/// What a load takes for an answer to what it sent.
@Suite struct LoadAnswerTests {
    /// A load of one life: a hold, its commit, and that once more.
    private func load() throws -> LoadConnection {
        var plan = LoadPlan(skuCount: 1, end: .count(1), connections: 1, outstanding: 1, seed: 1)
        var course = LoadPlan.Course(changes: [.commit])
        course.repeatsLast = true
        plan.courses = [course]
        var load = try LoadConnection(plan: plan, connection: 0, recorder: LoadRecorder())
        load.begin(now: 0, schedule: nil)
        return load
    }

    /// Answers so many requests in turn, each with these flags.
    private func answer(_ load: inout LoadConnection, _ flags: UInt16...) throws {
        for flag in flags {
            let sent = load.output.readableBytesView.suffix(sizeOfLast(load.output))
            let correlation = sent.dropFirst(8).prefix(8).reversed().reduce(UInt64(0)) {
                $0 << 8 | UInt64($1)
            }
            load.answered(
                FrameHeader(size: 16, code: 0, flags: flag, correlation: correlation),
                now: 1
            )
        }
    }

    private func sizeOfLast(_ output: ByteBuffer) -> Int {
        var offset = 0
        var size = 0
        while offset < output.readableBytes {
            size =
                output.getInteger(at: offset, endianness: .little, as: UInt32.self).map(Int.init)
                ?? 0
            offset += size
        }
        return size
    }

    private let answered = WireLayout.answerFlag
    private let repeated = WireLayout.answerFlag | WireLayout.repeatedFlag

    @Test func aRequestSentOnceMoreIsAnsweredAsRepeated() throws {
        var load = try load()
        try answer(&load, answered, answered, repeated)
        #expect(load.fault == nil)
        #expect(load.isDone)
        #expect(load.result.counts.accepted == 2)
        #expect(load.result.counts.repeated == 1)
        #expect(load.result.counts.lives == 1)
    }

    @Test func aRepeatedRequestThatIsDoneAgainIsAFault() throws {
        var load = try load()
        try answer(&load, answered, answered, answered)
        #expect(load.fault == "a repeated request was done again")
        #expect(load.result.counts.lives == 0)
    }

    @Test func aRequestSentForTheFirstTimeThatIsKnownEndsItsLife() throws {
        var load = try load()
        try answer(&load, answered, repeated)
        #expect(load.result.counts.repeated == 1)
        #expect(load.result.counts.lives == 0)
    }
}
