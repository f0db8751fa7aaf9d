internal import Movements
package import Storage

extension Journal {
    /// Hands the records of a log to `visit`, in log order, and changes nothing.
    ///
    /// - Parameters:
    ///   - path: The directory of the segments, or one segment, which is then read alone.
    ///   - disk: The port to its files.
    ///   - visit: Takes each record with its LSN and the path of its segment; returns false to stop
    ///     there.
    /// - Returns: A tail that recovery would cut; `nil` where there is none or `visit` stopped.
    /// - Throws: Code `damaged` with file and offset where durable bytes are bad, `recordRefused`
    ///   where `visit` throws, `storage` where a file operation fails.
    package static func read(
        _ path: String,
        disk: any Disk,
        visit: (UnsafeRawBufferPointer, UInt64, String) throws(RecordError) -> Bool
    ) throws(JournalError) -> TornTail? {
        var scan =
            path.hasSuffix(JournalFormat.segmentSuffix)
            ? try LogScan(segment: path, disk: disk) : try LogScan(directory: path, disk: disk)
        let ending = try unsafe scan.run { (batch, place, path) throws(JournalError) in
            var goesOn = true
            try unsafe eachRecord(of: batch, at: place, in: path) {
                (record, lsn) throws(JournalError) in
                guard goesOn else { return }
                do throws(MovementError) {
                    goesOn = try unsafe visit(record, lsn, path)
                } catch {
                    throw JournalError(
                        .recordRefused,
                        path: path,
                        offset: place.offset,
                        reason: "\(error)"
                    )
                }
            }
            return goesOn
        }
        switch ending {
        case .closed, .unclosed: return nil
        case .torn(let tail): return tail
        case .damaged(let error): throw error
        }
    }
}
