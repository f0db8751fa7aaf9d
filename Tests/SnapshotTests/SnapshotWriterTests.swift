import Glibc
import Inventory
import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotWriterTests {
    private static func bigRecord(size: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed)
        return SampleImage.record(size: size, &random)
    }

    @Test func recordsAreNeverSplitOverSections() throws {
        let largest = SnapshotLimits.recordSizeBytesMax
        let sizes = [8, largest, 8, largest - 8, 8, 8, largest / 2, largest / 2 + 8, largest]
        let records = sizes.enumerated().map { Self.bigRecord(size: $1, seed: UInt64($0)) }
        let disk = try emptyDisk()
        let image = SampleImage(runs: [.skus: records])
        let reader = try SnapshotReader(path: try image.write(to: disk), disk: disk)
        #expect(reader.sections.map(\.recordCount) == [1, 1, 2, 3, 1, 1])
        #expect(reader.sections.allSatisfy { $0.unpackedBytes <= largest })
        #expect(try SampleImage.records(of: reader) == image.runs)
    }

    @Test func oneRunMayHoldRecordsOfManySections() throws {
        let records = (0..<40).map { Self.bigRecord(size: 102_400, seed: UInt64($0)) }
        let disk = try emptyDisk()
        let image = SampleImage(startLSN: 0, runs: [.logSlice: records])
        let writer = try SnapshotWriter(
            directory: SampleImage.directory,
            startLSN: image.startLSN,
            disk: disk
        )
        try writer.append(records.flatMap(\.self), of: .logSlice)
        let header = try writer.finish(image.facts)
        let reader = try SnapshotReader(path: try writer.publish(), disk: disk)
        #expect(reader.header == header)
        #expect(header.sectionCount == 4)
        // Ten records of 102,400 bytes go into 1 MiB; LSNs count on from section to section.
        #expect(reader.sections.map(\.firstLSN) == [0, 1_024_000, 2_048_000, 3_072_000])
        #expect(try SampleImage.records(of: reader)[.logSlice] == records)
    }

    @Test func anEmptyStateIsASnapshotToo() throws {
        let disk = try emptyDisk()
        let reader = try SnapshotReader(
            path: try SampleImage(runs: [:]).write(to: disk),
            disk: disk
        )
        #expect(reader.sections.isEmpty)
        #expect(reader.header.sizeBytes == 528)
        #expect(reader.header.startLSN == reader.header.facts.endLSN)
        #expect(reader.verify().isEmpty)
    }

    @Test func theNewSnapshotOfAnLSNReplacesTheOldOne() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(runs: [:]).write(to: disk)
        var random = SplitMix64(seed: 1)
        let record = SampleImage.record(size: 64, &random)
        #expect(try SampleImage(runs: [.configuration: [record]]).write(to: disk) == path)
        #expect(try SnapshotReader(path: path, disk: disk).sections.count == 1)
    }

    @Test func theSameStateGivesTheSameBytes() throws {
        let disks = [try emptyDisk(), try emptyDisk()]
        let paths = try disks.map { try SampleImage(seed: 5).write(to: $0) }
        #expect(disks[0].bytes(of: paths[0]) == disks[1].bytes(of: paths[1]))
    }

    @Test func progressIsToldAfterEachSection() throws {
        let disk = try emptyDisk()
        var told: [SnapshotProgress] = []
        let image = SampleImage(seed: 2, recordCount: 30)
        let writer = try image.begin(on: disk, afterSection: { told.append($0) })
        _ = try writer.finish(image.facts)
        #expect(told.map(\.sections) == [1, 2, 3, 4])
        #expect(told.last?.records == 120)
        #expect(told.last == writer.progress)
        let reader = try SnapshotReader(path: try writer.publish(), disk: disk)
        var verified: [SnapshotProgress] = []
        #expect(reader.verify(progress: { verified.append($0) }).isEmpty)
        #expect(verified == told)
        let packed = reader.sections.map { UInt64($0.packedBytes) }.reduce(0, +)
        #expect(told.last?.packedBytes == packed)
    }

    @Test func longSnapshotsAreSyncedOnTheWay() throws {
        let disk = try emptyDisk()
        let syncs = disk.syncs
        var random = SplitMix64(seed: 3)
        // Noise, so that packed is as large as unpacked: 20 MiB.
        let records = (0..<20).map { _ -> [UInt8] in
            var words = (0..<131_072).map { _ in random.next() }
            words[0] = 1_048_576
            return words.withUnsafeBytes { Array($0) }
        }
        let image = SampleImage(runs: [.skus: records])
        let path = try image.write(to: disk)
        // One for each MiB, and the last.
        #expect(disk.syncs - syncs == 21)
        #expect(try SnapshotReader(path: path, disk: disk).verify().isEmpty)
    }

    @Test func theLargestSectionHoldsWhatDoesNotShrink() throws {
        let disk = try emptyDisk()
        var random = SplitMix64(seed: 6)
        let image = SampleImage(runs: [:])
        let writer = try SnapshotWriter(
            directory: SampleImage.directory,
            startLSN: image.startLSN,
            disk: disk,
            sectionSizeBytes: SnapshotLimits.sectionSizeBytesMax
        )
        let largest = SnapshotLimits.recordSizeBytesMax
        for _ in 0..<5 {
            var words = (0..<largest / 8).map { _ in random.next() }
            words[0] = UInt64(largest)
            try writer.append(words.withUnsafeBytes { Array($0) }, of: .reservations)
        }
        _ = try writer.finish(image.facts)
        let reader = try SnapshotReader(path: try writer.publish(), disk: disk)
        #expect(reader.sections.map(\.recordCount) == [4, 1])
        #expect(reader.sections[0].unpackedBytes == SnapshotLimits.sectionSizeBytesMax)
        #expect(reader.sections[0].packedBytes > SnapshotLimits.sectionSizeBytesMax)
        #expect(reader.verify().isEmpty)
    }

    @Test func aWriterThatIsLetGoLeavesNothing() throws {
        let disk = try emptyDisk()
        let image = SampleImage(seed: 4)
        _ = try image.begin(on: disk)
        #expect(try disk.list(SampleImage.directory).isEmpty)
        let writer = try image.begin(on: disk)
        _ = try writer.finish(image.facts)
        #expect(try disk.list(SampleImage.directory) == ["00000000000000004096.hfs.new"])
        writer.abandon()
        #expect(try disk.list(SampleImage.directory).isEmpty)
    }

    @Test func kindsOutOfOrderAreABug() async {
        await #expect(processExitsWith: .failure) {
            let writer = try SampleImage(seed: 1).begin(on: try emptyDisk())
            try writer.append([8, 0, 0, 0, 0, 0, 0, 0], of: .skus)
        }
    }

    @Test func aSliceThatEndsElsewhereIsABug() async {
        await #expect(processExitsWith: .failure) {
            let image = SampleImage(seed: 1)
            var facts = image.facts
            facts.endLSN += 8
            _ = try image.begin(on: try emptyDisk()).finish(facts)
        }
    }
}

