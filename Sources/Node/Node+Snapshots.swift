package import Inventory
internal import Snapshot

// Snapshots, checks on an image, and backups: what an operator asks for.
extension Node {
    /// Asks for a snapshot; one that is under way is joined.
    package func startSnapshot() -> SnapshotReport { checkpointer.startSnapshot() }

    /// How the taking of a snapshot goes, or what came of the last one since the start.
    package var snapshotReport: SnapshotReport { checkpointer.snapshotReport }

    /// Asks for a check of all invariants on an image that isn't kept; one under way is joined.
    package func startCheck() -> ImageCheck { checkpointer.startCheck() }

    /// How such a check goes, or what the last one since the start found.
    package var checkReport: ImageCheck { checkpointer.checkReport }

    /// What is counted of snapshots and checks.
    package var checkpointFigures: CheckpointFigures { checkpointer.figures }

    /// The snapshots that are kept, newest first; reads a little of each file.
    package func snapshots() -> Result<[SnapshotEntry], NodeError> {
        do throws(NodeError) {
            return .success(try store.entries())
        } catch {
            return .failure(error)
        }
    }

    /// Begins a backup of the newest whole snapshot and the log from there on.
    package func startBackup() -> Result<BackupPlan, BackupRefusal> {
        store.leases.start { () throws(NodeError) in try store.newest() }
    }

    /// Reads bytes of a backup's file and begins its lease anew.
    ///
    /// - Returns: The bytes; fewer than asked for where the file ends.
    package func readBackup(
        _ token: UInt64,
        file: Int,
        offset: UInt64,
        sizeBytes: Int
    ) -> Result<[UInt8], BackupRefusal> {
        store.leases.read(token, file: file, offset: offset, sizeBytes: sizeBytes)
    }

    /// Ends a backup.
    /// - Returns: Whether it was under way.
    package func endBackup(_ token: UInt64) -> Bool { store.leases.end(token) }
}

extension SnapshotStore {
    /// The newest whole snapshot.
    func newest() throws(NodeError) -> SnapshotFile? {
        try files().first { file in
            guard case .success = file.content else { return false }
            return true
        }
    }

    /// All snapshots as answers tell them, newest first.
    func entries() throws(NodeError) -> [SnapshotEntry] {
        var entries: [SnapshotEntry] = []
        for file in try files() {
            let name = fileName(of: file.path)
            switch file.content {
            case .success(let header):
                entries.append(
                    SnapshotEntry(
                        name: name,
                        endLSN: header.facts.endLSN,
                        takenAt: header.facts.instant,
                        sizeBytes: header.sizeBytes
                    )
                )
            case .failure(let error):
                entries.append(
                    SnapshotEntry(
                        name: name,
                        endLSN: 0,
                        takenAt: Instant(milliseconds: 0),
                        sizeBytes: 0,
                        fault: error.description
                    )
                )
            }
        }
        return entries
    }
}
