package import Inventory
internal import Journal
internal import Snapshot
internal import Storage

/// Why a backup can't begin or go on.
package struct BackupRefusal: Error, Hashable, Sendable {
    /// Why.
    package let outcome: Outcome
    /// What is wrong, where it isn't said by the outcome alone.
    package let detail: String
}

/// What backups copy, kept for them as long as they read.
///
/// A lease pins the snapshot and the log from its state on. It ends when the backup says so, or
/// when nothing was read for its time. Isolation: any thread.
final class BackupLeases: Sendable {
    /// Milliseconds without a read after which a lease ends.
    static let leaseMilliseconds: UInt32 = 60_000
    /// Backups at the same time.
    static let leasesMax = 4

    private struct Lease {
        let paths: [String]
        let sizes: [UInt64]
        /// The LSN whose snapshot it copies; nil where it copies the log alone.
        let snapshotLSN: UInt64?
        let pin: SegmentPin
        var endsAtNanoseconds: UInt64
    }

    private struct State {
        var leases: [UInt64: Lease] = [:]
    }

    private let disk: any Disk
    private let clock: any Clock
    private let entropy: any Entropy
    private let journal: Journal
    private let state = Monitor<State>(State())

    init(disk: any Disk, clock: any Clock, entropy: any Entropy, journal: Journal) {
        self.disk = disk
        self.clock = clock
        self.entropy = entropy
        self.journal = journal
    }

    /// The LSNs of the snapshots that some backup copies.
    var leasedSnapshots: Set<UInt64> {
        endOld()
        return state.withLock { Set($0.leases.values.compactMap(\.snapshotLSN)) }
    }

    /// Begins a backup of a snapshot and of the log from there on.
    ///
    /// - Parameter snapshot: The newest whole snapshot; nil copies the log from its beginning.
    func start(_ snapshot: SnapshotFile?) -> Result<BackupPlan, BackupRefusal> {
        endOld()
        guard state.withLock({ $0.leases.count }) < BackupLeases.leasesMax else {
            return .failure(BackupRefusal(outcome: .tooManyBackups, detail: ""))
        }
        // The pin comes first: what is listed after it stays.
        let pin = journal.pin(from: snapshot?.endLSN ?? 0)
        guard let pin else {
            return .failure(BackupRefusal(outcome: .tooManyBackups, detail: ""))
        }
        let durableLSN = journal.durableLSN
        do throws(NodeError) {
            return .success(try plan(snapshot, pin, durableLSN))
        } catch {
            pin.release()
            return .failure(BackupRefusal(outcome: .fileUnreadable, detail: error.description))
        }
    }

    private func plan(
        _ snapshot: SnapshotFile?,
        _ pin: SegmentPin,
        _ durableLSN: UInt64
    ) throws(NodeError) -> BackupPlan {
        var files: [BackupPlan.File] = []
        var paths: [String] = []
        if let snapshot {
            paths.append(snapshot.path)
            files.append(try file(snapshot.path, in: .snapshots))
        }
        let segments = try onJournal { () throws(JournalError) in
            try journal.segmentPaths(from: snapshot?.endLSN)
        }
        for path in segments {
            paths.append(path)
            files.append(try file(path, in: .journal))
        }
        let token = entropy.next64()
        let lease = Lease(
            paths: paths,
            sizes: files.map(\.sizeBytes),
            snapshotLSN: snapshot?.endLSN,
            pin: pin,
            endsAtNanoseconds: leaseEnd
        )
        state.withLock { $0.leases[token] = lease }
        return BackupPlan(
            token: token,
            durableLSN: durableLSN,
            leaseMilliseconds: BackupLeases.leaseMilliseconds,
            files: files
        )
    }

    private func file(
        _ path: String,
        in folder: BackupPlan.Folder
    ) throws(NodeError) -> BackupPlan.File {
        let size = try onDisk { () throws(StorageError) in
            let file = try disk.open(path, for: .read)
            defer { file.close() }
            return try file.size()
        }
        return BackupPlan.File(folder: folder, name: fileName(of: path), sizeBytes: size)
    }

    /// Reads bytes of a backup's file and begins its lease anew.
    ///
    /// - Returns: The bytes; fewer than asked for where the file ends.
    func read(
        _ token: UInt64,
        file index: Int,
        offset: UInt64,
        sizeBytes: Int
    ) -> Result<[UInt8], BackupRefusal> {
        endOld()
        let end = leaseEnd
        let place = state.withLock { state -> (path: String, sizeBytes: UInt64)? in
            guard let lease = state.leases[token], lease.paths.indices.contains(index) else {
                return nil
            }
            state.leases[token]?.endsAtNanoseconds = end
            return (lease.paths[index], lease.sizes[index])
        }
        guard let place else {
            return .failure(BackupRefusal(outcome: .unknownBackup, detail: ""))
        }
        guard offset < place.sizeBytes else { return .success([]) }
        let count = Int(min(UInt64(sizeBytes), place.sizeBytes - offset))
        do throws(StorageError) {
            return .success(try read(place.path, offset, count))
        } catch {
            return .failure(BackupRefusal(outcome: .fileUnreadable, detail: error.description))
        }
    }

    private func read(
        _ path: String,
        _ offset: UInt64,
        _ count: Int
    ) throws(StorageError) -> [UInt8] {
        let file = try disk.open(path, for: .read)
        defer { file.close() }
        var fault: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(StorageError) {
                filled = try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Ends a backup.
    /// - Returns: Whether it was under way.
    func end(_ token: UInt64) -> Bool {
        guard let lease = state.withLock({ $0.leases.removeValue(forKey: token) }) else {
            return false
        }
        lease.pin.release()
        return true
    }

    /// Ends the leases whose time is over.
    private func endOld() {
        let now = clock.monotonicNanoseconds()
        let old = state.withLock { state in
            let old = state.leases.filter { $0.value.endsAtNanoseconds <= now }
            for token in old.keys { state.leases[token] = nil }
            return old.values.map(\.pin)
        }
        for pin in old { pin.release() }
    }

    private var leaseEnd: UInt64 {
        clock.monotonicNanoseconds() + UInt64(BackupLeases.leaseMilliseconds) * 1_000_000
    }
}
