internal import Glibc
package import Movements
package import Storage
internal import Synchronization

/// The log of movements on disk: segments, group commit, and the thread that does it.
///
/// A journal goes on from a ``JournalRecovery``. Its log thread takes records out of the ring,
/// writes them in batches and publishes how far the log is durable; another thread makes segments
/// ahead. A failed sync, or a failed write but for a full disk, ends it for good.
/// Isolation: any thread, but `step` and `close` of a stepped journal from one.
@safe
package final class Journal: Sendable {
    let ring: MovementRing
    let settings: JournalSettings
    let disk: any Disk
    let isStepped: Bool
    private let clock: any Clock
    let preparer: SegmentPreparer
    let pins = SegmentPins()
    /// Belongs to the log thread, or to the one that steps, once `init` is over.
    private nonisolated(unsafe) let writer: LogWriter
    private let onFailure: @Sendable (StorageError) -> Void
    /// Boxed: a bare closure would get one more thunk each time it is read from a generic place.
    private struct Listener: Sendable {
        let body: @Sendable (UInt64) -> Void
    }

    private let listener = Monitor<Listener?>(nil)
    private let threads = Monitor<[SystemThread]>([])

    private let durable: Atomic<UInt64>
    private let hasWriteFoundDiskFull = Atomic<Bool>(false)
    private let isClosing = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)
    private let hasFailed = Atomic<Bool>(false)
    private let syncs = Atomic<UInt64>(0)
    /// LSN up to which somebody waits for the log to be synced.
    private let syncAsked = Atomic<UInt64>(0)
    private let synced: Atomic<UInt64>
    /// Behind the last batch that is with the operating system, ``WrittenPlace/packed``.
    private let written = Atomic<UInt64>(0)

    /// Whether the log goes on, for those who wait for it.
    struct Progress {
        var hasEnded = false
        var failure: StorageError?
    }

    let progress = Monitor(Progress())

    /// Goes on with a recovered log: makes room, and makes the run's opening batch durable.
    ///
    /// - Parameters:
    ///   - recovery: What `recover` gave, used once.
    ///   - ring: Where records come from; its next record has the LSN `recovery.nextLSN`.
    ///   - clock: Times the syncs of mode `interval`.
    ///   - entropy: Draws the random number of the run.
    ///   - isStepped: No threads: the caller calls `step`.
    ///   - onFailure: Called once, when a write or sync has failed; nothing is published after.
    /// - Throws: Code `storage` where a file operation fails, also for a full disk.
    package init(
        goingOnFrom recovery: JournalRecovery,
        ring: MovementRing,
        clock: any Clock,
        entropy: any Entropy,
        isStepped: Bool = false,
        onFailure: @escaping @Sendable (StorageError) -> Void = Journal.endProcess
    ) throws(JournalError) {
        precondition(ring.tail == recovery.nextLSN, "ring and log agree on the next LSN")
        precondition(
            ring.capacityBytes <= JournalLimits.ringCapacityBytesMax,
            "the ring is too large"
        )
        self.ring = ring
        self.clock = clock
        self.onFailure = onFailure
        self.isStepped = isStepped
        settings = recovery.settings
        disk = recovery.disk
        durable = Atomic(recovery.nextLSN)
        synced = Atomic(recovery.nextLSN)
        let logID = recovery.logID ?? entropy.next64()
        let drawn = entropy.next64()
        let run = drawn == recovery.chain.run ? ~drawn : drawn
        var opened = try Journal.openSegments(of: recovery)
        let current = opened.isEmpty ? nil : opened.removeFirst()
        preparer = SegmentPreparer(
            disk: recovery.disk,
            settings: recovery.settings,
            logID: logID,
            leftOver: opened,
            nextNumber: recovery.nextSegmentNumber
        )
        unsafe writer = LogWriter(
            recovery: recovery,
            segment: current,
            ring: ring,
            clock: clock,
            preparer: preparer,
            logID: logID,
            run: run
        )
        try openRun(directory: recovery.settings.directory)
        unsafe written.store(writer.place.packed, ordering: .releasing)
        if !isStepped { startThreads() }
    }

    /// The segments from the end of the log on, open for writing.
    private static func openSegments(
        of recovery: JournalRecovery
    ) throws(JournalError) -> [ReadySegment] {
        var opened: [ReadySegment] = []
        for segment in recovery.segments[min(recovery.end.index, recovery.segments.count)...] {
            let file = try onDisk { () throws(StorageError) in
                try recovery.disk.open(segment.path, for: .update)
            }
            opened.append(
                ReadySegment(number: segment.number, sizeBytes: segment.sizeBytes, file: file)
            )
        }
        return opened
    }

    private func openRun(directory: String) throws(JournalError) {
        try onDisk { () throws(StorageError) in
            if try unsafe writer.open() { return }
            if try preparer.prepare(), try unsafe writer.open() { return }
            throw StorageError(.write, errno: ENOSPC, path: directory)
        }
    }

    /// LSN up to which changes are safe: synced, or in mode `none` with the operating system.
    package var durableLSN: UInt64 { durable.load(ordering: .acquiring) }

    /// LSN up to which changes are on the disk, in every mode.
    package var syncedLSN: UInt64 { synced.load(ordering: .sequentiallyConsistent) }

    /// Where whole batches end in the log's files; what is durable lies before it.
    var writtenPlace: WrittenPlace { WrittenPlace(packed: written.load(ordering: .acquiring)) }

    /// Asks for everything before an LSN to be synced soon, in every mode; doesn't wait.
    package func requestSync(to lsn: UInt64) {
        syncAsked.max(lsn, ordering: .sequentiallyConsistent)
        guard syncedLSN < lsn else { return }
        ring.ringDoorbell()
        ring.wakeReader()
    }

    /// Whether the log can't grow because the disk is full; true until it can.
    package var isDiskFull: Bool {
        preparer.isDiskFull || hasWriteFoundDiskFull.load(ordering: .acquiring)
    }

    /// Whether a write or sync has failed, so that nothing will be durable any more.
    package var isFailed: Bool { hasFailed.load(ordering: .acquiring) }

    /// How many times the log published.
    package var publishCount: UInt64 { syncs.load(ordering: .relaxed) }

    /// Sets who is told, on the log thread, each time ``durableLSN`` has risen.
    package func setDurableListener(_ listener: @escaping @Sendable (UInt64) -> Void) {
        self.listener.withLock { $0 = Listener(body: listener) }
    }

    /// Writes out all that the ring holds and a closing batch, and ends the threads.
    ///
    /// Nothing may be appended from here on. A log that a full disk has kept open for seconds is
    /// left as after an unclean stop.
    package func close() {
        isClosing.store(true, ordering: .releasing)
        let running = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        if running.isEmpty { closeStepped() }
        // The log thread is the first; the preparer must live until the log needs no segment.
        if let log = running.first {
            ring.ringDoorbell()
            ring.wakeReader()
            log.join()
        }
        preparer.end()
        for thread in running.dropFirst() { thread.join() }
        preparer.closeFiles()
    }

    private func closeStepped() {
        var attempts = 0
        while attempts < JournalLimits.fullDiskCloseAttemptsMax {
            switch step() {
            case .ended: return
            case .worked: break
            case .idle, .blocked: attempts += 1
            }
        }
        noteEnd(nil)
    }

    /// One step of a stepped journal: a segment if one is needed, then at most one batch.
    package func step() -> JournalStep {
        guard !hasEnded.load(ordering: .acquiring) else { return .ended }
        do throws(StorageError) {
            _ = try preparer.prepare()
        } catch {
            fail(error)
            return .ended
        }
        return stepLog(upTo: ring.tail)
    }

    /// Writes one batch of what lies before `end`, or the closing batch when there is nothing.
    private func stepLog(upTo end: UInt64) -> JournalStep {
        guard !hasFailed.load(ordering: .acquiring) else { return .ended }
        do throws(StorageError) {
            let step = try unsafe writer.step(
                upTo: end,
                syncingUpTo: syncAsked.load(ordering: .acquiring),
                publish: { publish() }
            )
            let isFull = unsafe writer.isDiskFull
            hasWriteFoundDiskFull.store(isFull, ordering: .releasing)
            guard step == .idle, isClosing.load(ordering: .acquiring) else { return step }
            guard unsafe writer.writtenLSN == ring.tail else { return .idle }
            guard try unsafe writer.close() else { return .blocked }
            publish()
            noteEnd(nil)
            return .ended
        } catch {
            fail(error)
            return .ended
        }
    }

    /// Makes the new durable LSN known.
    private func publish() {
        let lsn = unsafe settings.durability == .none ? writer.writtenLSN : writer.syncedLSN
        unsafe written.store(writer.place.packed, ordering: .releasing)
        publishSynced(unsafe writer.syncedLSN)
        guard !hasFailed.load(ordering: .acquiring), lsn > durableLSN else { return }
        durable.store(lsn, ordering: .releasing)
        syncs.add(1, ordering: .relaxed)
        if let listener = listener.withLock({ $0 }) { listener.body(lsn) }
    }

    /// Makes known how far the log is synced; wakes nobody unless somebody asked for it.
    private func publishSynced(_ lsn: UInt64) {
        let before = syncedLSN
        guard lsn > before else { return }
        // Stored before the wish is looked at, and a wish is noted before this is looked at: one
        // of the two threads sees the other's, so nobody waits for what has come.
        synced.store(lsn, ordering: .sequentiallyConsistent)
        let asked = syncAsked.load(ordering: .sequentiallyConsistent)
        if asked > before { progress.notifying { _ in } }
    }

    private func noteEnd(_ failure: StorageError?) {
        hasEnded.store(true, ordering: .releasing)
        progress.notifying { state in
            state.hasEnded = true
            state.failure = state.failure ?? failure
        }
    }

    private func fail(_ error: StorageError) {
        noteEnd(error)
        if !hasFailed.exchange(true, ordering: .acquiringAndReleasing) { onFailure(error) }
    }
}

