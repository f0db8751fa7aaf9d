package import Engine
package import Inventory
package import Journal
package import Movements
internal import Snapshot
package import Storage
internal import Synchronization

/// The durable engine: a data directory's log, the engine it describes, and the threads of both.
///
/// Opening locks the directory, reads the whole log into the engine and goes on with it. Answers
/// of the engine may be shown once `journal.durableLSN` has reached the `ring.tail` that was noted
/// after them; with another durability than `sync`, at once.
/// Isolation: any thread.
package final class Node: Sendable {
    /// Stock and reservations.
    package let engine: Engine
    /// Where the engine's movements go.
    package let ring: MovementRing
    /// The log.
    package let journal: Journal
    /// When a change counts as done.
    package let durability: Durability
    /// What was found in the log.
    package let recovery: JournalRecovery
    /// The snapshot that the start began from; nil where the log alone had the state.
    package let recoveredSnapshot: RecoveredSnapshot?
    /// How long the parts of the start took.
    package let recoveryTimes: RecoveryTimes

    private let clock: EngineClock
    private let settings: NodeSettings
    private let lock: any DiskLock
    /// Belongs to the sweeper's thread, or to the one that steps, once `init` is over.
    private nonisolated(unsafe) let sweeper: Sweeper
    private let rerouter: Rerouter
    /// Belongs to its thread, or to the one that steps, once `init` is over.
    private nonisolated(unsafe) let saleKeeper: SaleKeeper
    let checkpointer: Checkpointer
    let store: SnapshotStore
    private let state = Monitor<ThreadState>(ThreadState())
    private let isClosing = ClosingFlag()

    private struct ThreadState {
        var threads: [SystemThread] = []
        var isClosing = false
    }

    /// Opens a data directory: locks it, recovers its log, starts the threads.
    ///
    /// - Parameters:
    ///   - settings: The directory and how it is kept.
    ///   - disk: The port to files.
    ///   - clock: The port to time.
    ///   - entropy: The port to randomness.
    ///   - isStepped: No threads: the caller calls `step`.
    ///   - note: Takes lines that an operator should see, on any thread.
    ///   - onFailure: Called once when a write or sync of the log has failed; ends the process
    ///     unless told otherwise.
    /// - Returns: A node that takes requests.
    /// - Throws: Code `locked` if another process has the directory, `damaged` where the log is,
    ///   `storage` where a file operation fails.
    package static func open(
        settings: NodeSettings,
        disk: any Disk,
        clock: any Clock,
        entropy: any Entropy,
        isStepped: Bool = false,
        note: @escaping @Sendable (String) -> Void,
        onFailure: @escaping @Sendable (StorageError) -> Void = Journal.endProcess
    ) throws(NodeError) -> Node {
        let lock: any DiskLock
        do throws(StorageError) {
            try disk.makeDurableDirectory(settings.dataDirectory)
            lock = try disk.lock(settings.dataDirectory + "/LOCK")
        } catch {
            throw NodeError(error, dataDirectory: settings.dataDirectory)
        }
        do throws(NodeError) {
            let node = try Node(
                settings: settings,
                disk: disk,
                lock: lock,
                clock: clock,
                entropy: entropy,
                isStepped: isStepped,
                note: note,
                onFailure: onFailure
            )
            if !isStepped { node.startThreads() }
            return node
        } catch {
            lock.unlock()
            throw error
        }
    }

    private init(
        settings: NodeSettings,
        disk: any Disk,
        lock: any DiskLock,
        clock: any Clock,
        entropy: any Entropy,
        isStepped: Bool,
        note: @escaping @Sendable (String) -> Void,
        onFailure: @escaping @Sendable (StorageError) -> Void
    ) throws(NodeError) {
        settings.check()
        self.settings = settings
        self.lock = lock
        durability = settings.durability
        let ring = MovementRing(capacityBytes: settings.ringCapacityBytes, startLSN: 0)
        self.ring = ring
        let recovered = try StateRecovery(
            settings: settings,
            disk: disk,
            clock: clock,
            ring: ring,
            hashKey: entropy.next64(),
            note: note
        ).recover()
        engine = recovered.engine
        recovery = recovered.log
        recoveredSnapshot = recovered.snapshot
        recoveryTimes = recovered.times
        self.clock = EngineClock(
            clock: clock,
            lastInstant: max(engine.lastInstant, recovered.snapshot?.instant ?? .distantPast),
            note: note
        )
        journal = try recovered.journal(
            ring,
            clock: clock,
            entropy: entropy,
            isStepped: isStepped,
            onFailure: onFailure
        )
        store = SnapshotStore(
            directory: settings.snapshotDirectory,
            disk: disk,
            journal: journal,
            leases: BackupLeases(disk: disk, clock: clock, entropy: entropy, journal: journal),
            retention: settings.retention,
            damaged: Monitor(recovered.damaged)
        )
        let taker = ImageTaker(
            engine: engine,
            ring: ring,
            journal: journal,
            clock: self.clock,
            disk: disk,
            pace: SnapshotPace(bytesPerSecondMax: settings.snapshotBytesPerSecondMax),
            machineClock: clock
        )
        checkpointer = Checkpointer(
            settings: settings,
            taker: taker,
            store: store,
            recoveredLSN: recovered.snapshot?.lsn ?? 0,
            note: note,
            shouldStop: { [isClosing] in isClosing.isSet }
        )
        let core = NodeCore(engine: engine, ring: ring, journal: journal, clock: self.clock)
        sweeper = Sweeper(core, recordsMax: settings.sweepRecordsMax)
        rerouter = Rerouter(core)
        saleKeeper = SaleKeeper(core, intervalMilliseconds: settings.saleIntervalMilliseconds)
    }

    /// The engine's present instant; a turn reads it once.
    package func now() -> Instant { clock.now() }

    /// Why changes are refused at present; nil while they are taken.
    package var acceptsChanges: Outcome? {
        if isClosing.isSet { return .shuttingDown }
        return journal.isDiskFull ? .readOnlyDiskFull : nil
    }

    /// Begins to move held units away from a warehouse that isn't online; what is under way goes
    /// on.
    package func startReroute(
        of warehouse: WarehouseCode
    ) -> Result<RerouteReport, RerouteRefusal> {
        rerouter.start(warehouse)
    }

    /// How moving held units away from a warehouse goes, or what came of it.
    package func rerouteReport(
        on warehouse: WarehouseCode
    ) -> Result<RerouteReport, RerouteRefusal> {
        rerouter.report(on: warehouse)
    }

    /// Sweeps, reroutes, looks after sales that are over, takes a snapshot or checks where that is
    /// due, then takes one step of the log; for a node without threads.
    package func step() -> JournalStep {
        sweeper.sweep(unless: { false })
        rerouter.step()
        saleKeeper.step(unless: { false })
        checkpointer.step()
        return journal.step()
    }

    /// Refuses changes from now on, writes out all that was applied, and closes the log.
    ///
    /// Callers of the engine must have ended. A second call does nothing.
    package func close() {
        guard isClosing.set() else { return }
        let threads = state.notifying { state in
            state.isClosing = true
            return state.threads
        }
        for thread in threads { thread.join() }
        journal.close()
        lock.unlock()
    }

    private func startThreads() {
        let sweeping = SystemThread(name: "holdfast-sweep") { [self] in
            whileOpen(everyMilliseconds: settings.sweepIntervalMilliseconds) {
                sweeper.sweep(unless: { isClosing.isSet })
            }
        }
        let memory = SystemThread(name: "holdfast-memory") { [self] in
            whileOpen(everyMilliseconds: settings.memoryIntervalMilliseconds) {
                engine.keepMemoryReady()
            }
        }
        let rerouting = SystemThread(name: "holdfast-route") { [self] in
            whileOpen(everyMilliseconds: settings.rerouteIntervalMilliseconds) { rerouter.step() }
        }
        let selling = SystemThread(name: "holdfast-sales") { [self] in
            whileOpen(everyMilliseconds: settings.saleIntervalMilliseconds) {
                saleKeeper.step(unless: { isClosing.isSet })
            }
        }
        let checkpointing = SystemThread(name: "holdfast-image") { [self] in
            whileOpen(everyMilliseconds: settings.checkpointIntervalMilliseconds) {
                checkpointer.step()
            }
        }
        state.withLock { $0.threads = [sweeping, memory, rerouting, selling, checkpointing] }
    }

    private func whileOpen(everyMilliseconds interval: Int, _ body: () -> Void) {
        while !isClosing.isSet {
            body()
            state.wait(timeoutMilliseconds: interval) { $0.isClosing }
        }
    }
}

/// What the threads of a node work on.
struct NodeCore: Sendable {
    let engine: Engine
    let ring: MovementRing
    let journal: Journal
    let clock: EngineClock
}

/// Whether a node is closing; set once.
final class ClosingFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether it was set.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Sets it.
    /// - Returns: Whether it wasn't set before.
    func set() -> Bool { !flag.exchange(true, ordering: .acquiringAndReleasing) }
}
