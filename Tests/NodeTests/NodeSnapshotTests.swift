import Engine
import Inventory
import Journal
import Storage
import Support
import Testing

@testable import Node
@testable import Snapshot

/// Snapshots of a node, and starts from them.
struct NodeSnapshotTests {
    /// Carries commands out, and steps after each.
    private func work(
        _ node: Node,
        _ workload: inout Workload,
        _ clock: SimulatedClock,
        commands: Int
    ) {
        let worker = NodeWorker(node)
        var last = workload.nextTimed(recordSizeBytesMax: 16_384)
        for _ in 0..<commands {
            let next = workload.nextTimed(recordSizeBytesMax: 16_384)
            clock.advance(milliseconds: max(0, next.now.milliseconds - last.now.milliseconds))
            _ = worker.run(last.command)
            last = next
            _ = node.step()
        }
    }

    private func takeSnapshot(_ node: Node) -> SnapshotReport {
        let started = node.startSnapshot()
        #expect(started.state == .running)
        _ = node.step()
        let report = node.snapshotReport
        #expect(report.state == .done, "\(report.failure)")
        #expect(report.run == started.run)
        return report
    }

    @Test(arguments: Durability.allCases)
    func aStartBeginsFromTheNewestSnapshot(durability: Durability) throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var settings = smallSettings(durability: durability)
        var workload = Workload(seed: 11)
        var node = try openStepped(disk, settings, clock: clock)
        work(node, &workload, clock, commands: 700)
        let report = takeSnapshot(node)
        #expect(report.skus > 0 && report.cells > 0 && report.remembered > 0)
        #expect(report.endLSN > 0 && report.name.hasSuffix("\(report.endLSN).hfs"))
        work(node, &workload, clock, commands: 300)
        let hash = node.engine.stateHash()
        let records = node.recovery.recordCount
        #expect(records == 0)
        node.close()
        disk.crash(seed: 3)
        settings.engine.stockStripes = 4
        settings.engine.reservationStripes = 64
        node = try openStepped(disk, settings, clock: clock)
        #expect(node.recoveredSnapshot?.lsn == report.endLSN)
        #expect(node.engine.stateHash() == hash)
        #expect(node.engine.check().violations.isEmpty)
        // The next snapshot is of what came back, and goes on from there.
        work(node, &workload, clock, commands: 300)
        let second = takeSnapshot(node)
        #expect(second.endLSN > report.endLSN)
        let then = node.engine.stateHash()
        node.close()
        let again = try openStepped(disk, settings, clock: clock)
        #expect(again.recoveredSnapshot?.lsn == second.endLSN)
        #expect(again.recovery.recordCount == 0)
        #expect(again.engine.stateHash() == then)
    }

    @Test func aDamagedSnapshotIsPassedOverForTheOneBefore() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var workload = Workload(seed: 12)
        let node = try openStepped(disk, clock: clock)
        work(node, &workload, clock, commands: 300)
        let first = takeSnapshot(node)
        work(node, &workload, clock, commands: 300)
        let second = takeSnapshot(node)
        work(node, &workload, clock, commands: 100)
        let hash = node.engine.stateHash()
        node.close()
        disk.rot("data/snapshots/\(second.name)", at: 700, mask: 1)
        let notes = Monitor<[String]>([])
        let again = try openStepped(disk, clock: clock) { line in
            notes.withLock { $0.append(line) }
        }
        #expect(again.recoveredSnapshot?.lsn == first.endLSN)
        #expect(again.recoveredSnapshot?.passedOver.count == 1)
        #expect(notes.withLock { $0.contains { $0.contains(second.name) } })
        #expect(again.engine.stateHash() == hash)
    }

    @Test(arguments: [Int64.max, 1 << 46, -1, .min])
    func aSnapshotOfAnInstantThatCannotBeIsPassedOver(milliseconds: Int64) throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var workload = Workload(seed: 15)
        let node = try openStepped(disk, clock: clock)
        work(node, &workload, clock, commands: 100)
        let path = "data/snapshots/\(takeSnapshot(node).name)"
        let hash = node.engine.stateHash()
        node.close()
        let instant = try set(milliseconds, in: path, on: disk)
        let again = try openStepped(disk, clock: clock)
        #expect(again.recoveredSnapshot == nil)
        #expect(again.engine.stateHash() == hash)
        again.close()
        // It is the instant that was refused.
        _ = try set(instant, in: path, on: disk)
        #expect(try openStepped(disk, clock: clock).recoveredSnapshot != nil)
    }

    /// Has a snapshot's header say another instant, with checksums that fit.
    /// - Returns: The instant that it said.
    private func set(_ instant: Int64, in path: String, on disk: SimulatedDisk) throws -> Int64 {
        let whole = disk.bytes(of: path)
        var bytes = whole
        let trailer = bytes.count - 16
        let former = bytes.withUnsafeMutableBytes { bytes in
            func checksum(_ range: Range<Int>, after checksum: UInt32 = 0) -> UInt32 {
                SnapshotFormat.checksum(
                    of: UnsafeRawBufferPointer(rebasing: bytes[range]),
                    after: checksum
                )
            }
            let former = bytes.load(fromByteOffset: 48, as: Int64.self)
            bytes.storeBytes(of: instant, toByteOffset: 48, as: Int64.self)
            bytes.storeBytes(of: checksum(12..<512), toByteOffset: 8, as: UInt32.self)
            let directory = Int(bytes.load(fromByteOffset: 24, as: UInt64.self))
            let end = checksum(directory..<trailer + 12, after: checksum(0..<512))
            bytes.storeBytes(of: end, toByteOffset: trailer + 12, as: UInt32.self)
            return former
        }
        for (offset, byte) in bytes.enumerated() where byte != whole[offset] {
            disk.rot(path, at: offset, mask: byte ^ whole[offset])
        }
        return former
    }

    @Test func withoutAWholeSnapshotTheLogAloneBringsTheStateBack() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var workload = Workload(seed: 13)
        let node = try openStepped(disk, clock: clock)
        work(node, &workload, clock, commands: 300)
        let snapshot = takeSnapshot(node)
        let hash = node.engine.stateHash()
        node.close()
        disk.rot("data/snapshots/\(snapshot.name)", at: 3, mask: 0xFF)
        let again = try openStepped(disk, clock: clock)
        #expect(again.recoveredSnapshot == nil)
        #expect(again.engine.stateHash() == hash)
    }

    @Test func segmentsGoOneAfterTheOther() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var settings = tinySettings()
        settings.snapshotCountMax = 1
        settings.retirementIntervalMilliseconds = 500
        var workload = Workload(seed: 16)
        let node = try openStepped(disk, settings, clock: clock)
        work(node, &workload, clock, commands: 2_000)
        func first() throws -> Int {
            let names = try disk.list("data/journal").filter { $0.hasSuffix(".log") }.sorted()
            return try #require(names.first.flatMap { Int($0.dropLast(4)) })
        }
        #expect(try first() == 1)
        _ = takeSnapshot(node)
        for number in 2..<6 {
            #expect(try first() == number)
            clock.advance(milliseconds: 499)
            _ = node.step()
            #expect(try first() == number)
            clock.advance(milliseconds: 1)
            _ = node.step()
        }
        // What is left then goes with the first snapshot of the next start.
        node.close()
        settings.retirementIntervalMilliseconds = 0
        let again = try openStepped(disk, settings, clock: clock)
        work(again, &workload, clock, commands: 1)
        _ = takeSnapshot(again)
        let names = try disk.list("data/journal").filter { $0.hasSuffix(".log") }
        #expect(names.count <= 3)
        again.close()
    }

    @Test func whatNoKeptSnapshotNeedsGoes() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var settings = smallSettings()
        settings.snapshotLogBytes = 60_000
        settings.snapshotIntervalMilliseconds = nil
        settings.snapshotCountMax = 2
        var workload = Workload(seed: 14)
        let node = try openStepped(disk, settings, clock: clock)
        work(node, &workload, clock, commands: 8_000)
        let taken = node.checkpointFigures.snapshots
        #expect(taken > 3)
        let hash = node.engine.stateHash()
        node.close()
        #expect(try disk.list("data/snapshots").count == 2)
        let segments = try disk.list("data/journal")
        #expect(segments.first != "00000000000000000001.log")
        let again = try openStepped(disk, settings, clock: clock)
        #expect(again.engine.stateHash() == hash)
        again.close()
        // Without the snapshots nothing can say what the log began from.
        for name in try disk.list("data/snapshots") { try disk.remove("data/snapshots/\(name)") }
        let error = #expect(throws: NodeError.self) {
            _ = try openStepped(disk, settings, clock: clock)
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("log begins at LSN") == true)
    }

    @Test func aCheckLeavesNothingBehind() throws {
        let disk = SimulatedDisk()
        let clock = SimulatedClock()
        var workload = Workload(seed: 15)
        let node = try openStepped(disk, clock: clock)
        work(node, &workload, clock, commands: 500)
        #expect(node.startCheck().image.state == .running)
        _ = node.step()
        let check = node.checkReport
        let result = try #require(check.result, "\(check.image.failure)")
        let tables = node.engine.check()
        #expect(check.image.state == .done)
        #expect(result.violations.isEmpty)
        #expect(result.stateHash == tables.stateHash)
        #expect(result.cells == tables.cells)
        #expect(result.openReservations == tables.openReservations)
        #expect(try disk.list("data/snapshots").isEmpty)
        #expect(node.checkpointFigures.checks == 1)
    }
}
