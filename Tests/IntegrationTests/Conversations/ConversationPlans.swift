import HoldfastClient

/// Dry runs and alternatives as patterns see them.
extension ConversationAnswers {
    static func alternatives(_ lines: [LineAlternatives]) -> Value {
        .array(
            lines.map { line in
                .object([
                    "line": .count(line.line),
                    "alternatives": .array(line.alternatives.map(alternative)),
                ])
            }
        )
    }

    private static func alternative(_ one: Alternative) -> Value {
        .object([
            "kind": .string(one.kind.name), "sku": .string(one.sku),
            "warehouse": .string("\(one.warehouse)"), "pool": .string("\(one.pool)"),
            "available": .integer(one.available), "exclusion": .string(one.exclusion.name),
        ])
    }

    static func sourcing(_ report: SourcingReport) -> [String: Value] {
        [
            "outcome": .string(report.outcome.name),
            "refused_line": report.refusedLine < 0 ? .null : .count(report.refusedLine),
            "mode": .string(snakeCase("\(report.mode)")),
            "ordered_at": .integer(report.orderedAt.milliseconds),
            "policy": .string("\(report.policy.name)"),
            "proven": .boolean(report.isProven),
            "candidates": .array(report.candidates.map(candidate)),
            "lines": .array(report.lines.map(line)),
            "objective": .array(report.objective.map(criterion)),
            "lower_bound": .array(report.lowerBound.map(criterion)),
        ]
    }

    private static func candidate(_ one: SourcingReport.Candidate) -> Value {
        .object([
            "warehouse": .string("\(one.warehouse)"), "metres": .count(one.metres),
            "shipment_cost": .integer(one.shipmentCostMinor),
            "promised_at": one.promisedAt == .distantPast
                ? .null : .integer(one.promisedAt.milliseconds),
            "promise_minutes": .count(one.promiseMinutes), "priority": .count(one.priority),
            "capacity_left": one.capacityLeft.map { .count($0) } ?? .null,
            "exclusion": .string(one.exclusion.name),
            "loss": one.lossReason.map { .string($0.name) } ?? .null,
            "preferred": .boolean(one.isPreferred), "used": .boolean(one.isUsed),
        ])
    }

    private static func line(_ line: SourcingReport.Line) -> Value {
        .object([
            "sku": .string(line.sku), "requested": .count(line.requested),
            "reserved": .count(line.reserved), "version": .count(line.version),
            "cells": .array(
                line.cells.map { cell in
                    .object([
                        "warehouse": .string("\(cell.warehouse)"), "pool": .string("\(cell.pool)"),
                        "available": .integer(cell.available), "present": .integer(cell.present),
                        "unit_cost": .integer(cell.unitCostMinor), "balance": .count(cell.balance),
                    ])
                }
            ),
            "shares": .array(
                line.shares.map { share in
                    .object([
                        "units": .count(share.quantity), "warehouse": .string("\(share.warehouse)"),
                        "pool": .string("\(share.pool)"), "backordered": .count(share.backordered),
                    ])
                }
            ),
            "alternatives": .array(line.alternatives.map(alternative)),
        ])
    }

    private static func criterion(_ one: SourcingReport.Criterion) -> Value {
        let isTier = (3...6).contains(one.number)
        return .object([
            "criterion": .string(isTier ? "tier_\(one.name)" : one.name),
            "value": .integer(one.value),
        ])
    }
}
