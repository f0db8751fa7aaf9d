/// Snapshots, checks and backups: what an operator asks for.
extension HoldfastClient {
    // MARK: Snapshots

    /// Begins to take a snapshot beside all traffic; one that is under way goes on.
    ///
    /// ``snapshotReport()`` tells how.
    public func startSnapshot() async throws(ClientError) -> Result<SnapshotReport, Refusal> {
        try await start(
            PlainRequest(.snapshotStart),
            answeredBy: SnapshotReport.self
        ).value
    }

    /// How the taking of a snapshot goes, or what came of the last one since the server started.
    public func snapshotReport() async throws(ClientError) -> Result<SnapshotReport, Refusal> {
        try await start(
            PlainRequest(.snapshotStatus),
            answeredBy: SnapshotReport.self
        ).value
    }

    /// The snapshots that the server keeps, the newest first.
    public func snapshots() async throws(ClientError) -> Result<[SnapshotEntry], Refusal> {
        try await start(
            PlainRequest(.snapshotList),
            answeredBy: SnapshotList.self
        ).value.map(\.snapshots)
    }

    // MARK: Checks

    /// Begins to check all invariants on an image of the state that isn't kept, beside all traffic.
    ///
    /// ``checkReport()`` tells how it goes and what it found. One that is under way goes on.
    public func startCheck() async throws(ClientError) -> Result<ImageCheckReport, Refusal> {
        try await start(
            PlainRequest(.checkStart),
            answeredBy: ImageCheckReport.self
        ).value
    }

    /// How a check on an image goes, or what the last one since the server started found.
    public func checkReport() async throws(ClientError) -> Result<ImageCheckReport, Refusal> {
        try await start(
            PlainRequest(.checkStatus),
            answeredBy: ImageCheckReport.self
        ).value
    }

    // MARK: Backups

    /// Says what a backup copies; the server keeps these files for the plan's lease.
    public func startBackup() async throws(ClientError) -> Result<BackupPlan, Refusal> {
        try await start(PlainRequest(.backupStart), answeredBy: BackupPlan.self).value
    }

    /// Bytes of a file that a backup copies, and a new lease.
    ///
    /// - Parameters:
    ///   - backup: The plan's token.
    ///   - file: The file's index in the plan.
    ///   - offset: Where to read from.
    ///   - sizeBytes: How many bytes, 1 to 524,288.
    /// - Returns: The bytes; fewer than asked for where the file ends.
    /// - Throws: When no answer came.
    public func readBackup(
        _ backup: UInt64,
        file: Int,
        offset: UInt64,
        sizeBytes: Int
    ) async throws(ClientError) -> Result<[UInt8], Refusal> {
        try await start(
            BackupRead(
                token: backup,
                file: UInt32(clamping: file),
                offset: offset,
                sizeBytes: UInt32(clamping: sizeBytes)
            ),
            answeredBy: BackupChunk.self
        ).value.map(\.bytes)
    }

    /// Says that a backup has all it wants.
    public func endBackup(
        _ backup: UInt64
    ) async throws(ClientError) -> Result<Void, Refusal> {
        try await start(BackupEnd(token: backup), answeredBy: Acknowledgement.self).value
            .map { _ in }
    }
}
