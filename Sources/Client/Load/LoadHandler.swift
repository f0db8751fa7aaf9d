internal import NIOCore

/// Greets, waits for the common start, then keeps a connection's load going until its end.
///
/// Isolation: its channel's event loop.
final class LoadHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let greeted: EventLoopPromise<Void>
    private let finished: EventLoopPromise<LoadConnectionResult>
    private let helloFrame: [UInt8]
    private var connection: LoadConnection
    private var frames = FrameAccumulator()
    private var hasGreeted = false
    private var hasBegun = false
    private var stopNanoseconds = UInt64.max
    private var context: ChannelHandlerContext?
    /// Whether nothing more will be sent or answered.
    private(set) var isFinished = false

    /// A handler that tells through two promises how far it is.
    init(
        connection: LoadConnection,
        helloFrame: [UInt8],
        greeted: EventLoopPromise<Void>,
        finished: EventLoopPromise<LoadConnectionResult>
    ) {
        self.connection = connection
        self.helloFrame = helloFrame
        self.greeted = greeted
        self.finished = finished
    }

    /// Starts sending; stops at an instant of the monotonic clock, or at the plan's count.
    func begin(schedule: SendSchedule?, stopNanoseconds: UInt64) {
        guard let context else { return fail("the connection closed before the start") }
        self.stopNanoseconds = stopNanoseconds
        hasBegun = true
        connection.begin(now: NIODeadline.now().uptimeNanoseconds, schedule: schedule)
        flush(context)
        finishIfDone(context)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: helloFrame)), promise: nil)
    }

    // MARK: Hot path

    /// Begins the lives of an open-loop load that are due.
    func beginDueLives(now: UInt64) {
        guard let context else { return }
        connection.beginDueLives(now: now)
        flush(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now().uptimeNanoseconds
        if now >= stopNanoseconds { connection.stop(at: stopNanoseconds) }
        let isGreeting = !hasGreeted
        if !isGreeting { connection.advance(to: now) }
        let refusal = frames.take(unwrapInboundIn(data)) { header, _ in
            if isGreeting {
                greet(header)
            } else {
                connection.answered(header, now: now)
            }
        }
        connection.beginDueLives(now: now)
        if let refusal { connection.note("bytes that are no frame (\(refusal.name))") }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        finishIfDone(context)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard connection.output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(connection.output), promise: nil)
        connection.output.clear()
    }

    // MARK: Off the hot path

    /// Begins no more lives.
    func stop(at instant: UInt64) {
        connection.stop(at: instant)
        guard let context else { return }
        flush(context)
        finishIfDone(context)
    }

    private func greet(_ header: FrameHeader) {
        hasGreeted = true
        guard header.code == 0 else {
            let name = Outcome(rawValue: header.code)?.name ?? "\(header.code)"
            return fail("the server refused the hello: \(name)")
        }
        greeted.succeed()
    }

    private func finishIfDone(_ context: ChannelHandlerContext) {
        guard hasBegun, !isFinished else { return }
        if let fault = connection.fault {
            fail(fault)
            context.close(promise: nil)
        } else if connection.isDone {
            isFinished = true
            finished.succeed(connection.finish())
            context.close(promise: nil)
        }
    }

    /// Ends the load of this connection because of what went wrong.
    func fail(_ what: String) {
        isFinished = true
        greeted.fail(LoadFailure(what: what))
        finished.fail(LoadFailure(what: what))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        fail("the server closed the connection")
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail("\(error)")
        context.close(promise: nil)
    }
}

/// Why a load can't go on.
struct LoadFailure: Error {
    let what: String
}
