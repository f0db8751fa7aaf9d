import Engine
import Inventory
import Journal
import Snapshot
import Storage
import Support
import Testing

@testable import Node

/// Power cuts while snapshots are taken, published, and free the log, and while a start goes on
/// from them.
struct SnapshotCrashTests {
    /// What was going on when the power went.
    private enum Phase: CaseIterable { case image, removal, recovery, traffic }

    /// One disk, on which the power goes again and again.
    private struct Life {
        var book: NodeLife
        var crashes: [Phase: Int] = [:]
        var knownStates = 0
        var starts = 0
        /// Calls that the last whole snapshot made, with all that it freed.
        private var snapshotCalls = 60
        private var deadlyCall = Int.max

        init(seed: UInt64) {
            book = NodeLife(seed: seed)
            book.settings.snapshotCountMax = 1 + book.random.below(3)
            book.settings.durability = Durability.allCases[book.random.below(3)]
            if seed % 2 == 0 { book.settings.archiveDirectory = "archive" }
        }

        private var isDead: Bool { book.disk.calls >= deadlyCall }

        private mutating func cutPower(within calls: Int) {
            let count = 1 + book.random.below(max(1, calls))
            deadlyCall = book.disk.calls + count
            book.disk.failCall(count, isFinal: true)
        }

        private mutating func count(_ phase: Phase) {
            crashes[phase, default: 0] += 1
        }

        /// From a start to a power cut, or to the end of some work.
        mutating func run() throws {
            deadlyCall = .max
            let aim = book.random.below(4)
            if aim == 0 { cutPower(within: 60) }
            let node: Node
            do throws(NodeError) {
                node = try book.open()
            } catch {
                try #require(error.code == .storage && isDead, "\(error)")
                return count(.recovery)
            }
            starts += 1
            knownStates += try book.check(node) ? 1 : 0
            if isDead { return count(.recovery) }
            if aim == 0 {
                deadlyCall = .max
                book.disk.failCall(0, isFinal: false)
            }
            if aim == 1 { cutPower(within: 120) }
            try work(node, cutsInSnapshot: aim > 1)
            if !isDead, book.random.chance(1, in: 6) { node.close() }
        }

        private mutating func work(_ node: Node, cutsInSnapshot: Bool) throws {
            let worker = NodeWorker(node)
            let snapshots = 1 + book.random.below(3)
            for number in 1...snapshots {
                for _ in 0..<book.random.below(160) {
                    book.work(worker)
                    if book.random.chance(1, in: 3) { _ = node.step() }
                    // The log may end behind what a dying node swept.
                    book.note(node)
                    if isDead { return count(.traffic) }
                }
                if cutsInSnapshot, number == snapshots { cutPower(within: snapshotCalls) }
                let before = book.disk.calls
                let isDone = book.takeSnapshot(node).state == .done
                book.note(node)
                if isDead { return count(isDone ? .removal : .image) }
                try #require(isDone, "\(node.snapshotReport.failure)")
                snapshotCalls = book.disk.calls - before
            }
        }

        /// The power goes, or the process alone ends.
        mutating func end() {
            if book.random.chance(3, in: 4) {
                book.disk.crash(seed: book.random.next())
            } else {
                book.disk.killProcess()
            }
            // The wall clock may have been set back meanwhile.
            if book.random.chance(1, in: 4) { book.clock.jumpWall(milliseconds: -700_000) }
        }

        /// Every whole snapshot has all of the log that it needs, and all come to one state.
        func checkEverySnapshot() throws {
            let plain = book.disk.copy()
            let node = try openStepped(plain, book.settings, clock: book.clock)
            let hash = node.engine.stateHash()
            let end = node.recovery.endLSN
            let names = try book.disk.copy().list("data/snapshots")
            for name in names where name.hasSuffix(".hfs") {
                var settings = book.settings
                settings.snapshotPath = "data/snapshots/\(name)"
                let other = try openStepped(book.disk.copy(), settings, clock: book.clock)
                #expect(other.recoveredSnapshot?.path == settings.snapshotPath)
                #expect(other.recovery.endLSN == end)
                try #require(other.engine.stateHash() == hash, "\(name)")
            }
            guard book.settings.archiveDirectory != nil else { return }
            try #require(try engineOfLog(book.settings, disk: plain).stateHash() == hash)
        }
    }

    private static var crashesMin: Int { isFullRun ? 1_000 : 36 }
    private static let crashesPerLife = 8

    @Test func noPowerCutAroundASnapshotTakesBackWhatWasShown() throws {
        var crashes: [Phase: Int] = [:]
        var starts = 0
        var knownStates = 0
        var seed: UInt64 = 0
        while crashes.values.reduce(0, +) < Self.crashesMin {
            seed += 1
            var life = Life(seed: seed)
            for _ in 0..<Self.crashesPerLife {
                do {
                    try life.run()
                    life.end()
                    if life.starts > 0 { try life.checkEverySnapshot() }
                } catch {
                    Issue.record("seed \(seed): \(error)")
                    return
                }
            }
            crashes.merge(life.crashes) { $0 + $1 }
            starts += life.starts
            knownStates += life.knownStates
        }
        for phase in Phase.allCases {
            #expect(crashes[phase] ?? 0 >= Self.crashesMin / 30, "\(phase): too few to prove much")
        }
        #expect(knownStates * 4 > starts * 3, "\(knownStates) of \(starts) states were compared")
    }
}
