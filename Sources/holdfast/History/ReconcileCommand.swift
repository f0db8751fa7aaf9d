internal import ArgumentParser
internal import Engine
internal import HoldfastClient
internal import Node
internal import Storage

/// `holdfast reconcile`: compares a count file with the books, and corrects them.
struct ReconcileCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compare what people counted with the books, and correct them with --apply.",
        discussion: """
            Columns: sku, warehouse, counted; pool and as_of where there are any. counted is what \
            was there at as_of, or at --as-of where the row says none: without a pool all units of \
            all pools, those of orders that haven't left too; with one the units of that pool \
            alone. Each is compared with the state at its instant, from the files of --data-dir; \
            what has moved since is added to it.

            --apply corrects the books on the server, a row a movement, with the version that the \
            figures were read at: `counted`, or `adjusted` by the difference where a pool was \
            counted. A row that another count of the same place came after isn't corrected. The \
            same file given again changes nothing twice.
            """
    )

    @OptionGroup var past: PastOptions
    @OptionGroup var options: ServerOptions

    @Argument(
        help: "The file; - is standard input.",
        completion: .file(extensions: ["csv", "gz"])
    )
    var file: String

    @Option(help: "When it was counted, as 2026-11-27T08:00:00Z; for rows that say nothing else.")
    var asOf: InstantArgument?

    @Flag(help: "Correct the books.")
    var apply = false

    @Option(help: "With --apply: what the audit trail says of it, at most 64 bytes.")
    var reason = ""

    /// As the flag says.
    var printsJSON: Bool { options.json }

    /// Compares, corrects where that is wanted, and tells.
    func perform() async throws(CommandFailure) {
        guard reason.utf8.count <= Limits.reasonSizeBytesMax else {
            throw .usage("--reason: give at most \(Limits.reasonSizeBytesMax) bytes")
        }
        let sources = try past.sources
        let bytes = try InputFile.bytes(at: file)
        let rows = try CountFile.read(
            CSVFile(path: file, bytes: bytes),
            asOf: asOf?.instant,
            now: Instant(milliseconds: LinuxClock().wallMilliseconds())
        )
        // The same file counted at another instant is another count.
        let instant = asOf.map { Array(" \($0.instant.milliseconds)".utf8) } ?? []
        let ids = RequestIDs(content: DerivedID.Content(bytes + instant))
        let text: ReconciliationText
        if rows.rows.isEmpty {
            text = ReconciliationText(path: file, counts: [], faults: rows.faults, isApplied: apply)
        } else {
            let books = try holdfast.past { () throws(TimeTravelError) in
                try Reconciliation(rows.rows.map(\.row), with: sources, id: ids.id)
            }
            books.state.notePassedOver()
            try await finish(books, ids)
            text = ReconciliationText(
                path: file,
                counts: books.counts,
                faults: rows.faults,
                isApplied: apply
            )
        }
        Terminal.writeLines(options.json ? text.jsonLines : text.lines)
        if let failure = text.failure { throw failure }
    }

    private func finish(
        _ books: Reconciliation,
        _ ids: RequestIDs
    ) async throws(CommandFailure) {
        let hasShortfalls = books.counts.contains { $0.shortfalls > 0 && $0.outcome == .differs }
        guard apply || hasShortfalls else { return }
        let client: HoldfastClient
        do throws(CommandFailure) {
            client = try await connect(to: try options.configuration())
        } catch {
            if apply { throw error }
            Terminal.writeErrorLine(
                "holdfast: which reservations are touched isn't told: \(error.detail)"
            )
            return
        }
        let correction = Correction(books: books, client: client, ids: ids, reason: reason)
        let result: Result<Void, CommandFailure>
        do throws(CommandFailure) {
            if apply {
                try await correction.checkIsOneHistory()
                try await correction.correct()
            }
            result = .success(try await correction.findHolds())
        } catch {
            result = .failure(error)
        }
        await client.close()
        try result.get()
    }

    private func connect(
        to configuration: ClientConfiguration
    ) async throws(CommandFailure) -> HoldfastClient {
        do throws(ClientError) {
            return try await HoldfastClient.connect(configuration)
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// The ids of the requests that correct the books by the rows of one file.
struct RequestIDs {
    let content: DerivedID.Content

    /// The id for a row.
    func id(_ row: CountRow) -> RequestID {
        DerivedID.request("reconcile", content, row.number)
    }
}

/// Corrects the books on a server by counts.
struct Correction {
    let books: Reconciliation
    let client: HoldfastClient
    let ids: RequestIDs
    let reason: String

    /// How often a row is sent that loses its race to other movements.
    private static let attemptsMax = 8

    /// Makes sure that the server writes the log that the books were read from.
    ///
    /// What it has made durable must stand there, and nothing beyond what it has appended.
    func checkIsOneHistory() async throws(CommandFailure) {
        let durable = try await figure("log_durable_lsn")
        try past { () throws(TimeTravelError) in try books.refresh() }
        let end = Int64(clamping: books.state.logEndLSN)
        let tail = try await figure("log_tail_lsn")
        guard durable <= end, end <= tail else {
            throw CommandFailure(
                .refused,
                "other_history",
                "the server's log ends at LSN \(tail) and that of --data-dir at LSN \(end) — name "
                    + "the server of this data directory with --server; nothing was changed"
            )
        }
    }

    private func figure(_ name: String) async throws(CommandFailure) -> Int64 {
        let statistics = try await accepted("stats") { () throws(ClientError) in
            try await client.statistics()
        }
        return statistics.figures.first { $0.name == name }?.value ?? -1
    }

    /// Corrects what differs, row by row.
    func correct() async throws(CommandFailure) {
        // The versions of SKUs whose only movements since the books were read are corrections: the
        // next one of another place needn't lose its race to them.
        var versions: [String: UInt64] = [:]
        var bar = ProgressBar("reconcile", total: books.counts.count)
        defer { bar.clear() }
        for index in books.counts.indices {
            if books.counts[index].outcome == .differs { try await correct(index, &versions) }
            bar.show(index + 1)
        }
    }

    private func correct(
        _ index: Int,
        _ versions: inout [String: UInt64]
    ) async throws(CommandFailure) {
        let sku = books.counts[index].row.sku
        var onHand = books.counts[index].onHandNow
        var version = max(books.counts[index].now?.version ?? 0, versions[sku] ?? 0)
        var isOfBooks = true
        for _ in 0..<Correction.attemptsMax {
            let count = books.counts[index]
            guard onHand + count.difference >= 0 else {
                return books.set(.contradicted, of: index)
            }
            let request = request(count, onHand: onHand, version: version)
            let result = try await answered { () throws(ClientError) in
                try await client.write(request)
            }
            switch result {
            case .success(let receipt):
                let outcome: ReconciledCount.Outcome =
                    receipt.isRepeated ? .correctedBefore : .corrected
                if isOfBooks, !receipt.isRepeated { versions[sku] = receipt.version }
                books.set(outcome, of: index, lsn: receipt.lsn)
                return books.set(nil, shortfalls: Int(receipt.shortfalls), of: index)
            case .failure(let refusal) where refusal.outcome == .requestIDReused:
                return books.set(.correctedBefore, of: index)
            case .failure(let refusal):
                guard let conflict = refusal.conflict else {
                    return books.refuse(index, refusal.outcome.name)
                }
                // Another count may have come first: then nothing is left to correct.
                try past { () throws(TimeTravelError) in try books.refresh() }
                guard books.counts[index].outcome == .differs else { return }
                isOfBooks = false
                versions[sku] = nil
                onHand = conflict.figures.onHand
                version = conflict.version
            }
        }
        books.refuse(index, Outcome.versionConflict.name)
    }

    private func request(_ count: ReconciledCount, onHand: Int64, version: UInt64) -> StockWrite {
        let row = count.row
        return StockWrite(
            id: ids.id(row),
            cause: row.pool == nil ? .counted : .adjusted,
            reason: reason,
            rows: [
                StockWrite.Row(
                    sku: row.sku,
                    warehouse: row.warehouse,
                    units: row.pool == nil ? onHand + count.difference : count.difference,
                    pool: row.pool ?? .default,
                    expectedVersion: version
                )
            ]
        )
    }

    /// Looks up whose holds are touched where more is promised than there is.
    func findHolds() async throws(CommandFailure) {
        for index in books.counts.indices {
            let count = books.counts[index]
            let isTouched = count.outcome == .differs || count.outcome == .corrected
            guard isTouched, count.shortfalls > 0 else { continue }
            let holds = try await accepted("holds of \(count.row.sku)") {
                () throws(ClientError) in
                try await client.holds(of: count.row.sku, at: count.row.warehouse)
            }
            books.set(holds, shortfalls: count.shortfalls, of: index)
        }
    }
}
