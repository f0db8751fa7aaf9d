package import Engine
package import Inventory
internal import Journal
internal import Movements
internal import Snapshot
internal import Storage

/// How a check on an image of the state goes, or what the last one found.
package struct ImageCheck: Sendable {
    /// How the taking and the reading of the image goes.
    package var image = SnapshotReport()
    /// What was found; `nil` until it is done, and where it failed.
    package var result: CheckReport?
}

/// Takes snapshots and checks images of the state, one at a time: when asked, when the log has
/// grown, and when time has passed.
///
/// Isolation: `start…` and the reports from any thread, `step` from one.
final class Checkpointer: Sendable {
    private enum Job { case snapshot, check }

    private struct State {
        var jobs: [Job] = []
        var snapshot = SnapshotReport()
        var check = ImageCheck()
        var runs: UInt64 = 0
        var figures = CheckpointFigures()
        /// When the next segment goes that no kept snapshot needs.
        var removalDueAt: Instant?
    }

    private let settings: NodeSettings
    private let taker: ImageTaker
    private let store: SnapshotStore
    private let ring: MovementRing
    private let clock: EngineClock
    private let note: @Sendable (String) -> Void
    private let shouldStop: @Sendable () -> Bool
    private let state: Monitor<State>

    init(
        settings: NodeSettings,
        taker: ImageTaker,
        store: SnapshotStore,
        recoveredLSN: UInt64,
        note: @escaping @Sendable (String) -> Void,
        shouldStop: @escaping @Sendable () -> Bool
    ) {
        self.settings = settings
        self.taker = taker
        self.store = store
        ring = taker.ring
        clock = taker.clock
        self.note = note
        self.shouldStop = shouldStop
        var state = State()
        state.figures.lastSnapshotLSN = recoveredLSN
        state.figures.lastSnapshotAt = clock.now()
        state.figures.lastCheckAt = state.figures.lastSnapshotAt
        self.state = Monitor(state)
    }

    /// What is counted of snapshots and checks.
    var figures: CheckpointFigures { state.withLock { $0.figures } }

    /// How the taking of a snapshot goes, or what came of the last one.
    var snapshotReport: SnapshotReport { state.withLock { $0.snapshot } }

    /// How a check goes, or what the last one found.
    var checkReport: ImageCheck { state.withLock { $0.check } }

    /// Asks for a snapshot; one that is under way or waits is joined.
    func startSnapshot() -> SnapshotReport {
        let now = clock.now()
        return state.withLock { state in
            guard state.snapshot.isOver else { return state.snapshot }
            state.runs += 1
            state.snapshot = SnapshotReport(run: state.runs, state: .running, startedAt: now)
            state.jobs.append(.snapshot)
            return state.snapshot
        }
    }

    /// Asks for a check; one that is under way or waits is joined.
    func startCheck() -> ImageCheck {
        let now = clock.now()
        return state.withLock { state in
            guard state.check.image.isOver else { return state.check }
            state.runs += 1
            state.check = ImageCheck(
                image: SnapshotReport(run: state.runs, state: .running, startedAt: now)
            )
            state.jobs.append(.check)
            return state.check
        }
    }

    // MARK: On the one thread

    /// Does what was asked for first, or what is due.
    func step() {
        if let due = state.withLock({ $0.removalDueAt }), clock.now() >= due { removeOld() }
        if isSnapshotDue { _ = startSnapshot() }
        if isCheckDue { _ = startCheck() }
        guard let job = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else {
            return
        }
        switch job {
        case .snapshot: takeSnapshot()
        case .check: check()
        }
    }

    private var isSnapshotDue: Bool {
        let figures = figures
        let grown = ring.tail - figures.lastSnapshotLSN
        if grown == 0 { return false }
        if let bytes = settings.snapshotLogBytes, grown >= UInt64(bytes) {
            return !figures.hasFailedLately(now: clock.now())
        }
        guard let interval = settings.snapshotIntervalMilliseconds else { return false }
        let passed = clock.now().milliseconds - figures.lastSnapshotAt.milliseconds
        return passed >= interval && !figures.hasFailedLately(now: clock.now())
    }

