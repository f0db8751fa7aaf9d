import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node

/// Snapshots for which there is no room.
struct SnapshotDiskFullTests {
    @Test func aSnapshotWithoutRoomHarmsNothingAndTheNextOneIsWhole() throws {
        var failures = 0
        // From no room at all to enough for all of it.
        for room in stride(from: 0, through: 12_000, by: isFullRun ? 100 : 1_000) {
            var book = NodeLife(seed: UInt64(room) + 1)
            let node = try book.open()
            book.work(node, commands: 150)
            // The last step may have taken the segment that lay ready.
            _ = node.step()
            let names = try book.disk.list("data/snapshots")
            book.disk.setCapacity(bytes: book.disk.usedBytes + room)
            let report = book.takeSnapshot(node)
            failures += report.state == .failed ? 1 : 0
            if report.state == .failed {
                #expect(report.failure.contains("make room"), "\(report.failure)")
                #expect(try book.disk.list("data/snapshots") == names, "nothing is left behind")
                #expect(report.name.isEmpty)
            }
            // What is going on isn't held up by it: there was a segment ahead.
            #expect(node.acceptsChanges == nil)
            book.work(node, commands: 5)
            #expect(node.journal.durableLSN == node.ring.tail)
            book.disk.setCapacity(bytes: .max)
            let next = book.takeSnapshot(node)
            #expect(next.state == .done, "\(next.failure)")
            let hash = node.engine.stateHash()
            book.disk.crash(seed: UInt64(room))
            let again = try book.open()
            #expect(again.recoveredSnapshot?.lsn == next.endLSN)
            #expect(again.engine.stateHash() == hash)
        }
        #expect(failures > 3, "the disk was never full")
    }

    @Test func anArchiveWithoutRoomKeepsTheSegmentsAndGoesOnLater() throws {
        var book = NodeLife(seed: 5)
        book.settings.snapshotCountMax = 1
        book.settings.archiveDirectory = "archive"
        let notes = Monitor<[String]>([])
        let node = try book.open { line in notes.withLock { $0.append(line) } }
        book.work(node, commands: 400)
        // Enough for the snapshot and part of a copy.
        book.disk.setCapacity(bytes: book.disk.usedBytes + 30_000)
        #expect(book.takeSnapshot(node).state == .done)
        #expect(notes.withLock { $0 }.contains { $0.hasPrefix("old snapshots and segments stay") })
        #expect(try book.disk.list("data/journal").contains("00000000000000000001.log"))
        book.disk.setCapacity(bytes: .max)
        book.work(node, commands: 10)
        #expect(book.takeSnapshot(node).state == .done)
        #expect(try !book.disk.list("data/journal").contains("00000000000000000001.log"))
        #expect(try book.disk.list("archive").first == "00000000000000000001.log")
        let hash = node.engine.stateHash()
        #expect(try engineOfLog(book.settings, disk: book.disk).stateHash() == hash)
        #expect(try book.disk.list("archive").allSatisfy { $0.hasSuffix(".log") })
    }

    @Test(.timeLimit(.minutes(1)))
    func aSnapshotGivesUpWhenTheLogHasNoRoom() throws {
        // Threads of its own: the snapshot waits for a log that waits for the disk.
        let disk = SimulatedDisk()
        var settings = tinySettings()
        settings.checkpointIntervalMilliseconds = 1
        let node = try Node.open(
            settings: settings,
            disk: disk,
            clock: LinuxClock(),
            entropy: SimulatedEntropy(seed: 1),
            note: { _ in },
            onFailure: { _ in }
        )
        let worker = NodeWorker(node)
        var workload = Workload(seed: 3)
        // Room for a snapshot, never for a whole segment; and more than the last segment takes.
        disk.setCapacity(bytes: disk.usedBytes + settings.segmentSizeBytes - 1)
        let stuck = UInt64(settings.segmentSizeBytes)
        while node.acceptsChanges == nil || node.ring.tail - node.journal.durableLSN < stuck {
            _ = worker.run(workload.next(recordSizeBytesMax: settings.batchSizeBytes))
        }
        _ = node.startSnapshot()
        let pause = Monitor(false)
        while !node.snapshotReport.isOver { pause.wait(timeoutMilliseconds: 1) { $0 } }
        #expect(node.snapshotReport.state == .failed)
        #expect(try disk.list("data/snapshots").isEmpty)
        #expect(node.acceptsChanges == .readOnlyDiskFull)
        disk.setCapacity(bytes: .max)
        node.close()
    }
}
