internal import Engine
internal import Inventory
internal import Journal
internal import Snapshot
internal import Storage

/// The snapshots of a data directory: published, listed, and removed with the log they free.
///
/// Isolation: `publish` and `removeOld` from one thread at a time, the rest from any.
struct SnapshotStore: Sendable {
    /// The directory of the snapshots.
    let directory: String
    let disk: any Disk
    let journal: Journal
    let leases: BackupLeases
    let retention: SnapshotRetention
    /// What the start found wrong in snapshots whose header is right, by path.
    let damaged: Monitor<[String: SnapshotError]>

    /// Gives an image its name, once the log is durable up to its LSN.
    /// - Returns: The name.
    func publish(_ image: TakenImage, shouldStop: () -> Bool) throws(NodeError) -> String {
        try LogWait(journal: journal).untilDurable(
            upTo: image.header.facts.endLSN,
            shouldStop: shouldStop
        )
        let path = try onSnapshot { () throws(SnapshotError) in try image.writer.publish() }
        damaged.withLock { $0[path] = nil }
        return fileName(of: path)
    }

    /// All snapshots, newest first, bad ones with what is wrong.
    func files() throws(NodeError) -> [SnapshotFile] {
        let files = try onSnapshot { () throws(SnapshotError) in
            try SnapshotFile.list(directory, disk: disk)
        }
        let damaged = damaged.withLock { $0 }
        return files.map { file in
            guard let error = damaged[file.path] else { return file }
            return SnapshotFile(path: file.path, endLSN: file.endLSN, content: .failure(error))
        }
    }

    /// Removes the snapshots that needn't be kept, then the segments that no kept one needs.
    ///
    /// - Parameters:
    ///   - now: The engine's instant.
    ///   - limit: Segments that go at most.
    /// - Returns: Whether the limit kept some that would have gone otherwise.
    /// - Throws: Code `storage` where a file operation fails, `damaged` where a segment is bad.
    func removeOld(now: Instant, limit: Int) throws(NodeError) -> Bool {
        let files = try files()
        let leased = leases.leasedSnapshots
        let old = retention.expired(files, now: now).filter { !leased.contains($0.endLSN) }
        try onSnapshot { () throws(SnapshotError) in
            try SnapshotFile.remove(old, from: directory, disk: disk)
        }
        let gone = Set(old.map(\.endLSN))
        // A whole snapshot needs the log from its state on, a bad one nothing. One that couldn't be
        // read just now may be whole.
        let kept = files.filter { file in
            if case .failure(let error) = file.content, error.storage == nil { return false }
            return !gone.contains(file.endLSN)
        }
        guard let oldest = kept.map(\.endLSN).min() else { return false }
        return try onJournal { () throws(JournalError) in
            try journal.retireSegments(below: oldest, limit: limit).isKeptByLimit
        }
    }

    /// Checks all invariants on an image that is finished and not published.
    func check(_ image: TakenImage) throws(NodeError) -> CheckReport {
        let settled = try SettledImage(path: image.writer.path, disk: disk)
        return try settled.check()
    }
}

/// Runs a snapshot's operation; its failure becomes the node's.
func onSnapshot<Value>(
    _ body: () throws(SnapshotError) -> Value
) throws(NodeError) -> Value {
    do throws(SnapshotError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// Runs an operation of the log; its failure becomes the node's.
func onJournal<Value>(
    _ body: () throws(JournalError) -> Value
) throws(NodeError) -> Value {
    do throws(JournalError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// Runs a file operation; its failure becomes the node's.
func onDisk<Value>(_ body: () throws(StorageError) -> Value) throws(NodeError) -> Value {
    do throws(StorageError) {
        return try body()
    } catch {
        throw NodeError(error)
    }
}

/// The last part of a path.
func fileName(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
}
