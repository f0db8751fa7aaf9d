import Support
import Testing

@testable import Journal
@testable import Movements

struct LogReadAheadTests {
    private static let recordSizeBytes = 4_096
    /// More than the groups that wait at one time hold.
    private static let recordCount = 1_536

    private func largeLog() throws -> LogHarness {
        let log = try LogHarness(
            emptyDisk(),
            settings: LogHarness.settings(segmentSizeBytes: 2_097_152, batchSizeBytes: 65_536)
        )
        for _ in 0..<LogReadAheadTests.recordCount {
            log.append(size: LogReadAheadTests.recordSizeBytes)
            log.stepUntilIdle()
        }
        log.journal.close()
        return log
    }

    private func recover(
        _ log: LogHarness,
        _ apply: (UnsafeRawBufferPointer, UInt64) throws(RecordError) -> Void
    ) throws(JournalError) -> JournalRecovery {
        try Journal.recover(
            settings: LogHarness.settings(segmentSizeBytes: 2_097_152),
            disk: log.disk,
            note: { _ in },
            apply: apply
        )
    }

    @Test func recordsComeOnceAndInLogOrderHoweverFarTheReaderIsAhead() throws {
        let bytes = LogReadAheadTests.recordCount * LogReadAheadTests.recordSizeBytes
        #expect(
            bytes > JournalLimits.readAheadGroupsMax * JournalLimits.readAheadGroupSizeBytesMin
        )
        let log = try largeLog()
        var lsns: [UInt64] = []
        var differing = 0
        let recovery = try recover(log) { record, lsn in
            lsns.append(lsn)
            if log.appended[lsn] != Array(record) { differing += 1 }
        }
        #expect(lsns == log.appended.keys.sorted())
        #expect(differing == 0)
        #expect(recovery.recordCount == UInt64(LogReadAheadTests.recordCount))
        #expect(recovery.isClean)
    }

    @Test func aRefusedRecordNamesItsOwnBatchThoughLaterOnesWereRead() throws {
        let log = try largeLog()
        var places: [(lsn: UInt64, path: String, offset: UInt64)] = []
        _ = try Journal.readBatches(LogSources(LogHarness.directory), disk: log.disk) { batch in
            places.append((batch.firstLSN, batch.path, batch.offset))
            return true
        }
        let refused = places[places.count / 2]
        var last: UInt64 = 0
        let error = #expect(throws: JournalError.self) {
            try recover(log) { (_, lsn) throws(RecordError) in
                last = lsn
                if lsn == refused.lsn { throw MovementError(lsn: lsn, reason: "refused") }
            }
        }
        #expect(error?.code == .recordRefused)
        #expect(error?.path == refused.path)
        #expect(error?.offset == refused.offset)
        #expect(last == refused.lsn)
    }

    @Test func whatStandsBeforeADamagedPlaceIsAppliedBeforeTheErrorIsThrown() throws {
        let log = try largeLog()
        var places: [(lsn: UInt64, path: String, offset: UInt64)] = []
        _ = try Journal.readBatches(LogSources(LogHarness.directory), disk: log.disk) { batch in
            places.append((batch.firstLSN, batch.path, batch.offset))
            return true
        }
        let damaged = places[places.count / 2]
        log.disk.rot(damaged.path, at: Int(damaged.offset) + 100, mask: 1)
        var lsns: [UInt64] = []
        let error = #expect(throws: JournalError.self) {
            try recover(log) { _, lsn in lsns.append(lsn) }
        }
        #expect(error?.code == .damaged)
        #expect(error?.path == damaged.path)
        #expect(error?.offset == damaged.offset)
        #expect(lsns == log.appended.keys.filter { $0 < damaged.lsn }.sorted())
    }
}
