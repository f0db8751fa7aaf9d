internal import ArgumentParser
internal import HoldfastClient

/// `holdfast import skus`: makes SKUs and says what they weigh.
struct ImportSKUsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "skus",
        abstract: "Make the SKUs of a file, and set what a unit of each weighs.",
        discussion: "Columns: sku, weight_grams (0 where it isn't known)."
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var input: ImportOptions

    /// Imports the file.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: input.file)
        let file = try CSVFile(path: input.file, bytes: bytes)
        let sku = try file.column("sku")
        let weight = try file.column("weight_grams")
        var lineOfSKU: [String: Int] = [:]
        let rows = ImportRows(file) { row throws(RowFault) in
            let result = SKUWeight(
                sku: try row.sku(sku),
                weightGrams: try row.integer(weight, as: UInt32.self)
            )
            if let first = lineOfSKU[result.sku] {
                throw row.fault("\(result.sku) stands on line \(first) already")
            }
            lineOfSKU[result.sku] = row.line
            return result
        }
        let content = DerivedID.Content(bytes)
        var run = ImportRun<SKUWeight>(path: input.file, noun: "SKU") { rows, number in
            client.start(
                SKUWrite(id: DerivedID.request("import skus", content, number), rows: rows)
            )
        }
        try await run.send(rows, isStrict: input.strict, asJSON: options.json)
    }
}
