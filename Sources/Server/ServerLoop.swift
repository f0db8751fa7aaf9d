internal import Engine
internal import Inventory
internal import Journal
internal import Logging
internal import Movements
internal import NIOCore
internal import Node
internal import Synchronization
internal import Wire

/// Answers of one turn that wait until the log is durable.
struct GateEntry {
    let connection: Connection
    /// The log's tail after the turn.
    let lsn: UInt64
    let buffer: ByteBuffer
    /// How many answers stand in the buffer.
    let answers: Int
}

/// What the connections of one event loop share.
///
/// Isolation: its event loop.
final class ServerLoop {
    let shared: ServerShared
    let signal: LoopSignal
    let eventLoop: any EventLoop
    let batch: RequestBatch
    let session: EngineSession
    let rows: UnsafeMutableBufferPointer<StockRow>
    private(set) var connections: [ObjectIdentifier: Connection] = [:]

    private var gate = CircularBuffer<GateEntry>()
    private var creditWaiters: [Connection] = []
    private var isCreditRetryScheduled = false
    private var spares: [ByteBuffer] = []
    private var touched: [Connection] = []
    private var denialsLeft = ServerLimits.denialsPerSweepMax
    private var isOpening = false
    private var rungTail: UInt64 = 0
    private var drained: EventLoopPromise<Void>?

    init(shared: ServerShared, signal: LoopSignal) {
        self.shared = shared
        self.signal = signal
        eventLoop = signal.eventLoop
        session = EngineSession(engine: shared.node.engine)
        session.searchStepsMax = ServerLimits.searchStepsMax
        session.leavesLongSearches = true
        batch = RequestBatch(engine: shared.node.engine, session: session)
        rows = .allocate(capacity: Limits.rowsPerRequestMax)
    }

    deinit { rows.deallocate() }

    // MARK: Connections

    func add(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = connection
    }

    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        if connections.isEmpty { drained?.succeed() }
    }

    /// Whether one more hello without proof is answered.
    func takeDenial() -> Bool {
        guard denialsLeft > 0 else { return false }
        denialsLeft -= 1
        return true
    }

    /// Looks at every connection's timeouts.
    func sweep() {
        denialsLeft = ServerLimits.denialsPerSweepMax
        let now = NIODeadline.now()
        for connection in Array(connections.values) { connection.checkTimeouts(now) }
    }

    /// After `notice`, lets every connection finish what it has begun and closes it.
    /// - Returns: When all are closed: without any, at once.
    func drain(after notice: TimeAmount) -> EventLoopFuture<Void> {
        let promise = drained ?? eventLoop.makePromise(of: Void.self)
        drained = promise
        if connections.isEmpty { promise.succeed() }
        let finish = eventLoop.assumeIsolated().scheduleTask(in: notice) {
            for connection in Array(self.connections.values) { connection.finish() }
        }
        promise.futureResult.assumeIsolated().whenComplete { _ in finish.cancel() }
        return promise.futureResult
    }

    /// Closes every connection, finished or not.
    func closeAll() {
        for connection in Array(connections.values) { connection.closeNow() }
    }

    // MARK: Output buffers

    /// An empty buffer for answers, used before where that is possible.
    func takeBuffer() -> ByteBuffer {
        guard var buffer = spares.popLast() else {
            return shared.allocator.buffer(capacity: 4 * ServerLimits.batchRoomBytes)
        }
        buffer.clear()
        return buffer
    }

    private func recycle(_ buffer: ByteBuffer) {
        let isWorthKeeping = buffer.capacity <= ServerLimits.spareBufferBytesMax
        if isWorthKeeping, spares.count < ServerLimits.spareBuffersMax { spares.append(buffer) }
    }

    // MARK: The gate

    /// Sends the answers of a turn, at once or when all that they could tell of is durable.
    func send(_ buffer: ByteBuffer, answers: Int, of connection: Connection) {
        let tail = shared.node.ring.tail
        if tail != rungTail {
            rungTail = tail
            shared.node.ring.ringDoorbell()
        }
        if shared.waitsForLog {
            let durable = shared.node.journal.durableLSN
            if !isOpening, !gate.isEmpty { open(upTo: durable) }
            // What is in the gate goes first, durable or not.
            if tail > durable || !gate.isEmpty {
                gate.append(
                    GateEntry(
                        connection: connection,
                        lsn: tail,
                        buffer: buffer,
                        answers: answers
                    )
                )
                connection.didGate(buffer.readableBytes, answers: answers)
                signal.gatedTurns.wrappingAdd(1, ordering: .relaxed)
                if !isOpening, gate.count == 1 { open(upTo: durable) }
                return
            }
        }
        connection.write(buffer)
        connection.flush()
        recycle(buffer)
    }

    /// Called on the loop when the log has published something it waits for.
    func wake() {
        open(upTo: shared.node.journal.durableLSN)
        retryCredit()
    }

    /// Sends what is durable, one flush for each connection, and lets connections go on.
    private func open(upTo durableLSN: UInt64) {
        isOpening = true
        var durable = durableLSN
        repeat {
            while let first = gate.first, first.lsn <= durable {
                gate.removeFirst()
                first.connection.didOpenGate(first.buffer.readableBytes, answers: first.answers)
                first.connection.write(first.buffer)
                recycle(first.buffer)
                if !first.connection.isFlushDue {
                    first.connection.isFlushDue = true
                    touched.append(first.connection)
                }
            }
            for connection in touched { connection.flush() }
            // Going on may put more into the gate, which is looked at again below.
            for connection in touched { connection.goOn() }
            touched.removeAll(keepingCapacity: true)
            waitForNext()
            // What was published before the log thread could see that we wait.
            durable = shared.node.journal.durableLSN
        } while gate.first.map { $0.lsn <= durable } ?? false
        isOpening = false
    }

    private func waitForNext() {
        if !creditWaiters.isEmpty {
            signal.wait(for: 0)
        } else if let first = gate.first {
            signal.wait(for: first.lsn)
        }
    }

    // MARK: Log credit

    /// Notes that a connection can't go on before the log has given bytes back.
    func waitForCredit(_ connection: Connection) {
        creditWaiters.append(connection)
        signal.creditWaits.wrappingAdd(1, ordering: .relaxed)
        signal.wait(for: 0)
        guard !isCreditRetryScheduled else { return }
        // Credit that others hold comes back without a publish, so look again soon in any case.
        isCreditRetryScheduled = true
        let delay = TimeAmount.milliseconds(ServerLimits.creditRetryMilliseconds)
        eventLoop.assumeIsolated().scheduleTask(in: delay) {
            self.isCreditRetryScheduled = false
            self.wake()
        }
    }

    private func retryCredit() {
        guard !creditWaiters.isEmpty else { return }
        let waiters = creditWaiters
        creditWaiters.removeAll(keepingCapacity: true)
        for connection in waiters { connection.retryCredit() }
        waitForNext()
    }
}
