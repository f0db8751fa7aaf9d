internal import Engine
internal import Inventory
internal import Movements
internal import Snapshot
internal import Storage
internal import Synchronization

/// Loads a snapshot into an empty engine: the state at the snapshot's end LSN.
///
/// Configuration comes first, then all other sections on several threads, each section unpacked and
/// loaded by one of them, then the log slice through the gate. Memory beside the engine's: a buffer
/// of 4 MiB and a frame for each thread.
struct SnapshotLoader {
    let reader: SnapshotReader
    let threads: Int

    /// Threads that load at the same time at most.
    static let threadsMax = 64

    /// Loads everything.
    ///
    /// - Throws: Codes `damaged` and `recordRefused`, naming the section, and `storage`. The engine
    ///   is then of no more use.
    func load(into engine: Engine) throws(SnapshotError) {
        let facts = reader.header.facts
        guard MovementHeader.holds(facts.instant) else {
            throw reader.refusal(reason: "is said to be of \(facts.instant)")
        }
        let gate = StateGate(of: engine, asOf: facts.instant)
        engine.reserveRoom(
            skus: Int(clamping: facts.nextSKUNumber),
            ids: Int(clamping: facts.counts.remembered)
        )
        let buffer = SectionBuffer()
        for section in reader.sections(of: .configuration) {
            try load(section, buffer, into: engine, gate)
        }
        let sections = Array(reader.sections(of: .skus)) + reader.sections(of: .reservations)
        let next = Atomic<Int>(0)
        try inParallel { (_) throws(SnapshotError) in
            let buffer = SectionBuffer()
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < sections.count else { return }
                try load(sections[index], buffer, into: engine, gate)
            }
        }
        for section in reader.sections(of: .logSlice) {
            try apply(section, buffer, to: engine, gate)
        }
        // What reservations name can be told only now: the log may have made it meanwhile.
        try inParallel { (thread) throws(SnapshotError) in
            do throws(StateError) {
                try engine.checkReferences(part: thread, of: threadCount)
            } catch {
                throw reader.refusal(reason: "\(error)")
            }
        }
    }

    /// Loads the configuration and some things only, as they are at the end LSN.
    ///
    /// Other things aren't there afterwards, so what was loaded may name what isn't.
    /// - Parameters:
    ///   - engine: An empty engine.
    ///   - skus: Numbers of the SKUs wanted.
    ///   - ids: Ids of the reservations and remembered writes wanted.
    ///   - hasShares: Whether all that owners have of sales is wanted.
    /// - Throws: As ``load(into:)``.
    /// - Complexity: A look at all records, in the memory of what is wanted.
    func load(
        into engine: Engine,
        skus: Set<UInt32>,
        ids: Set<RequestID>,
        hasShares: Bool = false
    ) throws(SnapshotError) {
        let wanted = StateGate.Wanted(skus: skus, ids: ids, hasShares: hasShares)
        let gate = StateGate(of: engine, wanted: wanted)
        let buffer = SectionBuffer()
        for section in reader.sections(of: .configuration) {
            try load(section, buffer, into: engine, gate)
        }
        if !skus.isEmpty {
            try load(.skus, buffer, into: engine, gate) {
                skus.contains(StateReader.skuNumber(of: $0))
            }
        }
        if !ids.isEmpty {
            try load(.reservations, buffer, into: engine, gate) {
                ids.contains(StateReader.id(of: $0))
            }
        }
        for section in reader.sections(of: .logSlice) {
            try apply(section, buffer, to: engine, gate)
        }
    }

    private func load(
        _ kind: SnapshotSectionKind,
        _ buffer: SectionBuffer,
        into engine: Engine,
        _ gate: StateGate,
        where isWanted: (UnsafeRawBufferPointer) -> Bool
    ) throws(SnapshotError) {
        for section in reader.sections(of: kind) {
            try reader.read(section, into: buffer)
            try buffer.eachRecord { (record, offset) throws(SnapshotError) in
                guard isWanted(record) else { return }
                do throws(StateError) {
                    _ = try engine.load(record, into: gate)
                } catch {
                    throw reader.refusal(of: section, at: offset, reason: "\(error)")
                }
            }
        }
    }

    private var threadCount: Int { min(max(1, threads), SnapshotLoader.threadsMax) }

    /// Runs `body` once on each of ``threadCount`` threads, one of which is the caller's.
    /// - Throws: One of the errors that `body` threw, after all have ended.
    private func inParallel(
        _ body: @Sendable @escaping (Int) throws(SnapshotError) -> Void
    ) throws(SnapshotError) {
        let failure = Monitor<SnapshotError?>(nil)
        let run = { @Sendable (thread: Int) -> Void in
            do throws(SnapshotError) {
                try body(thread)
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        let helpers = (1..<threadCount).map { thread in
            SystemThread(name: "holdfast-load") { run(thread) }
        }
        run(0)
        for helper in helpers { helper.join() }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func load(
        _ section: SnapshotSection,
        _ buffer: SectionBuffer,
        into engine: Engine,
        _ gate: StateGate
    ) throws(SnapshotError) {
        try reader.read(section, into: buffer)
        do throws(StateError) {
            _ = try engine.load(buffer.bytes, into: gate)
        } catch {
            throw reader.refusal(of: section, at: nil, reason: "\(error)")
        }
    }

    private func apply(
        _ section: SnapshotSection,
        _ buffer: SectionBuffer,
        to engine: Engine,
        _ gate: StateGate
    ) throws(SnapshotError) {
        try reader.read(section, into: buffer)
        try buffer.eachRecord { (record, offset) throws(SnapshotError) in
            do throws(MovementError) {
                try engine.apply(record, lsn: section.firstLSN + UInt64(offset), through: gate)
            } catch {
                throw reader.refusal(of: section, at: offset, reason: "\(error)")
            }
        }
    }
}

extension SnapshotCounts {
    /// Reservations and remembered requests.
    var remembered: UInt64 { openReservations + retainedReservations + requestIDs }
}
