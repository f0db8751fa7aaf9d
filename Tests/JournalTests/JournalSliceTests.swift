import Glibc
import Storage
import Support
import Synchronization
import Testing

@testable import Journal
@testable import Movements

/// Reading parts of a log, also of one that grows, and waiting until it is durable.
struct JournalSliceTests {
    private func filledLog(_ disk: SimulatedDisk) throws -> LogHarness {
        let log = try LogHarness(disk)
        for _ in 0..<60 {
            for _ in 0..<3 { log.append(size: 440) }
            log.stepUntilIdle()
        }
        return log
    }

    @Test func aRangeHoldsExactlyItsRecords() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk)
        let lsns = log.appended.keys.sorted()
        var random = SplitMix64(seed: 5)
        let sources = LogSources(LogHarness.directory)
        for _ in 0..<60 {
            let start = lsns[random.below(lsns.count)]
            let end = start + UInt64(8 * random.below(2_000))
            var records: [UInt64: [UInt8]] = [:]
            let reading = try Journal.read(sources, from: start, upTo: end, disk: disk) {
                record,
                lsn,
                _ in
                records[lsn] = Array(record)
                return true
            }
            #expect(records == log.appended.filter { $0.key >= start && $0.key < end })
            #expect(reading.endLSN == max(start, min(end, log.ring.tail)))
            #expect(reading.tornTail == nil)
        }
    }

    @Test func batchesStayAsTheyAreWhileTheNextOnesAreRead() throws {
        let disk = emptyDisk()
        let log = try filledLog(disk)
        var batches: [LogBatch] = []
        _ = try Journal.readBatches(LogSources(LogHarness.directory), disk: disk) { batch in
            batches.append(batch)
            return true
        }
        var records: [UInt64: [UInt8]] = [:]
        for batch in batches {
            var all = batch.allRecords
            var count = 0
            while let (record, lsn) = all.next() {
                records[lsn] = Array(record)
                count += 1
            }
            #expect(count == batch.recordCount)
        }
        #expect(records == log.appended)
    }

    /// Pieces end in the middle of batches, and batches on no page.
    @Test(arguments: [65_536, 524_288])
    func besideTrafficALogIsReadInPieces(batchSizeBytes: Int) throws {
        let log = try LogHarness(
            emptyDisk(),
            settings: LogHarness.settings(
                segmentSizeBytes: 2_097_152,
                batchSizeBytes: batchSizeBytes
            )
        )
        var random = SplitMix64(seed: 11)
        for round in 0..<120 {
            // One in twenty makes a batch longer than a piece, where batches may be so long.
            let count = round % 20 > 0 ? 1 + random.below(30) : 500
            for _ in 0..<count { log.append(size: 8 * (8 + random.below(200))) }
            log.stepUntilIdle()
        }
        #expect(log.ring.tail > 4 * UInt64(JournalLimits.trafficReadSizeBytes))
        var records: [UInt64: [UInt8]] = [:]
        var largest = 0
        let reading = try Journal.readBatches(
            LogSources(LogHarness.directory),
            from: nil,
            upTo: nil,
            disk: log.disk,
            manner: .besideTrafficPastCache
        ) { batch in
            var all = batch.allRecords
            largest = max(largest, batch.records.count)
            while let (record, lsn) = all.next() { records[lsn] = Array(record) }
            return true
        }
        #expect(records == log.appended)
        #expect(reading.endLSN == log.ring.tail)
        #expect(batchSizeBytes < 100_000 || largest > JournalLimits.trafficReadSizeBytes)
    }

    @Test func aSegmentThatGoesWhileItIsReadIsNamed() throws {
        let disk = emptyDisk()
        _ = try filledLog(disk)
        let error = #expect(throws: JournalError.self) {
            _ = try Journal.readBatches(LogSources(LogHarness.directory), disk: disk) {
                (batch) throws(MovementError) in
                do throws(StorageError) {
                    if batch.number == 3 { try disk.remove(segmentPath(3)) }
                } catch {
                    throw MovementError(lsn: 0, reason: "\(error)")
                }
                return true
            }
        }
        #expect(error?.code == .removedMeanwhile)
        #expect(error?.path == segmentPath(3))
        #expect(error?.description.contains("try again") == true)
    }

    @Test(arguments: Durability.allCases)
    func whatIsSyncedUpSurvivesInEveryMode(durability: Durability) throws {
        for seed in UInt64(1)...10 {
            let disk = emptyDisk()
            let settings = LogHarness.settings(durability: durability)
            let log = try LogHarness(disk, settings: settings)
            for _ in 0..<20 { log.append(size: 520) }
            let wanted = log.ring.tail
            let records = log.appended
            #expect(try log.journal.syncUp(to: wanted, timeoutMilliseconds: 0))
            #expect(log.journal.syncedLSN >= wanted)
            let syncs = disk.syncs
            #expect(try log.journal.syncUp(to: wanted, timeoutMilliseconds: 0))
            #expect(disk.syncs == syncs, "what is durable isn't synced again")
            for _ in 0..<20 { log.append(size: 520) }
            log.stepUntilIdle()
            disk.crash(seed: seed)
            let next = try LogHarness(disk, settings: settings)
            for (lsn, bytes) in records { #expect(next.recovered[lsn] == bytes) }
        }
    }

    @Test func aFailedSyncIsToldToWhoWaits() throws {
        let disk = emptyDisk()
        let log = try LogHarness(disk, settings: LogHarness.settings(durability: .none))
        log.append()
        disk.setSyncFails(true)
        let error = #expect(throws: JournalError.self) {
            try log.journal.syncUp(to: log.ring.tail, timeoutMilliseconds: 0)
        }
        #expect(error?.code == .storage)
        #expect(log.reported.count == 1)
    }

    @Test func aSliceWaitsForTheLogAndHoldsExactlyItsRecords() throws {
        let log = try filledLog(emptyDisk())
        let lsns = log.appended.keys.sorted()
        for _ in 0..<10 { log.append(size: 72) }
        var records: [UInt64: [UInt8]] = [:]
        let take = { (batch: LogBatch) in
            var all = batch.allRecords
            while let (record, lsn) = all.next() { records[lsn] = Array(record) }
            return true
        }
        let isWhole = try log.journal.readSlice(
            from: lsns[50],
            upTo: log.ring.tail,
            timeoutMilliseconds: 0,
            visit: take
        )
        #expect(isWhole)
        #expect(records == log.appended.filter { $0.key >= lsns[50] })
    }

    /// The disk of a stepped log that grows at a chosen opening of one of its files.
    private final class GrowingDisk: Disk {
        private let disk: SimulatedDisk
        private nonisolated(unsafe) let grow: () -> Void
        private let openings = Atomic<Int>(0)
        private let growsAt: Int

        init(_ disk: SimulatedDisk, growsAt: Int, _ grow: @escaping () -> Void) {
            self.disk = disk
            self.growsAt = growsAt
            self.grow = grow
        }

        var hasGrown: Bool { openings.load(ordering: .relaxed) > growsAt }

        func open(_ path: String, for access: DiskAccess) throws(StorageError) -> any DiskFile {
            if openings.add(1, ordering: .relaxed).oldValue == growsAt { grow() }
            return try disk.open(path, for: access)
        }

        func makeDirectory(_ path: String) throws(StorageError) { try disk.makeDirectory(path) }
        func list(_ path: String) throws(StorageError) -> [String] { try disk.list(path) }
        func remove(_ path: String) throws(StorageError) { try disk.remove(path) }
        func syncDirectory(_ path: String) throws(StorageError) { try disk.syncDirectory(path) }
        func lock(_ path: String) throws(StorageError) -> any DiskLock { try disk.lock(path) }
        func rename(_ path: String, to newPath: String) throws(StorageError) {
            try disk.rename(path, to: newPath)
        }
    }

    @Test(arguments: Array(stride(from: 140, through: 200, by: 4)))
    func whateverComesMeanwhileIsNoDamage(records: Int) throws {
        for opening in 0..<12 {
            let log = try LogHarness(SimulatedDisk())
            for _ in 0..<records { log.append(size: 72) }
            log.stepUntilIdle()
            let growing = GrowingDisk(log.disk, growsAt: opening) {
                for _ in 0..<100 { log.append(size: 72) }
                log.stepUntilIdle()
            }
            let report = try Journal.verify(directory: LogHarness.directory, disk: growing)
            #expect(report.damage == nil, "the log grows at opening \(opening)")
            if !growing.hasGrown { return #expect(opening > 4) }
        }
        Issue.record("the log is opened more often than it is made to grow")
    }

    /// A journal with threads and four who append to it until they are told to end.
    private final class Traffic: Sendable {
        let ring: MovementRing
        let journal: Journal
        let isEnding = Atomic<Bool>(false)

        init(_ settings: JournalSettings) throws {
            let recovery = try Journal.recover(
                settings: settings,
                disk: LinuxDisk(),
                note: { _ in },
                apply: { _, _ in }
            )
            ring = MovementRing(capacityBytes: 4 * 1_048_576, startLSN: recovery.nextLSN)
            journal = try Journal(
                goingOnFrom: recovery,
                ring: ring,
                clock: LinuxClock(),
                entropy: LinuxEntropy()
            )
        }

        func append() {
            var count = 0
            while !isEnding.load(ordering: .acquiring), count < 400_000 {
                guard ring.takeCredit(96) else {
                    sched_yield()
                    continue
                }
                let (lsn, record) = ring.append(size: 96)
                record.storeBytes(of: lsn, toByteOffset: 8, as: UInt64.self)
                ring.publish(record, size: 96)
                count += 1
                if count % 16 == 0 { ring.ringDoorbell() }
            }
        }
    }

    @Test(arguments: Durability.allCases)
    func aGrowingLogIsReadWithoutFalseDamage(durability: Durability) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var settings = JournalSettings(directory: directory.path + "/journal")
        settings.durability = durability
        settings.segmentSizeBytes = 4 * 1_048_576 + 4_096
        let traffic = try Traffic(settings)
        let threads = (0..<2).map { _ in SystemThread(name: "append") { traffic.append() } }
        defer {
            traffic.isEnding.store(true, ordering: .releasing)
            for thread in threads { thread.join() }
            traffic.journal.close()
        }
        var start = JournalFormat.firstLSN
        for _ in 0..<12 {
            let end = traffic.ring.tail
            var next = start
            let isWhole = try traffic.journal.readSlice(
                from: start,
                upTo: end,
                timeoutMilliseconds: 60_000
            ) { batch in
                if batch.firstLSN == next { next = batch.endLSN }
                return true
            }
            #expect(isWhole)
            #expect(next == end, "a slice has a gap")
            // To wherever the log is just now: whatever is half written is no damage.
            let reading = try Journal.readBatches(
                LogSources(settings.directory),
                from: start,
                disk: LinuxDisk(),
                visit: { _ in true }
            )
            #expect(reading.endLSN >= end)
            let pin = try #require(traffic.journal.pin(from: start))
            _ = try traffic.journal.retireSegments(below: end)
            pin.release()
            start = end
            let report = try Journal.verify(directory: settings.directory, disk: LinuxDisk())
            #expect(report.damage == nil)
        }
    }
}
