internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import substitutes`: says what may be offered in the place of SKUs.
struct ImportSubstitutesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "substitutes",
        abstract: "Say what may be offered in the place of the SKUs of a file.",
        discussion: """
            Columns: sku, substitute, rank (1 is the best). The rows of a SKU, wherever they \
            stand, replace what was said of it before; a row with neither substitute nor rank \
            takes all of its substitutes away. SKUs that the file doesn't name stay as they \
            are. Where a row can't be read, its SKU stays as it is.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var input: ImportOptions

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: input.file)
        let rows = try SubstituteRows.read(CSVFile(path: input.file, bytes: bytes))
        // What a SKU has may have changed in between, so the same file isn't the same request.
        var run = ImportRun<SKUSubstitutes>(path: input.file, noun: "SKU") { rows, _ in
            client.start(SubstitutesWrite(id: .random(), rows: rows))
        }
        try await run.send(rows, isStrict: input.strict, asJSON: options.json)
    }
}

/// Reads substitutes from a file.
enum SubstituteRows {
    private struct Row {
        let sku: String
        /// `nil`: the SKU is to have none.
        let substitute: String?
        let rank: Int64
    }

    /// What is known of a SKU so far.
    private struct Entry {
        let line: Int
        var ranked: [(rank: Int64, substitute: String)] = []
        var clears = false
        var isBad = false
    }

    /// The SKUs of a file, each with the line of its first row.
    static func read(_ file: CSVFile) throws(CommandFailure) -> ImportRows<SKUSubstitutes> {
        let sku = try file.column("sku")
        let substitute = try file.column("substitute")
        let rank = try file.column("rank")
        var entries: [String: Entry] = [:]
        var order: [String] = []
        var faults = file.faults
        for index in 0..<file.rowCount {
            let row = file.row(index)
            let name = row.text(sku)
            if entries[name] == nil { order.append(name) }
            var entry = entries[name] ?? Entry(line: row.line)
            do throws(RowFault) {
                let clears = row.text(substitute).isEmpty && row.text(rank).isEmpty
                let read = Row(
                    sku: try row.sku(sku),
                    substitute: clears ? nil : try row.sku(substitute),
                    rank: clears ? 0 : try row.integer(rank, in: 1...Int64(Int32.max))
                )
                try add(read, to: &entry, of: row)
            } catch {
                entry.isBad = true
                faults.append(error)
            }
            entries[name] = entry
        }
        var rows: [(row: SKUSubstitutes, line: Int)] = []
        for name in order {
            guard let entry = entries[name], !entry.isBad else { continue }
            let ranked = entry.ranked.sorted { $0.rank < $1.rank }.map(\.substitute)
            rows.append((SKUSubstitutes(sku: name, substitutes: ranked), entry.line))
        }
        return ImportRows(rows: rows, faults: faults)
    }

    private static func add(
        _ row: Row,
        to entry: inout Entry,
        of file: CSVFile.Row
    ) throws(RowFault) {
        let isFirst = entry.ranked.isEmpty && !entry.clears
        guard let substitute = row.substitute else {
            if !isFirst { throw file.fault("\(row.sku) has substitutes, or none, above") }
            entry.clears = true
            return
        }
        if entry.clears { throw file.fault("\(row.sku) is to have no substitute") }
        if substitute == row.sku {
            throw file.fault("\(row.sku) is its own substitute — name another SKU")
        }
        if entry.ranked.contains(where: { $0.substitute == substitute }) {
            throw file.fault("\(substitute) is a substitute of \(row.sku) already")
        }
        if entry.ranked.contains(where: { $0.rank == row.rank }) {
            throw file.fault("\(row.sku) has another substitute of rank \(row.rank)")
        }
        if entry.ranked.count == Limits.substitutesPerSKUMax {
            throw file.fault("\(row.sku) has \(Limits.substitutesPerSKUMax) substitutes already")
        }
        entry.ranked.append((row.rank, substitute))
    }
}
