internal import Engine
internal import Inventory
internal import Wire

/// One frame of a batch: what it asks for and where its body stands.
struct RequestSlot {
    /// How a frame is carried out.
    enum Kind: UInt8 {
        case reserve, close, show, other, refused
    }

    var kind: Kind
    /// For ``Kind/other``: what it asks for.
    var operation: Operation
    /// For ``Kind/close``: what becomes of the whole reservation.
    var change = ReservationChangeKind.commit
    /// For ``Kind/close``: whether the batch's credit covers it.
    var hasCredit = false
    var correlation: UInt64
    /// Offset of the frame's body in the input.
    var bodyStart: Int
    /// Offset of the byte behind the frame.
    var end: Int
    /// For ``Kind/close`` and ``Kind/show``.
    var reservation = ReservationID(high: 0, low: 0)
    /// For ``Kind/close``.
    var requestID = RequestID(high: 0, low: 0)
    /// For ``Kind/refused``.
    var fault = WireFault(.accepted, "")
    /// For ``Kind/refused``, where it came too early: the milliseconds to wait; else 0.
    var waitMilliseconds: UInt32 = 0

    /// The slot of a frame at `offset` that is refused until it turns out to be something else.
    @inline(__always)
    init(of header: FrameHeader, at offset: Int) {
        kind = .refused
        operation = .hello
        correlation = header.correlation
        bodyStart = offset + WireLayout.headerSizeBytes
        end = offset + header.size
    }
}

/// Why a batch ended where it did.
enum BatchEnd {
    /// It is full; there may be more frames.
    case full
    /// The rest of the input is the beginning of a frame, or nothing.
    case partial
    /// What follows isn't a frame.
    case refused(Outcome)
}

/// Frames of one connection that are decoded ahead and then carried out in order.
///
/// Decoding first and bringing close what each will touch hides the memory's latency. Belongs to
/// one event loop; all its memory is allocated once.
final class RequestBatch {
    let engine: Engine
    let session: EngineSession
    let slots: UnsafeMutablePointer<RequestSlot>
    let requests: UnsafeMutablePointer<ReserveRequest>
    private let lines: UnsafeMutableBufferPointer<RequestLine>
    let answer: UnsafeMutablePointer<ReservationAnswer>

    /// An empty batch that calls `engine` with `session`.
    init(engine: Engine, session: EngineSession) {
        self.engine = engine
        self.session = session
        slots = .allocate(capacity: ServerLimits.framesPerBatchMax)
        requests = .allocate(capacity: ServerLimits.framesPerBatchMax)
        lines = .allocate(capacity: ServerLimits.linesPerBatchMax)
        answer = .allocate(capacity: 1)
        answer.initialize(to: ReservationAnswer())
    }

    deinit {
        slots.deallocate()
        requests.deallocate()
        lines.deallocate()
        answer.deinitialize(count: 1)
        answer.deallocate()
    }

    // MARK: Hot path

    /// Decodes up to 32 frames from `start` on and brings close what they will touch.
    ///
    /// - Parameters:
    ///   - bytes: The connection's input.
    ///   - start: Offset of the first frame.
    ///   - changesRefused: Why changes are refused at present, or `nil`.
    ///   - rates: What the connection's frames are held to, or `nil`.
    /// - Returns: How many frames are in the batch, the log credit they need, and why it ended.
    func decode(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        changesRefused: Outcome?,
        rates: ConnectionRates?
    ) -> (count: Int, creditBytes: Int, end: BatchEnd) {
        var offset = start
        var count = 0
        var linesUsed = 0
        var credit = 0
        var end = BatchEnd.full
        scan: while count < ServerLimits.framesPerBatchMax {
            let header: FrameHeader
            switch FrameHeader.next(in: bytes, at: offset) {
            case .whole(let found): header = found
            case .partial:
                end = .partial
                break scan
            case .refused(let outcome):
                end = .refused(outcome)
                break scan
            }
            guard header.flags == 0 else {
                end = .refused(.malformedFrame)
                break scan
            }
            let body = UnsafeRawBufferPointer(
                rebasing: bytes[(offset + WireLayout.headerSizeBytes)..<(offset + header.size)]
            )
            let slot = slots + count
            slot.initialize(to: RequestSlot(of: header, at: offset))
            let wait = rates?.wait(index: count, code: header.code, body: body) ?? 0
            if wait > 0 {
                slot.pointee.waitMilliseconds = wait
            } else if header.code == Operation.reserve.rawValue, changesRefused == nil {
                let lineCount = ReserveDecoder.lineCount(in: body)
                let room = ServerLimits.linesPerBatchMax - linesUsed
                if lineCount > room, lineCount <= Limits.linesPerReservationMax { break scan }
                if decodeReserve(body, slot, count, linesUsed: linesUsed) {
                    let bytesOfCredit = creditBytes(of: requests + count)
                    // How large the hold is that another takes the place of isn't known before all
                    // requests ahead of it are carried out: it comes first in a batch.
                    if count > 0,
                        credit + bytesOfCredit > ServerLimits.creditPerBatchBytesMax
                            || requests[count].replaces != nil
                    {
                        break scan
                    }
                    engine.prepare(&requests[count])
                    linesUsed += lineCount
                    credit += bytesOfCredit
                }
            } else {
                decodeOther(header.code, body, slot, changesRefused: changesRefused)
            }
            offset += header.size
            count += 1
        }
        // By now the index lines that `prepare` asked for are there to be read.
        for index in 0..<count {
            switch slots[index].kind {
            case .reserve: engine.prefetchStock(requests[index])
            case .close: engine.prefetchRecord(of: slots[index].reservation)
            case .show, .other, .refused: break
            }
        }
        return (creditChanges(&count, &credit, &end), credit, end)
    }

