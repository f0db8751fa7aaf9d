internal import Engine
internal import Inventory
internal import Wire

/// How far a batch has been carried out.
struct BatchProgress {
    /// Index of the next frame.
    var index = 0
    /// Behind the last frame that this batch carries out.
    var count: Int
    /// Whether the next frame has been carried out and its answer stands in the batch's memory.
    var hasAnswer = false
    /// Bytes of room that the next answer needs.
    var roomBytes = ServerLimits.batchRoomBytes
    /// Whether the next frame found no log credit.
    var isStarved = false
    /// Whether the next frame is a reserve whose search would take too long here.
    var isLeft = false
}

extension RequestBatch {
    // MARK: Hot path

    /// Carries out frames in order and writes their answers, until one isn't for this function, or
    /// the room is used up.
    ///
    /// - Parameters:
    ///   - progress: Where to go on; says afterwards why it stopped.
    ///   - now: The engine's instant.
    ///   - room: Where answers go.
    ///   - roomUsedMax: Bytes written after which no further frame is carried out.
    /// - Returns: The bytes written.
    func execute(
        _ progress: inout BatchProgress,
        now: Instant,
        room: UnsafeMutableRawBufferPointer,
        roomUsedMax: Int
    ) -> Int {
        var written = 0
        while progress.index < progress.count, written < roomUsedMax {
            let slot = slots + progress.index
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[written...])
            let size: Int
            switch slot.pointee.kind {
            case .other: return written
            case .refused:
                guard hasRoom(rest, Refusal.frameSizeMax, &progress) else { return written }
                size = refuse(slot, into: rest)
            case .reserve:
                if !progress.hasAnswer, !reserve(now: now, &progress) { return written }
                guard hasRoomForAnswer(rest, &progress) else { return written }
                size = ReservationEncoder.encode(
                    answer.pointee,
                    correlation: slot.pointee.correlation,
                    into: rest
                )
            case .close:
                if !progress.hasAnswer, !close(slot, now: now, &progress) { return written }
                guard hasRoomForAnswer(rest, &progress) else { return written }
                size = ReservationEncoder.encode(
                    answer.pointee,
                    correlation: slot.pointee.correlation,
                    into: rest
                )
            case .show:
                guard let shown = show(slot, now: now, rest, &progress) else { return written }
                size = shown
            }
            written += size
            progress.index += 1
            progress.hasAnswer = false
        }
        return written
    }

    /// Carries out a reserve; `false` where its search would take too long.
    @inline(__always)
    @discardableResult
    func reserve(now: Instant, _ progress: inout BatchProgress) -> Bool {
        let end = engine.reserve(
            requests[progress.index],
            now: now,
            session: session,
            answer: &answer.pointee
        )
        switch end {
        case .decided: return true
        case .decidedAtLength:
            // The batch ends here, and perhaps the turn.
            progress.count = progress.index + 1
            return true
        case .left:
            progress.isLeft = true
            return false
        }
    }

    /// Changes the whole of a reservation; `false` without log credit.
    @inline(__always)
    private func close(
        _ slot: UnsafeMutablePointer<RequestSlot>,
        now: Instant,
        _ progress: inout BatchProgress
    ) -> Bool {
        if !slot.pointee.hasCredit, !takeLateCredit(slot, &progress) { return false }
        engine.close(
            slot.pointee.reservation,
            by: slot.pointee.change,
            requestID: slot.pointee.requestID,
            now: now,
            session: session,
            answer: &answer.pointee
        )
        return true
    }

    /// Takes credit for the change of a reservation that wasn't known when the batch was decoded.
    @inline(never)
    private func takeLateCredit(
        _ slot: UnsafeMutablePointer<RequestSlot>,
        _ progress: inout BatchProgress
    ) -> Bool {
        var bytes = engine.closeCreditBytes(of: slot.pointee.reservation)
        if bytes == 0 {
            // Still unknown; another connection may make it before the engine looks. That takes
            // the largest credit, so the batch ends here and gives back what isn't used.
            bytes = min(Engine.closeCreditBytesMax, Limits.recordSizeBytesMax)
            progress.count = progress.index + 1
        }
        guard session.takeCredit(bytes) else {
            progress.isStarved = true
            return false
        }
        slot.pointee.hasCredit = true
        return true
    }

    /// Whether the answer that stands in the batch's memory fits; notes what it needs if not.
    @inline(__always)
    private func hasRoomForAnswer(
        _ room: UnsafeMutableRawBufferPointer,
        _ progress: inout BatchProgress
    ) -> Bool {
        let size = ReservationEncoder.frameSizeMax(of: answer.pointee)
        progress.hasAnswer = true
        return hasRoom(room, size, &progress)
    }

    @inline(__always)
    private func hasRoom(
        _ room: UnsafeMutableRawBufferPointer,
        _ size: Int,
        _ progress: inout BatchProgress
    ) -> Bool {
        if room.count >= size { return true }
        progress.roomBytes = max(size, ServerLimits.batchRoomBytes)
        return false
    }

    // MARK: Off the hot path

    @inline(never)
    private func refuse(
        _ slot: UnsafeMutablePointer<RequestSlot>,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        let wait = slot.pointee.waitMilliseconds
        if wait > 0 {
            return Refusal.encodeRateLimited(
                waitMilliseconds: wait,
                correlation: slot.pointee.correlation,
                into: room
            )
        }
        return Refusal(slot.pointee.fault)
            .encode(correlation: slot.pointee.correlation, into: room)
    }

    @inline(never)
    private func show(
        _ slot: UnsafeMutablePointer<RequestSlot>,
        now: Instant,
        _ room: UnsafeMutableRawBufferPointer,
        _ progress: inout BatchProgress
    ) -> Int? {
        if !progress.hasAnswer {
            engine.show(
                slot.pointee.reservation,
                now: now,
                session: session,
                answer: &answer.pointee
            )
            progress.hasAnswer = true
        }
        let size = ReservationEncoder.showFrameSizeMax(of: answer.pointee)
        guard hasRoom(room, max(size, Refusal.frameSizeMax), &progress) else { return nil }
        let written = ReservationEncoder.encodeShow(
            answer.pointee,
            correlation: slot.pointee.correlation,
            into: room
        ) { engine.skuName($0) }
        if written > 0 { return written }
        return Refusal(.frameTooLarge, detail: "the answer doesn't fit a frame")
            .encode(correlation: slot.pointee.correlation, into: room)
    }
}
