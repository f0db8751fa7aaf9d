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
/// A lease keeps the snapshot open and pins the log from its state on. It ends when the backup says
/// so, or when nothing was read for its time. Isolation: any thread.
final class BackupLeases: Sendable {
    /// Milliseconds without a read after which a lease ends.
    static let leaseMilliseconds: UInt32 = 60_000
    /// Backups at the same time.
    static let leasesMax = 4

    /// Looks for a snapshot that stays until it is open.
    private static let attemptsMax = 8

    /// A file that stays open while somebody reads it, whatever becomes of its name.
    private final class OpenFile: Sendable {
        let file: any DiskFile

        init(_ file: any DiskFile) { self.file = file }

        deinit { file.close() }
    }

    /// A file of a backup.
    private struct Source {
        let path: String
        let sizeBytes: UInt64
        /// Bytes at the front that are as they will stay; zeros are given for the rest.
        let settledBytes: UInt64
        /// The file; nil where its name keeps standing for it.
        let open: OpenFile?
    }

    private struct Lease {
        let sources: [Source]
        /// The LSN whose snapshot it copies; nil where it copies the log alone.
        let snapshotLSN: UInt64?
        let pin: SegmentPin
        var endsAtNanoseconds: UInt64
    }

    private struct State {
        var leases: [UInt64: Lease] = [:]
        /// Backups that are about to begin.
        var beginning = 0
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

    /// Begins a backup of the newest snapshot and of the log from there on.
    ///
    /// - Parameter newest: Finds the newest whole snapshot; without one the log is copied from its
    ///   beginning.
    /// - Returns: What it copies, or why it can't begin.
    func start(
        _ newest: () throws(NodeError) -> SnapshotFile?
    ) -> Result<BackupPlan, BackupRefusal> {
        endOld()
        let mayBegin = state.withLock { state in
            guard state.leases.count + state.beginning < BackupLeases.leasesMax else {
                return false
            }
            state.beginning += 1
            return true
        }
        guard mayBegin else {
            return .failure(BackupRefusal(outcome: .tooManyBackups, detail: ""))
        }
        defer { state.withLock { $0.beginning -= 1 } }
        do throws(NodeError) {
            for _ in 0..<BackupLeases.attemptsMax {
                if let plan = try plan(try newest()) { return .success(plan) }
            }
            throw NodeError.snapshotsChange
        } catch {
            let isCrowded = error == .tooManyReaders
            return .failure(
                BackupRefusal(
                    outcome: isCrowded ? .tooManyBackups : .fileUnreadable,
                    detail: error.description
                )
            )
        }
    }

    /// Begins a backup of a snapshot.
    /// - Returns: nil where the snapshot, or what it needs of the log, has gone meanwhile.
    private func plan(_ snapshot: SnapshotFile?) throws(NodeError) -> BackupPlan? {
        // The pin comes first: what is listed after it stays.
        let lsn = snapshot?.endLSN ?? 0
        guard let pin = journal.pin(from: lsn) else { throw NodeError.tooManyReaders }
        var isKept = false
        defer { if !isKept { pin.release() } }
        var sources: [Source] = []
        if let snapshot {
            guard pin.lsn == lsn, let source = try source(of: snapshot) else { return nil }
            sources.append(source)
        }
        let durableLSN = journal.durableLSN
        let parts = try onJournal { () throws(JournalError) in
            try journal.segmentParts(from: snapshot?.endLSN)
        }
        for part in parts {
            sources.append(
                Source(
                    path: part.path,
                    sizeBytes: part.sizeBytes,
                    settledBytes: part.writtenBytes,
                    open: nil
                )
            )
        }
        let token = entropy.next64()
        let lease = Lease(
            sources: sources,
            snapshotLSN: snapshot?.endLSN,
            pin: pin,
            endsAtNanoseconds: leaseEnd
        )
        state.withLock { $0.leases[token] = lease }
        isKept = true
        return BackupPlan(
            token: token,
            durableLSN: durableLSN,
            leaseMilliseconds: BackupLeases.leaseMilliseconds,
            files: sources.map { source in
                BackupPlan.File(
                    folder: source.open == nil ? .journal : .snapshots,
                    name: fileName(of: source.path),
                    sizeBytes: source.sizeBytes
                )
            }
        )
    }

    /// Opens a snapshot; nil where it has gone.
    ///
    /// It is read through this one file to the end of the lease: another snapshot of the same state
    /// may get its name meanwhile.
    private func source(of snapshot: SnapshotFile) throws(NodeError) -> Source? {
        do throws(StorageError) {
            let open = OpenFile(try disk.open(snapshot.path, for: .read))
            let size = try open.file.size()
            return Source(path: snapshot.path, sizeBytes: size, settledBytes: size, open: open)
        } catch {
            if error.code == .missing { return nil }
            throw NodeError(error)
        }
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
        let source = state.withLock { state -> Source? in
            guard let lease = state.leases[token], lease.sources.indices.contains(index) else {
                return nil
            }
            state.leases[token]?.endsAtNanoseconds = end
            return lease.sources[index]
        }
        guard let source else {
            return .failure(BackupRefusal(outcome: .unknownBackup, detail: ""))
        }
        guard offset < source.sizeBytes else { return .success([]) }
        let count = Int(min(UInt64(sizeBytes), source.sizeBytes - offset))
        do throws(StorageError) {
            return .success(try read(source, offset, count))
        } catch {
            return .failure(BackupRefusal(outcome: .fileUnreadable, detail: error.description))
        }
    }

    private func read(
        _ source: Source,
        _ offset: UInt64,
        _ count: Int
    ) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard offset < source.settledBytes else { return bytes }
        let open: OpenFile
        if let kept = source.open {
            open = kept
        } else {
            open = OpenFile(try disk.open(source.path, for: .read))
        }
        let settled = Int(min(UInt64(count), source.settledBytes - offset))
        let found = bytes.withUnsafeMutableBytes { buffer -> Result<Int, StorageError> in
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<settled])
            do throws(StorageError) {
                return .success(try open.file.read(into: target, at: offset))
            } catch {
                return .failure(error)
            }
        }
        let readCount = try found.get()
        if readCount < settled { bytes.removeLast(count - readCount) }
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
