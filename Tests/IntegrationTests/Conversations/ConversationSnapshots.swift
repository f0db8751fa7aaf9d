import HoldfastClient

/// The calls about snapshots and checks on an image.
extension ConversationCalls {
    func performOnSnapshots(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Answer {
        try arguments.finish()
        switch call {
        case "snapshot_start":
            return try await client.startSnapshot().map(ConversationAnswers.snapshot)
        case "snapshot_status":
            return try await client.snapshotReport().map(ConversationAnswers.snapshot)
        case "snapshot_list":
            return try await client.snapshots().map(ConversationAnswers.snapshots)
        case "check_start":
            return try await client.startCheck().map(ConversationAnswers.imageCheck)
        case "check_status":
            return try await client.checkReport().map(ConversationAnswers.imageCheck)
        default: throw ConversationError("\(call) isn't a call")
        }
    }
}

extension ConversationAnswers {
    static func snapshot(_ report: SnapshotReport) -> [String: Value] {
        [
            "run": .count(report.run), "state": .string(report.state.name),
            "lsn": .count(report.endLSN), "skus": .count(report.skus),
            "cells": .count(report.cells), "remembered": .count(report.remembered),
            "name": .string(report.name), "failure": .string(report.failure),
        ]
    }

    static func snapshots(_ entries: [SnapshotEntry]) -> [String: Value] {
        let rows = entries.map { entry in
            Value.object([
                "name": .string(entry.name), "lsn": .count(entry.endLSN),
                "size": .count(entry.sizeBytes), "fault": .string(entry.fault),
            ])
        }
        return ["snapshots": .array(rows)]
    }

    static func imageCheck(_ report: ImageCheckReport) -> [String: Value] {
        [
            "state": .string(report.image.state.name), "failure": .string(report.image.failure),
            "result": report.result.map { .object(check($0)) } ?? .null,
        ]
    }
}
