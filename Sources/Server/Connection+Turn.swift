internal import Engine
internal import Inventory
internal import NIOCore
internal import Node
internal import Synchronization
internal import Wire

/// What is left of a turn.
struct TurnBudget {
    var frames = ServerLimits.framesPerTurnMax
    let deadline: UInt64
    /// The engine's instant for the whole turn.
    let now: Instant

    /// Whether another batch may start.
    var isUsedUp: Bool {
        frames <= 0 || NIODeadline.now().uptimeNanoseconds >= deadline
    }
}

/// Carrying out what came in.
extension Connection {
    /// Carries out frames until there is no whole one, a limit of the turn is reached, or the
    /// connection must pause; then sends the answers.
    func serve() {
        guard pauses.isEmpty, isServing else { return }
        var budget = TurnBudget(
            deadline: NIODeadline.now().uptimeNanoseconds + ServerLimits.turnNanosecondsMax,
            now: loop.shared.node.now()
        )
        let framesBefore = budget.frames
        consume(&budget)
        let frames = framesBefore - budget.frames
        if frames > 0 {
            loop.signal.frames.wrappingAdd(frames, ordering: .relaxed)
            loop.signal.turns.wrappingAdd(1, ordering: .relaxed)
        }
        endTurn()
        if pauses.contains(.output), !isOutputFull(half: true) {
            // The client has taken all of it at once; others get their turn all the same.
            didDrainOutput()
            pauses.insert(.turn)
        }
        if pauses.contains(.turn), let context {
            context.eventLoop.assumeIsolated().execute { self.unpause(.turn) }
        }
        finishIfDone()
        resumeReading()
    }

    /// Sends the answers of the turn.
    func endTurn() {
        guard hasOutput else { return }
        let buffer = output
        let answers = outputAnswers
        output = ByteBuffer()
        outputAnswers = 0
        hasOutput = false
        loop.send(buffer, answers: answers, of: self)
    }

    /// Makes sure that there is a buffer for answers.
    func openOutput() {
        guard !hasOutput else { return }
        output = loop.takeBuffer()
        hasOutput = true
    }

    /// First the frame that came in pieces, then those that stand whole in the chunk.
    ///
    /// While their bytes are read the buffers are held here alone, so that no copy is made.
    private func consume(_ budget: inout TurnBudget) {
        while partial.readableBytes > 0 {
            guard completePartial() else { return }
            var frame = partial
            partial = ByteBuffer()
            let consumed = frame.withUnsafeReadableBytes { carryOut($0, &budget) }
            guard isServing else { return }
            if consumed > 0 { frame.clear() }
            if consumed == 0 || frame.capacity <= ServerLimits.partialBytesKept { partial = frame }
            guard consumed > 0, pauses.isEmpty else { return }
        }
        guard chunk.readableBytes > 0 else { return }
        var bytes = chunk
        chunk = ByteBuffer()
        let consumed = bytes.withUnsafeReadableBytes { carryOut($0, &budget) }
        guard isServing else { return }
        bytes.moveReaderIndex(forwardBy: consumed)
        if pauses.isEmpty {
            // Keep the beginning of the next frame apart, so that the channel can read into the
            // same memory again.
            if bytes.readableBytes > 0 { partial.writeBuffer(&bytes) }
        } else {
            chunk = bytes
        }
    }

    /// Moves bytes of the chunk to the frame that came in pieces.
    /// - Returns: Whether it is whole now, or can't become a frame.
    private func completePartial() -> Bool {
        while true {
            let have = partial.readableBytes
            let missing = partial.withUnsafeReadableBytes { bytes -> Int in
                guard case .partial = FrameHeader.next(in: bytes, at: 0) else { return 0 }
                guard have >= WireLayout.headerSizeBytes else {
                    return WireLayout.headerSizeBytes - have
                }
                return Int(bytes.loadUnaligned(as: UInt32.self).littleEndian) - have
            }
            if missing == 0 { return true }
            guard var piece = chunk.readSlice(length: min(missing, chunk.readableBytes)),
                piece.readableBytes > 0
            else { return false }
            partial.writeBuffer(&piece)
        }
    }

