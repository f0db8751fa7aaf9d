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
        var scan: LogScan
        do throws(JournalError) {
            scan = try LogScan(directory: directory, disk: disk)
        } catch {
            guard error.code == .damaged else { throw error }
            return JournalReport(
                segmentCount: 0,
                batchCount: 0,
                recordCount: 0,
                firstLSN: 0,
                endLSN: 0,
                isClosed: false,
                damage: error,
                tornTail: nil
            )
        }
        var damage: JournalError?
        var tornTail: TornTail?
        do throws(JournalError) {
            let ending = try unsafe scan.run { (batch, place, path) throws(JournalError) in
                try unsafe eachRecord(of: batch, at: place, in: path) { _, _ in }
                return true
            }
            switch ending {
            case .closed, .unclosed: break
            case .damaged(let error): damage = error
            case .torn(let tail): tornTail = tail
            }
        } catch {
            guard error.code == .damaged else { throw error }
            damage = error
        }
        return JournalReport(
            segmentCount: scan.segments.count,
            batchCount: scan.batches,
            recordCount: scan.records,
            firstLSN: scan.firstLSN ?? 0,
            endLSN: scan.chain.endLSN,
            isClosed: scan.chain.isClosed,
            damage: damage,
            tornTail: tornTail
        )
    }
}
