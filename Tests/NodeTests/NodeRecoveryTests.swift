import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node

struct NodeRecoveryTests {
    @Test(arguments: Durability.allCases)
    func aReopenedNodeHasTheSameStateHash(durability: Durability) throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var settings = smallSettings(durability: durability)
        var workload = Workload(seed: 5)
        var hash: UInt64?
        for stripes in [16, 64, 1] {
            // The number of stripes is not part of the state.
            settings.engine.stockStripes = stripes
            settings.engine.reservationStripes = stripes
            let node = try openStepped(disk, settings, clock: clock)
            if let hash { #expect(node.engine.stateHash() == hash) }
            let worker = NodeWorker(node)
            var last = workload.nextTimed(recordSizeBytesMax: 16_384)
            for _ in 0..<2_000 {
                let next = workload.nextTimed(recordSizeBytesMax: 16_384)
                clock.advance(
                    milliseconds: max(0, next.now.milliseconds - last.now.milliseconds)
                )
                _ = worker.run(last.command)
                last = next
                _ = node.step()
            }
            #expect(node.engine.check().violations.isEmpty)
            hash = node.engine.stateHash()
            node.close()
            disk.crash(seed: 1)
        }
    }

    @Test func timeGoesOnFromTheLastLoggedInstant() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock(wallMilliseconds: 1_750_000_000_000)
        let node = try openStepped(disk, clock: clock)
        var workload = Workload(seed: 1)
        let worker = NodeWorker(node)
        for _ in 0..<40 { _ = worker.run(workload.next(recordSizeBytesMax: 16_384)) }
        let last = node.engine.lastInstant
        #expect(last.milliseconds == 1_750_000_000_000)
        node.close()
        let early = SimulatedClock(wallMilliseconds: 1_740_000_000_000)
        let notes = Monitor<[String]>([])
        let again = try openStepped(disk, clock: early) { line in
            notes.withLock { $0.append(line) }
        }
        #expect(again.now() == last)
        #expect(notes.withLock { $0.count } == 1)
    }

    @Test func aDamagedLogIsNamedAndTheDirectoryUnlocked() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        let node = try openStepped(disk, clock: clock)
        let worker = NodeWorker(node)
        var workload = Workload(seed: 1)
        for _ in 0..<100 { _ = worker.run(workload.next(recordSizeBytesMax: 16_384)) }
        node.close()
        let path = "data/journal/00000000000000000001.log"
        disk.rot(path, at: 1_100, mask: 0xFF)
        let error = #expect(throws: NodeError.self) { _ = try openStepped(disk, clock: clock) }
        #expect(error?.code == .damaged)
        #expect(error?.path == path)
        #expect(error?.description.contains("at byte 1024") == true)
        disk.rot(path, at: 1_100, mask: 0xFF)
        try openStepped(disk, clock: clock).close()
    }

    /// What the driver of a crash run keeps for itself.
    private struct Life {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var workload: Workload
        var random: SplitMix64
        /// The state hash after the record that ended at an LSN.
        var hashes: [UInt64: UInt64] = [:]
        /// LSN up to which answers were shown.
        var shownLSN: UInt64 = 0
        var crashes = 0

        init(seed: UInt64) {
            workload = Workload(seed: seed)
            random = SplitMix64(seed: seed &* 77)
        }

        mutating func run() throws {
            if random.chance(2, in: 3) {
                disk.failCall(1 + random.below(400), isFinal: true)
                crashes += 1
            }
            let node: Node
            do throws(NodeError) {
                node = try openStepped(disk, clock: clock)
            } catch {
                try #require(error.code == .storage, "\(error)")
                return
            }
            let end = node.recovery.endLSN
            try #require(end >= shownLSN, "an answer that was shown is gone")
            let hash = node.engine.stateHash()
            if let known = hashes[end] { try #require(hash == known) }
            try #require(node.engine.check().violations.isEmpty)
            hashes[node.ring.tail] = hash
            let worker = NodeWorker(node)
            for _ in 0..<random.below(300) {
                let tail = node.ring.tail
                let command = workload.next(recordSizeBytesMax: 16_384)
                clock.advance(milliseconds: Int64(random.below(40)))
                let instant = node.now()
                _ = worker.run(command)
                try #require(node.engine.lastInstant <= instant)
                if node.ring.tail > tail { hashes[node.ring.tail] = node.engine.stateHash() }
                if random.chance(1, in: 3) {
                    _ = node.journal.step()
                    shownLSN = max(shownLSN, node.journal.durableLSN)
                }
            }
            if random.chance(1, in: 6) { node.close() }
            shownLSN = max(shownLSN, node.journal.durableLSN)
        }
    }

    @Test func noCrashTakesBackWhatWasShownOrLeavesHalfAMovement() throws {
        for seed in UInt64(1)...20 {
            var life = Life(seed: seed)
            for _ in 0..<5 {
                try life.run()
                if life.random.chance(3, in: 4) {
                    // A crash of the machine may end the log before the last LSN that was shown
                    // in the run's numbers, never before what was shown itself.
                    life.disk.crash(seed: life.random.next())
                } else {
                    life.disk.killProcess()
                }
            }
        }
    }
}