extension Journal {
    /// Exit code after a failed write or sync: EX_IOERR.
    package static let failureExitCode: Int32 = 74

    /// Ends the process with one line on standard error; what `init` does unless told otherwise.
    @Sendable package static func endProcess(_ error: StorageError) {
        let line = "holdfast: the log has failed, nothing more can be made durable: \(error)\n"
        _ = unsafe line.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
        _exit(failureExitCode)
    }
}

// MARK: Threads

extension Journal {
    private func startThreads() {
        let log = SystemThread(name: "holdfast-log") { [self] in runLog() }
        let zeros = SystemThread(name: "holdfast-zeros") { [self] in
            preparer.run { fail($0) }
        }
        threads.withLock { $0 = [log, zeros] }
    }

    /// The body of the log thread.
    private func runLog() {
        var recentRecords = 0
        var fullDiskAttempts = 0
        var end = ring.rungTail
        while true {
            let isClosing = isClosing.load(ordering: .acquiring)
            if isClosing { end = ring.tail }
            switch stepLog(upTo: max(end, ring.rungTail)) {
            case .worked:
                recentRecords = unsafe (recentRecords * 7 + writer.lastRecordCount) / 8
                fullDiskAttempts = 0
            case .ended:
                return
            case .blocked:
                waitForRoom()
                fullDiskAttempts += isDiskFull ? 1 : 0
                if isClosing, fullDiskAttempts > JournalLimits.fullDiskCloseAttemptsMax { return }
            case .idle:
                end = waitForRecords(isUnderLoad: recentRecords >= JournalLimits.spinRecordsMin)
            }
        }
    }

