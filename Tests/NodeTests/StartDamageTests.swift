import Engine
import Inventory
import Journal
import Movements
import Snapshot
import Storage
import Support
import Testing

@testable import Node

/// Bit rot in the files of a data directory, and what a start makes of it.
///
/// No byte of either format is unused: reserved ones are covered by a checksum or must be zero.
struct StartDamageTests {
    /// A small data directory with two snapshots and a log behind them.
    private struct Directory {
        var book: NodeLife
        let first: SnapshotReport
        let second: SnapshotReport
        let hash: UInt64
        /// LSN behind all movements.
        let endLSN: UInt64
        /// LSN at which the last batch with movements begins: a command's, and a sweep's behind it.
        let lastBatchLSN: UInt64

        init(isClosed: Bool) throws {
            var settings = tinySettings()
            settings.batchSizeBytes = 4_096
            settings.segmentSizeBytes = 9_728
            book = NodeLife(seed: 31, settings: settings)
            let node = try book.open()
            book.work(node, commands: 60)
            first = book.takeSnapshot(node)
            book.work(node, commands: 12)
            second = book.takeSnapshot(node)
            var lastBatchLSN: UInt64 = 0
            for _ in 0..<12 {
                let tail = node.ring.tail
                book.work(node, commands: 1)
                if node.ring.tail > tail { lastBatchLSN = tail }
            }
            self.lastBatchLSN = lastBatchLSN
            hash = node.engine.stateHash()
            endLSN = node.ring.tail
            if isClosed { node.close() }
            try #require(first.state == .done && second.state == .done)
        }

        /// A start from a copy of the files in which a byte is changed.
        func start(_ path: String, at offset: Int, mask: UInt8) -> Start {
            let disk = book.disk.copy()
            disk.rot(path, at: offset, mask: mask)
            let notes = Monitor<[String]>([])
            var start = Start()
            do throws(NodeError) {
                let node = try openStepped(disk, book.settings, clock: book.clock) { line in
                    notes.withLock { $0.append(line) }
                }
                start.snapshot = node.recoveredSnapshot
                start.endLSN = node.recovery.endLSN
                start.hash = node.engine.stateHash()
            } catch {
                start.error = error
            }
            start.notes = notes.withLock { $0 }
            return start
        }

        /// Whether a look at the whole log names a damaged place at or before a byte.
        func isFound(_ path: String, at offset: Int, mask: UInt8) throws -> Bool {
            let disk = book.disk.copy()
            disk.rot(path, at: offset, mask: mask)
            let report = try Journal.verify(directory: "data/journal", disk: disk)
            guard let damage = report.damage else { return false }
            return damage.path == path && damage.offset <= UInt64(offset)
        }
    }

    /// What came of a start.
    private struct Start {
        var error: NodeError?
        var snapshot: RecoveredSnapshot?
        var endLSN: UInt64 = 0
        var hash: UInt64 = 0
        var notes: [String] = []
    }

    /// The bytes that are changed: all of them, or one in so many.
    private static func offsets(_ count: Int, oneIn step: Int) -> StrideTo<Int> {
        stride(from: 0, to: count, by: isFullRun ? 1 : step)
    }

    @Test func aChangedByteOfTheNewestSnapshotIsNamedAndTheOneBeforeIsTaken() throws {
        let directory = try Directory(isClosed: true)
        let path = "data/snapshots/\(directory.second.name)"
        for offset in Self.offsets(directory.book.disk.bytes(of: path).count, oneIn: 23) {
            let mask = UInt8(1) << UInt8(offset % 8)
            let start = directory.start(path, at: offset, mask: mask)
            try #require(start.error == nil, "byte \(offset): \(start.error?.description ?? "")")
            #expect(start.snapshot?.lsn == directory.first.endLSN, "byte \(offset)")
            #expect(start.snapshot?.passedOver.count == 1, "byte \(offset)")
            #expect(start.notes.contains { $0.hasPrefix(path) && $0.contains("at byte") })
            #expect(start.hash == directory.hash, "byte \(offset)")
        }
    }

    @Test func aChangedByteOfAClosedLogIsNamed() throws {
        let directory = try Directory(isClosed: true)
        var damaged = 0
        for name in try directory.book.disk.list("data/journal") {
            let path = "data/journal/\(name)"
            for offset in Self.offsets(directory.book.disk.bytes(of: path).count, oneIn: 101) {
                let mask = UInt8(1) << UInt8(offset % 8)
                let start = directory.start(path, at: offset, mask: mask)
                if let error = start.error {
                    damaged += 1
                    #expect(error.code == .damaged, "\(path) \(offset)")
                    #expect(error.path == path && error.description.contains("at byte"))
                    continue
                }
                // Below the snapshot, the closing batch, or where the next run begins.
                #expect(start.hash == directory.hash, "\(path) \(offset)")
                #expect(start.endLSN == directory.endLSN, "\(path) \(offset)")
                if start.notes.isEmpty {
                    #expect(try directory.isFound(path, at: offset, mask: mask), "\(offset)")
                } else {
                    #expect(start.notes.first?.hasPrefix("cut 512 bytes") == true)
                }
            }
        }
        #expect(damaged > 20)
    }

