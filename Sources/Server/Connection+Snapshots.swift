internal import Engine
internal import Inventory
internal import Node
internal import Wire

/// Snapshots, checks on an image, and backups: a thread of the node does the work, a connection
/// only begins it and asks how it goes. Files are read on the reading thread.
extension Connection {
    /// Answers a request about snapshots.
    func serveSnapshots(
        _ operation: Operation,
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64
    ) throws(WireFault) {
        let node = loop.shared.node
        switch operation {
        case .snapshotStart:
            _ = try PlainRequest(body: body, operation: operation)
            append(node.startSnapshot(), correlation: correlation)
        case .snapshotStatus:
            _ = try PlainRequest(body: body, operation: operation)
            append(node.snapshotReport, correlation: correlation)
        case .checkStart:
            _ = try PlainRequest(body: body, operation: operation)
            append(ImageCheckReport(node.startCheck()), correlation: correlation)
        case .checkStatus:
            _ = try PlainRequest(body: body, operation: operation)
            append(ImageCheckReport(node.checkReport), correlation: correlation)
        case .snapshotList:
            _ = try PlainRequest(body: body, operation: operation)
            answerElsewhere(correlation) { $0.snapshotList() }
        case .backupStart:
            _ = try PlainRequest(body: body, operation: operation)
            answerElsewhere(correlation) { $0.startBackup() }
        case .backupRead:
            let request = try BackupRead(body: body, operation: operation)
            answerElsewhere(correlation) { $0.readBackup(request) }
        case .backupEnd:
            let request = try BackupEnd(body: body, operation: operation)
            guard node.endBackup(request.token) else {
                return append(Refusal(.unknownBackup), correlation: correlation)
            }
            append(Acknowledgement(), correlation: correlation)
        default: preconditionFailure("not about snapshots")
        }
    }
}

/// The answers that are made on the reading thread.
extension ServerShared {
    func snapshotList() -> Result<SnapshotList, Refusal> {
        switch node.snapshots() {
        case .success(let entries):
            return .success(SnapshotList(Array(entries.prefix(WireLayout.snapshotsMax))))
        case .failure(let error):
            return .failure(Refusal(.fileUnreadable, detail: error.description))
        }
    }

    func startBackup() -> Result<BackupPlan, Refusal> {
        node.startBackup().mapError(Refusal.init)
    }

    func readBackup(_ request: BackupRead) -> Result<BackupChunk, Refusal> {
        node.readBackup(
            request.token,
            file: Int(request.file),
            offset: request.offset,
            sizeBytes: Int(request.sizeBytes)
        ).map(BackupChunk.init).mapError(Refusal.init)
    }
}

extension Refusal {
    /// Why a backup doesn't go on.
    fileprivate init(_ refusal: BackupRefusal) {
        self.init(refusal.outcome, detail: refusal.detail)
    }
}

extension ImageCheckReport {
    /// What a node tells of a check, as it goes over the wire.
    fileprivate init(_ report: ImageCheck) {
        self.init(image: report.image, result: report.result.map(CheckResult.init))
    }
}

extension CheckResult {
    /// What a check found, as it goes over the wire.
    init(_ report: CheckReport) {
        self.init(
            lsn: report.lsn,
            cells: UInt64(report.cells),
            openReservations: UInt64(report.openReservations),
            stateHash: report.stateHash,
            isClean: report.violations.isEmpty,
            violations: report.violations
        )
    }
}
