internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import`: takes files over into a server.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import warehouses, SKUs, stock and more from a CSV file (.gz is unpacked).",
        discussion: """
            Rows that can't be read and rows that the server refuses are listed with their line \
            and the reason; all others go in, and the exit code is then 1. The file goes in \
            batches of 1,024 rows; a batch with a refused row is sent again without it.

            Each batch has an id that comes from the file's content, the mode and the batch's \
            place, and goes in at most once a day: importing the same file again, for example \
            after a lost answer, changes nothing twice. So put refused rows that were mended into \
            a file of their own. A rate card replaces the one before it, all of it or nothing, \
            and substitutes those of the same SKU, each time that they are imported.
            """,
        subcommands: [
            ImportWarehousesCommand.self, ImportSKUsCommand.self, ImportStockCommand.self,
            ImportRatesCommand.self, ImportSubstitutesCommand.self,
        ]
    )
}

/// What every import takes.
struct ImportOptions: ParsableArguments {
    @Argument(
        help: "The file; - is standard input.",
        completion: .file(extensions: ["csv", "gz"])
    )
    var file: String

    @Flag(help: "Import nothing unless every row can be read.")
    var strict = false
}

/// The rows of a file, those that can't be read apart.
struct ImportRows<Row: Sendable> {
    private(set) var rows: [(row: Row, line: Int)] = []
    private(set) var faults: [RowFault]

    /// Rows that were read already, and the complaints about others.
    init(rows: [(row: Row, line: Int)], faults: [RowFault]) {
        self.rows = rows
        self.faults = faults
    }

    /// Reads every row with `read`.
    init(_ file: CSVFile, read: (CSVFile.Row) throws(RowFault) -> Row) {
        faults = file.faults
        for index in 0..<file.rowCount {
            let row = file.row(index)
            do throws(RowFault) {
                rows.append((try read(row), row.line))
            } catch {
                faults.append(error)
            }
        }
    }
}

/// Sends the rows of a file in batches, several at a time, and tells what came of each row.
struct ImportRun<Row: Sendable> {
    /// A batch of rows on its way.
    private struct Batch {
        var rows: [Row]
        /// The line of the file that each row stands on.
        var lines: [Int]
        let number: Int
    }

    private let path: String
    private let noun: String
    /// Whether all rows are one request, which is sent only if every row could be read.
    private let isWhole: Bool
    /// Why a row needn't be sent; `nil` where it is to be tried.
    private let objection: (Row) -> String?
    /// Sends one batch, named by its number.
    private let start: ([Row], Int) -> PendingAnswer<WriteReceipt>
    private var faults: [RowFault] = []
    private var rowCount = 0
    private var repeatedRowCount = 0
    private var shortfalls: UInt64 = 0

    /// Requests sent before the first answer is awaited.
    private static var batchesInFlightMax: Int { 32 }

    /// A run over the file at `path`, whose rows are called `noun`.
    init(
        path: String,
        noun: String,
        isWhole: Bool = false,
        objection: @escaping (Row) -> String? = { _ in nil },
        start: @escaping ([Row], Int) -> PendingAnswer<WriteReceipt>
    ) {
        self.path = path
        self.noun = noun
        self.isWhole = isWhole
        self.objection = objection
        self.start = start
    }

    /// Sends all rows, and prints what was done.
    mutating func send(
        _ rows: ImportRows<Row>,
        isStrict: Bool,
        asJSON: Bool
    ) async throws(CommandFailure) {
        faults = rows.faults
        let batches = batches(of: rows.rows)
        if !isStrict || faults.isEmpty { try await send(batches) }
        faults.sort { $0.line < $1.line }
        Terminal.writeLines(asJSON ? [json.text] : lines)
        guard !faults.isEmpty else { return }
        let remedy =
            isStrict && rowCount == 0
            ? "nothing was imported: mend them" + (isWhole ? "" : ", or leave --strict out")
            : "mend them and import them in a file of their own"
        throw CommandFailure(
            .refused,
            "bad_rows",
            "\(path): \(counted(faults.count, "bad row")) — \(remedy)"
        )
    }

    /// Cuts rows into batches, then leaves out those that needn't be tried.
    ///
    /// So a row's batch depends on the file alone, not on what the server knows today.
    private mutating func batches(of rows: [(row: Row, line: Int)]) -> [Batch] {
        if isWhole {
            return [Batch(rows: rows.map(\.row), lines: rows.map(\.line), number: 0)]
        }
        let size = Limits.rowsPerRequestMax
        var batches: [Batch] = []
        for first in stride(from: 0, to: rows.count, by: size) {
            var batch = Batch(rows: [], lines: [], number: first / size)
            for (row, line) in rows[first..<min(first + size, rows.count)] {
                if let reason = objection(row) {
                    faults.append(RowFault(line: line, reason: reason))
                } else {
                    batch.rows.append(row)
                    batch.lines.append(line)
                }
            }
            if !batch.rows.isEmpty { batches.append(batch) }
        }
        return batches
    }

    private mutating func send(_ batches: [Batch]) async throws(CommandFailure) {
        var progress = ProgressBar("import \(noun)s", total: batches.count)
        defer { progress.clear() }
        let step = ImportRun.batchesInFlightMax
        for first in stride(from: 0, to: batches.count, by: step) {
            let wave = batches[first..<min(first + step, batches.count)]
            let pending = wave.map { start($0.rows, $0.number) }
            for (batch, answer) in zip(wave, pending) {
                try await take(answer, of: batch)
                progress.show(batch.number + 1)
            }
        }
    }

    /// Takes the answer to a batch; while a row is refused the rest is sent again.
    ///
    /// The id stays the same: a refusal isn't remembered, and whatever rows are accepted under it,
    /// no others ever will be.
    private mutating func take(
        _ answer: PendingAnswer<WriteReceipt>,
        of batch: Batch
    ) async throws(CommandFailure) {
        var batch = batch
        var answer = answer
        while true {
            let result = try await answered { () throws(ClientError) in try await answer.value }
            switch result {
            case .success(let receipt):
                rowCount += batch.rows.count
                shortfalls += UInt64(receipt.shortfalls)
                if receipt.isRepeated { repeatedRowCount += batch.rows.count }
                return
            case .failure(let refusal) where refusal.outcome == .requestIDReused:
                return noteTaken(batch)
            case .failure(let refusal):
                guard let index = refusal.index, index < batch.rows.count else {
                    throw CommandFailure(refusal, "\(path):\(batch.lines.first ?? 1) and after")
                }
                note(refusal, line: batch.lines[index])
                if isWhole { return }
                batch.rows.remove(at: index)
                batch.lines.remove(at: index)
                if batch.rows.isEmpty { return }
                answer = start(batch.rows, batch.number)
            }
        }
    }

    private mutating func note(_ refusal: Refusal, line: Int) {
        var refusal = refusal
        refusal.index = nil
        let reason = CommandFailure(refusal, "").detail.dropFirst(2)
        faults.append(RowFault(line: line, reason: String(reason)))
    }

    /// Notes a batch that an earlier import took without the rows that were refused then.
    private mutating func noteTaken(_ batch: Batch) {
        let last = batch.lines[batch.lines.count - 1]
        faults.append(
            RowFault(
                line: batch.lines[0],
                reason: "up to line \(last): an earlier import of this file took these rows "
                    + "without those that were refused then — put those into a file of their own"
            )
        )
    }

    // MARK: Reports

    private var json: JSON {
        .object([
            ("file", .string(path)),
            ("rows", .count(rowCount)),
            ("rows_repeated", .count(repeatedRowCount)),
            ("rows_bad", .count(faults.count)),
            ("shortfalls", .count(shortfalls)),
            (
                "bad_rows",
                .array(
                    faults.map {
                        .object([("line", .count($0.line)), ("reason", .string($0.reason))])
                    }
                )
            ),
        ])
    }

    private var lines: [String] {
        var text = "\(counted(rowCount, noun)) imported"
        if repeatedRowCount == rowCount, rowCount > 0 {
            text = "\(counted(rowCount, noun)) imported before: nothing changed"
        } else if repeatedRowCount > 0 {
            text += ", \(repeatedRowCount.grouped) of them before"
        }
        if shortfalls > 0 {
            text += ", \(counted(shortfalls, "cell")) now promise more than they have"
        }
        if !faults.isEmpty { text += ", \(counted(faults.count, "bad row"))" }
        return faults.map { "\(path):\($0.line): \($0.reason)" } + [text]
    }
}
