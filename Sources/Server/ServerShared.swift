internal import Engine
internal import Inventory
internal import Journal
internal import Logging
internal import Movements
internal import NIOCore
internal import NIOPosix
internal import Node
internal import Synchronization
internal import Wire

/// What all event loops of a server share.
final class ServerShared: Sendable {
    let node: Node
    let settings: ServerSettings
    let logger: Logger
    let allocator = ByteBufferAllocator()
    /// Whether answers wait until the log is durable.
    let waitsForLog: Bool
    /// The thread that sweeps whole tables, so that no event loop stands still.
    let reader: NIOThreadPool
    /// The thread that searches plans which aren't found quickly.
    let planner: NIOThreadPool
    /// How often owners, connections and clients may ask; `nil` for as often as they like.
    let rates: ServerRates?
    private let signals: [LoopSignal]
    private let isDrainingFlag = Atomic<Bool>(false)
    private let open = Atomic<Int>(0)
    private let accepted = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let reading = Atomic<Int>(0)
    private let searching = Atomic<Int>(0)

    init(node: Node, settings: ServerSettings, logger: Logger, signals: [LoopSignal]) {
        self.node = node
        self.settings = settings
        self.logger = logger
        self.signals = signals
        rates = ServerRates(
            settings.rates,
            nowNanoseconds: NIODeadline.now().uptimeNanoseconds
        )
        waitsForLog = node.durability == .sync
        reader = NIOThreadPool(numberOfThreads: 1)
        reader.start()
        planner = NIOThreadPool(numberOfThreads: 1)
        planner.start()
    }

    // MARK: State

    /// Whether the server is going away.
    var isDraining: Bool { isDrainingFlag.load(ordering: .relaxed) }

    /// Lets changes be refused from now on.
    func beginDraining() { isDrainingFlag.store(true, ordering: .relaxed) }

    /// Why changes are refused at present, or `nil`.
    var changesRefused: Outcome? { isDraining ? .shuttingDown : node.acceptsChanges }

    /// How the hello's answer names the durability.
    var durabilityMode: DurabilityMode {
        switch node.durability {
        case .sync: .sync
        case .interval: .interval
        case .none: .none
        }
    }

    // MARK: Connections

    /// Counts a connection in.
    /// - Returns: Whether there is room for it.
    func admit() -> Bool {
        accepted.wrappingAdd(1, ordering: .relaxed)
        let count = open.wrappingAdd(1, ordering: .relaxed).newValue
        if count <= settings.connectionsMax { return true }
        refused.wrappingAdd(1, ordering: .relaxed)
        return false
    }

    /// Whether there is room even to tell a connection that there is none.
    var canTellRefused: Bool {
        open.load(ordering: .relaxed)
            <= settings.connectionsMax + ServerLimits.refusedConnectionsMax
    }

    /// Counts in a question for the reading thread.
    /// - Returns: Whether it may wait for the thread.
    func beginReading() -> Bool {
        let count = reading.wrappingAdd(1, ordering: .relaxed).newValue
        if count <= settings.waitingReadsMax { return true }
        endReading()
        return false
    }

    /// Counts out a question that has its answer.
    func endReading() { reading.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts in a search for the planning thread.
    /// - Returns: Whether it may wait for the thread.
    func beginSearching() -> Bool {
        let count = searching.wrappingAdd(1, ordering: .relaxed).newValue
        if count <= settings.waitingSearchesMax { return true }
        endSearching()
        return false
    }

    /// Counts out a search that has ended.
    func endSearching() { searching.wrappingSubtract(1, ordering: .relaxed) }

    /// Counts a connection out.
    func leave() { open.wrappingSubtract(1, ordering: .relaxed) }

    /// Wakes the loops that wait for what is durable now; on the log thread.
    func didPublish(_ durableLSN: UInt64, _ wakes: [@Sendable () -> Void]) {
        for (signal, wake) in zip(signals, wakes) where signal.isDue(durableLSN: durableLSN) {
            signal.eventLoop.execute(wake)
        }
    }

    // MARK: Statistics

    /// Turns whose answers had to wait for the log.
    var gatedTurns: Int { signals.reduce(0) { $0 + $1.gatedTurns.load(ordering: .relaxed) } }

    /// Figures of snapshots and checks on an image.
    private func addCheckpoints(_ add: (String, Int) -> Void) {
        let figures = node.checkpointFigures
        let now = node.now().milliseconds
        add("snapshots_taken", figures.snapshots)
        add("snapshots_failed", figures.snapshotFailures)
        add("snapshot_last_lsn", Int(clamping: figures.lastSnapshotLSN))
        add("snapshot_age_milliseconds", Int(now - figures.lastSnapshotAt.milliseconds))
        add("checks_made", figures.checks)
        add("checks_failed", figures.checkFailures)
        add("check_last_violations", figures.lastCheckViolations)
        add("check_age_milliseconds", Int(now - figures.lastCheckAt.milliseconds))
    }

    /// The engine's and the server's figures; sweeps all stock, so not for an event loop.
    func statistics() -> ServerStatistics {
        var figures = node.engine.statistics().map {
            ServerStatistics.Figure(name: $0.name, value: $0.value)
        }
        func add(_ name: String, _ value: Int) {
            figures.append(.init(name: name, value: Int64(value)))
        }
        func sum(_ value: (LoopSignal) -> Int) -> Int { signals.reduce(0) { $0 + value($1) } }
        add("server_connections", open.load(ordering: .relaxed))
        add("server_connections_accepted", accepted.load(ordering: .relaxed))
        add("server_connections_refused", refused.load(ordering: .relaxed))
        add("server_bytes_read", sum { $0.bytesRead.load(ordering: .relaxed) })
        add("server_frames", sum { $0.frames.load(ordering: .relaxed) })
        add("server_turns", sum { $0.turns.load(ordering: .relaxed) })
        add("server_turns_gated", gatedTurns)
        add("server_credit_waits", sum { $0.creditWaits.load(ordering: .relaxed) })
        add("server_long_searches", sum { $0.longSearches.load(ordering: .relaxed) })
        add(
            "server_long_searches_refused",
            sum { $0.longSearchesRefused.load(ordering: .relaxed) }
        )
        add("server_protocol_errors", sum { $0.protocolErrors.load(ordering: .relaxed) })
        add(
            "server_authentication_failures",
            sum { $0.authenticationFailures.load(ordering: .relaxed) }
        )
        add(
            "server_rate_refusals_owner",
            sum { $0.ownerRateRefusals.load(ordering: .relaxed) }
        )
        add(
            "server_rate_refusals_connection",
            sum { $0.connectionRateRefusals.load(ordering: .relaxed) }
        )
        add(
            "server_rate_refusals_credential",
            sum { $0.credentialRateRefusals.load(ordering: .relaxed) }
        )
        add("server_idle_closed", sum { $0.idleClosed.load(ordering: .relaxed) })
        add("server_slow_readers_closed", sum { $0.slowReadersClosed.load(ordering: .relaxed) })
        add("log_tail_lsn", Int(clamping: node.ring.tail))
        add("log_durable_lsn", Int(clamping: node.journal.durableLSN))
        addCheckpoints(add)
        return ServerStatistics(Array(figures.prefix(WireLayout.statisticsMax)))
    }
}
