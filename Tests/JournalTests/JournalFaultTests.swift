import Glibc
import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

struct JournalFaultTests {
    @Test func aFullDiskRefusesKeepsWhatIsAppliedAndHeals() throws {
        let disk = emptyDisk(capacityBytes: 40_000)
        let log = try LogHarness(disk)
        var appended = 0
        while !log.journal.isDiskFull {
            log.append(size: 1_000)
            appended += 1
            log.stepUntilIdle()
            try #require(appended < 100)
        }
        // Admission has stopped; what was let in before still goes into the ready room.
        for _ in 0..<20 { log.append(size: 400) }
        for _ in 0..<50 { _ = log.journal.step() }
        let durable = log.durableRecords
        #expect(durable.count >= appended)
        #expect(log.reported.isEmpty)
        #expect(log.journal.isDiskFull)
        disk.setCapacity(bytes: .max)
        log.stepUntilIdle()
        #expect(!log.journal.isDiskFull)
        #expect(log.journal.durableLSN == log.ring.tail)
        log.journal.close()
        #expect(try LogHarness(disk).recovered.count == appended + 20)
    }

    @Test func aJournalThatAFullDiskBlocksStillClosesAndLosesNothingDurable() throws {
        let disk = emptyDisk(capacityBytes: 20_000)
        let log = try LogHarness(disk)
        for _ in 0..<100 { log.append(size: 1_000) }
        for _ in 0..<100 { _ = log.journal.step() }
        let durable = log.durableRecords
        #expect(durable.count < 100)
        log.journal.close()
        disk.setCapacity(bytes: .max)
        disk.crash(seed: 1)
        let next = try LogHarness(disk)
        #expect(!next.recovery.isClean)
        #expect(durable.allSatisfy { next.recovered[$0.key] == $0.value })
    }

    @Test func anEmptyFullDiskIsNamedAtTheStart() {
        let error = #expect(throws: JournalError.self) {
            try LogHarness(emptyDisk(capacityBytes: 1_000))
        }
        #expect(error?.storage?.code == .full)
    }

    /// What the first try left behind stands where the second one writes, also where more has come
    /// meanwhile than fits into the rest of the segment.
    @Test(arguments: Array(stride(from: 140, through: 168, by: 4)))
    func aBatchThatFoundTheDiskFullIsTheSameWhenItIsTriedAgain(records: Int) throws {
        let log = try LogHarness(SimulatedDisk())
        for _ in 0..<records { log.append(size: 72) }
        log.stepUntilIdle()
        log.append(size: 72)
        log.disk.failCall(1, isFinal: false, errno: ENOSPC)
        #expect(log.journal.step() == .blocked)
        for _ in 0..<40 { log.append(size: 72) }
        log.stepUntilIdle()
        #expect(log.reported.isEmpty)
        let report = try Journal.verify(directory: LogHarness.directory, disk: log.disk)
        #expect(report.damage == nil)
        log.journal.close()
        #expect(try LogHarness(log.disk).recovered == log.appended)
    }

    @Test func aFailedSyncIsReportedOnceAndNothingIsPublishedAfter() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk)
        log.append()
        log.stepUntilIdle()
        let durable = log.journal.durableLSN
        disk.setSyncFails(true)
        log.append()
        #expect(log.journal.step() == .ended)
        disk.setSyncFails(false)
        let calls = disk.calls
        log.append()
        for _ in 0..<5 { #expect(log.journal.step() == .ended) }
        #expect(disk.calls == calls)
        #expect(log.journal.durableLSN == durable)
        #expect(log.journal.isFailed)
        #expect(log.reported.count == 1)
        #expect(log.reported.first?.operation == .sync)
        #expect(log.reported.first?.errno == EIO)
        #expect(log.reported.first?.path == segmentPath(1))
    }

    @Test func theProcessEndsWithCode74AndNamesFileAndErrorNumber() async {
        let result = await #expect(
            processExitsWith: .exitCode(74),
            observing: [\.standardErrorContent]
        ) {
            Journal.endProcess(StorageError(.sync, errno: 5, path: "journal/1.log"))
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("sync journal/1.log") && text.contains("(errno 5)"))
    }

    @Test(arguments: [false, true])
    func whicheverCallFailsNothingDurableIsLost(isFinal: Bool) throws {
        var failed = 0
        for count in 1...200 {
            let disk = emptyDisk()
            disk.failCall(count, isFinal: isFinal)
            var durable: [UInt64: [UInt8]] = [:]
            var tail: UInt64 = 0
            do throws(JournalError) {
                let log = try LogHarness(disk)
                for _ in 0..<40 {
                    log.append(size: 704)
                    _ = log.journal.step()
                    if !log.reported.isEmpty { break }
                }
                log.journal.close()
                durable = log.durableRecords
                tail = log.ring.tail
                failed += log.reported.count
                #expect(log.reported.count <= 1)
            } catch {
                failed += 1
                #expect(error.storage?.errno == EIO)
            }
            disk.crash(seed: UInt64(count))
            let next = try LogHarness(disk)
            #expect(durable.allSatisfy { next.recovered[$0.key] == $0.value }, "call \(count)")
            #expect(next.recovery.isClean || next.recovery.nextLSN > tail)
        }
        #expect(failed > 100)
    }
}
