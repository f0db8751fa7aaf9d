import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

struct JournalDamageTests {
    /// A small log in two segments: batches of a few sectors each.
    private func smallLog(isClosed: Bool) throws -> LogHarness {
        let settings = LogHarness.settings(segmentSizeBytes: 4_096, batchSizeBytes: 1_024)
        let log = try LogHarness(emptyDisk(), settings: settings)
        for size in [64, 640, 8, 904, 512, 72, 448] {
            log.append(size: size)
            log.append(size: 16)
            log.stepUntilIdle()
        }
        if isClosed { log.journal.close() }
        return log
    }

    /// Makes a segment one of another version, whole in every other way.
    private func setVersion(_ version: UInt8, of path: String, _ disk: SimulatedDisk) {
        let before = Array(disk.bytes(of: path).prefix(JournalFormat.sectorSizeBytes))
        var after = before
        after[12] = version
        let checksum = after[12...].withUnsafeBytes { JournalFormat.checksum(of: $0) }
        withUnsafeBytes(of: checksum.littleEndian) { after.replaceSubrange(8..<12, with: $0) }
        for offset in 8..<13 where after[offset] != before[offset] {
            disk.rot(path, at: offset, mask: after[offset] ^ before[offset])
        }
    }

    @Test func aLogOfAnotherVersionIsRefusedByNameAndStaysAsItIs() throws {
        for version in [UInt8(2), 4] {
            let log = try smallLog(isClosed: true)
            for name in try log.disk.list(LogHarness.directory) {
                setVersion(version, of: LogHarness.directory + "/" + name, log.disk)
            }
            let path = segmentPath(1)
            let bytes = log.disk.bytes(of: path)
            let error = #expect(throws: JournalError.self) { _ = try LogHarness(log.disk) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("log version \(version) isn't"))
            #expect(log.disk.bytes(of: path) == bytes)
        }
    }

    private func report(_ disk: SimulatedDisk) throws -> JournalReport {
        try Journal.verify(directory: LogHarness.directory, disk: disk)
    }

    @Test func everyFlippedByteOfAClosedLogIsFound() throws {
        let log = try smallLog(isClosed: true)
        let sound = try report(log.disk)
        #expect(sound.damage == nil)
        #expect(sound.isClosed)
        var cutCount = 0
        for name in try log.disk.list(LogHarness.directory) {
            let path = LogHarness.directory + "/" + name
            for offset in log.disk.bytes(of: path).indices {
                let mask = UInt8(1) << UInt8(offset % 8)
                log.disk.rot(path, at: offset, mask: mask)
                let found = try report(log.disk)
                log.disk.rot(path, at: offset, mask: mask)
                if let tail = found.tornTail {
                    // The closing batch itself, or the place of the next opening batch.
                    cutCount += 1
                    #expect(found.endLSN == sound.endLSN)
                    #expect(tail.sizeBytes == 512)
                } else {
                    #expect(found.damage?.path == path, "\(path) \(offset)")
                    let place = found.damage?.offset ?? .max
                    #expect(place <= UInt64(offset), "\(path) \(offset)")
                }
            }
        }
        #expect(cutCount <= 1_024)
    }

    @Test func everyFlippedByteOfAnOpenLogIsFoundOrInItsLastBatch() throws {
        let log = try smallLog(isClosed: false)
        let sound = try report(log.disk)
        let lastLSN = try #require(log.appended.keys.filter { $0 % 8 == 0 }.max())
        for name in try log.disk.list(LogHarness.directory) {
            let path = LogHarness.directory + "/" + name
            for offset in log.disk.bytes(of: path).indices {
                log.disk.rot(path, at: offset, mask: 0x10)
                let found = try report(log.disk)
                log.disk.rot(path, at: offset, mask: 0x10)
                if found.tornTail != nil {
                    // At most the last batch goes: two records of 448 and 16 bytes.
                    #expect(found.endLSN + 464 >= sound.endLSN, "\(path) \(offset)")
                    #expect(lastLSN < sound.endLSN)
                } else {
                    #expect(found.damage?.path == path, "\(path) \(offset)")
                }
            }
        }
    }

    @Test func damageInTheMiddleStopsRecoveryAndChangesNothing() throws {
        let log = try smallLog(isClosed: false)
        log.disk.rot(segmentPath(1), at: 1_100, mask: 1)
        let before = log.disk.bytes(of: segmentPath(1))
        let error = #expect(throws: JournalError.self) { try LogHarness(log.disk) }
        #expect(error?.code == .damaged)
        #expect(error?.path == segmentPath(1))
        #expect(error?.offset == 1_024)
        #expect(error?.description.contains("says it was durable") == true)
        #expect(log.disk.bytes(of: segmentPath(1)) == before)
    }

    @Test func aTornTailIsCutAtEverySectorAndZeroed() throws {
        let settings = LogHarness.settings(segmentSizeBytes: 16_384, batchSizeBytes: 4_096)
        for lostFrom in 0..<7 {
            let log = try LogHarness(emptyDisk(), settings: settings)
            log.append(size: 400)
            log.stepUntilIdle()
            let durable = log.durableRecords
            let offset = 512 + 512 + 512
            for _ in 0..<5 { log.append(size: 680) }
            log.stepUntilIdle()
            // The last batch has seven sectors; from one of them on it never came to the disk.
            let path = segmentPath(1)
            let bytes = log.disk.bytes(of: path)
            for index in offset + 512 * lostFrom..<offset + 512 * 7 {
                log.disk.rot(path, at: index, mask: bytes[index])
            }
            let report = try report(log.disk)
            #expect(report.damage == nil)
            #expect((report.tornTail?.sizeBytes ?? 0) == UInt64(512 * lostFrom))
            let next = try LogHarness(log.disk, settings: settings)
            #expect(next.recovered == durable)
            #expect(next.recovery.cutBytes == UInt64(512 * lostFrom))
            #expect(next.notes.count == (lostFrom == 0 ? 0 : 1))
            if lostFrom > 0 { #expect(next.notes[0].contains("byte 1536 of \(path)")) }
            // Behind the opening batch of the new run all is zero.
            #expect(log.disk.bytes(of: path)[(offset + 512)...].allSatisfy { $0 == 0 })
        }
    }

    @Test func arbitraryBytesAreRefusedAndNeverCrashTheReader() throws {
        for seed in 0..<60 {
            var random = SplitMix64(seed: UInt64(seed))
            let log = try smallLog(isClosed: seed % 2 == 0)
            for _ in 0..<1 + random.below(40) {
                let path = segmentPath(UInt64(1 + random.below(2)))
                let reach = random.chance(1, in: 2) ? 64 : 512
                let offset = 512 * random.below(8) + random.below(reach)
                log.disk.rot(path, at: offset, mask: UInt8(truncatingIfNeeded: random.next()))
            }
            let found = try report(log.disk)
            #expect(found.recordCount <= 14)
        }
    }
}
