internal import Movements
internal import Storage

extension Journal {
    /// Makes everything before an LSN durable, in every mode, and waits until it is.
    ///
    /// A stepped journal takes the steps itself.
    /// - Parameters:
    ///   - lsn: At most the ring's tail.
    ///   - timeoutMilliseconds: How long to wait at most, for example on a full disk.
    /// - Returns: Whether all before `lsn` is durable; false when the time is over or the journal
    ///   was closed before.
    /// - Throws: Code `storage` where a write or sync has failed.
    package func syncUp(
        to lsn: UInt64,
        timeoutMilliseconds: Int
    ) throws(JournalError) -> Bool {
        precondition(lsn <= ring.tail, "what is synced was appended")
        requestSync(to: lsn)
        if isStepped {
            while syncedLSN < lsn, step() == .worked {}
        } else {
            progress.wait(timeoutMilliseconds: timeoutMilliseconds) { state in
                syncedLSN >= lsn || state.failure != nil || state.hasEnded
            }
        }
        if let failure = progress.withLock({ $0.failure }) { throw JournalError(failure) }
        return syncedLSN >= lsn
    }

    /// Hands all records with `start` <= LSN < `end` to `visit`, once they are durable.
    ///
    /// The records between two instants of a running log, as a snapshot needs them. Whoever calls
    /// holds a ``SegmentPin`` from `start` on.
    /// - Parameters:
    ///   - start: A record's first byte.
    ///   - end: At most the ring's tail.
    ///   - timeoutMilliseconds: How long to wait at most for the log to be durable.
    ///   - visit: Takes the records batch by batch, in log order; returns false to stop.
    /// - Returns: Whether all was handed out; false when the time was over or `visit` stopped.
    /// - Throws: As `read`, and as `syncUp`.
    package func readSlice(
        from start: UInt64,
        upTo end: UInt64,
        timeoutMilliseconds: Int,
        visit: (LogBatch) throws(RecordError) -> Bool
    ) throws(JournalError) -> Bool {
        precondition(start <= end, "a slice ends behind its start")
        guard try syncUp(to: end, timeoutMilliseconds: timeoutMilliseconds) else { return false }
        guard start < end else { return true }
        var hasStopped = false
        let reading = try Journal.readBatches(
            settings.sources,
            from: start,
            upTo: end,
            disk: disk,
            // Else what was written is still in the cache.
            manner: settings.durability == .sync ? .besideTrafficPastCache : .besideTraffic
        ) { (batch) throws(RecordError) in
            hasStopped = try !visit(batch)
            return !hasStopped
        }
        guard reading.endLSN >= end || hasStopped else {
            throw JournalError(
                .damaged,
                path: settings.directory,
                offset: 0,
                reason: "the log ends at LSN \(reading.endLSN), and LSN \(end) is durable"
            )
        }
        return !hasStopped
    }
}
