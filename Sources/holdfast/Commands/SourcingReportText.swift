internal import HoldfastClient

/// A plan and what it was chosen from, as it is printed.
struct SourcingReportText {
    private let report: SourcingReport

    init(_ report: SourcingReport) { self.report = report }

    // MARK: For people

    /// Prints what each line gets from where.
    func writePlan() {
        var table = TextTable(
            .number("line"),
            .text("sku"),
            .number("asked"),
            .text("warehouse"),
            .text("pool"),
            .number("units"),
            .number("unit cost"),
            .text("note")
        )
        for (index, line) in report.lines.enumerated() {
            for share in line.shares {
                let cell = line.cells.first {
                    $0.warehouse == share.warehouse && $0.pool == share.pool
                }
                table.add(
                    "\(index + 1)",
                    line.sku,
                    line.requested.grouped,
                    share.warehouse.description,
                    share.pool.description,
                    share.quantity.grouped,
                    cell?.unitCostMinor.grouped ?? "-",
                    share.backordered > 0 ? "\(share.backordered.grouped) backordered" : ""
                )
            }
            if line.reserved < line.requested {
                let missing = (line.requested - line.reserved).grouped
                table.add(
                    "\(index + 1)",
                    line.sku,
                    line.requested.grouped,
                    "-",
                    "-",
                    "0",
                    "-",
                    line.version == 0 ? "unknown" : "\(missing) short"
                )
            }
        }
        Terminal.writeLines(table.lines)
    }

    /// Prints each warehouse with its terms and why it isn't used.
    func writeCandidates() {
        var table = TextTable(
            .text("warehouse"),
            .number("km"),
            .number("shipment cost"),
            .text("promise"),
            .number("priority"),
            .number("capacity left"),
            .text("outcome")
        )
        for candidate in report.candidates {
            table.add(
                candidate.warehouse.description,
                (candidate.metres / 1_000).grouped,
                candidate.shipmentCostMinor.grouped,
                candidate.promisedAt == .distantPast ? "-" : candidate.promisedAt.text,
                candidate.priority.grouped,
                candidate.capacityLeft.map(\.grouped) ?? "any",
                outcome(of: candidate)
            )
        }
        Terminal.writeLine("")
        Terminal.writeLines(table.lines)
    }

    private func outcome(of candidate: SourcingReport.Candidate) -> String {
        if candidate.isUsed { return "ships" }
        if candidate.exclusion != .none { return "may not serve: \(candidate.exclusion.name)" }
        return candidate.lossReason?.name ?? "-"
    }

    /// Prints what the plan comes to.
    func writeSummary() {
        let values = report.objective.map { criterion in
            "\(title(of: criterion)) \(criterion.value.grouped)"
        }
        Terminal.writeLine("")
        Terminal.writeLine("\(report.policy.name): " + values.joined(separator: ", "))
        let nodes = counted(Int(report.nodes), "node")
        if report.isProven { return Terminal.writeLine("proven: no plan is better (\(nodes))") }
        let bounds = report.lowerBound.map { "\(title(of: $0)) \($0.value.grouped)" }
        Terminal.writeLine(
            "not proven (\(nodes)); no plan comes to less than "
                + bounds.joined(separator: ", ")
        )
    }

    private func title(of criterion: SourcingReport.Criterion) -> String {
        let tier = Int(criterion.number) - 3
        guard report.policy.tiers.indices.contains(tier) else { return criterion.name }
        return report.policy.tiers[tier].parts.map { part in
            part.weight == 1 ? part.term.name : "\(part.weight) × \(part.term.name)"
        }.joined(separator: " + ")
    }

    // MARK: For programs

