package import Engine
package import Inventory
internal import Journal
package import Movements
internal import Snapshot
internal import Storage

/// A state that a data directory had, and the log from there on.
///
/// It begins with the newest whole snapshot at or before the moment that was asked for, else with
/// the log's very first record; ``advance(to:each:)`` goes on from there.
/// Isolation: none; one thread has it.
package final class PastState {
    /// What is wanted of the state, and nothing else unless that is everything.
    package let engine: Engine
    /// What it began from.
    package let base: PastBase
    /// What was wrong with snapshots that were passed over, newest first.
    package let passedOver: [String]
    /// LSN behind the last movement in it.
    package private(set) var lsn: UInt64
    /// Instant of the last movement in it, or of the snapshot.
    package private(set) var instant: Instant

    /// LSN behind the last batch of the log, as far as it was read.
    package private(set) var logEndLSN: UInt64

    let ring: MovementRing
    let sources: PastSources
    private let gate: StateGate?
    private var logID: UInt64?

    /// Whether everything of the state is there.
    var isWhole: Bool { gate == nil }

    /// Stripes of an engine that holds few things.
    private static let partialStripes = 1
    private static let ringCapacityBytes = 2 << 20

    private init(
        _ sources: PastSources,
        base: PastBase,
        reader: SnapshotReader?,
        wanted: StateGate.Wanted?,
        settings: EngineSettings,
        passedOver: [String],
        threads: Int
    ) throws(SnapshotError) {
        self.sources = sources
        self.base = base
        self.passedOver = passedOver
        var settings = settings
        settings.closedRetentionMilliseconds = EngineSettings.closedRetentionMillisecondsMax
        if wanted != nil {
            settings.stockStripes = PastState.partialStripes
            settings.reservationStripes = PastState.partialStripes
        }
        ring = MovementRing(capacityBytes: PastState.ringCapacityBytes, startLSN: 0)
        let engine = Engine(settings: settings, ring: ring)
        self.engine = engine
        lsn = base.lsn
        logEndLSN = base.lsn
        instant = .distantPast
        gate = wanted.map { StateGate(of: engine, wanted: $0) }
        guard let reader else { return }
        let facts = reader.header.facts
        logID = facts.logID
        instant = facts.instant
        let loader = SnapshotLoader(reader: reader, threads: threads)
        if let wanted {
            try loader.load(into: engine, skus: wanted.skus, ids: wanted.ids)
        } else {
            try loader.load(into: engine)
        }
    }

    // MARK: Where it begins

    /// Loads the newest state at or before a moment.
    ///
    /// - Parameters:
    ///   - sources: The files.
    ///   - moment: The moment; nil for the oldest state that there is.
    ///   - subject: What is wanted of it.
    ///   - end: The last moment that the state will be advanced to; nil for the end of the log.
    ///   - orOldest: Whether the oldest state is taken where the moment lies before it.
    ///   - settings: When orders count as fulfilled, for a data directory that is made of it. What
    ///     had ended is remembered for as long as can be: whoever loads the directory shortens it.
    ///   - threads: Threads that load a snapshot, where everything is wanted.
    /// - Returns: The state of a snapshot or nothing at all, before any of the log behind it.
    /// - Throws: Code `outsideSpan` where snapshots and log don't reach back to the moment,
    ///   `damaged` where no whole snapshot is left to begin from, `removedMeanwhile`, `storage`.
    package static func load(
        _ sources: PastSources,
        before moment: PastMoment?,
        _ subject: PastSubject = .everything,
        upTo end: PastMoment? = nil,
        orOldest: Bool = false,
        settings: EngineSettings = EngineSettings(hashKey: 0),
        threads: Int = 1
    ) throws(TimeTravelError) -> PastState {
        var bases: [PastBase] = []
        if let moment { bases = try sources.bases(at: moment) }
        if moment == nil || orOldest, bases.count <= 1 {
            bases = try sources.oldestBase(passingOverDamage: false).map { [$0] } ?? []
        }
        var passedOver: [String] = []
        for base in bases {
            do throws(TimeTravelError) {
                return try load(sources, base, subject, upTo: end, settings, passedOver, threads)
            } catch {
                // What is wrong with the log is wrong with it for every snapshot.
                guard case .snapshot(let path, _, _) = base, error.code == .damaged,
                    error.path == path
                else { throw try sources.spanned(error) }
                passedOver.append(error.description)
            }
        }
        throw try sources.spanned(
            TimeTravelError(
                .outsideSpan,
                path: sources.dataDirectory,
                "\(sources.dataDirectory): no snapshot and no log to begin from"
            )
        )
    }

    private static func load(
        _ sources: PastSources,
        _ base: PastBase,
        _ subject: PastSubject,
        upTo end: PastMoment?,
        _ settings: EngineSettings,
        _ passedOver: [String],
        _ threads: Int
    ) throws(TimeTravelError) -> PastState {
        var reader: SnapshotReader?
        if case .snapshot(let path, _, _) = base {
            reader = try onPastSnapshot { () throws(SnapshotError) in
                try SnapshotReader(path: path, disk: sources.disk)
            }
        }
        let search = SubjectSearch(sources: sources, base: base, reader: reader)
        let wanted = try search.wanted(for: subject, upTo: end)
        return try onPastSnapshot { () throws(SnapshotError) in
            try PastState(
                sources,
                base: base,
                reader: reader,
                wanted: wanted,
                settings: settings,
                passedOver: passedOver,
                threads: threads
            )
        }
    }

    // MARK: How it goes on

    /// Applies the movements up to a moment.
    ///
    /// - Parameters:
    ///   - moment: The moment; nil for the end of the log.
    ///   - each: Takes each record with its LSN, valid for the call, and applies it by calling what
    ///     it is given; returns false to stop behind it.
    /// - Throws: Code `outsideSpan` where the log begins after this state or ends before the LSN
    ///   that was asked for, `damaged`, `removedMeanwhile`, `storage`.
    package func advance(
        to moment: PastMoment?,
        each: (PastRecord, () throws(MovementError) -> Void) throws(MovementError) -> Bool = {
            (_, apply) throws(MovementError) in
            try apply()
            return true
        }
    ) throws(TimeTravelError) {
        if case .lsn(let end) = moment, end <= lsn { return }
        var isReached = false
        let reading: LogReading
        do throws(JournalError) {
            reading = try Journal.read(sources.log, from: lsn, disk: sources.disk) {
                (bytes, lsn, _) throws(MovementError) in
                let record = PastRecord(
                    bytes: bytes,
                    lsn: lsn,
                    header: try MovementReader(bytes, lsn: lsn).header
                )
                if let moment, moment.isBefore(lsn: lsn, instant: record.header.instant) {
                    isReached = true
                    return false
                }
                isReached = try !each(record) { () throws(MovementError) in
                    try engine.apply(bytes, lsn: lsn, through: gate)
                }
                self.lsn = lsn + UInt64(bytes.count)
                instant = max(instant, record.header.instant)
                return !isReached
            }
        } catch {
            throw try sources.spanned(TimeTravelError(error))
        }
        try check(reading)
        logEndLSN = max(logEndLSN, reading.endLSN)
        if case .lsn(let end) = moment, !isReached, end > max(lsn, reading.endLSN) {
            throw try sources.spanned(
                TimeTravelError(
                    .outsideSpan,
                    path: sources.log.directory,
                    "LSN \(end) was asked for and the log ends at LSN \(reading.endLSN)"
                )
            )
        }
    }

    /// Makes sure that snapshot and log are of one history.
    private func check(_ reading: LogReading) throws(TimeTravelError) {
        guard let logID, let found = reading.logID, found != logID else {
            logID = logID ?? reading.logID
            return
        }
        throw TimeTravelError(
            .damaged,
            path: sources.log.directory,
            "\(sources.log.directory) is the log of another history than its snapshots — put the "
                + "right ones together"
        )
    }
}

/// A movement of the log, valid as long as the call that it is given to.
package struct PastRecord {
    /// The whole record.
    package let bytes: UnsafeRawBufferPointer
    /// Its LSN.
    package let lsn: UInt64
    /// What stands in its header.
    package let header: MovementHeader
}

extension PastSources {
    /// The error, with what can be told where that is the matter.
    func spanned(_ error: TimeTravelError) throws(TimeTravelError) -> TimeTravelError {
        guard error.code == .outsideSpan, error.span == nil else { return error }
        return TimeTravelError(
            .outsideSpan,
            path: error.path,
            error.description,
            span: try span()
        )
    }
}
