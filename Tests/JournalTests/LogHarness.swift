import Inventory
import Storage
import Support

@testable import Journal
@testable import Movements

/// A stepped journal over a simulated disk, and all it was given and gave.
final class LogHarness {
    static let directory = "data/journal"
    static let ringCapacityBytes = 2 * 1_048_576

    let disk: SimulatedDisk
    let clock = SimulatedClock()
    let recovery: JournalRecovery
    let ring: MovementRing
    let journal: Journal
    /// Records that recovery handed out, by LSN.
    let recovered: [UInt64: [UInt8]]
    let notes: [String]
    /// Records appended since, by LSN.
    private(set) var appended: [UInt64: [UInt8]] = [:]

    static func settings(
        durability: Durability = .sync,
        segmentSizeBytes: Int = 16_384,
        batchSizeBytes: Int = 2_048,
        archive: String? = nil
    ) -> JournalSettings {
        var settings = JournalSettings(directory: directory)
        settings.durability = durability
        settings.segmentSizeBytes = segmentSizeBytes
        settings.batchSizeBytes = batchSizeBytes
        settings.archiveDirectory = archive
        return settings
    }

    /// Recovers the log on a disk and goes on with it.
    init(
        _ disk: SimulatedDisk,
        settings: JournalSettings = LogHarness.settings(),
        from lsn: UInt64? = nil
    ) throws(JournalError) {
        self.disk = disk
        var records: [UInt64: [UInt8]] = [:]
        var lines: [String] = []
        recovery = try Journal.recover(
            settings: settings,
            disk: disk,
            from: lsn,
            note: { lines.append($0) },
            apply: { record, lsn in records[lsn] = Array(record) }
        )
        recovered = records
        notes = lines
        ring = MovementRing(
            capacityBytes: LogHarness.ringCapacityBytes,
            startLSN: recovery.nextLSN
        )
        let failures = Failures()
        journal = try Journal(
            goingOnFrom: recovery,
            ring: ring,
            clock: clock,
            entropy: SimulatedEntropy(seed: UInt64(disk.calls)),
            isStepped: true,
            onFailure: { failures.append($0) }
        )
        failureList = failures
    }

    private let failureList: Failures

    /// Failures that the journal reported.
    var reported: [StorageError] { failureList.all }

    /// Appends a record whose bytes follow from its LSN.
    @discardableResult
    func append(size: Int = 64) -> UInt64 {
        precondition(ring.takeCredit(size), "the ring is full")
        let (lsn, record) = ring.append(size: size)
        let bytes = LogHarness.recordBytes(lsn: lsn, size: size)
        UnsafeMutableRawBufferPointer(start: record, count: size).copyBytes(from: bytes)
        ring.publish(record, size: size)
        appended[lsn] = bytes
        return lsn
    }

    /// Appends a record of a movement made at an instant.
    @discardableResult
    func append(at instant: Instant, size: Int = 64) -> UInt64 {
        precondition(ring.takeCredit(size), "the ring is full")
        let (lsn, record) = ring.append(size: size)
        var bytes = LogHarness.recordBytes(lsn: lsn, size: size)
        bytes[4] = MovementKind.stockChanged.rawValue
        withUnsafeBytes(of: instant.milliseconds.littleEndian) {
            bytes.replaceSubrange(8..<16, with: $0)
        }
        UnsafeMutableRawBufferPointer(start: record, count: size).copyBytes(from: bytes)
        ring.publish(record, size: size)
        appended[lsn] = bytes
        return lsn
    }

    /// Steps until nothing is left to do, or at most `limit` times.
    func stepUntilIdle(limit: Int = 10_000) {
        for _ in 0..<limit where journal.step() != .worked { return }
    }

    /// All records that must be there after a crash now.
    var durableRecords: [UInt64: [UInt8]] {
        let durable = journal.durableLSN
        return recovered.merging(appended.filter { $0.key < durable }) { _, new in new }
    }

    /// The bytes of the record at an LSN: its size, then a pattern.
    static func recordBytes(lsn: UInt64, size: Int) -> [UInt8] {
        var generator = SplitMix64(seed: lsn)
        var words = (0..<size / 8).map { _ in generator.next() }
        words[0] = (words[0] & ~0xFFFF_FFFF) | UInt64(size)
        return words.withUnsafeBytes { Array($0) }
    }

    private final class Failures: Sendable {
        private let list = Monitor<[StorageError]>([])
        var all: [StorageError] { list.withLock { $0 } }
        func append(_ error: StorageError) { list.withLock { $0.append(error) } }
    }
}

/// A disk with the directory that a node would have made.
func emptyDisk(capacityBytes: Int = .max) -> SimulatedDisk {
    SimulatedDisk(capacityBytes: capacityBytes)
}

/// The path of a segment in the harness's directory.
func segmentPath(_ number: UInt64) -> String {
    LogHarness.directory + "/" + JournalFormat.segmentName(number)
}
