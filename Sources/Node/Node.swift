package import Engine
package import Inventory
package import Journal
package import Movements
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
    /// What was found in the data directory.
    package let recovery: JournalRecovery

    private let clock: EngineClock
    private let settings: NodeSettings
    private let lock: any DiskLock
    /// Belongs to the sweeper's thread, or to the one that steps, once `init` is over.
    private nonisolated(unsafe) let sweeper: Sweeper
    private let rerouter: Rerouter
    private let state = Monitor<ThreadState>(ThreadState())
    private let isClosing = Atomic<Bool>(false)

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
        do throws(JournalError) {
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
            throw NodeError(error)
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
    ) throws(JournalError) {
        precondition(settings.sweepIntervalMilliseconds > 0, "the sweep interval must be above 0")
        precondition(settings.rerouteIntervalMilliseconds > 0, "the interval must be above 0")
        precondition(settings.sweepRecordsMax > 0, "a sweep touches something")
        self.settings = settings
        self.lock = lock
        durability = settings.durability
        ring = MovementRing(capacityBytes: settings.ringCapacityBytes, startLSN: 0)
        var engineSettings = settings.engine
        engineSettings.hashKey = entropy.next64()
        let engine = Engine(settings: engineSettings, ring: ring)
        self.engine = engine
        recovery = try Journal.recover(
            settings: settings.journal,
            disk: disk,
            note: note,
            apply: { (record, lsn) throws(MovementError) in
                try engine.apply(record, lsn: lsn)
            }
        )
        ring.begin(at: recovery.nextLSN)
        self.clock = EngineClock(clock: clock, lastInstant: engine.lastInstant, note: note)
        journal = try Journal(
            goingOnFrom: recovery,
            ring: ring,
            clock: clock,
            entropy: entropy,
            isStepped: isStepped,
            onFailure: onFailure
        )
        sweeper = Sweeper(
            engine: engine,
            ring: ring,
            journal: journal,
            clock: self.clock,
            recordsMax: settings.sweepRecordsMax
        )
        rerouter = Rerouter(engine: engine, ring: ring, journal: journal, clock: self.clock)
    }

    /// The engine's present instant; a turn reads it once.
    package func now() -> Instant { clock.now() }

    /// Why changes are refused at present; nil while they are taken.
    package var acceptsChanges: Outcome? {
        if isClosing.load(ordering: .acquiring) { return .shuttingDown }
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

    /// Sweeps and reroutes, then takes one step of the log; for a node without threads.
    package func step() -> JournalStep {
        sweeper.sweep(unless: { false })
        rerouter.step()
        return journal.step()
    }

    /// Refuses changes from now on, writes out all that was applied, and closes the log.
    ///
    /// Callers of the engine must have ended. A second call does nothing.
    package func close() {
        guard !isClosing.exchange(true, ordering: .acquiringAndReleasing) else { return }
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
                sweeper.sweep(unless: { isClosing.load(ordering: .acquiring) })
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
        state.withLock { $0.threads = [sweeping, memory, rerouting] }
    }

    private func whileOpen(everyMilliseconds interval: Int, _ body: () -> Void) {
        while !isClosing.load(ordering: .acquiring) {
            body()
            state.wait(timeoutMilliseconds: interval) { $0.isClosing }
        }
    }
}
