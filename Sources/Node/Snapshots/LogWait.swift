internal import Journal
internal import Storage

/// Waits for the log on behalf of a snapshot, which gives up sooner than the log does.
///
/// A snapshot that is written and waits holds room on the disk that the log may be waiting for.
struct LogWait: Sendable {
    let journal: Journal

    /// Milliseconds of one wait, after which it is asked whether to go on.
    private static let stepMilliseconds = 100
    /// Waits, one after the other, until a log that stands still is given up: a minute.
    private static let stepsMax = 600

    /// Waits until the log is durable up to an LSN.
    ///
    /// - Throws: Code `stopped` where `shouldStop` said so, `busy` where the disk is full or the
    ///   log stands still, `storage` where it has failed.
    func untilDurable(upTo lsn: UInt64, shouldStop: () -> Bool) throws(NodeError) {
        for _ in 0..<LogWait.stepsMax {
            let isDurable = try onJournal { () throws(JournalError) in
                try journal.syncUp(to: lsn, timeoutMilliseconds: LogWait.stepMilliseconds)
            }
            if isDurable { return }
            if shouldStop() { throw NodeError.stopped }
            if journal.isDiskFull { break }
        }
        throw NodeError.logStalled
    }
}
