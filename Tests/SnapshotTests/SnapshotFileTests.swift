import Inventory
import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotFileTests {
    @Test func snapshotsAreListedNewestFirstBadOnesWithTheReason() throws {
        let disk = try emptyDisk()
        let images = [UInt64(8), 800_000, 80_000].map { SampleImage(seed: $0, startLSN: $0) }
        let paths = try images.map { try $0.write(to: disk) }
        try write([1, 2, 3], to: SampleImage.directory + "/notes.txt", on: disk)
        disk.rot(paths[2], at: 100, mask: 1)
        let files = try SnapshotFile.list(SampleImage.directory, disk: disk)
        #expect(files.map(\.path) == [paths[1], paths[2], paths[0]])
        #expect(files.map(\.endLSN) == [1, 2, 0].map { images[$0].facts.endLSN })
        #expect(try files[0].content.get().facts == images[1].facts)
        #expect(throws: SnapshotError.self) { try files[1].content.get() }
    }

    @Test func aSnapshotUnderTheNameOfAnotherLSNIsBad() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 1).write(to: disk)
        let name = SampleImage.directory + "/" + SnapshotFormat.name(ofLSN: 8)
        try disk.rename(path, to: name)
        let file = try #require(try SnapshotFile.list(SampleImage.directory, disk: disk).first)
        let error = #expect(throws: SnapshotError.self) { try file.content.get() }
        #expect(error?.offset == 64)
        // By its path it can be read all the same.
        #expect(try SnapshotReader(path: name, disk: disk).verify().isEmpty)
    }

    @Test func onlyUnfinishedSnapshotsAreRemovedAsSuch() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 1).write(to: disk)
        let left = SampleImage.directory + "/" + SnapshotFormat.name(ofLSN: 16) + ".new"
        let other = SampleImage.directory + "/other.hfs.new"
        try write([], to: left, on: disk)
        try write([], to: other, on: disk)
        let removed = try SnapshotFile.removeUnfinished(in: SampleImage.directory, disk: disk)
        #expect(removed == [left])
        disk.crash(seed: 1)
        #expect(!(try disk.list(SampleImage.directory).contains { left.hasSuffix($0) }))
        #expect(try SnapshotReader(path: path, disk: disk).verify().isEmpty)
    }
}

struct SnapshotRetentionTests {
    private static let now = Instant(milliseconds: 1_000_000)

    /// Snapshots written as `lsn@age` or `lsn!` for a bad one, newest first.
    private static func files(_ text: String) -> [SnapshotFile] {
        text.split(separator: " ").map { word in
            let parts = word.split(whereSeparator: { $0 == "@" || $0 == "!" })
            let lsn = UInt64(parts[0]) ?? 0
            if word.hasSuffix("!") {
                let error = SnapshotError(.damaged, path: "", offset: 0, reason: "")
                return SnapshotFile(path: "\(lsn)", endLSN: lsn, content: .failure(error))
            }
            var facts = SampleImage(runs: [:]).facts
            facts.endLSN = lsn
            let age = Int64(parts.last ?? "0") ?? 0
            facts.instant = Instant(milliseconds: now.milliseconds - age)
            let header = SnapshotHeader(
                facts: facts,
                startLSN: lsn,
                sizeBytes: 528,
                sectionCount: 0,
                directoryOffset: 512,
                directoryChecksum: 0
            )
            return SnapshotFile(path: "\(lsn)", endLSN: lsn, content: .success(header))
        }
    }

    @Test(arguments: [
        (3, nil as Int64?, "50@1 40@2 30@3", ""),
        (2, nil, "50@1 40@2 30@3 20@4", "20 30"),
        (1, nil, "50@1 40@2", "40"),
        (9, 2, "50@1 40@2 30@3 20@4", "20 30"),
        (9, 0, "50@1 40@2", "40"),
        // The newest whole one stays, however old, and whatever is newer and bad.
        (1, 5, "50@100 40@200", "40"),
        (1, nil, "60! 50@1 40@2", "40"),
        (1, nil, "60! 50!", ""),
        // A bad one goes when all that stays is newer.
        (1, nil, "50@1 40! 30@3 20!", "20 30 40"),
        (2, nil, "50@1 40! 30@3 20!", "20"),
        (2, nil, "", ""),
    ])
    func whatGoesFollowsFromCountAndAge(
        count: Int,
        age: Int64?,
        files: String,
        expired: String
    ) {
        let retention = SnapshotRetention(countMax: count, ageMillisecondsMax: age)
        let gone = retention.expired(Self.files(files), now: Self.now)
        #expect(gone.map(\.path).joined(separator: " ") == expired)
    }

    @Test func whateverIsKeptTheNewestWholeOneIs() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<2_000 {
            var lsn = 1_000
            let words = (0..<random.below(8)).map { _ -> String in
                lsn -= 1 + random.below(9)
                return random.chance(1, in: 3) ? "\(lsn)!" : "\(lsn)@\(random.below(50))"
            }
            let files = Self.files(words.joined(separator: " "))
            let age = random.chance(1, in: 2) ? Int64(random.below(50)) : nil
            let retention = SnapshotRetention(
                countMax: 1 + random.below(4),
                ageMillisecondsMax: age
            )
            let gone = Set(retention.expired(files, now: Self.now))
            let whole = files.filter { if case .success = $0.content { true } else { false } }
            let kept = whole.filter { !gone.contains($0) }
            #expect(whole.isEmpty || kept.first == whole.first)
            #expect(kept.count <= retention.countMax)
        }
    }
}
