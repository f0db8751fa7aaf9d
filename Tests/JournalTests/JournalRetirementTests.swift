import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// Removing and archiving segments, and reading what is left.
struct JournalRetirementTests {
    private static let archive = "data/archive"

    private func settings(archives: Bool) -> JournalSettings {
        LogHarness.settings(
            segmentSizeBytes: 8_192,
            batchSizeBytes: 2_048,
            archive: archives ? JournalRetirementTests.archive : nil
        )
    }

    private func filledLog(_ disk: SimulatedDisk, _ settings: JournalSettings) throws -> LogHarness
    {
        let log = try LogHarness(disk, settings: settings)
        for _ in 0..<60 {
            log.append(size: 904)
            log.stepUntilIdle()
        }
        return log
    }

    private func records(
        _ sources: LogSources,
        _ disk: SimulatedDisk,
        from lsn: UInt64? = nil
    ) throws -> [UInt64: [UInt8]] {
        var records: [UInt64: [UInt8]] = [:]
        _ = try Journal.read(sources, from: lsn, disk: disk) { record, lsn, _ in
            records[lsn] = Array(record)
            return true
        }
        return records
    }

    @Test func whatIsBelowGoesAndTheRestStays() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk, settings(archives: false))
        let lsns = log.appended.keys.sorted()
        let lsn = lsns[30]
        let before = disk.usedBytes
        let retired = try log.journal.retireSegments(below: lsn)
        #expect(retired.count >= 3)
        #expect(disk.usedBytes == before - Int(retired.sizeBytes))
        let left = try records(log.recovery.settings.sources, disk, from: lsn)
        #expect(left == log.appended.filter { $0.key >= lsn })
        #expect(try log.journal.retireSegments(below: lsn).count == 0)
        // Not even the whole log takes the segment that is written to.
        _ = try log.journal.retireSegments(below: log.ring.tail)
        log.append(size: 904)
        log.stepUntilIdle()
        log.journal.close()
        let next = try LogHarness(disk, settings: settings(archives: false), from: log.ring.tail)
        #expect(next.recovery.isClean)
    }

    @Test func archiveAndDirectoryReadAsOneLog() throws {
        let disk = emptyDisk()
        let settings = settings(archives: true)
        let log = try filledLog(disk, settings)
        let middle = log.appended.keys.sorted()[25]
        let retired = try log.journal.retireSegments(below: middle)
        #expect(retired.count >= 3)
        #expect(try disk.list(JournalRetirementTests.archive).count == retired.count)
        #expect(try records(settings.sources, disk) == log.appended)
        #expect(try LogHarness(disk.copy(), settings: settings).recovered == log.appended)
        let report = try Journal.verify(settings.sources, disk: disk)
        #expect(report.damage == nil)
        #expect(report.recordCount == 60)
        // The archive alone is a log that ends early.
        let archive = try records(LogSources(JournalRetirementTests.archive), disk)
        let last = try #require(archive.keys.max())
        #expect(archive == log.appended.filter { $0.key <= last })
    }

    @Test func aSegmentInBothPlacesMustBeTheSame() throws {
        let disk = emptyDisk()
        let settings = settings(archives: true)
        let log = try filledLog(disk, settings)
        let bytes = disk.bytes(of: segmentPath(1))
        _ = try log.journal.retireSegments(below: log.appended.keys.sorted()[25])
        let file = try disk.open(segmentPath(1), for: .create)
        try file.writeAll(bytes, at: 0)
        #expect(try records(settings.sources, disk) == log.appended)
        let archived = JournalRetirementTests.archive + "/" + JournalFormat.segmentName(1)
        disk.rot(archived, at: 700, mask: 4)
        let error = #expect(throws: JournalError.self) { try records(settings.sources, disk) }
        #expect(error?.code == .damaged)
        #expect(error?.reason.contains(archived) == true)
        let refusal = #expect(throws: JournalError.self) {
            try log.journal.retireSegments(below: log.ring.tail)
        }
        #expect(refusal?.code == .damaged)
        #expect(disk.bytes(of: segmentPath(1)) == bytes)
    }

    @Test func aPinKeepsSegmentsUntilItIsReleased() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk, settings(archives: false))
        let lsns = log.appended.keys.sorted()
        let pin = try #require(log.journal.pin(from: lsns[10]))
        #expect(pin.lsn == lsns[10])
        let first = try log.journal.retireSegments(below: log.ring.tail)
        #expect(first.isKeptByPin)
        let sources = log.recovery.settings.sources
        #expect(
            try records(sources, disk, from: lsns[10]) == log.appended.filter { $0.key >= lsns[10] }
        )
        pin.release()
        #expect(try log.journal.retireSegments(below: log.ring.tail).count > 2)
        let late = try #require(log.journal.pin(from: lsns[10]))
        #expect(late.lsn > lsns[10], "what is gone can't be kept")
        let held = (1..<JournalLimits.pinsMax).compactMap { _ in log.journal.pin(from: 8) }
        #expect(held.count == JournalLimits.pinsMax - 1)
        #expect(log.journal.pin(from: 8) == nil)
        late.release()
        #expect(log.journal.pin(from: 8) != nil)
        held.forEach { $0.release() }
    }

    @Test(arguments: [false, true])
    func aCrashAtAnyStepLeavesEverySegmentSomewhereAndItGoesOn(archives: Bool) throws {
        let settings = settings(archives: archives)
        var crashes = 0
        for call in 1... {
            let disk = emptyDisk()
            let log = try filledLog(disk, settings)
            let lsn = log.appended.keys.sorted()[25]
            let kept = log.appended.filter { archives || $0.key >= lsn }
            disk.failCall(call, isFinal: true)
            var isDone = false
            do throws(JournalError) {
                isDone = try log.journal.retireSegments(below: lsn).count > 0
            } catch {
                #expect(error.code == .storage)
                crashes += 1
            }
            disk.crash(seed: UInt64(call) * 7 + (archives ? 1 : 0))
            let again = try LogHarness(disk, settings: settings, from: archives ? nil : lsn)
            for (lsn, bytes) in kept where again.recovered[lsn] != bytes {
                Issue.record("call \(call): LSN \(lsn) is lost")
            }
            _ = try again.journal.retireSegments(below: lsn)
            let read = try records(settings.sources, disk, from: archives ? nil : lsn)
            #expect(read == kept, "call \(call)")
            #expect(try disk.list(LogHarness.directory).first == JournalFormat.segmentName(4))
            if isDone { break }
        }
        #expect(crashes > 20)
    }
}
