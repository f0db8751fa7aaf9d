package import Engine
package import Inventory
package import Movements

/// An engine without a node: the test is the reader of its ring and keeps the log as bytes.
///
/// Isolation: none; `perform` and `drain` from one thread.
package final class EngineHarness {
    /// The engine.
    package let engine: Engine
    /// The ring that it appends to.
    package let ring: MovementRing
    /// The log from its very first record on.
    package private(set) var log: [UInt8]
    /// LSN of the first record.
    package let startLSN: UInt64
    private let runner: CommandRunner
    private var session: EngineSession { runner.session }
    private var creditTaken = 0
    /// Bytes of credit that other sessions hold.
    package var creditHeldElsewhere = 0

    private static let sweepLoopsMax = 1_000_000

    /// An empty engine.
    package convenience init(
        settings: EngineSettings,
        ringCapacityBytes: Int = 1 << 22,
        startLSN: UInt64 = 4_096
    ) {
        let ring = MovementRing(capacityBytes: ringCapacityBytes, startLSN: startLSN)
        self.init(engine: Engine(settings: settings, ring: ring), ring, log: [], startLSN: startLSN)
    }

    init(engine: Engine, _ ring: MovementRing, log: [UInt8], startLSN: UInt64) {
        self.engine = engine
        self.ring = ring
        self.log = log
        self.startLSN = startLSN
        runner = CommandRunner(engine: engine)
    }

    /// LSN behind the last record that was drained.
    package var endLSN: UInt64 { startLSN + UInt64(log.count) }

    /// Another engine that has read this one's log and goes on behind it, as after a restart.
    package func restarted(settings: EngineSettings) throws(MovementError) -> EngineHarness {
        drain()
        let ring = MovementRing(capacityBytes: ring.capacityBytes, startLSN: endLSN)
        let engine = Engine(settings: settings, ring: ring)
        let records = log
        let count = records.withUnsafeBytes { bytes -> Result<Int, MovementError> in
            do throws(MovementError) {
                return .success(try EngineHarness.apply(bytes, to: engine, from: startLSN))
            } catch {
                return .failure(error)
            }
        }
        _ = try count.get()
        return EngineHarness(engine: engine, ring, log: log, startLSN: startLSN)
    }

    /// Applies a log record by record and returns how many there were.
    package static func apply(
        _ log: UnsafeRawBufferPointer,
        to engine: Engine,
        from startLSN: UInt64,
        through gate: StateGate? = nil
    ) throws(MovementError) -> Int {
        var offset = 0
        var count = 0
        while offset < log.count {
            let size = Int(log.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            precondition(size > 0 && size % 8 == 0, "a record's size is a multiple of 8")
            let record = UnsafeRawBufferPointer(rebasing: log[offset..<offset + size])
            try engine.apply(record, lsn: startLSN + UInt64(offset), through: gate)
            offset += size
            count += 1
        }
        return count
    }

    /// Applies a log in batches of up to `recordsMax` records and returns how many there were.
    package static func applyBatches(
        _ log: UnsafeRawBufferPointer,
        to engine: Engine,
        from startLSN: UInt64,
        through gate: StateGate?,
        recordsMax: Int = 100
    ) throws(MovementError) -> Int {
        var offset = 0
        var count = 0
        while offset < log.count {
            let start = offset
            for _ in 0..<recordsMax where offset < log.count {
                offset += Int(log.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
            count += try engine.apply(
                batch: UnsafeRawBufferPointer(rebasing: log[start..<offset]),
                lsn: startLSN + UInt64(start),
                through: gate
            )
        }
        return count
    }

    /// The reservation ids of the log's commits, releases and expiries, from a byte offset on.
    package func reservationIDs(inLogFrom start: Int) -> [RequestID] {
        log.withUnsafeBytes { log in
            var ids: [RequestID] = []
            var offset = start
            while offset < log.count {
                ids.append(
                    RequestID(
                        high: log.loadUnaligned(fromByteOffset: offset + 32, as: UInt64.self),
                        low: log.loadUnaligned(fromByteOffset: offset + 40, as: UInt64.self)
                    )
                )
                offset += Int(log.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            }
            return ids
        }
    }

    /// The instants of the log's movements, from a byte offset on.
    package func instants(inLogFrom start: Int) -> [Instant] {
        log.withUnsafeBytes { log in
            var instants: [Instant] = []
            var offset = start
            while offset < log.count {
                let size = Int(log.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                let record = UnsafeRawBufferPointer(rebasing: log[offset..<offset + size])
                instants.append(MovementHeader.instant(of: record))
                offset += size
            }
            return instants
        }
    }

    /// Moves what the engine appended from the ring to the log.
    package func drain() {
        while endLSN < ring.tail {
            let runs = ring.gather(from: endLSN, upTo: ring.tail, limitBytes: ring.capacityBytes)
            if runs.records == 0 { return }
            log.append(contentsOf: runs.first)
            log.append(contentsOf: runs.second)
            ring.release(runs.first, runs.second)
        }
    }

    /// Does what the command says and copies the answer.
    package func perform(_ timed: TimedCommand, sweepLimit: Int = 64) -> CommandReply {
        let tail = ring.tail
        defer {
            precondition(
                ring.tail - tail <= UInt64(creditTaken) || timed.command == .sweep,
                "a request wrote more than it took credit for"
            )
            creditTaken = 0
            session.returnCredit()
            drain()
            precondition(isCreditWhole, "credit was lost or made up")
        }
        if timed.command == .sweep { return sweep(now: timed.now, limit: sweepLimit) }
        let credit = runner.creditBytes(of: timed.command)
        takeCredit(credit)
        // An actor takes its own.
        if case .actor = timed.command { creditTaken = Engine.actorCreditBytes }
        return runner.run(timed.command, now: timed.now)
    }

    /// Whether all bytes of the drained ring can be had as credit.
    package var isCreditWhole: Bool {
        let all = ring.capacityBytes - creditHeldElsewhere
        guard ring.takeCredit(all) else { return false }
        ring.returnCredit(all)
        return true
    }

    private func takeCredit(_ bytes: Int) {
        precondition(bytes <= Limits.recordSizeBytesMax, "more credit than a record can need")
        creditTaken = bytes
        let isTaken = session.takeCredit(bytes)
        precondition(isTaken, "a drained ring has credit for one request")
    }

    /// Sweeps batch by batch until nothing is due.
    private func sweep(now: Instant, limit: Int) -> CommandReply {
        var expired = 0
        var forgotten = 0
        for _ in 0..<EngineHarness.sweepLoopsMax {
            let result = engine.sweep(now: now, session: session, limit: limit)
            drain()
            expired += result.expired
            forgotten += result.forgotten
            if !result.hasMore { return .swept(expired: expired, forgotten: forgotten) }
        }
        preconditionFailure("sweeping never ends")
    }
}
