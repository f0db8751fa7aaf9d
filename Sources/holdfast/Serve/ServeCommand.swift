internal import ArgumentParser
internal import Engine
internal import Journal
internal import Logging
internal import Node
internal import Server
internal import Storage

/// `holdfast serve`: the server.
struct ServeCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a data directory over TCP until SIGTERM or SIGINT.",
        discussion: """
            Prints one line with the address once it takes requests. With --durability sync \
            every answer waits until all that it tells is on disk; interval and none answer at \
            once, and a crash can take back the last answers. A second signal ends a drain that \
            takes too long.
            """
    )

    @Option(help: "The directory of the log; made if missing, but not its parents.")
    var dataDir: String

    @Option(help: ArgumentHelp("Where to listen; port 0 is any free one.", valueName: "host:port"))
    var listen = "127.0.0.1:7411"

    @Option(help: "When a change counts as done.")
    var durability = DurabilityArgument.sync

    @Option(help: "Milliseconds between two syncs, with --durability interval.")
    var syncIntervalMs: Int?

    @Option(help: "Bytes in a segment of the log, for example 64MiB.")
    var segmentSize: ByteCount?

    @Option(help: "Locks for stock and for reservations each, a power of two.")
    var stripes: Int?

    @Option(help: "Reservations and remembered requests at the same time.")
    var reservationsMax: Int?

    @Option(
        help: ArgumentHelp(
            "How long a hold and those that take its place live at most, for example 2h.",
            valueName: "duration"
        )
    )
    var maxHold: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "When a committed reservation counts as fulfilled, for example 30d.",
            valueName: "duration"
        )
    )
    var fulfilAfter: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Bytes of memory touched ahead of what the tables need, for example 1GiB.",
            discussion: "They are filled up again when half of them is used."
        )
    )
    var readyMemory: ByteCount?

    @Option(help: "Connections at the same time.")
    var connectionsMax: Int?

    @Option(help: "Threads that serve connections; when not given, one for each core but one.")
    var eventLoops: Int?

    @Option(
        help: ArgumentHelp(
            "Admit only the names in this file, with their secrets.",
            discussion: "Make its lines with `holdfast credentials new`.",
            valueName: "file"
        )
    )
    var credentials: String?

    @Flag(help: "End at once when standard input ends, so as not to outlive who started it.")
    var endWithInput = false

    @OptionGroup var rates: RateOptions

    @OptionGroup var snapshots: SnapshotOptions

    @Flag(name: .long, help: "Print the line with the address as JSON.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Serves until a signal comes.
    func perform() async throws(CommandFailure) {
        let address = try NetworkAddress(listen, of: "--listen")
        let listening = try serverSettings(address)
        let keeping = try nodeSettings
        StopSignal.install()
        if endWithInput { StopSignal.followInput() }
        let clock = ContinuousClock()
        let start = clock.now
        let node = try openNode(keeping)
        let server: Server
        do throws(ServerError) {
            server = try await Server.start(
                node: node,
                settings: listening,
                logger: ServeCommand.logger
            )
        } catch {
            node.close()
            throw .file(error.description)
        }
        announce(
            "\(address.host):\(server.boundPort)",
            node,
            seconds: (clock.now - start) / .seconds(1)
        )
        await StopSignal.wait()
        await server.drain()
        node.close()
    }

    // MARK: Settings

    private static var logger: Logger {
        var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    private var nodeSettings: NodeSettings {
        get throws(CommandFailure) {
            var settings = NodeSettings(dataDirectory: dataDir)
            settings.durability = durability.durability
            if let syncIntervalMs {
                try check(syncIntervalMs, "--sync-interval-ms", 1...60_000)
                settings.syncIntervalMilliseconds = syncIntervalMs
            }
            if let segmentSize {
                let range = ServeCommand.segmentSizeBytesMin...JournalLimits.segmentSizeBytesMax
                try check(segmentSize.bytes, "--segment-size", range)
                guard segmentSize.bytes.isMultiple(of: 4_096) else {
                    throw .usage("--segment-size \(segmentSize.bytes): give a multiple of 4096")
                }
                settings.segmentSizeBytes = segmentSize.bytes
            }
            if let stripes {
                try check(stripes, "--stripes", 1...65_536)
                guard stripes.nonzeroBitCount == 1 else {
                    throw .usage("--stripes \(stripes): give a power of two")
                }
                settings.engine.stockStripes = stripes
                settings.engine.reservationStripes = stripes
            }
            let readyBytes = readyMemory?.bytes ?? ServeCommand.readyMemoryBytesDefault
            try check(readyBytes, "--ready-memory", 0...ServeCommand.readyMemoryBytesMax)
            settings.engine.readyMemoryBytes = readyBytes
            if let reservationsMax {
                try check(reservationsMax, "--reservations-max", 1...1_073_741_824)
                settings.engine.reservationsMax = reservationsMax
            }
            try setTimes(&settings.engine)
            try snapshots.set(&settings)
            return settings
        }
    }

    private func setTimes(_ settings: inout EngineSettings) throws(CommandFailure) {
        if let maxHold {
            guard ServeCommand.maxHoldMilliseconds.contains(maxHold.milliseconds) else {
                throw .usage("--max-hold: give 1ms to 30d")
            }
            settings.holdCapMilliseconds = maxHold.milliseconds
        }
        if let fulfilAfter {
            guard fulfilAfter.milliseconds > 0 else {
                throw .usage("--fulfil-after: give more than 0, for example 30d")
            }
            settings.fulfilAfterMilliseconds = fulfilAfter.milliseconds
        }
    }

    private static let maxHoldMilliseconds: ClosedRange<Int64> = 1...2_592_000_000
    private static let segmentSizeBytesMin = 8 << 20
    private static let readyMemoryBytesDefault = 64 << 20
    private static let readyMemoryBytesMax = 1 << 40

    private func serverSettings(
        _ address: NetworkAddress
    ) throws(CommandFailure) -> ServerSettings {
        var settings = ServerSettings()
        settings.host = address.host
        settings.port = address.port
        if let connectionsMax {
            try check(connectionsMax, "--connections-max", 1...1_000_000)
            settings.connectionsMax = connectionsMax
        }
        if let eventLoops {
            try check(eventLoops, "--event-loops", 1...1_024)
            settings.eventLoops = eventLoops
        }
        if let credentials { settings.credentials = try readCredentials(credentials) }
        settings.rates = try rates.settings()
        return settings
    }

    private func readCredentials(_ path: String) throws(CommandFailure) -> Credentials {
        let bytes = try InputFile.bytes(at: path)
        do throws(CredentialsError) {
            return try Credentials(bytes)
        } catch {
            throw .file("\(path): \(error)")
        }
    }

    // MARK: Steps

    private func openNode(_ settings: NodeSettings) throws(CommandFailure) -> Node {
        do throws(NodeError) {
            return try Node.open(
                settings: settings,
                disk: LinuxDisk(),
                clock: LinuxClock(),
                entropy: LinuxEntropy(),
                note: { Terminal.writeErrorLine("holdfast: \($0)") }
            )
        } catch {
            let name =
                switch error.code {
                case .locked: "data_directory_locked"
                case .damaged: "journal_damaged"
                case .storage, .stopped, .busy: "file"
                }
            throw CommandFailure(.inputOutput, name, error.description)
        }
    }

    private func announce(_ address: String, _ node: Node, seconds: Double) {
        let recovery = node.recovery
        let snapshot = node.recoveredSnapshot
        if json {
            let line = JSON.object([
                ("listening", .string(address)),
                ("durability", .string(durability.rawValue)),
                ("data_dir", .string(dataDir)),
                ("snapshot", snapshot.map { .string($0.path) } ?? .null),
                ("snapshot_lsn", snapshot.map { .count($0.lsn) } ?? .null),
                ("snapshots_passed_over", .count(snapshot?.passedOver.count ?? 0)),
                ("records_recovered", .count(recovery.recordCount)),
                ("lsn", .count(recovery.nextLSN)),
                ("seconds", .number(seconds)),
            ])
            return Terminal.writeLine(line.text)
        }
        Terminal.writeLine(
            "holdfast is listening on \(address), durability \(durability.rawValue), "
                + (snapshot.map { "snapshot of LSN \($0.lsn) and " } ?? "")
                + "\(counted(recovery.recordCount, "record")) recovered in "
                + "\(seconds.rounded(toPlaces: 2)) s"
        )
    }
}

/// The durability modes by their names on the command line.
enum DurabilityArgument: String, ExpressibleByArgument, CaseIterable {
    case sync
    case interval
    case none

    /// The mode as the journal has it.
    var durability: Durability {
        switch self {
        case .sync: .sync
        case .interval: .interval
        case .none: .none
        }
    }
}

/// A number of bytes on the command line: `1048576`, `512KiB`, `64MiB`, `1GiB`.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int

    /// Reads a number and its unit.
    init?(argument: String) {
        let shifts = [("KiB", 10), ("MiB", 20), ("GiB", 30)]
        let unit = shifts.first { argument.hasSuffix($0.0) }
        let digits = argument.dropLast(unit == nil ? 0 : 3)
        guard let number = Int(digits), number >= 0, number <= 1 << 32 else { return nil }
        bytes = number << (unit?.1 ?? 0)
    }
}
