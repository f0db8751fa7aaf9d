internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Journal
internal import Movements
internal import Storage

extension MovementWord: ExpressibleByArgument {}

/// A point in time on the command line, in UTC.
struct InstantArgument: ExpressibleByArgument {
    let instant: Instant

    /// Reads `2026-11-27T08:00:00Z`, with a fraction where there is one.
    init?(argument: String) {
        guard let instant = Instant(text: argument) else { return nil }
        self.instant = instant
    }
}

/// Which movements are told.
struct MovementFilter: ParsableArguments {
    @Option(parsing: .upToNextOption, help: "Only movements of these kinds.")
    var kind: [MovementWord] = []

    @Option(help: "Only what concerns this reservation.")
    var reservation: IDArgument?

    @Option(help: "Only what names this SKU.")
    var sku: String?

    @Option(help: "Only what names this warehouse.")
    var warehouse: WarehouseArgument?

    @Option(help: "Only from this instant on, as 2026-11-27T08:00:00Z.")
    var from: InstantArgument?

    @Option(help: "Only up to this instant.")
    var to: InstantArgument?

    @Option(name: .customLong("from-lsn"), help: "Only from this LSN on.")
    var fromLSN: UInt64?

    @Option(name: .customLong("to-lsn"), help: "Only up to this LSN.")
    var toLSN: UInt64?

    /// Whether a movement is told.
    func admits(_ movement: LoggedMovement) -> Bool {
        if !kind.isEmpty, !kind.contains(movement.word) { return false }
        if let from, movement.instant < from.instant { return false }
        if let to, movement.instant > to.instant { return false }
        if let fromLSN, movement.lsn < fromLSN { return false }
        if let toLSN, movement.lsn > toLSN { return false }
        if let reservation, !movement.touches(reservation.id) { return false }
        if let sku, !movement.touches(sku: sku) { return false }
        if let warehouse, !movement.touches(warehouse: warehouse.code.description) { return false }
        return true
    }
}

/// `holdfast journal inspect`: tells the movements of a log, one a line.
struct JournalInspectCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Tell the movements of a log, oldest first; changes nothing, needs no server.",
        discussion: """
            Names stand in the records that made them, so the log is read from its start even \
            where only a part is told. Of a segment that lies alone what was named before it is \
            told by number (#7). Exit code 1 means damage, named by file and offset; what stood \
            before it has been told. The instants of movements follow each other on each stripe, \
            not over all.
            """
    )

    @Argument(
        help: "The data directory of a server, its journal directory, or one segment.",
        completion: .file()
    )
    var path: String

    @OptionGroup var filter: MovementFilter

    @Option(help: "How many movements to tell, at most.")
    var limit: Int?

    @Flag(name: .long, help: "Print JSON for programs, one movement a line.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Lines that are written at once.
    private static let linesPerWriteMax = 512

    /// Tells the movements.
    func perform() async throws(CommandFailure) {
        if let limit { try check(limit, "--limit", 1...Int(Int32.max)) }
        let source = try JournalSource(path)
        var decoder = MovementDecoder()
        var lines = json ? [] : [MovementText.titles]
        var told = 0
        let tail: TornTail?
        do throws(JournalError) {
            tail = try Journal.read(source.path, disk: LinuxDisk()) {
                (record, lsn, segment) throws(MovementError) in
                let movement = try decoder.decode(record, lsn: lsn)
                if let toLSN = filter.toLSN, lsn > toLSN { return false }
                guard source.tells(segment), filter.admits(movement) else { return true }
                let text = MovementText(movement: movement)
                lines.append(json ? text.json.text : text.line)
                told += 1
                if lines.count >= JournalInspectCommand.linesPerWriteMax {
                    Terminal.writeLines(lines)
                    lines.removeAll(keepingCapacity: true)
                }
                return told < limit ?? Int.max
            }
        } catch {
            Terminal.writeLines(lines)
            throw failure(error)
        }
        Terminal.writeLines(lines)
        if let tail {
            Terminal.writeErrorLine(
                "holdfast: torn tail in \(tail.path) at byte \(tail.offset): \(tail.sizeBytes) "
                    + "bytes, never durable"
            )
        }
        if !json { Terminal.writeLine(counted(told, "movement")) }
    }

    private func failure(_ error: JournalError) -> CommandFailure {
        switch error.code {
        case .storage, .recordsMissing, .removedMeanwhile, .alreadyThere:
            .file(error.description)
        case .damaged, .recordRefused:
            CommandFailure(
                .refused,
                "journal_damaged",
                "\(error.description) — keep this file, and start from a copy or a backup"
            )
        }
    }
}

/// What is read, and of which segment the movements are told.
private struct JournalSource {
    /// The directory of the segments, or a segment that lies alone.
    let path: String
    private let onlySegment: String?

    init(_ given: String) throws(CommandFailure) {
        guard access(given, R_OK) == 0 else {
            throw .file("\(given): \(systemMessage(errno)) — name a data directory or a segment")
        }
        if given.hasSuffix(".log") {
            let cut = given.lastIndex(of: "/")
            let folder = cut.map { String(given[..<$0]) } ?? "."
            let name = cut.map { String(given[given.index(after: $0)...]) } ?? given
            let first = folder + "/" + String(repeating: "0", count: 19) + "1.log"
            let isAlone = access(first, R_OK) != 0
            path = isAlone ? given : folder
            onlySegment = isAlone ? nil : folder + "/" + name
        } else {
            let inner = given + "/journal"
            path = access(inner, F_OK) == 0 ? inner : given
            onlySegment = nil
        }
    }

    /// Whether the movements of a segment are told.
    func tells(_ segment: String) -> Bool { onlySegment == nil || onlySegment == segment }
}
