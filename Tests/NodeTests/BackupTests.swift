import Engine
import Inventory
import Journal
import Snapshot
import Storage
import Support
import Testing

@testable import Node

/// Copies of a node's files, made while it works.
struct BackupTests {
    /// A backup that is copied piece by piece to another disk.
    private struct Copy {
        let plan: BackupPlan
        let disk = SimulatedDisk()
        private var file = 0
        private var offset: UInt64 = 0
        private var bytes: [UInt8] = []

        init(_ plan: BackupPlan) throws {
            self.plan = plan
            for path in ["data", "data/snapshots", "data/journal"] { try disk.makeDirectory(path) }
        }

        var isWhole: Bool { file == plan.files.count }

        /// Copies at most so many bytes.
        mutating func step(_ node: Node, sizeBytes: Int) throws {
            let part = plan.files[file]
            let read = node.readBackup(plan.token, file: file, offset: offset, sizeBytes: sizeBytes)
            let got = try read.get()
            try #require(!got.isEmpty || offset == part.sizeBytes)
            bytes += got
            offset += UInt64(got.count)
            guard offset == part.sizeBytes else { return }
            let path = "data/\(part.folder.name)/\(part.name)"
            let target = try disk.open(path, for: .create)
            try bytes.withUnsafeBytes { try target.write($0, at: 0) }
            bytes = []
            offset = 0
            file += 1
        }
    }

    private func plan(_ node: Node) throws -> BackupPlan { try node.startBackup().get() }

    @Test(arguments: UInt64(1)...6)
    func aCopyMadeWhileTheLogIsWrittenOpensWhole(seed: UInt64) throws {
        var book = NodeLife(seed: seed)
        book.settings.durability = Durability.allCases[Int(seed) % 3]
        let node = try book.open()
        book.work(node, commands: 250)
        if seed != 6 { #expect(book.takeSnapshot(node).state == .done) }
        book.work(node, commands: Int(seed) * 10)
        let began = book.shownLSN
        var copy = try Copy(try plan(node))
        #expect(copy.plan.durableLSN >= began)
        while !copy.isWhole {
            // The pieces end in the middle of batches, and the log grows between any two of them.
            try copy.step(node, sizeBytes: 1_200 + book.random.below(2_000))
            book.work(node, commands: book.random.below(5))
        }
        #expect(node.endBackup(copy.plan.token))
        let notes = Monitor<[String]>([])
        let opened = try openStepped(copy.disk, book.settings, clock: book.clock) { line in
            notes.withLock { $0.append(line) }
        }
        let end = opened.recovery.endLSN
        #expect(end >= copy.plan.durableLSN)
        #expect(opened.recoveredSnapshot == nil ? seed == 6 : seed != 6)
        #expect(opened.engine.stateHash() == book.hashes[end])
        #expect(opened.engine.check().violations.isEmpty)
        #expect(notes.withLock { $0 }.allSatisfy { !$0.contains("cut") })
    }

    @Test func aCopyKeepsWhatItNeedsThoughSnapshotsComeAndGo() throws {
        var book = NodeLife(seed: 21)
        book.settings.snapshotCountMax = 1
        let node = try book.open()
        book.work(node, commands: 250)
        let first = book.takeSnapshot(node)
        #expect(first.state == .done)
        var copy = try Copy(try plan(node))
        try copy.step(node, sizeBytes: 700)
        // Of the same state once more: another file under the same name.
        book.clock.advance(milliseconds: 5)
        let again = book.takeSnapshot(node)
        #expect(again.state == .done)
        #expect(again.name == first.name)
        try copy.step(node, sizeBytes: 700)
        for _ in 0..<3 {
            book.work(node, commands: 250)
            #expect(book.takeSnapshot(node).state == .done)
            try copy.step(node, sizeBytes: 700)
        }
        let names = try book.disk.list("data/snapshots")
        #expect(names.contains(first.name), "a copy still reads it")
        while !copy.isWhole { try copy.step(node, sizeBytes: 5_000) }
        let opened = try openStepped(copy.disk, book.settings, clock: book.clock)
        #expect(opened.recoveredSnapshot?.lsn == first.endLSN)
        #expect(opened.engine.stateHash() == book.hashes[opened.recovery.endLSN])
        // Once it has ended, what it kept goes with the next snapshot.
        let segments = try book.disk.list("data/journal")
        #expect(node.endBackup(copy.plan.token))
        #expect(!node.endBackup(copy.plan.token))
        book.work(node, commands: 10)
        #expect(book.takeSnapshot(node).state == .done)
        #expect(try !book.disk.list("data/snapshots").contains(first.name))
        #expect(try book.disk.list("data/journal").first != segments.first)
    }

    @Test func aLeaseRunsOutWithoutReadsAndLetsItsFilesGo() throws {
        var book = NodeLife(seed: 22)
        book.settings.snapshotCountMax = 1
        let node = try book.open()
        book.work(node, commands: 250)
        let first = book.takeSnapshot(node)
        let plan = try plan(node)
        let lease = Int64(plan.leaseMilliseconds)
        func read() -> Outcome? {
            let result = node.readBackup(plan.token, file: 0, offset: 0, sizeBytes: 8)
            guard case .failure(let refusal) = result else { return nil }
            return refusal.outcome
        }
        for _ in 0..<3 {
            book.clock.advance(milliseconds: lease - 1)
            #expect(read() == nil)
        }
        let other = node.readBackup(plan.token, file: plan.files.count, offset: 0, sizeBytes: 8)
        #expect(other.failure?.outcome == .unknownBackup)
        book.clock.advance(milliseconds: lease)
        #expect(read() == .unknownBackup)
        #expect(!node.endBackup(plan.token))
        book.work(node, commands: 400)
        #expect(book.takeSnapshot(node).state == .done)
        #expect(try !book.disk.list("data/snapshots").contains(first.name))
    }

    @Test func onlySoManyBackupsAreMadeAtTheSameTime() throws {
        var book = NodeLife(seed: 23)
        let node = try book.open()
        book.work(node, commands: 50)
        var tokens: [UInt64] = []
        for _ in 0..<BackupLeases.leasesMax { tokens.append(try plan(node).token) }
        #expect(Set(tokens).count == tokens.count)
        #expect(node.startBackup().failure?.outcome == .tooManyBackups)
        #expect(node.endBackup(tokens[1]))
        #expect(try plan(node).files.allSatisfy { $0.folder == .journal })
        #expect(node.startBackup().failure?.outcome == .tooManyBackups)
    }

    @Test func aFileThatCantBeReadIsNamed() throws {
        var book = NodeLife(seed: 24)
        let node = try book.open()
        book.work(node, commands: 50)
        let plan = try plan(node)
        book.disk.failCall(1, isFinal: false)
        let failure = node.readBackup(plan.token, file: 0, offset: 0, sizeBytes: 8).failure
        #expect(failure?.outcome == .fileUnreadable)
        #expect(failure?.detail.contains("data/journal/00000000000000000001.log") == true)
        #expect(node.readBackup(plan.token, file: 0, offset: 0, sizeBytes: 8).failure == nil)
    }
}

extension Result {
    /// Why it failed; nil where it didn't.
    fileprivate var failure: Failure? {
        guard case .failure(let failure) = self else { return nil }
        return failure
    }
}