    private var isCheckDue: Bool {
        guard let interval = settings.checkIntervalMilliseconds else { return false }
        return clock.now().milliseconds - figures.lastCheckAt.milliseconds >= interval
    }

    private func takeSnapshot() {
        var report = snapshotReport
        do throws(NodeError) {
            let image = try taker.take(
                into: store.directory,
                shouldStop: shouldStop,
                report: &report,
                progress: { now in self.state.withLock { $0.snapshot = now } }
            )
            report.name = try store.publish(image, shouldStop: shouldStop)
            report.state = .done
            note("took snapshot \(report.name)")
        } catch {
            report.state = .failed
            report.failure = error.description
            note("no snapshot was taken: \(error)")
        }
        report.endedAt = clock.now()
        let ended = report
        state.withLock { state in
            state.snapshot = ended
            state.figures.note(ended)
        }
        if ended.state == .done { removeOld() }
    }

    /// Removes snapshots beyond those that are kept, and what of the log no kept one needs: one
    /// segment at a time, so that the log has the disk to itself in between.
    private func removeOld() {
        let interval = settings.retirementIntervalMilliseconds
        var hasMore = false
        do throws(NodeError) {
            hasMore = try store.removeOld(now: clock.now(), limit: interval == 0 ? .max : 1)
        } catch {
            note("old snapshots and segments stay: \(error)")
        }
        let due = hasMore ? clock.now().advanced(byMilliseconds: Int64(interval)) : nil
        state.withLock { $0.removalDueAt = due }
    }

    private func check() {
        var check = checkReport
        do throws(NodeError) {
            let image = try taker.take(
                into: store.directory,
                shouldStop: shouldStop,
                report: &check.image,
                progress: { now in self.state.withLock { $0.check.image = now } }
            )
            defer { image.writer.abandon() }
            check.result = try store.check(image)
            check.image.state = .done
            check.image.name = ""
        } catch {
            check.image.state = .failed
            check.image.failure = error.description
            note("no check was made: \(error)")
        }
        check.image.endedAt = clock.now()
        let ended = check
        state.withLock { state in
            state.check = ended
            state.figures.note(ended)
        }
        for violation in ended.result?.violations ?? [] { note("broken: \(violation)") }
    }
}

/// What is counted of snapshots and checks, for an operator's metrics.
package struct CheckpointFigures: Sendable {
    /// Snapshots taken since the start.
    package var snapshots = 0
    /// Snapshots that failed since the start.
    package var snapshotFailures = 0
    /// The LSN of the last snapshot, or of the one the start began from.
    package var lastSnapshotLSN: UInt64 = 0
    /// When that was taken, or the start.
    package var lastSnapshotAt = Instant.distantPast
    /// Checks on an image made since the start.
    package var checks = 0
    /// Checks that couldn't be made since the start.
    package var checkFailures = 0
    /// Violations that the last check found.
    package var lastCheckViolations = 0
    /// When the last check ended, or the start.
    package var lastCheckAt = Instant.distantPast

    private var lastFailureAt: Instant?

    /// Milliseconds between a failed snapshot and the next that nobody asked for.
    private static let retryMilliseconds: Int64 = 60_000

    /// Nothing yet.
    init() {}

    /// Whether the last snapshot failed, and not long ago.
    func hasFailedLately(now: Instant) -> Bool {
        guard let lastFailureAt else { return false }
        return now.milliseconds - lastFailureAt.milliseconds < CheckpointFigures.retryMilliseconds
    }

    /// Counts a snapshot that ended.
    mutating func note(_ report: SnapshotReport) {
        guard report.state == .done else {
            snapshotFailures += 1
            lastFailureAt = report.endedAt
            return
        }
        snapshots += 1
        lastFailureAt = nil
        lastSnapshotLSN = report.endLSN
        lastSnapshotAt = report.endedAt
    }

    /// Counts a check that ended.
    mutating func note(_ check: ImageCheck) {
        lastCheckAt = check.image.endedAt
        guard let result = check.result else {
            checkFailures += 1
            return
        }
        checks += 1
        lastCheckViolations = result.violations.count
    }
}
