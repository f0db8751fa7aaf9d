package import Storage

/// What a look at a whole log found.
package struct JournalReport: Sendable {
    /// Segment files, also those not yet written to.
    package let segmentCount: Int
    /// Good batches, opening and closing ones included.
    package let batchCount: UInt64
    /// Records in them.
    package let recordCount: UInt64
    /// LSN of the first batch; 0 if there is none.
    package let firstLSN: UInt64
    /// LSN behind the last record.
    package let endLSN: UInt64
    /// The chain of all good batches; nil where there is none.
    package let mark: LogMark?
    /// The chain of the batches that end at or before the LSN that was asked for.
    ///
    /// nil where none was asked for, or none of the log lies before it.
    package let askedMark: LogMark?
    /// Whether the log ends with a closing batch.
    package let isClosed: Bool
    /// The first damage, with file and offset.
    package let damage: JournalError?
    /// A tail that recovery would cut: file, offset, bytes.
    package let tornTail: TornTail?
}

/// The end of a log that was never durable.
package struct TornTail: Hashable, Sendable {
    /// The file.
    package let path: String
    /// Where in the file it begins.
    package let offset: UInt64
    /// How many bytes, in sectors that aren't zero.
    package let sizeBytes: UInt64
}

extension Journal {
    /// Reads a whole log and reports on it, without changing anything.
    ///
    /// - Parameters:
    ///   - directory: The directory of the segments.
    ///   - disk: The port to its files.
    /// - Returns: Counts up to the first damage or torn tail, and these.
    /// - Throws: Code `storage` where a file operation fails. Damage is reported, not thrown.
    package static func verify(
        directory: String,
        disk: any Disk
    ) throws(JournalError) -> JournalReport {
        try verify(LogSources(directory), disk: disk)
    }

    /// Reads a whole log with its archives and reports on it, without changing anything.
    ///
    /// - Parameters:
    ///   - sources: The directories of the log.
    ///   - lsn: LSN up to which the chain is told besides, to compare it with a mark noted before.
    ///   - disk: The port to the files.
    /// - Returns: Counts up to the first damage or torn tail, and these.
    /// - Throws: Code `storage` where a file operation fails. Damage is reported, not thrown.
    package static func verify(
        _ sources: LogSources,
        markAt lsn: UInt64? = nil,
        disk: any Disk
    ) throws(JournalError) -> JournalReport {
        var verification = LogVerification(askedLSN: lsn)
        do throws(JournalError) {
            try verification.run(try LogScan(sources, from: .oldest, disk: disk))
        } catch {
            guard error.code == .damaged else { throw error }
            verification.damage = error
        }
        return verification.report
    }
}

/// One look at a whole log.
private struct LogVerification {
    let askedLSN: UInt64?
    var scan: LogScan?
    var mark: LogMark?
    var askedMark: LogMark?
    var damage: JournalError?
    var tornTail: TornTail?

    init(askedLSN: UInt64?) { self.askedLSN = askedLSN }

    /// Reads the log; what was found up to an error stays.
    mutating func run(_ start: LogScan) throws(JournalError) {
        var scan = start
        defer { self.scan = scan }
        let logID = scan.logID ?? 0
        let ending = try unsafe scan.run { (batch, place, path) throws(JournalError) in
            _ = try unsafe LogBatch(batch, at: place, in: path, lsns: 0..<UInt64.max)
            unsafe note(batch.header, of: logID)
            return true
        }
        switch ending {
        case .closed, .unclosed: break
        case .damaged(let error): damage = error
        case .torn(let tail): tornTail = tail
        }
    }

    private mutating func note(_ batch: BatchHeader, of logID: UInt64) {
        var next = mark ?? LogMark(logID: logID, before: batch)
        if let askedLSN, next.lsn <= askedLSN { askedMark = askedMark ?? next }
        next.append(batch)
        if let askedLSN, next.lsn <= askedLSN { askedMark = next }
        mark = next
    }

    var report: JournalReport {
        JournalReport(
            segmentCount: scan?.segments.count ?? 0,
            batchCount: scan?.batches ?? 0,
            recordCount: scan?.records ?? 0,
            firstLSN: scan?.firstLSN ?? 0,
            endLSN: scan?.chain.endLSN ?? 0,
            mark: mark,
            askedMark: askedMark,
            isClosed: scan?.chain.isClosed ?? false,
            damage: damage,
            tornTail: tornTail
        )
    }
}
