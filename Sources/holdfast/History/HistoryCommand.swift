internal import ArgumentParser
internal import Engine
internal import HoldfastClient
internal import Movements
internal import Node

/// `holdfast history`: tells what became of a SKU, a reservation or a warehouse.
struct HistoryCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract:
            "Tell each movement of a SKU, reservation or warehouse, with figures before and after.",
        discussion: """
            Reads the snapshots and the log of a data directory, which may be a running server's; \
            needs no server. Without --from it begins with the oldest state that is there. An \
            instant stands for the log up to the first movement later than it, an LSN for all \
            movements below it; --from takes in the movements of its own instant.
            """
    )

    @OptionGroup var options: PastOptions

    @Option(help: "The SKU to tell of.")
    var sku: String?

    @Option(help: "The reservation to tell of.")
    var reservation: IDArgument?

    @Option(help: "The warehouse to tell of.")
    var warehouse: WarehouseArgument?

    @Option(
        help: ArgumentHelp(
            "Tell from here on: 2026-11-27T08:00:00Z or an LSN.",
            valueName: "time|lsn"
        )
    )
    var from: MomentArgument?

    @Option(help: ArgumentHelp("Tell up to here: an instant or an LSN.", valueName: "time|lsn"))
    var to: MomentArgument?

    @Option(help: "How many movements to tell, at most.")
    var limit: Int?

    @Flag(name: .long, help: "Print JSON for programs, one movement a line, what was told last.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Lines that are written at once.
    private static let linesPerWriteMax = 512
    /// Threads that load a snapshot.
    private static let threads = 2

    /// Refuses contradicting options.
    func validate() throws {
        let subjects = [sku != nil, reservation != nil, warehouse != nil].count { $0 }
        if subjects != 1 { throw ValidationError("Give --sku, --reservation or --warehouse.") }
    }

    private var subject: HistorySubject {
        if let warehouse { return .warehouse(warehouse.code) }
        if let reservation { return .reservation(reservation.id) }
        return .sku(sku ?? "")
    }

    /// Tells the movements.
    func perform() async throws(CommandFailure) {
        if let limit { try check(limit, "--limit", 1...Int(Int32.max)) }
        let sources = try options.sources
        let state = try past { () throws(TimeTravelError) in
            let state = try PastState.load(
                sources,
                before: from?.start,
                subject.needed,
                upTo: to?.moment,
                orOldest: true,
                threads: HistoryCommand.threads
            )
            if let from { try state.advance(to: from.start) }
            return state
        }
        state.notePassedOver()
        let history = MovementHistory(of: subject, from: state)
        var ending = HistoryEnding(subject: subject, from: from?.start, begin: state)
        var lines = json ? [] : [ending.titles, MovementText.titles]
        do throws(TimeTravelError) {
            try history.tell(upTo: to?.moment) { (record, change) throws(MovementError) in
                // Names come from the engine: a decoder that kept them would grow with the log.
                var decoder = MovementDecoder()
                let text = HistoryText(
                    movement: try decoder.decode(record.bytes, lsn: record.lsn),
                    actor: state.engine.actorName(record.header.actor),
                    change: change,
                    subject: history.subject,
                    skuName: state.engine.skuName
                )
                lines.append(json ? text.json.text : text.line)
                ending.count += 1
                if lines.count >= HistoryCommand.linesPerWriteMax {
                    Terminal.writeLines(lines)
                    lines.removeAll(keepingCapacity: true)
                }
                return ending.count < limit ?? Int.max
            }
        } catch {
            Terminal.writeLines(lines)
            throw CommandFailure(error)
        }
        if let unknown = ending.unknown(in: state) { throw unknown }
        Terminal.writeLines(lines + [json ? ending.json(state).text : ending.line(state)])
    }
}

/// What is told of a history as a whole.
struct HistoryEnding {
    let subject: HistorySubject
    /// Where the telling begins.
    let beginLSN: UInt64
    let base: PastBase
    /// Movements told.
    var count = 0
    /// Whether nothing earlier can be told, though it was asked for.
    private let isOldest: Bool

    /// A history that begins with a state.
    init(subject: HistorySubject, from moment: PastMoment?, begin: PastState) {
        self.subject = subject
        base = begin.base
        beginLSN = begin.lsn
        isOldest = moment.map { begin.base.isAfter($0) } ?? true
    }

    /// The name of what is told of.
    private var name: String {
        switch subject {
        case .sku(let name): name
        case .reservation(let id): id.description
        case .warehouse(let code): code.description
        }
    }

    /// The line above all: what is told, and from where on.
    var titles: String {
        switch base {
        case .beginning where beginLSN == base.lsn: "\(name) from the log's beginning"
        case .snapshot(_, beginLSN, let instant) where isOldest:
            "\(name) from LSN \(beginLSN), \(instant.text), the oldest state that is there"
        case .beginning, .snapshot: "\(name) from LSN \(beginLSN)"
        }
    }

    /// Why nothing could be told; nil where the subject is known.
    func unknown(in state: PastState) -> CommandFailure? {
        guard count == 0 else { return nil }
        let engine = state.engine
        let outcome: Outcome
        switch subject {
        case .sku(let name):
            if engine.stock(of: name) != nil { return nil }
            outcome = .unknownSKU
        case .reservation:
            if engine.rememberedCount() > 0 { return nil }
            outcome = .unknownReservation
        case .warehouse(let code):
            if engine.warehouses().contains(where: { $0.code == code }) { return nil }
            outcome = .unknownWarehouse
        }
        return CommandFailure(
            .refused,
            outcome.name,
            "\(name): nothing is known of it from LSN \(beginLSN) to LSN \(state.lsn) — look at "
                + "its name, or give --archive-dir"
        )
    }

    /// The last line for people.
    func line(_ state: PastState) -> String {
        var text = "\(counted(count, "movement")) up to LSN \(state.lsn), \(state.instant.text)"
        if case .sku(let name) = subject, let stock = state.engine.stock(of: name) {
            let available = stock.cells.reduce(0) { $0 + $1.figures.available }
            text += "; version \(stock.version): \(counted(available, "unit")) available"
        }
        return text
    }

    /// The last line for programs.
    func json(_ state: PastState) -> JSON {
        .object([
            ("movements", .count(count)),
            ("from_lsn", .count(beginLSN)),
            ("from_oldest", .boolean(isOldest)),
            ("snapshot", base.json),
            ("end_lsn", .count(state.lsn)),
            ("last_instant", .string(state.instant.text)),
        ])
    }
}
