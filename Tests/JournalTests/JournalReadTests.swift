import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// Reading a log, or one segment of it, without changing anything.
struct JournalReadTests {
    private func read(
        _ path: String,
        _ disk: SimulatedDisk,
        limit: Int = .max
    ) throws -> [UInt64: [UInt8]] {
        var records: [UInt64: [UInt8]] = [:]
        let tail = try Journal.read(path, disk: disk) { record, lsn, _ in
            records[lsn] = Array(record)
            return records.count < limit
        }
        #expect(tail == nil)
        return records
    }

    /// A log over several segments.
    private func filledLog(_ disk: SimulatedDisk) throws -> LogHarness {
        let log = try LogHarness(disk)
        for _ in 0..<60 {
            log.append(size: 1_400)
            log.stepUntilIdle()
        }
        log.journal.close()
        return log
    }

    @Test func everyRecordIsReadAndNothingChanged() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk)
        #expect(try read(LogHarness.directory, disk) == log.appended)
        #expect(try read(LogHarness.directory, disk, limit: 3).count == 3)
        #expect(try LogHarness(disk).recovered == log.appended)
    }

    @Test func segmentsAreReadAloneFromTheirOwnFirstBatch() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk)
        var records: [UInt64: [UInt8]] = [:]
        let names = try disk.list(LogHarness.directory).filter { $0.hasSuffix(".log") }
        #expect(names.count >= 7)
        for name in names {
            records.merge(try read(LogHarness.directory + "/" + name, disk)) { $1 }
        }
        #expect(records == log.appended)
    }

    @Test func aReaderThatRefusesARecordIsToldWhereItStands() throws {
        let disk = emptyDisk()
        _ = try filledLog(disk)
        do throws(JournalError) {
            _ = try Journal.read(segmentPath(2), disk: disk) {
                (_, lsn, _) throws(MovementError) -> Bool in
                throw MovementError(lsn: lsn, reason: "refused")
            }
            Issue.record("nothing was thrown")
        } catch {
            #expect(error.code == .recordRefused)
            #expect(error.path == segmentPath(2))
            #expect(error.offset == 512)
        }
    }
}
