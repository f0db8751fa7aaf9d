internal import NIOCore

/// A connection of a flood: greets, sends what it is told to, and counts what comes back.
///
/// Isolation: its channel's event loop.
final class FloodConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let flood: Flood
    private let helloFrame: [UInt8]
    private let greeted: EventLoopPromise<Void>
    private let outstandingMax: Int
    private var holds: FloodFrames
    private var frames = FrameAccumulator()
    private var hasGreeted = false
    private var context: ChannelHandlerContext?
    private var output = ByteBuffer()
    /// Holds without an answer.
    private(set) var outstanding = 0

    /// A connection that isn't made yet.
    init(
        _ flood: Flood,
        holds: FloodFrames,
        outstandingMax: Int,
        helloFrame: [UInt8],
        greeted: EventLoopPromise<Void>
    ) {
        self.flood = flood
        self.holds = holds
        self.outstandingMax = outstandingMax
        self.helloFrame = helloFrame
        self.greeted = greeted
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: helloFrame)), promise: nil)
    }

    // MARK: Hot path

    /// How many holds it may send now.
    var room: Int { context == nil ? 0 : outstandingMax - outstanding }

    /// Sends the next holds.
    func send(_ count: Int) {
        guard let context else { return }
        holds.write(count, to: &output)
        outstanding += count
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        output.clear()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard hasGreeted else { return greet(data) }
        let now = NIODeadline.now().uptimeNanoseconds
        var count = 0
        let flood = flood
        let refusal = frames.take(unwrapInboundIn(data)) { header, _ in
            count &+= 1
            flood.count(header)
        }
        outstanding -= count
        flood.answered(count, now: now)
        if let refusal { flood.fail("bytes that are no frame (\(refusal.name))") }
        if outstanding < 0 { flood.fail("more answers than requests") }
    }

    // MARK: Off the hot path

    private func greet(_ data: NIOAny) {
        let refusal = frames.take(unwrapInboundIn(data)) { header, _ in
            hasGreeted = true
            guard header.code == 0 else {
                let name = Outcome(rawValue: header.code)?.name ?? "\(header.code)"
                return greeted.fail(LoadFailure(what: "the server refused the hello: \(name)"))
            }
            greeted.succeed()
        }
        if let refusal { greeted.fail(LoadFailure(what: refusal.name)) }
    }

    /// Closes it.
    func close() { context?.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        let failure = LoadFailure(what: "the server closed the connection")
        greeted.fail(failure)
        flood.fail(failure.what)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        greeted.fail(error)
        flood.fail("\(error)")
        context.close(promise: nil)
    }
}
