import Inventory
import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// What a log can serve, places by time, and marks of its chain.
struct JournalSpansTests {
    private let settings = LogHarness.settings(segmentSizeBytes: 8_192, batchSizeBytes: 2_048)
    private let sources = LogSources(LogHarness.directory)

    /// A log whose instants rise, but for a little disorder; with them in log order.
    private func timedLog(
        _ disk: SimulatedDisk,
        seed: UInt64
    ) throws -> [(lsn: UInt64, instant: Instant)] {
        var random = SplitMix64(seed: seed)
        var now: Int64 = 1_790_000_000_000
        var positions: [(lsn: UInt64, instant: Instant)] = []
        for _ in 0..<3 {
            let log = try LogHarness(disk, settings: settings)
            for _ in 0..<60 {
                now += Int64(random.below(20_000))
                let instant = Instant(milliseconds: now - Int64(random.below(9_000)))
                positions.append((log.append(at: instant, size: 400), instant))
                if random.chance(2, in: 3) { log.stepUntilIdle() }
            }
            log.stepUntilIdle()
            if random.chance(1, in: 2) { log.journal.close() } else { disk.killProcess() }
        }
        return positions
    }

    @Test func theFirstLaterRecordIsFoundAsByLookingAtAll() throws {
        for seed in UInt64(1)...8 {
            let disk = emptyDisk()
            let positions = try timedLog(disk, seed: seed)
            var random = SplitMix64(seed: seed)
            for _ in 0..<40 {
                let near = positions[random.below(positions.count)].instant.milliseconds
                let instant = Instant(milliseconds: near + Int64(random.below(3)) - 1)
                let found = try Journal.firstRecord(laterThan: instant, in: sources, disk: disk)
                let expected = positions.first { $0.instant > instant }
                #expect(found?.lsn == expected?.lsn, "seed \(seed), \(instant.milliseconds)")
                #expect(found?.instant == expected?.instant)
            }
            let never = Instant(milliseconds: .max)
            #expect(try Journal.firstRecord(laterThan: never, in: sources, disk: disk) == nil)
        }
    }

    @Test func spansTellFirstAndLastRecordAndGaps() throws {
        let disk = emptyDisk()
        let positions = try timedLog(disk, seed: 4)
        let first = try #require(positions.first)
        let last = try #require(positions.last)
        let whole = try #require(try Journal.spans(of: sources, disk: disk).first)
        #expect(try Journal.spans(of: sources, disk: disk).count == 1)
        #expect(whole.firstLSN == first.lsn)
        #expect(whole.firstInstant == first.instant)
        #expect(whole.lastLSN == last.lsn)
        #expect(whole.lastInstant == last.instant)
        #expect(whole.endLSN == last.lsn + 400)
        try disk.remove(segmentPath(4))
        let spans = try Journal.spans(of: sources, disk: disk)
        try #require(spans.count == 2)
        #expect(spans[0].firstLSN == first.lsn)
        #expect(spans[0].endLSN <= spans[1].firstLSN)
        #expect(spans[1].lastLSN == last.lsn)
        let lost = positions.filter { $0.lsn >= spans[0].endLSN && $0.lsn < spans[1].firstLSN }
        #expect(!lost.isEmpty)
        #expect(try Journal.spans(of: LogSources("data/none"), disk: emptySpans()).isEmpty)
    }

    private func emptySpans() throws -> SimulatedDisk {
        let disk = emptyDisk()
        try disk.makeDirectory("data/none")
        return disk
    }

    @Test func aMarkStaysWhileTheLogGrowsAndShowsARewrittenRecord() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk, settings: settings)
        var marks: [LogMark] = []
        for _ in 0..<30 {
            log.append(size: 504)
            log.stepUntilIdle()
            marks.append(try #require(try Journal.verify(sources, disk: disk).mark))
        }
        log.journal.close()
        let next = try LogHarness(disk, settings: settings)
        next.append()
        next.stepUntilIdle()
        #expect(Set(marks.map(\.digest)).count == marks.count)
        for mark in marks {
            let report = try Journal.verify(sources, markAt: mark.lsn, disk: disk)
            #expect(report.askedMark == mark)
            let within = try Journal.verify(sources, markAt: mark.lsn + 8, disk: disk)
            #expect(within.askedMark == mark)
        }
        #expect(try Journal.verify(sources, markAt: 0, disk: disk).askedMark == nil)
        // A whole other history, every checksum right, is another chain.
        let other = emptyDisk()
        let forged = try LogHarness(other, settings: settings)
        for index in 0..<30 {
            if index == 7 {
                forged.append(at: .distantPast, size: 504)
            } else {
                forged.append(size: 504)
            }
            forged.stepUntilIdle()
        }
        let told = try #require(try Journal.verify(sources, disk: other).mark)
        #expect(told.logID == marks[29].logID)
        #expect(told.lsn == marks[29].lsn)
        #expect(told.digest != marks[29].digest)
    }
}
