internal import Engine
internal import Glibc
package import Inventory
internal import Journal
internal import Movements
package import Snapshot
package import Storage

/// A data directory that was made of a past state.
package struct RecoveredDirectory: Hashable, Sendable {
    /// LSN of the state; the log goes on from there.
    package let lsn: UInt64
    /// Instant of the last movement in it.
    package let instant: Instant
    /// The hash of the state, as `check` tells it.
    package let stateHash: UInt64
    /// SKUs, cells, reservations and remembered requests in it.
    package let counts: SnapshotCounts
}

extension PastState {
    /// Bytes of state records that are copied before they are packed.
    private static let copySizeBytes = 2 << 20
    /// Bytes of the new log's first segment; a server makes later ones as large as it likes.
    private static let segmentSizeBytes = 8 << 20
    /// Behind the name of a directory that isn't whole yet.
    private static let unfinishedSuffix = ".unfinished"

    /// Makes sure that a data directory can be made.
    ///
    /// - Throws: Code `alreadyThere` where there is something of that name, or what an interrupted
    ///   recovery left beside it; `storage` where that can't be told.
    package static func checkIsFree(_ directory: String, on disk: any Disk) throws(TimeTravelError)
    {
        for path in [directory, directory + unfinishedSuffix] {
            do throws(StorageError) {
                _ = try disk.list(path)
            } catch {
                if error.code == .missing { continue }
                guard error.errno == ENOTDIR else { throw TimeTravelError(error) }
                // A file of that name, unless what it would lie in is one.
                try onPastDisk { () throws(StorageError) in
                    try disk.open(path, for: .read).close()
                }
            }
            let remedy =
                path == directory
                ? "name a new directory" : "an interrupted recovery left it; remove it"
            throw TimeTravelError(.alreadyThere, path: path, "\(path): is there — \(remedy)")
        }
    }

    /// Makes a data directory of this state: a snapshot, and an empty log that goes on from it.
    ///
    /// It is made beside its place and gets its name when all of it is durable, so that what has
    /// the name is whole. It is another log than the one it came from, with an id of its own.
    /// Everything of the state must be there, and nothing else may be done with it afterwards.
    /// - Parameters:
    ///   - directory: The data directory; its parent must exist, itself not.
    ///   - clock: Times nothing here, but a log has one.
    ///   - entropy: Draws the log's id.
    /// - Returns: What is in it.
    /// - Throws: Codes `alreadyThere` and `storage`; a directory with ``unfinishedSuffix`` may be
    ///   left then.
    package func makeDataDirectory(
        _ directory: String,
        clock: any Clock,
        entropy: any Entropy
    ) throws(TimeTravelError) -> RecoveredDirectory {
        precondition(isWhole, "a data directory is made of all of a state")
        let disk = sources.disk
        try PastState.checkIsFree(directory, on: disk)
        let unfinished = directory + PastState.unfinishedSuffix
        try onPastDisk { () throws(StorageError) in
            try disk.makeDurableDirectory(unfinished)
            try disk.makeDurableDirectory(unfinished + "/snapshots")
        }
        var log = JournalSettings(directory: unfinished + "/journal")
        log.segmentSizeBytes = PastState.segmentSizeBytes
        let logID = try onPastLog { () throws(JournalError) in
            let firstLSN = try Journal.create(
                log,
                at: lsn,
                disk: disk,
                clock: clock,
                entropy: entropy
            )
            precondition(firstLSN == lsn, "an LSN is a multiple of 8")
            return try Journal.read(log.sources, disk: disk) { _, _, _ in true }.logID
        }
        ring.begin(at: lsn)
        let counts = try writeSnapshot(into: unfinished + "/snapshots", logID: logID ?? 0)
        try onPastDisk { () throws(StorageError) in
            try disk.syncDirectory(unfinished)
            try disk.rename(unfinished, to: directory)
            // Also makes the new name durable.
            try disk.makeDurableDirectory(directory)
        }
        return RecoveredDirectory(
            lsn: lsn,
            instant: instant,
            stateHash: engine.stateHash(),
            counts: counts
        )
    }

    /// Writes the state as a snapshot without a log slice, as nothing changes meanwhile.
    private func writeSnapshot(
        into directory: String,
        logID: UInt64
    ) throws(TimeTravelError) -> SnapshotCounts {
        let startLSN = engine.beginCapture()
        precondition(startLSN == lsn, "nothing was appended")
        let writer = try onPastSnapshot { () throws(SnapshotError) in
            try SnapshotWriter(directory: directory, startLSN: lsn, disk: sources.disk)
        }
        var counts = SnapshotCounts()
        try onPastSnapshot { () throws(SnapshotError) in
            try copy(to: writer, &counts)
            let facts = SnapshotFacts(
                logID: logID,
                instant: instant,
                endLSN: lsn,
                configurationDigest: ImageTaker.digest(of: engine.network),
                nextSKUNumber: UInt64(engine.skuCount),
                stripeCount: UInt32(engine.settings.stockStripes),
                counts: counts
            )
            _ = try writer.finish(facts)
            // The log that it is of has no record yet, and is durable.
            _ = try writer.publish()
        }
        return counts
    }

    private func copy(
        to writer: SnapshotWriter,
        _ counts: inout SnapshotCounts
    ) throws(SnapshotError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: PastState.copySizeBytes,
            alignment: 64
        )
        defer { buffer.deallocate() }
        var sku: UInt32? = 0
        while let from = sku {
            let copied = engine.captureSKUs(from: from, into: buffer)
            try writer.append(
                UnsafeRawBufferPointer(rebasing: buffer[..<copied.sizeBytes]),
                of: .skus
            )
            counts.skus += UInt64(copied.records)
            counts.cells += UInt64(copied.parts)
            sku = copied.next
        }
        var place: ReservationPosition? = .first
        while let from = place {
            let copied = engine.captureReservations(from: from, into: buffer)
            let records = UnsafeRawBufferPointer(rebasing: buffer[..<copied.sizeBytes])
            try writer.append(records, of: .reservations)
            counts.openReservations += UInt64(copied.parts)
            counts.retainedReservations += UInt64(copied.closed)
            counts.requestIDs += UInt64(copied.records - copied.parts - copied.closed)
            place = copied.next
        }
        let configuration = engine.captureConfiguration()
        let result = configuration.withUnsafeBytes { bytes -> Result<Void, SnapshotError> in
            do throws(SnapshotError) {
                return .success(try writer.append(bytes, of: .configuration))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        var share: OwnerEntryPosition? = .first
        while let from = share {
            let copied = engine.captureShares(from: from, into: buffer)
            let records = UnsafeRawBufferPointer(rebasing: buffer[..<copied.sizeBytes])
            try writer.append(records, of: .configuration)
            share = copied.next
        }
    }
}
