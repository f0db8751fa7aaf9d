internal import Engine
internal import Inventory
internal import Logging
internal import NIOCore
internal import Synchronization
internal import Wire

/// Why a connection doesn't carry out frames, and isn't read, for now.
struct Pauses: OptionSet {
    let rawValue: UInt8
    /// Others get their turn first; a task on the loop goes on.
    static let turn = Pauses(rawValue: 1)
    /// The log has no credit; the loop retries.
    static let credit = Pauses(rawValue: 2)
    /// Too many answers wait for the log or for the client to read them.
    static let output = Pauses(rawValue: 4)
    /// A read that takes many slices, or another thread, is under way.
    static let longRead = Pauses(rawValue: 8)
    /// The plan of the next reserve is searched on the planning thread.
    static let longSearch = Pauses(rawValue: 16)
}

/// One client: its frames come in, its answers go out.
///
/// The whole way of a request runs in one pass on the event loop: no task, future or allocation
/// for a request. A connection that may not go on isn't read, so that the client's own window
/// fills up. Isolation: its event loop.
final class Connection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How far a connection's life has come.
    enum Phase {
        /// Hello hasn't come.
        case handshake
        /// The name wasn't proved; input is passed over until the refusal is sent.
        case denied
        /// Requests are carried out.
        case open
        /// Input is passed over; what was answered is still sent.
        case closing
        /// The last answer has left; the client is to close its side.
        case lingering
        /// The channel is gone.
        case closed
    }

    let loop: ServerLoop
    private(set) var context: ChannelHandlerContext?
    var phase = Phase.handshake
    var pauses: Pauses = []
    var clientName = ""
    /// The number of the name in the log; `nil` until it is known.
    var actor: UInt16?
    /// A frame that came in pieces, as far as it came.
    var partial: ByteBuffer
    /// What came in behind it.
    var chunk: ByteBuffer
    /// Answers of the present turn.
    var output: ByteBuffer
    var outputAnswers = 0
    var hasOutput = false
    var isFlushDue = false
    /// How often the reserve that stands first in the input was searched on the planning thread.
    var searches = 0
    /// What was found for it.
    var longSearch: LongSearch?
    /// Whether anybody still waits for the search that runs.
    var searchTicket: WaitTicket?
    /// Whether anybody still waits for the long read that was asked for.
    var readTicket: WaitTicket?

    /// What its frames are held to, from the hello on; `nil` where nothing is limited.
    var rates: ConnectionRates?

    private var gatedBytes = 0
    private var gatedAnswers = 0
    private var gatedTurns = 0
    private var isReadHeld = false
    private var isInputClosed = false
    private let since = NIODeadline.now()
    private var lastReadAt = NIODeadline.now()
    private var outputPausedAt: NIODeadline?
    private var lingerUntil: NIODeadline?

    init(loop: ServerLoop) {
        self.loop = loop
        partial = ByteBuffer()
        chunk = ByteBuffer()
        output = ByteBuffer()
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        loop.add(self)
        if !loop.shared.admit() {
            guard loop.shared.canTellRefused else { return closeNow() }
            refuse(.tooManyConnections, detail: "try again later, or use another server")
        } else if loop.shared.isDraining {
            refuse(.shuttingDown, detail: "the server is going away; try again when it is back")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard phase != .closed else { return }
        phase = .closed
        loop.shared.leave()
        loop.remove(self)
        drop()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        loop.shared.logger.debug("connection failed", metadata: logged("\(error)"))
        closeNow()
    }

    /// Metadata of a log line about this connection.
    func logged(_ what: String) -> Logger.Metadata {
        [
            "client": "\(clientName)", "what": "\(what)",
            "address": "\(context?.remoteAddress.map { "\($0)" } ?? "unknown")",
        ]
    }

    /// Whether frames are carried out at all.
    var isServing: Bool { phase == .handshake || phase == .open }

    // MARK: Input

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        loop.signal.bytesRead.wrappingAdd(incoming.readableBytes, ordering: .relaxed)
        guard isServing else { return }
        if chunk.readableBytes == 0 {
            chunk = incoming
        } else {
            chunk.writeBuffer(&incoming)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        lastReadAt = .now()
        serve()
    }

    /// Lets the channel be read, or remembers that it wants to be.
    func read(context: ChannelHandlerContext) {
        if pauses.isEmpty || phase == .closing || phase == .lingering {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            finishIfDone()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Takes a pause away and goes on.
    func unpause(_ pause: Pauses) {
        guard pauses.contains(pause) else { return }
        pauses.remove(pause)
        serve()
    }

    /// Reads again if nothing is in the way.
    func resumeReading() {
        guard isReadHeld, pauses.isEmpty || phase == .closing || phase == .lingering else {
            return
        }
        isReadHeld = false
        context?.read()
    }

    /// Tries again after it waited for log credit.
    func retryCredit() { unpause(.credit) }

    /// Goes on if the client has read enough of its answers.
    func goOn() {
        if pauses.contains(.output), !isOutputFull(half: true) {
            didDrainOutput()
            serve()
        }
        finishIfDone()
    }

    /// Takes away the pause for output.
    func didDrainOutput() {
        outputPausedAt = nil
        pauses.remove(.output)
    }

    // MARK: Output

    /// Counts answers that went into the gate.
    func didGate(_ bytes: Int, answers: Int) {
        gatedBytes += bytes
        gatedAnswers += answers
        gatedTurns += 1
    }

    /// Counts answers that came out of the gate.
    func didOpenGate(_ bytes: Int, answers: Int) {
        gatedBytes -= bytes
        gatedAnswers -= answers
        gatedTurns -= 1
    }

    /// Gives answers to the channel; ``flush()`` sends them.
    func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
    }

    /// Sends what was written.
    func flush() {
        isFlushDue = false
        context?.flush()
    }

    /// Whether so many answers wait that no frame may be carried out.
    func isOutputFull(half: Bool = false) -> Bool {
        guard let channel = context?.channel else { return false }
        let settings = loop.shared.settings
        let divisor = half ? 2 : 1
        return !channel.isWritable
            || gatedBytes + output.readableBytes >= settings.outputHighWatermarkBytes / divisor
            || gatedAnswers + outputAnswers >= settings.framesInFlightMax / divisor
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            goOn()
        } else {
            pauseForOutput()
        }
    }

    /// Carries out nothing until enough answers have left.
    func pauseForOutput() {
        pauses.insert(.output)
        if outputPausedAt == nil { outputPausedAt = .now() }
    }

    // MARK: The end

    /// Answers with a refusal that belongs to no request, or the last one, and closes.
    func refuse(_ outcome: Outcome, correlation: UInt64 = 0, detail: String) {
        append(Refusal(outcome, detail: detail), correlation: correlation)
        loop.signal.protocolErrors.wrappingAdd(1, ordering: .relaxed)
        loop.shared.logger.info("connection refused", metadata: logged(outcome.name))
        finish()
    }

    /// Carries out nothing more; closes when what was answered has left.
    func finish() {
        guard isServing else { return }
        phase = .closing
        drop()
        endTurn()
        finishIfDone()
        resumeReading()
    }

    /// Half-closes when nothing is left to send.
    func finishIfDone() {
        if isInputClosed, isServing, isIdle { phase = .closing }
        guard phase == .closing, gatedTurns == 0, !hasOutput else { return }
        phase = .lingering
        lingerUntil = .now() + .milliseconds(Int64(loop.shared.settings.lingerMilliseconds))
        if isInputClosed {
            closeWhenFlushed()
        } else {
            // The channel closes its output when what was written has left.
            context?.close(mode: .output, promise: nil)
        }
    }

    /// Whether all that came in is answered.
    private var isIdle: Bool {
        gatedTurns == 0 && !hasOutput && pauses.isEmpty && chunk.readableBytes == 0
    }

    private func closeWhenFlushed() {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.closeNow() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    /// Closes at once.
    func closeNow() { context?.close(promise: nil) }

    /// Forgets what came in.
    func drop() {
        chunk = ByteBuffer()
        partial = ByteBuffer()
        forgetSearch()
        readTicket?.giveBack()
        readTicket = nil
    }

    /// Closes a connection that has used up one of its times.
    func checkTimeouts(_ now: NIODeadline) {
        let settings = loop.shared.settings
        if let lingerUntil, now >= lingerUntil { return closeNow() }
        if let outputPausedAt {
            let limit = TimeAmount.seconds(Int64(settings.slowReaderTimeoutSeconds))
            if now - outputPausedAt >= limit, !(context?.channel.isWritable ?? true) {
                loop.signal.slowReadersClosed.wrappingAdd(1, ordering: .relaxed)
                loop.shared.logger.info(
                    "connection closed",
                    metadata: logged("doesn't read its answers")
                )
                return closeNow()
            }
        }
        switch phase {
        case .handshake:
            if now - since >= .seconds(Int64(settings.handshakeTimeoutSeconds)) {
                refuse(.helloExpected, detail: "no hello came in time")
            }
        case .open:
            if pauses.isEmpty, gatedTurns == 0,
                now - lastReadAt >= .seconds(Int64(settings.idleTimeoutSeconds))
            {
                loop.signal.idleClosed.wrappingAdd(1, ordering: .relaxed)
                loop.shared.logger.info("connection closed", metadata: logged("idle"))
                finish()
            }
        case .denied, .closing, .lingering, .closed: break
        }
    }
}
