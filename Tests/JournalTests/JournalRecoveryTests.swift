import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

struct JournalRecoveryTests {
    @Test func aFreshLogBeginsBehindLSNZeroAndHasNoRecords() throws {
        let log = try LogHarness(emptyDisk())
        #expect(log.recovery.nextLSN == JournalFormat.firstLSN)
        #expect(log.recovery.isClean)
        #expect(log.recovered.isEmpty)
        #expect(log.journal.durableLSN == JournalFormat.firstLSN)
    }

    @Test(arguments: Durability.allCases)
    func aClosedLogGivesBackEveryRecordAndNumbersOn(durability: Durability) throws {
        let disk = emptyDisk()
        let settings = LogHarness.settings(durability: durability)
        var log = try LogHarness(disk, settings: settings)
        for run in 1...4 {
            var random = SplitMix64(seed: UInt64(run))
            for _ in 0..<200 {
                log.append(size: 8 + 8 * random.below(200))
                if random.chance(1, in: 3) { _ = log.journal.step() }
            }
            log.journal.close()
            let expected = log.recovered.merging(log.appended) { _, new in new }
            let tail = log.ring.tail
            disk.crash(seed: UInt64(run))
            log = try LogHarness(disk, settings: settings)
            #expect(log.recovered == expected)
            #expect(log.recovery.isClean)
            #expect(log.recovery.nextLSN == tail)
            #expect(log.notes.isEmpty)
        }
        #expect(try disk.list(LogHarness.directory).count > 10)
    }

    @Test func batchesNeverSpanSegmentsAndLeftSpaceStaysZero() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk)
        for _ in 0..<60 {
            log.append(size: 1_400)
            log.stepUntilIdle()
        }
        let report = try Journal.verify(directory: LogHarness.directory, disk: disk)
        #expect(report.damage == nil)
        #expect(report.tornTail == nil)
        #expect(report.recordCount == 60)
        #expect(report.batchCount == 61)
        #expect(report.segmentCount >= 7)
        #expect(report.firstLSN == JournalFormat.firstLSN)
        #expect(report.endLSN == log.ring.tail)
        #expect(!report.isClosed)
        log.journal.close()
        #expect(try Journal.verify(directory: LogHarness.directory, disk: disk).isClosed)
    }

    @Test func anUncleanStopSkipsNumbersThatMayHaveBeenHandedOut() throws {
        let disk = emptyDisk()
        let settings = LogHarness.settings(durability: .none)
        let log = try LogHarness(disk, settings: settings)
        for _ in 0..<100 { log.append(size: 400) }
        log.stepUntilIdle()
        let handedOut = log.ring.tail
        disk.crash(seed: 3)
        let next = try LogHarness(disk, settings: settings)
        #expect(!next.recovery.isClean)
        #expect(next.recovery.nextLSN > handedOut)
        let lsn = next.append()
        next.stepUntilIdle()
        #expect(lsn == next.recovery.nextLSN)
        next.journal.close()
        let last = try LogHarness(disk, settings: settings)
        #expect(last.recovered[lsn] == next.appended[lsn])
        #expect(last.recovery.isClean)
    }

    @Test func aLogKilledBetweenWriteAndSyncKeepsWhatTheSystemHolds() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk, settings: LogHarness.settings(durability: .none))
        for _ in 0..<50 { log.append(size: 800) }
        log.stepUntilIdle()
        disk.killProcess()
        let next = try LogHarness(disk)
        #expect(next.recovered == log.appended)
        // What recovery read it made durable: a crash now takes nothing.
        disk.crash(seed: 11)
        let last = try LogHarness(disk)
        #expect(last.recovered == log.appended)
    }

    @Test func aRecordThatTheEngineRefusesStopsRecoveryByName() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk)
        let lsn = log.append()
        log.stepUntilIdle()
        let error = #expect(throws: JournalError.self) {
            try Journal.recover(
                settings: LogHarness.settings(),
                disk: disk,
                note: { _ in },
                apply: { _, lsn throws(MovementError) in
                    throw MovementError(lsn: lsn, reason: "no such thing")
                }
            )
        }
        #expect(error?.code == .recordRefused)
        #expect(error?.description.contains("no such thing") == true)
        #expect(error?.path == segmentPath(1))
        #expect(lsn == JournalFormat.firstLSN)
    }

    @Test func aMissingSegmentIsDamage() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk)
        for _ in 0..<100 { log.append(size: 1_000) }
        log.journal.close()
        try disk.remove(segmentPath(2))
        let report = try Journal.verify(directory: LogHarness.directory, disk: disk)
        #expect(report.damage?.path == segmentPath(2))
    }

    @Test func intervalSyncsWhenTheTimeHasComeAndNotBefore() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk, settings: LogHarness.settings(durability: .interval))
        log.append()
        log.stepUntilIdle()
        let first = log.journal.durableLSN
        log.append()
        log.stepUntilIdle()
        #expect(log.journal.durableLSN == first)
        log.clock.advance(milliseconds: 20)
        log.stepUntilIdle()
        #expect(log.journal.durableLSN == log.ring.tail)
    }
}
