import Inventory
import Storage
import Support

@testable import Snapshot

/// Records whose bytes follow from a seed, and a snapshot made of them.
struct SampleImage {
    static let directory = "data/snapshots"

    let startLSN: UInt64
    /// Records of each kind, one behind the other.
    let runs: [SnapshotSectionKind: [[UInt8]]]

    /// An image of about `size` bytes, half of it in cells that pack well.
    init(seed: UInt64, startLSN: UInt64 = 4_096, recordCount: Int = 40) {
        var random = SplitMix64(seed: seed)
        var runs: [SnapshotSectionKind: [[UInt8]]] = [:]
        for kind in SnapshotSectionKind.allCases {
            runs[kind] = (0..<recordCount).map { _ in
                SampleImage.record(size: 8 * (1 + random.below(24)), &random)
            }
        }
        self.startLSN = startLSN
        self.runs = runs
    }

    /// An image of chosen records.
    init(startLSN: UInt64 = 4_096, runs: [SnapshotSectionKind: [[UInt8]]]) {
        self.startLSN = startLSN
        self.runs = runs
    }

    /// A record of so many bytes: its size, then some that repeat and some that don't.
    static func record(size: Int, _ random: inout SplitMix64) -> [UInt8] {
        var words = (0..<size / 8).map { _ in random.chance(1, in: 2) ? 7 : random.next() }
        words[0] = (words[0] & ~0xFFFF_FFFF) | UInt64(size)
        return words.withUnsafeBytes { Array($0) }
    }

    var sliceBytes: Int { runs[.logSlice, default: []].map(\.count).reduce(0, +) }

    var facts: SnapshotFacts {
        SnapshotFacts(
            logID: 0xABCD_EF01_2345_6789,
            instant: Instant(milliseconds: 1_700_000_000_123),
            endLSN: startLSN + UInt64(sliceBytes),
            configurationDigest: 11,
            nextSKUNumber: 12,
            stripeCount: 256,
            counts: SnapshotCounts(
                skus: 1,
                cells: 2,
                openReservations: 3,
                retainedReservations: 4,
                requestIDs: 5
            )
        )
    }

    /// Writes the image up to its last section.
    func begin(
        on disk: any Disk,
        in directory: String = SampleImage.directory,
        afterSection: @escaping (SnapshotProgress) -> Void = { _ in }
    ) throws(SnapshotError) -> SnapshotWriter {
        let writer = try SnapshotWriter(
            directory: directory,
            startLSN: startLSN,
            disk: disk,
            afterSection: afterSection
        )
        for kind in SnapshotSectionKind.allCases {
            for record in runs[kind, default: []] { try writer.append(record, of: kind) }
        }
        return writer
    }

    /// Writes and publishes the image; returns its path.
    @discardableResult
    func write(
        to disk: any Disk,
        in directory: String = SampleImage.directory
    ) throws(SnapshotError) -> String {
        let writer = try begin(on: disk, in: directory)
        _ = try writer.finish(facts)
        return try writer.publish()
    }

    /// All records of a snapshot, by kind.
    static func records(
        of reader: SnapshotReader
    ) throws(SnapshotError) -> [SnapshotSectionKind: [[UInt8]]] {
        var runs: [SnapshotSectionKind: [[UInt8]]] = [:]
        let buffer = SectionBuffer()
        for section in reader.sections {
            try reader.read(section, into: buffer)
            buffer.eachRecord { record, _ in runs[section.kind, default: []].append(Array(record)) }
        }
        return runs
    }
}

extension SnapshotWriter {
    /// Adds one run of records.
    func append(_ run: [UInt8], of kind: SnapshotSectionKind) throws(SnapshotError) {
        let result = run.withUnsafeBytes { bytes -> Result<Void, SnapshotError> in
            do throws(SnapshotError) {
                return .success(try append(bytes, of: kind))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

/// A disk with the directory that a node would have made.
func emptyDisk(capacityBytes: Int = .max) throws(StorageError) -> SimulatedDisk {
    let disk = SimulatedDisk(capacityBytes: capacityBytes)
    try disk.makeDirectory("data")
    try disk.syncDirectory(".")
    try disk.makeDirectory(SampleImage.directory)
    try disk.syncDirectory("data")
    return disk
}
