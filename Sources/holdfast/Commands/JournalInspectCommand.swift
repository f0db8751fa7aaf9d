internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Journal
internal import Movements
internal import Node
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
            where only a part is told. Where its beginning is gone they come from the newest \
            snapshot beside it; where there is none either, what was named before is told by \
            number (#7). --archive-dir reads the segments that were moved away. Exit code 1 means \
            damage, named by file and offset; what stood \
            before it has been told. The instants of movements follow each other on each stripe, \
            not over all.
            """
    )

    @Argument(
        help: "The data directory of a server, its journal directory, or one segment.",
        completion: .file()
    )
    var path: String

    @OptionGroup var archives: ArchiveOptions

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
        let source = try JournalSource(path, archives: archives.archiveDir)
        var decoder = try source.decoder()
        var lines = json ? [] : [MovementText.titles]
        var told = 0
        let tail: TornTail?
        do throws(JournalError) {
            tail = try source.read {
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
    private let path: String
    private let archives: [String]
    private let onlySegment: String?
    private let disk = LinuxDisk()

    init(_ given: String, archives: [String]) throws(CommandFailure) {
        guard access(given, R_OK) == 0 else {
            throw .file("\(given): \(systemMessage(errno)) — name a data directory or a segment")
        }
        self.archives = archives
        if given.hasSuffix(".log") {
            let cut = given.lastIndex(of: "/")
            let folder = cut.map { String(given[..<$0]) } ?? "."
            let name = cut.map { String(given[given.index(after: $0)...]) } ?? given
            let isAlone = !JournalSource.hasBeginning([folder] + archives)
            path = isAlone ? given : folder
            onlySegment = isAlone ? nil : folder + "/" + name
        } else {
            let inner = given + "/journal"
            path = access(inner, F_OK) == 0 ? inner : given
            onlySegment = nil
        }
    }

    private static func hasBeginning(_ directories: [String]) -> Bool {
        let first = String(repeating: "0", count: 19) + "1.log"
        return directories.contains { access($0 + "/" + first, R_OK) == 0 }
    }

    private var isSegment: Bool { path.hasSuffix(".log") }

    /// Whether the movements of a segment are told.
    func tells(_ segment: String) -> Bool { onlySegment == nil || onlySegment == segment }

    /// A decoder that knows the names which were given before the first record that is there.
    func decoder() throws(CommandFailure) -> MovementDecoder {
        if !isSegment, JournalSource.hasBeginning([path] + archives) { return MovementDecoder() }
        guard let logID else { return MovementDecoder() }
        let names = try past { () throws(TimeTravelError) in
            try PastSources(dataDirectory, disk: disk).names(ofLog: logID)
        }
        return names.map { MovementDecoder($0) } ?? MovementDecoder()
    }

    /// The random number of the log; nil where its segments can't be told to be one log.
    private var logID: UInt64? {
        let folder = isSegment ? path.split(separator: "/").dropLast().joined(separator: "/") : path
        let root = isSegment && path.hasPrefix("/") ? "/" : ""
        do throws(JournalError) {
            let log = LogSources(root + folder, archives: archives)
            return try Journal.read(log, upTo: 0, disk: disk) { _, _, _ in false }.logID
        } catch {
            // What is wrong with the segments is told when they are read.
            return nil
        }
    }

    /// The data directory that the log belongs to, if it stands in one.
    private var dataDirectory: String {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        while parts.count > 1, parts.last?.isEmpty == true { parts.removeLast() }
        if isSegment { parts.removeLast() }
        if parts.isEmpty { return ".." }
        parts[parts.count - 1] = "."
        let parent = parts.joined(separator: "/")
        return parent == "." ? "." : parent
    }

    /// Hands the records to `visit`, as `Journal.read` does.
    func read(
        _ visit: (UnsafeRawBufferPointer, UInt64, String) throws(RecordError) -> Bool
    ) throws(JournalError) -> TornTail? {
        if isSegment { return try Journal.read(path, disk: disk, visit: visit) }
        let log = LogSources(path, archives: archives)
        return try Journal.read(log, disk: disk, visit: visit).tornTail
    }
}
