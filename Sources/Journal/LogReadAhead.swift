internal import Movements
internal import Storage

/// Reads a log on a thread of its own, ahead of the one that works on what was read.
///
/// Reading, checksums and the counting of records take a seventh of a replay: with a second core
/// they cost the working thread nothing. Batches are handed over in groups, so that a log of small
/// batches doesn't wake a thread for each; at most ``JournalLimits/readAheadGroupsMax`` groups
/// wait. The first thing wrong in the order of the log is what is thrown, as if one thread did it
/// all: what stands before a damaged place is worked on first.
/// Isolation: made, and run once, by one thread.
@safe
final class LogReadAhead: Sendable {
    private struct State {
        /// Read and not yet taken, in log order.
        var groups: [[LogBatch]] = []
        /// Worked on: the reading thread lets go of them, so that it alone knows which of its
        /// windows are free.
        var done: [[LogBatch]] = []
        var hasRead = false
        var isGivenUp = false
    }

    private let state = Monitor(State())
    private let lsns: Range<UInt64>
    /// These three belong to the reading thread until it has ended.
    private nonisolated(unsafe) var scan: LogScan
    private nonisolated(unsafe) var outcome = Result<LogEnding, JournalError>.success(.unclosed)
    private nonisolated(unsafe) var gathered: (batches: [LogBatch], sizeBytes: Int) = ([], 0)

    private static let waitMilliseconds = 1_000

    /// A reading of the records with LSNs in `lsns` from where a scan stands.
    init(_ scan: LogScan, lsns: Range<UInt64>) {
        unsafe self.scan = scan
        self.lsns = lsns
    }

    /// Hands every batch to `work`, in log order, on the calling thread.
    ///
    /// - Returns: The scan at the end of the log, and how that ends.
    /// - Throws: What `work` throws, or the scan, whichever comes first in the log.
    func run(
        _ work: (LogBatch) throws(JournalError) -> Void
    ) throws(JournalError) -> (scan: LogScan, ending: LogEnding) {
        let thread = SystemThread(name: "holdfast-read") { [self] in read() }
        do throws(JournalError) {
            var worked: [LogBatch] = []
            while let group = next(after: worked) {
                for batch in group { try work(batch) }
                worked = group
            }
        } catch {
            state.notifying { $0.isGivenUp = true }
            thread.join()
            throw error
        }
        thread.join()
        return unsafe (scan, try outcome.get())
    }

    /// The next group; nil behind the last one.
    private func next(after worked: consuming [LogBatch]) -> [LogBatch]? {
        if !worked.isEmpty { state.withLock { [worked] in $0.done.append(worked) } }
        while true {
            state.wait(timeoutMilliseconds: LogReadAhead.waitMilliseconds) {
                !$0.groups.isEmpty || $0.hasRead
            }
            let (group, hasRead) = state.notifying {
                ($0.groups.isEmpty ? nil : $0.groups.removeFirst(), $0.hasRead)
            }
            if group != nil || hasRead { return group }
        }
    }

    // MARK: On the reading thread

    private func read() {
        do throws(JournalError) {
            let ending = try unsafe scan.run { (found, place, path) throws(JournalError) in
                guard let batch = try unsafe LogBatch(found, at: place, in: path, lsns: lsns) else {
                    return true
                }
                return gather(batch)
            }
            unsafe outcome = .success(ending)
        } catch {
            unsafe outcome = .failure(error)
        }
        handOver()
        state.notifying { $0.hasRead = true }
    }

    /// Takes a batch in, and hands over what there is once it is enough.
    /// - Returns: Whether more is wanted.
    private func gather(_ batch: LogBatch) -> Bool {
        unsafe gathered.batches.append(batch)
        unsafe gathered.sizeBytes += batch.records.count
        guard unsafe gathered.sizeBytes >= JournalLimits.readAheadGroupSizeBytesMin else {
            return true
        }
        return handOver()
    }

    /// Hands over what there is, waiting for room.
    /// - Returns: Whether more is wanted.
    @discardableResult
    private func handOver() -> Bool {
        let group = unsafe gathered.batches
        unsafe gathered = ([], 0)
        while true {
            let (isWanted, hasRoom, done) = state.notifying { state in
                let hasRoom = state.groups.count < JournalLimits.readAheadGroupsMax
                if hasRoom, !group.isEmpty { state.groups.append(group) }
                let done = state.done
                state.done = []
                return (!state.isGivenUp, hasRoom, done)
            }
            _ = consume done
            if hasRoom || !isWanted { return isWanted }
            state.wait(timeoutMilliseconds: LogReadAhead.waitMilliseconds) {
                $0.groups.count < JournalLimits.readAheadGroupsMax || $0.isGivenUp
            }
        }
    }
}
