import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// Recovery from an LSN: what it hands out, what it needs, and what it doesn't look at.
struct JournalFromTests {
    private let settings = LogHarness.settings(segmentSizeBytes: 8_192, batchSizeBytes: 2_048)

    /// A log of several runs, some ended by a crash, over many segments.
    private func oldLog(seed: UInt64, closes: Bool) throws -> SimulatedDisk {
        var random = SplitMix64(seed: seed)
        let disk = emptyDisk()
        for run in 0..<4 {
            let log = try LogHarness(disk, settings: settings)
            for _ in 0..<40 {
                for _ in 0..<1 + random.below(3) { log.append(size: 8 * (1 + random.below(100))) }
                log.stepUntilIdle()
            }
            if closes || random.chance(1, in: 2) { log.journal.close() }
            if run < 3 || !closes { disk.crash(seed: random.next()) }
        }
        return disk
    }

    @Test func recoveryFromAnLSNEqualsRecoveryFromTheStartRestrictedToIt() throws {
        for seed in UInt64(1)...12 {
            let disk = try oldLog(seed: seed, closes: seed % 2 == 0)
            let whole = try LogHarness(disk.copy(), settings: settings)
            let lsns = whole.recovered.keys.sorted()
            var random = SplitMix64(seed: seed)
            for _ in 0..<20 {
                let lsn = lsns[random.below(lsns.count)] + (random.chance(1, in: 3) ? 8 : 0)
                let part = try LogHarness(disk.copy(), settings: settings, from: lsn)
                #expect(part.recovered == whole.recovered.filter { $0.key >= lsn })
                #expect(part.recovery.nextLSN == whole.recovery.nextLSN)
                #expect(part.recovery.endLSN == whole.recovery.endLSN)
                #expect(part.recovery.recordCount == UInt64(part.recovered.count))
            }
            let end = whole.recovery.endLSN
            #expect(try LogHarness(disk.copy(), settings: settings, from: end).recovered.isEmpty)
        }
    }

    @Test func aRecoveredTailGoesOnAndIsWholeWithWhatWasBefore() throws {
        let disk = try oldLog(seed: 5, closes: true)
        let whole = try LogHarness(disk.copy(), settings: settings)
        let lsn = whole.recovered.keys.sorted()[100]
        let log = try LogHarness(disk, settings: settings, from: lsn)
        for _ in 0..<30 { log.append(size: 600) }
        log.stepUntilIdle()
        log.journal.close()
        let next = try LogHarness(disk, settings: settings)
        #expect(next.recovered == whole.recovered.merging(log.appended) { $1 })
    }

    /// Calls of the disk that reading a log from an LSN takes.
    private func callsToRead(from lsn: UInt64, _ disk: SimulatedDisk) throws -> Int {
        let before = disk.calls
        let sources = LogSources(LogHarness.directory)
        _ = try Journal.read(sources, from: lsn, disk: disk) { _, _, _ in true }
        return disk.calls - before
    }