    /// Carries out the frames that stand whole in `bytes`.
    /// - Returns: The bytes of the frames that were carried out.
    private func carryOut(_ bytes: UnsafeRawBufferPointer, _ budget: inout TurnBudget) -> Int {
        var offset = 0
        if phase == .handshake {
            offset = greet(bytes, budget.now)
            guard phase == .open else { return offset }
            budget.frames -= 1
        }
        while true {
            if isOutputFull() {
                pauseForOutput()
                return offset
            }
            if budget.isUsedUp {
                pauses.insert(.turn)
                return offset
            }
            // Asked once: whoever may change something has a name by then.
            let changesRefused = loop.shared.changesRefused
            guard resolveActor(budget.now, changesRefused: changesRefused) else { return offset }
            rates?.begin(nowNanoseconds: NIODeadline.now().uptimeNanoseconds)
            let decoded = loop.batch.decode(
                bytes,
                from: offset,
                changesRefused: changesRefused,
                rates: rates
            )
            if decoded.count > 0 {
                guard decoded.creditBytes == 0 || loop.session.takeCredit(decoded.creditBytes)
                else {
                    waitForCredit()
                    return offset
                }
                let done =
                    searches == 0
                    ? run(decoded.count, bytes, budget.now) : runSearched(bytes, budget.now)
                loop.session.returnCredit()
                if done > 0 { offset = loop.batch.slots[done - 1].end }
                rates?.didCarryOut(done)
                budget.frames -= done
                guard pauses.isEmpty, phase == .open else { return offset }
                if done < decoded.count { continue }
            }
            switch decoded.end {
            case .full: continue
            case .partial: return offset
            case .refused(let outcome):
                refuseFrame(outcome, bytes, offset)
                return offset
            }
        }
    }

    /// Waits until the log has room.
    func waitForCredit() {
        pauses.insert(.credit)
        loop.waitForCredit(self)
    }

    /// Carries out a decoded batch in order.
    /// - Returns: How many frames were carried out: all, unless the connection must pause.
    func run(_ count: Int, _ bytes: UnsafeRawBufferPointer, _ now: Instant) -> Int {
        openOutput()
        let outputMax = loop.shared.settings.outputHighWatermarkBytes
        var progress = BatchProgress(count: count)
        while progress.index < progress.count {
            let first = progress.index
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: progress.roomBytes) { room in
                loop.batch.execute(
                    &progress,
                    now: now,
                    room: room,
                    roomUsedMax: outputMax
                )
            }
            outputAnswers += progress.index - first
            if progress.isStarved {
                waitForCredit()
                return progress.index
            }
            if !progress.hasAnswer, output.readableBytes >= outputMax { return progress.index }
            guard progress.index < progress.count, !progress.hasAnswer else { continue }
            let slot = loop.batch.slots[progress.index]
            let body = UnsafeRawBufferPointer(rebasing: bytes[slot.bodyStart..<slot.end])
            if progress.isLeft {
                if searchElsewhere(body) { return progress.index }
                runUnsearched(&progress, now)
                continue
            }
            guard slot.kind == .other else { continue }
            guard perform(slot.operation, body, correlation: slot.correlation, now: now) else {
                return progress.index
            }
            progress.index += 1
            guard pauses.isEmpty, phase == .open else { return progress.index }
            // One of these may take as long as a whole batch: the turn's budget is looked at.
            if slot.operation == .holdAgain || slot.operation == .fence { return progress.index }
        }
        return progress.index
    }

    /// Refuses bytes that are no frame; nothing can follow them.
    private func refuseFrame(
        _ outcome: Outcome,
        _ bytes: UnsafeRawBufferPointer,
        _ offset: Int
    ) {
        var correlation: UInt64 = 0
        if bytes.count - offset >= WireLayout.headerSizeBytes {
            correlation =
                bytes.loadUnaligned(
                    fromByteOffset: offset + WireLayout.correlationOffset,
                    as: UInt64.self
                ).littleEndian
        }
        let detail =
            outcome == .frameTooLarge
            ? "a frame has at most \(Limits.frameSizeBytesMax) bytes"
            : "a frame has at least 16 bytes, and a request no flags"
        refuse(outcome, correlation: correlation, detail: detail)
    }
}
