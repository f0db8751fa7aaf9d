internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import`: takes files over into a server.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import warehouses or stock from a CSV file (.gz is unpacked).",
        discussion: """
            The ids of the requests come from the file's content: importing the same file again \
            within a day changes nothing.
            """,
        subcommands: [ImportWarehousesCommand.self, ImportStockCommand.self]
    )
}

/// The rows of a file that go to the server in one request.
struct ImportChunk<Row: Sendable>: Sendable {
    let rows: [Row]
    /// The line of the file that each row stands on.
    let lines: [Int]
}

extension ImportChunk {
    /// Cuts rows into requests of the size that a server takes.
    static func chunks(_ rows: [(row: Row, line: Int)]) -> [ImportChunk<Row>] {
        stride(from: 0, to: rows.count, by: Limits.rowsPerRequestMax).map { start in
            let part = rows[start..<min(start + Limits.rowsPerRequestMax, rows.count)]
            return ImportChunk(rows: part.map(\.row), lines: part.map(\.line))
        }
    }
}

/// Sends the chunks of a file, several at a time, and adds up what came of them.
struct ImportRun {
    let path: String
    let noun: String
    private(set) var rowCount = 0
    private(set) var repeatedRowCount = 0
    private(set) var shortfalls: UInt64 = 0

    /// Requests sent before the first answer is awaited.
    private static let chunksInFlightMax = 32

    /// A run over the file at `path`, whose rows are called `noun`.
    init(path: String, noun: String) {
        self.path = path
        self.noun = noun
    }

    /// Sends chunks in their order; `start` sends one.
    mutating func send<Row>(
        _ chunks: [ImportChunk<Row>],
        start: (ImportChunk<Row>, Int) -> PendingAnswer<WriteReceipt>
    ) async throws(CommandFailure) {
        var progress = ProgressBar("import \(noun)s", total: chunks.count)
        defer { progress.clear() }
        let step = ImportRun.chunksInFlightMax
        for first in stride(from: 0, to: chunks.count, by: step) {
            let wave = first..<min(first + step, chunks.count)
            let pending = wave.map { start(chunks[$0], $0) }
            for (index, answer) in zip(wave, pending) {
                try await take(answer, of: chunks[index])
                progress.show(index + 1)
            }
        }
    }

    private mutating func take<Row>(
        _ answer: PendingAnswer<WriteReceipt>,
        of chunk: ImportChunk<Row>
    ) async throws(CommandFailure) {
        let result: Result<WriteReceipt, Refusal>
        do throws(ClientError) {
            result = try await answer.value
        } catch {
            throw CommandFailure(error)
        }
        switch result {
        case .success(let receipt):
            rowCount += chunk.rows.count
            shortfalls += UInt64(receipt.shortfalls)
            if receipt.isRepeated { repeatedRowCount += chunk.rows.count }
        case .failure(var refusal):
            let line = refusal.index.map { chunk.lines[min($0, chunk.lines.count - 1)] }
            refusal.index = nil
            let place = "\(path):\(line ?? chunk.lines[0])"
            throw CommandFailure(refusal, line == nil ? "\(place) and after" : place)
        }
    }

    /// Prints what was done.
    func report(asJSON: Bool) {
        if asJSON {
            let json = JSON.object([
                ("file", .string(path)),
                ("rows", .count(rowCount)),
                ("rows_repeated", .count(repeatedRowCount)),
                ("shortfalls", .count(shortfalls)),
            ])
            return Terminal.writeLine(json.text)
        }
        var text = "\(counted(rowCount, noun)) imported"
        if repeatedRowCount == rowCount, rowCount > 0 {
            text = "\(counted(rowCount, noun)) imported before: nothing changed"
        } else if repeatedRowCount > 0 {
            text += ", \(repeatedRowCount.grouped) of them before"
        }
        if shortfalls > 0 {
            text += ", \(counted(shortfalls, "cell")) now promise more than they have"
        }
        Terminal.writeLine(text)
    }
}