    @Test func aChangedByteOfAnOpenLogIsNamedOrCutsTheLastBatch() throws {
        let directory = try Directory(isClosed: false)
        for name in try directory.book.disk.list("data/journal") {
            let path = "data/journal/\(name)"
            for offset in Self.offsets(directory.book.disk.bytes(of: path).count, oneIn: 101) {
                let mask = UInt8(0x80) >> UInt8(offset % 8)
                let start = directory.start(path, at: offset, mask: mask)
                if let error = start.error {
                    #expect(error.code == .damaged, "\(path) \(offset)")
                    #expect(error.path == path && error.description.contains("at byte"))
                    continue
                }
                #expect(start.endLSN >= directory.lastBatchLSN, "\(path) \(offset)")
                #expect(start.hash == directory.book.hashes[start.endLSN], "\(path) \(offset)")
                if start.notes.isEmpty {
                    #expect(try directory.isFound(path, at: offset, mask: mask), "\(offset)")
                } else {
                    #expect(start.notes.first?.hasPrefix("cut ") == true)
                }
            }
        }
    }

    @Test func aSnapshotThatTheDiskCantReadIsPassedOverToo() throws {
        let directory = try Directory(isClosed: true)
        let book = directory.book
        var passedOver = 0
        for call in 1...60 {
            let disk = book.disk.copy()
            disk.failCall(call, isFinal: false)
            do throws(NodeError) {
                let node = try openStepped(disk, book.settings, clock: book.clock)
                passedOver += node.recoveredSnapshot?.passedOver.count ?? 0
                #expect(node.engine.stateHash() == directory.hash, "call \(call)")
            } catch {
                // Then it wasn't a snapshot.
                #expect(error.code == .storage, "\(error)")
                #expect(!error.path.hasSuffix(".hfs"), "call \(call): \(error)")
            }
        }
        #expect(passedOver > 5)
    }

    @Test func theLogOfASnapshotThatCantBeReadAtPresentStays() throws {
        // Whichever call fails while old files are removed, both snapshots stay of use.
        let settings = tinySettings()
        for call in stride(from: 1, through: 60, by: isFullRun ? 1 : 4) {
            var book = NodeLife(seed: 41, settings: settings)
            let node = try book.open()
            book.work(node, commands: 300)
            let first = book.takeSnapshot(node)
            book.work(node, commands: 300)
            book.disk.failCall(call, isFinal: false)
            _ = book.takeSnapshot(node)
            book.disk.failCall(0, isFinal: false)
            let names = try book.disk.list("data/snapshots").filter { $0.hasSuffix(".hfs") }
            #expect(names.contains(first.name))
            let hash = node.engine.stateHash()
            while node.step() == .worked {}
            if node.journal.isFailed { continue }
            node.close()
            for name in names {
                book.settings.snapshotPath = "data/snapshots/\(name)"
                let disk = book.disk.copy()
                let again = try openStepped(disk, book.settings, clock: book.clock)
                #expect(again.engine.stateHash() == hash, "call \(call), \(name)")
            }
        }
    }

    @Test func aSnapshotThatAStartFoundDamagedServesForNothing() throws {
        let directory = try Directory(isClosed: true)
        var book = directory.book
        let path = "data/snapshots/\(directory.second.name)"
        // In the middle of a section: header, directory and trailer are right.
        book.disk.rot(path, at: 600, mask: 1)
        let node = try book.open()
        #expect(node.recoveredSnapshot?.lsn == directory.first.endLSN)
        let faults = try node.snapshots().get().map(\.fault)
        #expect(faults.first?.contains("section 0") == true)
        #expect(faults.last == "")
        // A backup is one of the snapshot before it, and of the log from there on.
        let plan = try node.startBackup().get()
        #expect(plan.files.first?.name == directory.first.name)
        #expect(node.endBackup(plan.token))
        // It takes nobody's place among those that are kept.
        book.work(node, commands: 60)
        let third = book.takeSnapshot(node)
        let hash = node.engine.stateHash()
        node.close()
        for report in [directory.first, third] {
            book.settings.snapshotPath = "data/snapshots/\(report.name)"
            let again = try openStepped(book.disk.copy(), book.settings, clock: book.clock)
            #expect(again.engine.stateHash() == hash)
        }
    }

    @Test func aStartFromANamedSnapshotMakesTheDirectoryOfTheNextOnes() throws {
        var book = NodeLife(seed: 42)
        let node = try book.open()
        book.work(node, commands: 50)
        let report = book.takeSnapshot(node)
        book.work(node, commands: 50)
        let hash = node.engine.stateHash()
        node.close()
        // The same log without its snapshots, one of which stands elsewhere.
        let disk = SimulatedDisk()
        for path in ["data", "data/journal"] { try disk.makeDirectory(path) }
        for name in try book.disk.list("data/journal") {
            let file = try disk.open("data/journal/\(name)", for: .create)
            let bytes = book.disk.bytes(of: "data/journal/\(name)")
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        }
        let file = try disk.open("kept.hfs", for: .create)
        let bytes = book.disk.bytes(of: "data/snapshots/\(report.name)")
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        book.settings.snapshotPath = "kept.hfs"
        let again = try openStepped(disk, book.settings, clock: book.clock)
        #expect(again.recoveredSnapshot?.lsn == report.endLSN)
        #expect(again.engine.stateHash() == hash)
        #expect(book.takeSnapshot(again).state == .done)
        #expect(try disk.list("data/snapshots").count == 1)
    }
}
