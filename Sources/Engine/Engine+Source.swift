package import Inventory
internal import Sourcing

// A dry run: the way of a reserve up to its plan, and what the plan was chosen from.
extension Engine {
    /// Plans a prepared request as ``reserve(_:now:session:answer:)`` would, and explains the plan;
    /// holds nothing.
    ///
    /// Copies each SKU's cells and version under its own lock, one after the other, and searches
    /// with no lock held; copies all at one instant where what is short rests on more than one of
    /// them. Allocates.
    /// - Returns: The report, or why the request makes no sense, with the line; `log_busy` where
    ///   the network was replaced with every copy.
    package func source(
        _ request: ReserveRequest,
        now: Instant,
        session: EngineSession
    ) -> Result<SourcingReport, SourceRefusal> {
        let work = unsafe session.workspace
        unsafe work.pointee.orderedAt = unsafe request.orderedAt ?? now
        var isOfOneInstant = false
        for attempt in 0..<settings.planAttemptsMax + Engine.copiesOfOneInstantMax {
            session.refreshNetwork()
            if let refusal = unsafe refusal(of: request, session: session) {
                return .failure(SourceRefusal(outcome: refusal.outcome, line: refusal.line))
            }
            unsafe work.pointee.stripes.clear()
            unsafe groupMore(request, work)
            // The last copy is made with others shut out, so that warehouses that change all the
            // time don't keep it from coming to an end.
            if attempt >= settings.planAttemptsMax { isOfOneInstant = true }
            guard
                var problem = unsafe problem(request, ofOneInstant: isOfOneInstant, session)
            else { continue }
            let order = unsafe order(
                request.mode,
                session,
                stepsMax: SourcingLimits.workOfDryRun
            )
            let explained = session.planner.explain(&problem, order)
            if !isOfOneInstant, problem.isShort, isAcrossInstants(session) {
                isOfOneInstant = true
                continue
            }
            return .success(unsafe report(of: request, problem, explained, session))
        }
        return .failure(SourceRefusal(outcome: .logBusy, line: -1))
    }

    /// Copies at one instant; only one before which the network was replaced isn't the last.
    private static var copiesOfOneInstantMax: Int { 64 }

    private func report(
        of request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        _ explained: SourcingExplanation,
        _ session: EngineSession
    ) -> SourcingReport {
        var report = unsafe report(of: request, explained, session)
        unsafe tellLines(of: request, problem, explained, session, &report)
        if let judged = unsafe judge(request, problem, session) {
            report.outcome = judged.outcome
            report.refusedLine = judged.line
        }
        for found in unsafe alternatives(of: request, session) {
            report.lines[found.line].alternatives = found.alternatives
        }
        return report
    }

    private func report(
        of request: ReserveRequest,
        _ explained: SourcingExplanation,
        _ session: EngineSession
    ) -> SourcingReport {
        let work = unsafe session.workspace
        let network = session.network
        guard let policy = unsafe network.definition(of: work.pointee.policy) else {
            preconditionFailure("a policy that isn't defined")
        }
        var report = unsafe SourcingReport(
            destination: request.destination,
            orderedAt: work.pointee.orderedAt,
            mode: request.mode,
            policy: policy,
            constraints: request.constraints?.value ?? .none
        )
        report.candidates = explained.candidates.map { candidate in
            let terms = candidate.terms
            let number = Int(candidate.warehouse)
            var told = SourcingReport.Candidate(warehouse: network.warehouses[number].code)
            told.metres = terms.metres
            told.shipmentCostMinor = terms.shipmentCostMinor
            told.promisedAt = Instant(minute: terms.promisedMinute)
            told.promiseMinutes = terms.promiseMinutes
            told.priority = terms.priority
            told.isPreferred = terms.isPreferred
            told.exclusion = terms.exclusion
            told.isUsed = candidate.isUsed
            told.lossReason = candidate.reason
            return told
        }
        report.objective = explained.objective.map(\.told)
        report.lowerBound = explained.lowerBound.map(\.told)
        report.isProven = explained.verdict.isProven
        report.nodes = UInt32(clamping: explained.verdict.nodes)
        return report
    }

    private func tellLines(
        of request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        _ explained: SourcingExplanation,
        _ session: EngineSession,
        _ report: inout SourcingReport
    ) {
        let work = unsafe session.workspace
        for index in unsafe problem.lines.indices {
            let line = unsafe problem.lines[index]
            let asked = unsafe request.lines[index]
            let group = unsafe work.pointee.groups[Int(work.pointee.groupOfLine[index])]
            var told = unsafe SourcingReport.Line(sku: asked.sku.text, requested: line.requested)
            told.reserved = line.reserved
            told.warehouse = unsafe asked.warehouse == .none ? nil : asked.warehouse
            if let pools = unsafe asked.pools {
                unsafe pools.forEach { told.pools.append($0) }
            }
            told.version = group.version
            let pools = told.pools.isEmpty ? [.default] : told.pools
            for place in line.supplyStart..<line.supplyStart + line.supplyCount {
                let supply = explained.supplies[place]
                let pool = unsafe work.pointee.poolNames[Int(supply.pool)]
                let code = unsafe work.pointee.codes[Int(supply.warehouse)]
                guard pools.contains(pool), told.warehouse ?? code == code else { continue }
                told.cells.append(
                    SourcingReport.Cell(
                        warehouse: code,
                        pool: pool,
                        available: max(0, supply.available),
                        present: max(0, min(supply.present, supply.available)),
                        unitCostMinor: supply.unitCostMinor,
                        balance: supply.balance
                    )
                )
            }
            told.cells.sort { ($0.warehouse, $0.pool) < ($1.warehouse, $1.pool) }
            for place in line.shareStart..<line.shareStart + line.shareCount {
                let planned = unsafe problem.shares[place]
                let supply = unsafe problem.supplies[planned.supply]
                told.shares.append(
                    unsafe Share(
                        warehouse: work.pointee.codes[Int(supply.warehouse)],
                        quantity: planned.quantity,
                        pool: work.pointee.poolNames[Int(supply.pool)],
                        backordered: planned.backordered
                    )
                )
            }
            report.lines.append(told)
        }
    }
}

/// Why a dry run makes no sense.
package struct SourceRefusal: Error, Hashable, Sendable {
    /// What a reserve would be refused with.
    package var outcome: Outcome
    /// The line it speaks of, or −1.
    package var line: Int32
}

extension SourcingCriterion {
    /// The criterion as answers tell it.
    fileprivate var told: SourcingReport.Criterion {
        let number: UInt8 =
            switch kind {
            case .short: 0
            case .backordered: 1
            case .notPreferred: 2
            case .tier(let tier): 3 + UInt8(tier)
            case .shipments: 7
            }
        return SourcingReport.Criterion(number: number, value: value)
    }
}
