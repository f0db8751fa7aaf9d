import Engine
import Inventory
import Movements
import Support
import Testing

@testable import Node

/// How long reservations that are over are remembered, through restarts with another retention.
@Suite struct RetentionTests {
    private static let long: Int64 = 60_000
    private static let short: Int64 = 1_000
    private static let gap: Int64 = 300

    /// A hold of nothing: there is no such SKU, and what there is of it is enough.
    private static func hold(_ low: UInt64) -> ReserveCommand {
        var command = ReserveCommand(
            id: RequestID(high: 7, low: low),
            lines: [ReserveLine(sku: Array("ghost".utf8), quantity: 1)]
        )
        command.mode = .bestEffort
        return command
    }

    /// Whether the answer to a hold is still known; one that isn't is made anew and given back.
    private static func isKnown(_ hold: ReserveCommand, _ node: Node) -> Bool {
        guard case .reservation(let reply) = NodeWorker(node).run(.reserve(hold)) else {
            return false
        }
        #expect(reply.outcome == .accepted)
        return reply.isRepeated
    }

    private static func holdAndRelease(_ hold: ReserveCommand, _ node: Node) {
        let worker = NodeWorker(node)
        #expect(worker.run(.reserve(hold)).outcome == .accepted)
        let request = RequestID(high: 8, low: hold.id.low)
        #expect(worker.run(.release(hold.id, requestID: request)).outcome == .accepted)
        _ = node.step()
    }

    /// A hold that is over in a snapshot, and one that is over in the log behind it.
    private static func holdAndReleaseAroundASnapshot(
        _ node: Node,
        _ clock: SimulatedClock
    ) -> (inSnapshot: ReserveCommand, inLog: ReserveCommand) {
        let holds = (inSnapshot: hold(1), inLog: hold(2))
        holdAndRelease(holds.inSnapshot, node)
        _ = node.startSnapshot()
        _ = node.step()
        clock.advance(milliseconds: gap)
        holdAndRelease(holds.inLog, node)
        return holds
    }

    /// Nothing is remembered for longer than what was made of it, and all is one state as long as
    /// nothing is forgotten.
    ///
    /// What the log tells of is forgotten by the retention of whoever reads it; what a snapshot
    /// tells of when it was to be, but no later than by that retention behind the snapshot.
    @Test(arguments: [(long, short), (short, long)])
    func anotherRetentionComesToTheSameState(before: Int64, after: Int64) throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var settings = tinySettings()
        settings.engine.closedRetentionMilliseconds = before
        let first = try openStepped(disk, settings, clock: clock)
        let (inSnapshot, inLog) = RetentionTests.holdAndReleaseAroundASnapshot(first, clock)
        let hash = first.engine.stateHash()
        first.close()

        settings.engine.closedRetentionMilliseconds = after
        let second = try openStepped(disk, settings, clock: clock)
        #expect(second.recoveredSnapshot != nil)
        #expect(second.engine.stateHash() == hash)
        clock.advance(milliseconds: RetentionTests.short - RetentionTests.gap - 1)
        _ = second.step()
        #expect(RetentionTests.isKnown(inSnapshot, second))
        #expect(RetentionTests.isKnown(inLog, second))
        clock.advance(milliseconds: 1)
        _ = second.step()
        #expect(RetentionTests.isKnown(inLog, second))
        #expect(!RetentionTests.isKnown(inSnapshot, second))
        clock.advance(milliseconds: after + RetentionTests.gap - RetentionTests.short - 1)
        _ = second.step()
        #expect(RetentionTests.isKnown(inLog, second))
        clock.advance(milliseconds: 1)
        _ = second.step()
        #expect(!RetentionTests.isKnown(inLog, second))
        let last = second.engine.stateHash()
        second.close()

        let third = try openStepped(disk, settings, clock: clock)
        #expect(third.engine.stateHash() == last)
        #expect(third.engine.check().violations == [])
        third.close()
    }

    /// It is no shorter than that of the server that goes on with it, behind a snapshot or not.
    @Test func aDirectoryOfThePastRemembersForAsLongAsItsServerIsTold() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        let retention = EngineSettings.closedRetentionMillisecondsMax
        var settings = tinySettings()
        settings.engine.closedRetentionMilliseconds = retention
        let node = try openStepped(disk, settings, clock: clock)
        let (inSnapshot, inLog) = RetentionTests.holdAndReleaseAroundASnapshot(node, clock)
        let end = node.ring.tail
        node.close()

        let state = try PastState.load(
            PastSources(settings.dataDirectory, disk: disk),
            before: .lsn(end)
        )
        #expect(state.base != .beginning)
        try state.advance(to: .lsn(end))
        _ = try state.makeDataDirectory(
            "into",
            clock: clock,
            entropy: SimulatedEntropy(seed: 5)
        )
        settings.dataDirectory = "into"
        let other = try openStepped(disk, settings, clock: clock)
        clock.advance(milliseconds: retention - RetentionTests.gap - 1)
        _ = other.step()
        #expect(RetentionTests.isKnown(inSnapshot, other))
        clock.advance(milliseconds: RetentionTests.gap)
        _ = other.step()
        #expect(!RetentionTests.isKnown(inSnapshot, other))
        #expect(RetentionTests.isKnown(inLog, other))
        clock.advance(milliseconds: 1)
        _ = other.step()
        #expect(!RetentionTests.isKnown(inLog, other))
        other.close()
    }
}