struct SnapshotPaceTests {
    @Test func aPaceOfNothingNeverRests() {
        #expect(rest(pace: nil, at: .max, log: 0, after: 0) == 0)
    }

    @Test func whoIsAheadRestsUntilItIsTime() {
        #expect(rest(at: 500, log: 0, after: 0) == 500_000_000)
        #expect(rest(at: 500, log: 499, after: 400_000_000) == 100_000_000)
        #expect(rest(at: 500, log: 0, after: 500_000_000) == 0)
        #expect(rest(at: 500, log: 0, after: .max) == 0)
        #expect(rest(at: .max, log: 0, after: 0) == 1_000_000_000)
    }

    @Test func whomTheLogHasOutgrownDoesNotRest() {
        #expect(rest(at: 500, log: 500, after: 0) == 0)
        #expect(rest(at: 500, log: .max, after: 0) == 0)
        #expect(rest(at: 501, log: 500, after: 0) == 501_000_000)
    }

    private func rest(
        pace: UInt64? = 1_000,
        at bytes: UInt64,
        log logBytes: UInt64,
        after elapsed: UInt64
    ) -> UInt64 {
        SnapshotPace(bytesPerSecondMax: pace).restNanoseconds(
            atBytes: bytes,
            logGrewByBytes: logBytes,
            afterNanoseconds: elapsed
        )
    }
}
