internal import ArgumentParser
internal import Engine
internal import HoldfastClient
internal import Node
internal import Snapshot
internal import Storage

/// `holdfast recover`: makes a data directory of a past state.
struct RecoverCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Make a new data directory of the state at a past moment; needs no server.",
        discussion: """
            Begins with the newest whole snapshot at or before the moment and replays the log from \
            there. Nothing is changed where it reads; the new directory gets its name when all of \
            it is durable. Its log is another one than that it came from, with an id of its own: \
            a server on it goes on at the present time, so holds whose time is over by then expire.

            Orders made behind that snapshot count as fulfilled as --fulfil-after says: give what \
            the server is given. What had ended is remembered as the server on the new directory \
            is told, counted from the moment at most.

            --to-time T is the log up to the first movement later than T, --to-lsn N all movements \
            below N.
            """
    )

    @OptionGroup var options: PastOptions
    @OptionGroup var fulfilment: FulfilmentOption

    @Option(help: "The last instant of the state, as 2026-11-27T08:00:00Z.")
    var toTime: InstantArgument?

    @Option(name: .customLong("to-lsn"), help: "The LSN before which the state is.")
    var toLSN: UInt64?

    @Option(help: ArgumentHelp("The directory to make; must not be there.", valueName: "dir"))
    var into: String

    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Threads that load a snapshot.
    private static let threads = 2

    /// Refuses contradicting options.
    func validate() throws {
        if (toTime == nil) == (toLSN == nil) {
            throw ValidationError("Give --to-time or --to-lsn.")
        }
    }

    /// Makes the directory.
    func perform() async throws(CommandFailure) {
        var settings = EngineSettings(hashKey: 0)
        try fulfilment.set(&settings)
        let engineSettings = settings
        let sources = try options.sources
        let moment: PastMoment = toLSN.map { .lsn($0) } ?? .instant(toTime?.instant ?? .distantPast)
        var directory = into
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        let (state, made) = try past { () throws(TimeTravelError) in
            try PastState.checkIsFree(directory, on: sources.disk)
            let state = try PastState.load(
                sources,
                before: moment,
                settings: engineSettings,
                threads: RecoverCommand.threads
            )
            try state.advance(to: moment)
            let made = try state.makeDataDirectory(
                directory,
                clock: LinuxClock(),
                entropy: LinuxEntropy()
            )
            return (state, made)
        }
        state.notePassedOver()
        if json {
            Terminal.writeLine(report(made, state.base, directory).text)
        } else {
            let counts = made.counts
            Terminal.writeLine("from \(state.base.text)")
            Terminal.writeLine(
                "\(directory): LSN \(made.lsn), \(made.instant.text), state hash "
                    + "\(hexadecimal(made.stateHash)); \(counted(counts.skus, "SKU")), "
                    + "\(counted(counts.cells, "cell")), "
                    + counted(counts.openReservations, "open reservation")
            )
        }
    }

    private func report(
        _ made: RecoveredDirectory,
        _ base: PastBase,
        _ directory: String
    ) -> JSON {
        .object([
            ("data_dir", .string(directory)),
            ("lsn", .count(made.lsn)),
            ("instant", .string(made.instant.text)),
            ("state_hash", .string(hexadecimal(made.stateHash))),
            ("snapshot", base.json),
            ("skus", .count(made.counts.skus)),
            ("cells", .count(made.counts.cells)),
            ("open_reservations", .count(made.counts.openReservations)),
        ])
    }

    private func hexadecimal(_ hash: UInt64) -> String { String(hash, radix: 16) }
}
