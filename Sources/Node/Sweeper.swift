internal import Engine
internal import Inventory
internal import Journal
internal import Movements
internal import Storage

/// Gives back what has expired and forgets what is past its retention, in bounded batches.
///
/// Isolation: none; belongs to the sweeper's thread, or to the one thread that steps it.
final class Sweeper {
    /// Batches that may come to nothing one after the other before the sweeper sleeps.
    private static let idleBatchesMax = 16

    private let engine: Engine
    private let session: EngineSession
    private let ring: MovementRing
    private let journal: Journal
    private let clock: EngineClock
    private let recordsMax: Int

    init(_ core: NodeCore, recordsMax: Int) {
        engine = core.engine
        ring = core.ring
        journal = core.journal
        clock = core.clock
        self.recordsMax = recordsMax
        session = EngineSession(engine: core.engine)
    }

    /// Draws the clock and sweeps until nothing more is due, there is no room in the log, or
    /// `shouldStop` says so.
    func sweep(unless shouldStop: () -> Bool) {
        clock.tick()
        var idleBatches = 0
        while !shouldStop(), !journal.isDiskFull, idleBatches < Sweeper.idleBatchesMax {
            let result = engine.sweep(now: clock.now(), session: session, limit: recordsMax)
            let isIdle = result.expired == 0 && result.fulfilled == 0 && result.forgotten == 0
            if !isIdle { ring.ringDoorbell() }
            guard result.hasMore else { return }
            idleBatches = isIdle ? idleBatches + 1 : 0
        }
    }
}
