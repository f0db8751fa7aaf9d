internal import Engine
package import Inventory
internal import Journal
internal import Movements
internal import Storage

/// Moves held units away from warehouses that take nothing any more, in bounded batches.
///
/// One warehouse at a time, the others wait for their turn. What was asked for lives in memory
/// alone: after a restart somebody asks again, and what has moved by then has nothing left there.
/// Isolation: `start` and `report` from any thread, `step` from one.
final class Rerouter: Sendable {
    /// Reservations that one batch moves at most.
    private static let reservationsPerBatchMax = 32
    /// Records that one batch looks at, about.
    private static let recordsPerBatchMax = 4_096
    /// Reports that are kept.
    private static let reportsMax = 64

    /// One warehouse's turn.
    private struct Job {
        let code: WarehouseCode
        let number: UInt16
        var cursor = ReservationCursor()
        /// Found and not yet looked at, the next one last.
        var found: [ReservationID] = []
    }

    private struct State {
        var reports: [WarehouseCode: RerouteReport] = [:]
        var jobs: [Job] = []
        var runCount: UInt64 = 0
    }

    private let engine: Engine
    private let ring: MovementRing
    private let journal: Journal
    private let clock: EngineClock
    /// Belongs to the thread that steps.
    private nonisolated(unsafe) let session: EngineSession
    private let state = Monitor<State>(State())

    init(_ core: NodeCore) {
        engine = core.engine
        ring = core.ring
        journal = core.journal
        clock = core.clock
        session = EngineSession(engine: core.engine)
    }

    /// Asks for a warehouse's turn; one that is under way goes on.
    /// - Returns: The report as it begins, or why it can't.
    func start(_ code: WarehouseCode) -> Result<RerouteReport, RerouteRefusal> {
        let network = engine.network
        guard let number = network.number(of: code) else {
            return .failure(RerouteRefusal(outcome: .unknownWarehouse))
        }
        guard network.warehouses[Int(number)].state != .online else {
            return .failure(RerouteRefusal(outcome: .warehouseOnline))
        }
        let now = clock.now()
        return state.withLock { state in
            if let report = state.reports[code], !report.isOver { return .success(report) }
            state.runCount += 1
            let report = RerouteReport(run: state.runCount, state: .waiting, startedAt: now)
            forgetOne(of: &state)
            state.reports[code] = report
            state.jobs.append(Job(code: code, number: number))
            return .success(report)
        }
    }

    /// Makes room for a report in the place of the one that ended first.
    private func forgetOne(of state: inout State) {
        guard state.reports.count >= Rerouter.reportsMax else { return }
        let oldest = state.reports.filter(\.value.isOver)
            .min { $0.value.run < $1.value.run }
        if let oldest { state.reports[oldest.key] = nil }
    }

    /// How a warehouse's turn goes, or what came of its last one.
    func report(on code: WarehouseCode) -> Result<RerouteReport, RerouteRefusal> {
        guard engine.network.number(of: code) != nil else {
            return .failure(RerouteRefusal(outcome: .unknownWarehouse))
        }
        return .success(state.withLock { $0.reports[code] ?? RerouteReport() })
    }

    // MARK: On the one thread

    /// Carries out one batch of the first warehouse's turn, if there is one.
    func step() {
        guard var job = state.withLock({ $0.jobs.first }) else { return }
        guard engine.network.warehouses[Int(job.number)].state != .online else {
            return end(job, .stopped)
        }
        begin(job)
        if journal.isDiskFull { return note([], 0, .readOnlyDiskFull, of: job) }
        var entries: [RerouteReport.Entry] = []
        var pausedBy = Outcome.accepted
        var moved = 0
        var looked = 0
        while moved < Rerouter.reservationsPerBatchMax, looked < Rerouter.recordsPerBatchMax {
            guard let id = job.found.popLast() else {
                if job.cursor.isAtEnd { break }
                looked += engine.findReservations(
                    on: job.number,
                    from: &job.cursor,
                    into: &job.found
                )
                continue
            }
            let result = engine.reroute(id, from: job.number, now: clock.now(), session: session)
            if result.outcome == .logBusy {
                job.found.append(id)
                pausedBy = .logBusy
                break
            }
            moved += 1
            add(result, of: id, to: &entries)
        }
        ring.ringDoorbell()
        note(entries, looked, pausedBy, of: job)
        if job.found.isEmpty, job.cursor.isAtEnd { end(job, .done) }
    }

    private func add(
        _ result: RerouteResult,
        of id: ReservationID,
        to entries: inout [RerouteReport.Entry]
    ) {
        if result.lsn != 0 {
            entries.append(
                RerouteReport.Entry(
                    id,
                    result.minutesLater > 0 ? .later : .kept,
                    units: result.heldUnits,
                    minutesLater: result.minutesLater
                )
            )
        } else if result.heldUnits > 0 {
            entries.append(
                RerouteReport.Entry(
                    id,
                    .stuck,
                    units: result.heldUnits,
                    reason: result.outcome,
                    line: result.refusedLine
                )
            )
        }
        if result.committedUnits > 0 {
            entries.append(RerouteReport.Entry(id, .committed, units: result.committedUnits))
        }
    }

    private func begin(_ job: Job) {
        let isNew = state.withLock { $0.reports[job.code]?.state == .waiting }
        guard isNew else { return }
        let count = engine.rememberedCount()
        state.withLock { state in
            state.reports[job.code]?.state = .running
            state.reports[job.code]?.toLookAt = UInt64(count)
        }
    }

    /// Notes what a batch did, and where the next one goes on.
    private func note(
        _ entries: [RerouteReport.Entry],
        _ looked: Int,
        _ pausedBy: Outcome,
        of job: Job
    ) {
        state.withLock { state in
            for entry in entries { state.reports[job.code]?.add(entry) }
            state.reports[job.code]?.looked += UInt64(looked)
            state.reports[job.code]?.pausedBy = pausedBy
            state.jobs[0] = job
        }
    }

    private func end(_ job: Job, _ end: RerouteState) {
        let now = clock.now()
        state.withLock { state in
            state.reports[job.code]?.state = end
            state.reports[job.code]?.pausedBy = .accepted
            state.reports[job.code]?.endedAt = now
            state.jobs.removeFirst()
        }
    }
}

/// Why a warehouse can't be rerouted.
package struct RerouteRefusal: Error, Hashable, Sendable {
    /// Why.
    package let outcome: Outcome
}