    @Test func segmentsBelowAreNeitherReadNorNeeded() throws {
        let disk = try oldLog(seed: 7, closes: true)
        let whole = try LogHarness(disk.copy(), settings: settings)
        let lsns = whole.recovered.keys.sorted()
        let lsn = lsns[lsns.count - 5]
        let calls = try callsToRead(from: lsn, disk)
        disk.rot(segmentPath(2), at: 100, mask: 1)
        #expect(
            try LogHarness(disk.copy(), settings: settings, from: lsn).recovered
                == whole.recovered.filter { $0.key >= lsn }
        )
        for number in UInt64(1)...5 { try disk.remove(segmentPath(number)) }
        #expect(try callsToRead(from: lsn, disk) == calls, "the look back grows with the log")
        #expect(
            try LogHarness(disk.copy(), settings: settings, from: lsn).recovered
                == whole.recovered.filter { $0.key >= lsn }
        )
    }

    @Test func aLogThatBeginsLaterNamesTheMissingSpan() throws {
        let disk = try oldLog(seed: 9, closes: true)
        let whole = try LogHarness(disk.copy(), settings: settings)
        for number in UInt64(1)...3 { try disk.remove(segmentPath(number)) }
        let first = try Journal.verify(directory: LogHarness.directory, disk: disk).firstLSN
        for lsn in [nil, JournalFormat.firstLSN, first - 8] {
            let error = #expect(throws: JournalError.self) {
                _ = try LogHarness(disk.copy(), settings: settings, from: lsn)
            }
            #expect(error?.code == .recordsMissing)
            #expect(error?.missing?.askedLSN == lsn ?? JournalFormat.firstLSN)
            #expect(error?.missing?.firstLSN == first)
            #expect(error?.description.contains("begins at LSN \(first)") == true)
        }
        #expect(
            try LogHarness(disk.copy(), settings: settings, from: first).recovered
                == whole.recovered.filter { $0.key >= first }
        )
    }

    @Test func anEmptyDirectoryHasNothingFromAnLSNOn() throws {
        let error = #expect(throws: JournalError.self) {
            _ = try LogHarness(emptyDisk(), from: 4_096)
        }
        #expect(error?.code == .recordsMissing)
        #expect(error?.missing?.firstLSN == nil)
    }

    @Test func aLogThatEndsBeforeWhatWasDurableIsDamaged() throws {
        let disk = try oldLog(seed: 3, closes: true)
        let end = try LogHarness(disk.copy(), settings: settings).recovery.endLSN
        let error = #expect(throws: JournalError.self) {
            _ = try LogHarness(disk, settings: settings, from: end + 8)
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("LSN \(end + 8) was durable") == true)
    }

    @Test func aMissingSegmentInTheMiddleIsDamageAlsoFromAnLSN() throws {
        let disk = try oldLog(seed: 11, closes: true)
        let lsns = try LogHarness(disk.copy(), settings: settings).recovered.keys.sorted()
        try disk.remove(segmentPath(6))
        let error = #expect(throws: JournalError.self) {
            _ = try LogHarness(disk.copy(), settings: settings, from: lsns[3])
        }
        #expect(error?.code == .damaged)
        #expect(error?.path == segmentPath(6))
        let last = try #require(lsns.last)
        #expect(try LogHarness(disk, settings: settings, from: last).recovered.count == 1)
    }

    @Test func everyFlippedByteOfTheFirstKeptSegmentIsFound() throws {
        let settings = LogHarness.settings(segmentSizeBytes: 4_096, batchSizeBytes: 1_024)
        let disk = emptyDisk()
        let log = try LogHarness(disk, settings: settings)
        for _ in 0..<30 {
            log.append(size: 840)
            log.stepUntilIdle()
        }
        log.journal.close()
        for number in UInt64(1)...4 { try disk.remove(segmentPath(number)) }
        let lsn = try Journal.verify(directory: LogHarness.directory, disk: disk).firstLSN
        for offset in disk.bytes(of: segmentPath(5)).indices {
            disk.rot(segmentPath(5), at: offset, mask: 0x40)
            let error = #expect(throws: JournalError.self) {
                _ = try Journal.read(LogSources(LogHarness.directory), from: lsn, disk: disk) {
                    _,
                    _,
                    _ in true
                }
            }
            disk.rot(segmentPath(5), at: offset, mask: 0x40)
            #expect(error?.code == .damaged, "\(offset)")
            #expect(error?.path == segmentPath(5), "\(offset)")
        }
    }

    @Test func aNewLogAtAnLSNNeedsAStateThatReachesIt() throws {
        let disk = emptyDisk()
        let settings = settings
        let make = { () throws(JournalError) in
            try Journal.create(
                settings,
                at: 1_000_001,
                disk: disk,
                clock: SimulatedClock(),
                entropy: SimulatedEntropy(seed: 3)
            )
        }
        let first = try make()
        #expect(first == 1_000_008)
        disk.crash(seed: 4)
        #expect(#expect(throws: JournalError.self) { _ = try make() }?.code == .alreadyThere)
        for lsn in [nil, 8, first - 8] {
            let error = #expect(throws: JournalError.self) {
                _ = try LogHarness(disk.copy(), settings: settings, from: lsn)
            }
            #expect(error?.code == .recordsMissing)
        }
        let log = try LogHarness(disk, settings: settings, from: first)
        #expect(log.recovery.isClean)
        #expect(log.append() == first)
        log.stepUntilIdle()
        log.journal.close()
        #expect(try LogHarness(disk, settings: settings, from: first).recovered == log.appended)
    }
}
