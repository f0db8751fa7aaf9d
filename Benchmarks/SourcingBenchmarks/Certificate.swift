import Inventory
import Sourcing

/// A plan with all that a third party needs to check it, as one line of JSON.
///
/// The form is that of `holdfast source --explain --json`; what only the engine knows is 0 or empty
/// here. A last field `case` names the instance and the planner's own time.
struct Certificate {
    let order: OrderCase
    let plan: PlannedOrder
    let explanation: SourcingExplanation
    /// What this run calls the instance.
    let name: String
    /// The seed that it came from; 0 for none.
    let seed: UInt64

    /// Plans an order twice: for the time, and for the explanation.
    init(_ order: OrderCase, _ bench: Workbench, name: String, seed: UInt64 = 0) {
        self.order = order
        self.name = name
        self.seed = seed
        let timed = bench.plan(order)
        let explained = bench.explain(order)
        let taken = timed.shares.map { [$0.supply, Int($0.quantity), Int($0.backordered)] }
        let told = explained.plan.shares.map { [$0.supply, Int($0.quantity), Int($0.backordered)] }
        precondition(taken == told, "\(name), seed \(seed): explains another plan")
        plan = timed
        explanation = explained.explanation
    }

    /// The certificate as JSON in one line.
    var line: String {
        let figures = PlanFigures(order, plan)
        return JSONText.object([
            ("destination", destination),
            ("ordered_at", .text(Timestamp.text(order.orderedAt))),
            ("mode", .text(modeName)),
            ("policy", .text(String(describing: order.policy.name))),
            ("tiers", .list(order.policy.tiers.map(tier))),
            ("constraints", constraints),
            ("candidates", .list(candidates(figures))),
            ("lines", .list(order.lines.indices.map(line))),
            ("plan", .list(shares)),
            ("objective", .list(objective(figures))),
            ("lower_bound", .list(explanation.lowerBound.map(criterion))),
            ("proven_optimal", .bool(plan.verdict.isProven)),
            ("nodes_explored", .count(plan.verdict.nodes)),
            (
                "case",
                .object([
                    ("name", .text(name)), ("seed", .count(seed)),
                    ("nanoseconds", .count(plan.nanoseconds)),
                ])
            ),
        ]).line
    }

    private var modeName: String {
        switch order.order.mode {
        case .allOrNothing: "all_or_nothing"
        case .wholeLines: "whole_lines"
        case .bestEffort: "best_effort"
        }
    }

    private var destination: JSONText {
        guard let destination = order.destination else { return .null }
        let region = destination.region
        return .object([
            ("lat", .number(Double(destination.position.latitudeMicrodegrees) / 1_000_000)),
            ("lon", .number(Double(destination.position.longitudeMicrodegrees) / 1_000_000)),
            ("region", region == .none ? .null : .text(String(describing: region))),
        ])
    }

    private func tier(_ tier: SourcingTier) -> JSONText {
        let parts = tier.parts.map { part in
            JSONText.object([("term", .text(part.term.name)), ("weight", .count(part.weight))])
        }
        return .object([
            ("terms", .list(parts)), ("tolerance_percent", .number(Double(tier.tolerance) / 100)),
        ])
    }

    private var constraints: JSONText {
        func codes(_ codes: [WarehouseCode]) -> JSONText {
            .list(codes.map { .text(String(describing: $0)) })
        }
        let all = order.constraints
        return .object([
            ("splits_max", .count(all.splitsMax)),
            ("splits_per_line_max", .count(all.splitsPerLineMax)),
            ("metres_max", .count(all.metresMax)),
            ("latest_promise", all.latestPromise.map { .text(Timestamp.text($0)) } ?? .null),
            ("ships_complete", .bool(all.shipsComplete)),
            ("excluded", codes(all.excluded)),
            ("required", codes(all.required)),
            ("preferred", codes(all.preferred)),
        ])
    }

    private func code(_ number: Int) -> JSONText { .text(String(describing: order.codes[number])) }

    private func candidates(_ figures: PlanFigures) -> [JSONText] {
        explanation.candidates.map { candidate in
            let number = Int(candidate.warehouse)
            let terms = candidate.terms
            let promise = Instant(milliseconds: Int64(terms.promisedMinute) * 60_000)
            return .object([
                ("warehouse", code(number)),
                ("metres", .count(terms.metres)),
                ("shipment_cost_minor", .int(terms.shipmentCostMinor)),
                ("promise", terms.promisedMinute == 0 ? .null : .text(Timestamp.text(promise))),
                ("promise_minutes", .count(terms.promiseMinutes)),
                ("priority", .count(terms.priority)),
                ("preferred", .bool(terms.isPreferred)),
                ("capacity_left", order.capacityLeft[number].map { .count($0) } ?? .null),
                (
                    "excluded_because",
                    terms.exclusion == .none ? .null : .text(terms.exclusion.name)
                ),
                ("used", .bool(figures.used.contains(number))),
                ("reason", candidate.reason.map { .text($0.name) } ?? .null),
            ])
        }
    }

    private func line(_ index: Int) -> JSONText {
        let line = order.lines[index]
        let candidates = order.supplies(of: line).map { place -> JSONText in
            let supply = order.supplies[place]
            return .object([
                ("warehouse", code(Int(supply.warehouse))),
                ("pool", .text(OrderCase.poolName(supply.pool))),
                ("available", .int(supply.available)),
                ("present", .int(supply.present)),
                ("unit_cost_minor", .int(supply.unitCostMinor)),
                ("balance", .count(supply.balance)),
            ])
        }
        let isFixed = line.warehouse != SourcingLine.anyWarehouse
        return .object([
            ("sku", .text(order.skus[index])),
            ("requested", .count(line.requested)),
            ("fixed_warehouse", isFixed ? code(Int(line.warehouse)) : .null),
            ("pools", .list(order.pools(of: line).map { .text(OrderCase.poolName($0)) })),
            ("version", .int(0)),
            ("reserved", .count(plan.lines[index].reserved)),
            ("candidates", .list(candidates)),
            ("alternatives", .list([])),
        ])
    }

    private var shares: [JSONText] {
        var shares: [JSONText] = []
        for (index, line) in plan.lines.enumerated() {
            for share in plan.shares[line.shareStart..<line.shareStart + line.shareCount] {
                let supply = order.supplies[share.supply]
                shares.append(
                    .object([
                        ("line", .count(index)),
                        ("warehouse", code(Int(supply.warehouse))),
                        ("pool", .text(OrderCase.poolName(supply.pool))),
                        ("quantity", .count(share.quantity)),
                        ("backordered", .count(share.backordered)),
                    ])
                )
            }
        }
        return shares
    }

    /// The criteria as added up from the shares, not as the planner has them.
    private func objective(_ figures: PlanFigures) -> [JSONText] {
        var values: [(String, Int64)] = [
            ("short", figures.short), ("backordered", figures.backordered),
            ("not_preferred", figures.notPreferred),
        ]
        for (index, value) in figures.tiers(of: order.policy).enumerated() {
            values.append((String(index + 1), value))
        }
        values.append(("shipments", Int64(figures.used.count)))
        return values.map { .object([("tier", .text($0.0)), ("value", .int($0.1))]) }
    }

    private func criterion(_ criterion: SourcingCriterion) -> JSONText {
        .object([("tier", .text(criterion.name)), ("value", .int(criterion.value))])
    }
}