    /// The certificate.
    var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("outcome", .string(report.outcome.name)),
            ("destination", destination),
            ("ordered_at", .string(report.orderedAt.text)),
            ("mode", .string(mode)),
            ("policy", .string(report.policy.name.description)),
            ("tiers", .array(report.policy.tiers.map(\.certificate))),
            ("constraints", report.constraints.json),
            ("candidates", .array(report.candidates.map(\.json))),
            ("lines", .array(report.lines.map(\.json))),
        ]
        var plan: [JSON] = []
        for (index, line) in report.lines.enumerated() {
            for share in line.shares {
                plan.append(
                    .object([
                        ("line", .count(index)),
                        ("warehouse", .string(share.warehouse.description)),
                        ("pool", .string(share.pool.description)),
                        ("quantity", .count(share.quantity)),
                        ("backordered", .count(share.backordered)),
                    ])
                )
            }
        }
        members += [
            ("plan", .array(plan)),
            ("objective", .array(report.objective.map(\.json))),
            ("lower_bound", .array(report.lowerBound.map(\.json))),
            ("proven_optimal", .boolean(report.isProven)),
            ("nodes_explored", .count(report.nodes)),
        ]
        return .object(members)
    }

    private var mode: String {
        switch report.mode {
        case .allOrNothing: "all_or_nothing"
        case .wholeLines: "whole_lines"
        case .bestEffort: "best_effort"
        }
    }

    private var destination: JSON {
        guard let destination = report.destination else { return .null }
        return .object([
            ("lat", .degrees(destination.position.latitudeMicrodegrees)),
            ("lon", .degrees(destination.position.longitudeMicrodegrees)),
            ("region", .string(destination.region.description)),
        ])
    }
}

extension SourcingTier {
    fileprivate var certificate: JSON {
        .object([
            (
                "terms",
                .array(
                    parts.map { part in
                        .object([
                            ("term", .string(part.term.name)), ("weight", .count(part.weight)),
                        ])
                    }
                )
            ),
            ("tolerance_percent", .decimal(Double(tolerance) / 100, 2)),
        ])
    }
}

extension SourcingConstraints {
    fileprivate var json: JSON {
        func codes(_ list: [WarehouseCode]) -> JSON {
            .array(list.map { .string($0.description) })
        }
        return .object([
            ("splits_max", .count(splitsMax)),
            ("splits_per_line_max", .count(splitsPerLineMax)),
            ("metres_max", .count(metresMax)),
            ("latest_promise", latestPromise.map { .string($0.text) } ?? .null),
            ("ships_complete", .boolean(shipsComplete)),
            ("excluded", codes(excluded)),
            ("required", codes(required)),
            ("preferred", codes(preferred)),
        ])
    }
}

extension SourcingReport.Candidate {
    fileprivate var json: JSON {
        .object([
            ("warehouse", .string(warehouse.description)),
            ("metres", .count(metres)),
            ("shipment_cost_minor", .integer(shipmentCostMinor)),
            ("promise", promisedAt == .distantPast ? .null : .string(promisedAt.text)),
            ("promise_minutes", .count(promiseMinutes)),
            ("priority", .count(priority)),
            ("preferred", .boolean(isPreferred)),
            ("capacity_left", capacityLeft.map { .count($0) } ?? .null),
            ("excluded_because", exclusion == .none ? .null : .string(exclusion.name)),
            ("used", .boolean(isUsed)),
            ("reason", lossReason.map { .string($0.name) } ?? .null),
        ])
    }
}

extension SourcingReport.Line {
    fileprivate var json: JSON {
        let candidates = cells.map { cell in
            JSON.object([
                ("warehouse", .string(cell.warehouse.description)),
                ("pool", .string(cell.pool.description)),
                ("available", .integer(cell.available)),
                ("present", .integer(cell.present)),
                ("unit_cost_minor", .integer(cell.unitCostMinor)),
                ("balance", .count(cell.balance)),
            ])
        }
        let names = pools.isEmpty ? [PoolName.default] : pools
        return .object([
            ("sku", .string(sku)),
            ("requested", .count(requested)),
            ("fixed_warehouse", warehouse.map { .string($0.description) } ?? .null),
            ("pools", .array(names.map { .string($0.description) })),
            ("version", .count(version)),
            ("reserved", .count(reserved)),
            ("candidates", .array(candidates)),
            ("alternatives", .array(alternatives.map(\.json))),
        ])
    }
}

extension SourcingReport.Criterion {
    fileprivate var json: JSON {
        .object([("tier", .string(name)), ("value", .integer(value))])
    }
}