    private func waitForRoom() {
        let wait = JournalLimits.fullDiskRetryMilliseconds
        if hasWriteFoundDiskFull.load(ordering: .acquiring) {
            preparer.pause(milliseconds: wait)
        } else {
            preparer.waitUntilReady(timeoutMilliseconds: wait)
        }
    }

    /// Spins under load, then sleeps, until the doorbell rings or a sync is due.
    ///
    /// - Returns: LSN up to which to look.
    private func waitForRecords(isUnderLoad: Bool) -> UInt64 {
        let written = unsafe writer.writtenLSN
        if isUnderLoad {
            let limit = clock.monotonicNanoseconds() + JournalLimits.spinNanosecondsMax
            repeat {
                for _ in 0..<JournalLimits.looksPerClockReading {
                    let rung = ring.rungTail
                    if rung > written { return rung }
                }
                SystemThread.giveWay()
            } while clock.monotonicNanoseconds() < limit
        }
        let longest = JournalLimits.idleWaitMilliseconds
        let wait = unsafe min(writer.syncDueMilliseconds ?? longest, longest)
        ring.waitForDoorbell(beyond: written, timeoutMilliseconds: wait)
        // After a sleep, what lies beyond the last doorbell is looked at too: of two doorbells that
        // ring at once the lower one may be the last to be noted.
        let rung = ring.rungTail
        return rung > written ? rung : ring.tail
    }
}
