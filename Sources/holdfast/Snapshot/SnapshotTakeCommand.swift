internal import ArgumentParser
internal import HoldfastClient

/// `holdfast snapshot take`: has a running server take a snapshot now.
struct SnapshotTakeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "take",
        abstract: "Have a server take a snapshot now, beside all traffic, and wait for it.",
        discussion: """
            The next start of the server begins from it, and segments of the log that no kept \
            snapshot needs go to the archive or away. One that is under way is waited for.
            """
    )

    @OptionGroup var options: ServerOptions

    /// Takes the snapshot.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let report = try await takeSnapshot(over: client)
        if options.json { return Terminal.writeLine(report.json.text) }
        Terminal.writeLine(
            "\(report.name): LSN \(report.endLSN), \(counted(report.skus, "SKU")), "
                + "\(counted(report.cells, "cell")), "
                + "\(counted(report.remembered, "remembered request")); "
                + "\(bytesText(report.sizeBytes)) of \(bytesText(report.unpackedBytes)), in "
                + durationText(microseconds: report.tookMicroseconds)
        )
    }
}

extension SnapshotReport {
    /// How long it took, or has taken until it ended.
    var tookMicroseconds: Double {
        Double(max(0, endedAt.milliseconds - startedAt.milliseconds)) * 1_000
    }

    /// The report for programs.
    var json: JSON {
        .object([
            ("run", .count(run)),
            ("state", .string(state.name)),
            ("name", name.isEmpty ? .null : .string(name)),
            ("started_at", .string(startedAt.text)),
            ("ended_at", endedAt == .distantPast ? .null : .string(endedAt.text)),
            ("lsn", .count(endLSN)),
            ("skus", .count(skus)),
            ("cells", .count(cells)),
            ("remembered", .count(remembered)),
            ("log_bytes", .count(logBytes)),
            ("unpacked_bytes", .count(unpackedBytes)),
            ("bytes", .count(sizeBytes)),
            ("failure", failure.isEmpty ? .null : .string(failure)),
        ])
    }
}

extension ClientCommand {
    /// Has the server take a snapshot and waits until it is durable.
    func takeSnapshot(
        over client: HoldfastClient
    ) async throws(CommandFailure) -> SnapshotReport {
        let report = try await image("snapshot") { () throws(CommandFailure) in
            try await accepted("snapshot") { () throws(ClientError) in
                try await client.startSnapshot()
            }
        } next: { () throws(CommandFailure) in
            try await accepted("snapshot") { () throws(ClientError) in
                try await client.snapshotReport()
            }
        } reading: {
            $0
        }
        guard report.state == .failed else { return report }
        throw CommandFailure(.inputOutput, "snapshot_failed", "snapshot: \(report.failure)")
    }

    /// Begins the taking of an image and waits for its end, with a bar for people.
    ///
    /// - Parameters:
    ///   - subject: What errors and the bar speak of.
    ///   - start: Begins it, or joins what is under way.
    ///   - next: Asks how it goes.
    ///   - image: The report on the image in an answer.
    /// - Returns: The last answer.
    /// - Throws: Also where the server was started anew meanwhile.
    func image<Answer>(
        _ subject: String,
        start: () async throws(CommandFailure) -> Answer,
        next: () async throws(CommandFailure) -> Answer,
        reading image: (Answer) -> SnapshotReport
    ) async throws(CommandFailure) -> Answer {
        var answer = try await start()
        let run = image(answer).run
        var total: UInt64 = 1
        var bar = ProgressBar(subject, total: 1)
        while !image(answer).isOver {
            let report = image(answer)
            if report.toWrite != total {
                total = max(1, report.toWrite)
                bar = ProgressBar(subject, total: Int(clamping: total))
            }
            bar.show(Int(clamping: min(report.written, total)))
            await pause()
            answer = try await next()
            guard image(answer).run >= run, image(answer).state != .none else {
                bar.clear()
                throw CommandFailure(
                    .refused,
                    "interrupted",
                    "\(subject): the server was started anew; run the same command again"
                )
            }
        }
        bar.clear()
        return answer
    }
}