    /// The log credit that a reserve can need.
    @inline(__always)
    private func creditBytes(of request: UnsafeMutablePointer<ReserveRequest>) -> Int {
        let lines = request.pointee.lines
        var pools = 0
        for index in 0..<lines.count { pools &+= ReserveDecoder.poolsBeyondFirst(lines[index]) }
        return engine.reserveCreditBytes(
            lines: lines.count,
            pools: pools,
            hasConstraints: request.pointee.constraints != nil,
            replacing: request.pointee.replaces
        )
    }

    /// Decodes a reserve.
    /// - Returns: Whether it is to be carried out.
    @inline(__always)
    private func decodeReserve(
        _ body: UnsafeRawBufferPointer,
        _ slot: UnsafeMutablePointer<RequestSlot>,
        _ index: Int,
        linesUsed: Int
    ) -> Bool {
        let scratch = UnsafeMutableBufferPointer(rebasing: lines[linesUsed...])
        if let fault = ReserveDecoder.decode(body, lines: scratch, into: requests + index) {
            slot.pointee.fault = fault
            return false
        }
        slot.pointee.kind = .reserve
        return true
    }

    /// Decodes a frame that isn't a reserve.
    @inline(__always)
    private func decodeOther(
        _ code: UInt16,
        _ body: UnsafeRawBufferPointer,
        _ slot: UnsafeMutablePointer<RequestSlot>,
        changesRefused: Outcome?
    ) {
        guard let operation = Operation(rawValue: code) else {
            slot.pointee.fault = WireFault(
                .unknownOperation,
                "the operation's number isn't known to this server"
            )
            return
        }
        slot.pointee.operation = operation
        switch operation {
        case .commit: decodeChange(body, .commit, slot, changesRefused)
        case .release: decodeChange(body, .release, slot, changesRefused)
        case .fulfil: decodeChange(body, .fulfil, slot, changesRefused)
        case .cancel: decodeChange(body, .cancel, slot, changesRefused)
        case .show:
            guard let reservation = ChangeDecoder.decodeShow(body) else {
                slot.pointee.fault = WireFault(.malformedFrame, "the body is 16 bytes: an id")
                return
            }
            slot.pointee.kind = .show
            slot.pointee.reservation = reservation
        case .reserve:
            refuse(slot, changesRefused ?? .malformedFrame)
        case .extend, .holdAgain, .reroute, .rerouteStart, .stockWrite, .skuWrite,
            .warehouseWrite, .warehouseSetState, .policyWrite, .ratesWrite, .substitutesWrite,
            .saleWrite, .fence:
            if let changesRefused { return refuse(slot, changesRefused) }
            slot.pointee.kind = .other
        case .hello, .stats, .check, .ownerShow, .stockShow, .stockList, .availability,
            .stockHolds, .warehouseList, .warehouseFill, .policyList, .ratesList,
            .substitutesList, .rerouteStatus, .source, .snapshotStart, .snapshotStatus,
            .checkStart, .checkStatus, .snapshotList, .backupStart, .backupRead, .backupEnd,
            .saleList, .saleStatus, .saleReport:
            slot.pointee.kind = .other
        }
    }

    /// Decodes a change of a reservation.
    @inline(__always)
    private func decodeChange(
        _ body: UnsafeRawBufferPointer,
        _ kind: ReservationChangeKind,
        _ slot: UnsafeMutablePointer<RequestSlot>,
        _ changesRefused: Outcome?
    ) {
        if let changesRefused { return refuse(slot, changesRefused) }
        guard let change = ChangeDecoder.decodeChange(body) else {
            // Of parts, or broken.
            slot.pointee.kind = .other
            return
        }
        slot.pointee.kind = .close
        slot.pointee.change = kind
        slot.pointee.reservation = change.reservation
        slot.pointee.requestID = change.requestID
        engine.prepare(change.reservation)
    }

    @inline(never)
    private func refuse(_ slot: UnsafeMutablePointer<RequestSlot>, _ outcome: Outcome) {
        slot.pointee.fault =
            outcome == .shuttingDown
            ? WireFault(outcome, "send the request again, same bytes, when the server is back")
            : WireFault(outcome, "changes are refused for now; reads go on")
    }

    /// Adds the credit of changes; the batch ends before it would be too much.
    @inline(__always)
    private func creditChanges(_ count: inout Int, _ credit: inout Int, _ end: inout BatchEnd)
        -> Int
    {
        for index in 0..<count {
            let slot = slots + index
            guard slot.pointee.kind == .close else { continue }
            // 0: not known yet; it may be the reserve before it in this very batch.
            let bytes = engine.closeCreditBytes(of: slot.pointee.reservation)
            if index > 0, credit + bytes > ServerLimits.creditPerBatchBytesMax {
                end = .full
                count = index
                break
            }
            slot.pointee.hasCredit = bytes > 0
            credit += bytes
        }
        return count
    }
}
