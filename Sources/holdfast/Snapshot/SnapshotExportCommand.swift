internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Movements
internal import Node
internal import Snapshot
internal import Storage

extension ExportFormat: ExpressibleByArgument {}

/// The state of a reservation on the command line, by its name.
enum ReservationStateArgument: String, ExpressibleByArgument, CaseIterable {
    case held
    case committed
    case fulfilled
    case released
    case expired
    case cancelled

    /// The state as the protocol has it.
    var state: ReservationState {
        switch self {
        case .held: .held
        case .committed: .committed
        case .fulfilled: .fulfilled
        case .released: .released
        case .expired: .expired
        case .cancelled: .cancelled
        }
    }
}

/// An owner on the command line: 32 hexadecimal digits.
struct OwnerArgument: ExpressibleByArgument {
    let owner: OwnerID

    /// Reads 32 hexadecimal digits; dashes are passed over.
    init?(argument: String) {
        guard let owner = OwnerID(argument) else { return nil }
        self.owner = owner
    }
}

/// `holdfast snapshot export`: cells or reservations as rows, or a section's bytes.
struct SnapshotExportCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a snapshot's cells or reservations as rows, or a section's LZ4 frame.",
        discussion: """
            Rows tell the state at the snapshot's LSN, in the order of the file. A reservation is \
            told whole where one of its lines is wanted; in CSV a row is a share. --raw writes \
            the frames of a section as they stand in the file, for `lz4 -d`: a number as \
            `inspect --sections` tells it, a kind (skus, reservations, configuration, log_slice), \
            or `all`. A file appears under its name only when all of it is there. Memory grows \
            with the names of SKUs (--reservations) and with what the log in the file touched.
            """
    )

    @Argument(help: "The snapshot.", completion: .file(extensions: ["hfs"]))
    var file: String

    @Flag(help: "Write cells.")
    var cells = false

    @Flag(help: "Write reservations.")
    var reservations = false

    @Option(help: "Write the LZ4 frames of this section, of all of a kind, or of all.")
    var raw: String?

    @Option(help: "How rows are written.")
    var format: ExportFormat?

    @Option(help: "The file to write; standard output if not given.", completion: .file())
    var out: String?

    @Option(help: "Only this SKU.")
    var sku: String?

    @Option(help: "Only this warehouse.")
    var warehouse: WarehouseArgument?

    @Option(help: "Only this pool.")
    var pool: PoolArgument?

    @Option(help: "Only reservations in this state.")
    var state: ReservationStateArgument?

    @Option(help: "Only reservations of this owner.")
    var owner: OwnerArgument?

    @Flag(name: .long, help: "JSON for programs: rows of --format jsonl, and the result of --out.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    private static let titleOfBar = "export"

    /// Writes what was asked for.
    func perform() async throws(CommandFailure) {
        try checkOptions()
        let reader = try SnapshotReader.opened(file)
        let chosen = try raw.map { (text) throws(CommandFailure) in try sections(text, of: reader) }
        let output = try ExportOutput(path: out)
        let noun: String
        let count: Int
        if let chosen {
            noun = "section"
            count = chosen.count
            try onSnapshot { () throws(SnapshotError) in
                try reader.eachFrame(of: chosen) { (frame) throws(StorageError) in
                    try output.write(frame)
                }
            }
        } else {
            noun = cells ? "cell" : "reservation"
            count = try writeRows(of: try reader.settled(), to: output)
        }
        do throws(StorageError) {
            try output.finish()
        } catch {
            throw .file(error.description)
        }
        guard let out else { return }
        if json {
            let members: [(name: String, value: JSON)] = [
                ("file", .string(out)), ("\(noun)s", .count(count)),
                ("lsn", .count(reader.header.facts.endLSN)),
            ]
            Terminal.writeLine(JSON.object(members).text)
        } else {
            Terminal.writeLine("\(out): \(counted(count, noun))")
        }
    }

    private func checkOptions() throws(CommandFailure) {
        let chosen = [cells, reservations, raw != nil].filter(\.self).count
        guard chosen == 1 else {
            throw .usage("export: give one of --cells, --reservations and --raw SECTION")
        }
        if !reservations, state != nil || owner != nil {
            throw .usage("export: --state and --owner choose among --reservations")
        }
        guard raw != nil else {
            if json, format == .csv { throw .usage("export: --json writes --format jsonl") }
            return
        }
        if sku != nil || warehouse != nil || pool != nil || format != nil {
            throw .usage("export: --raw writes sections as they are; leave the other options out")
        }
        if out == nil, Terminal.isTerminal {
            throw .usage("export: --raw writes no text; give --out FILE, or a pipe to `lz4 -d`")
        }
    }

    private func sections(
        _ text: String,
        of reader: SnapshotReader
    ) throws(CommandFailure) -> [SnapshotSection] {
        if text == "all" { return reader.sections }
        if let kind = SnapshotSectionKind.allCases.first(where: { $0.jsonName == text }) {
            return Array(reader.sections(of: kind))
        }
        guard let index = Int(text), reader.sections.indices.contains(index) else {
            throw .usage(
                "--raw \(text): give a section of 0 to \(reader.sections.count - 1), one of "
                    + "skus, reservations, configuration, log_slice, or all"
            )
        }
        return [reader.sections[index]]
    }

    private func writeRows(
        of image: SettledImage,
        to output: ExportOutput
    ) throws(CommandFailure) -> Int {
        let reader = image.reader
        // A bar beside rows on the same terminal would only tear them apart.
        let isShown = out != nil || !Terminal.isTerminal
        let total =
            cells
            ? reader.unpackedBytes(of: .skus) : reader.unpackedBytes(of: .skus, .reservations)
        var progress = PassProgress(
            SnapshotExportCommand.titleOfBar,
            totalBytes: total,
            isShown: isShown
        )
        defer { progress.clear() }
        let format = format ?? (json ? .jsonl : .csv)
        return try onImage { () throws(NodeError) in
            if cells { return try writeCells(of: image, format, to: output, &progress) }
            return try writeReservations(of: image, format, to: output, &progress)
        }
    }

    private var filter: ExportFilter {
        ExportFilter(
            sku: sku,
            warehouse: warehouse?.code,
            pool: pool?.pool,
            state: state?.state,
            owner: owner?.owner
        )
    }

    private func writeCells(
        of image: SettledImage,
        _ format: ExportFormat,
        to output: ExportOutput,
        _ progress: inout PassProgress
    ) throws(NodeError) -> Int {
        let rows = CellRows(format: format)
        let filter = filter
        var count = 0
        if let titles = rows.titles { try write(titles, to: output) }
        try image.eachSKU(progress: { progress.show($0) }) { (sku) throws(NodeError) in
            guard filter.sku ?? sku.name == sku.name else { return }
            for cell in sku.cells where filter.admits(cell) {
                try write(rows.row(sku, cell), to: output)
                count += 1
            }
        }
        return count
    }

    private func writeReservations(
        of image: SettledImage,
        _ format: ExportFormat,
        to output: ExportOutput,
        _ progress: inout PassProgress
    ) throws(NodeError) -> Int {
        let rows = ReservationRows(
            format: format,
            names: try SKUNames(of: image, progress: &progress),
            policies: image.configuration.policies
        )
        let filter = filter
        var count = 0
        if let titles = rows.titles { try write(titles, to: output) }
        try image.eachRemembered(progress: { progress.show($0) }) { (value) throws(NodeError) in
            guard case .reservation(let reservation) = value,
                filter.admits(reservation, rows.names)
            else { return }
            for row in rows.rows(reservation) { try write(row, to: output) }
            count += 1
        }
        return count
    }

    private func write(_ line: String, to output: ExportOutput) throws(NodeError) {
        do throws(StorageError) {
            try output.writeLine(line)
        } catch {
            throw NodeError(error)
        }
    }
}
