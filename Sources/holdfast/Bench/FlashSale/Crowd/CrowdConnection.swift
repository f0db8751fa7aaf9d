internal import HoldfastClient
internal import NIOCore
internal import NIOPosix

/// A connection of a crowd that is made again whenever it breaks.
///
/// What was sent and not answered when it broke is lost here; whoever waits for an answer sends
/// the request again, with its id, when the wait is over.
/// Isolation: its event loop.
final class CrowdConnection {
    private let configuration: ClientConfiguration
    private let helloFrame: [UInt8]
    private let eventLoop: any EventLoop
    private weak var crowd: CrowdLoop?
    private var context: ChannelHandlerContext?
    private var isClosed = false
    private var firstReady: EventLoopPromise<Void>?
    /// Whether requests can be sent.
    private(set) var isReady = false
    /// Whether there is something to flush.
    var isTouched = false
    /// The frames of the next write.
    var output = ByteBuffer()

    private static let reconnectMilliseconds: Int64 = 20
    private static let firstSecondsMax: Int64 = 30

    /// A connection that isn't made yet.
    init(
        configuration: ClientConfiguration,
        helloFrame: [UInt8],
        eventLoop: any EventLoop,
        crowd: CrowdLoop
    ) {
        self.configuration = configuration
        self.helloFrame = helloFrame
        self.eventLoop = eventLoop
        self.crowd = crowd
    }

    /// Connects and greets; tells when both are done for the first time, or why they can't be.
    func open() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        firstReady = promise
        connect()
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .seconds(CrowdConnection.firstSecondsMax)) {
            bound.value.giveUp("no greeting in \(CrowdConnection.firstSecondsMax) s")
        }
        return promise.futureResult
    }

    /// Closes it for good.
    func close() {
        isClosed = true
        giveUp("closed")
        context?.close(promise: nil)
    }

    /// Fails the first attempt, if it is still under way.
    private func giveUp(_ why: String) {
        firstReady?.fail(CrowdRefusal(why: why))
        firstReady = nil
    }

    /// Writes what was put into ``output``.
    func flush() {
        isTouched = false
        guard output.readableBytes > 0 else { return }
        if let context, isReady {
            context.writeAndFlush(NIOAny(output), promise: nil)
        }
        output.clear()
    }

    private func connect() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(configuration.connectTimeoutMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = CrowdHandler(connection: bound.value)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .connect(host: configuration.host, port: configuration.port)
            .assumeIsolated().whenFailure { _ in bound.value.connectLater() }
    }

    private func connectLater() {
        guard !isClosed else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.scheduleTask(in: .milliseconds(CrowdConnection.reconnectMilliseconds)) {
            if !bound.value.isClosed { bound.value.connect() }
        }
    }

    // MARK: What the handler tells

    /// Greets on a new socket.
    func connected(_ context: ChannelHandlerContext) {
        self.context = context
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: helloFrame)), promise: nil)
    }

    /// Takes a frame: the greeting first, then answers.
    func received(_ header: FrameHeader, _ body: UnsafeRawBufferPointer, now: UInt64) {
        if isReady {
            crowd?.answered(header, body, now: now)
        } else if header.code == 0 {
            isReady = true
            firstReady?.succeed()
            firstReady = nil
        } else {
            giveUp(Outcome(rawValue: header.code)?.name ?? "refused (\(header.code))")
            context?.close(promise: nil)
        }
    }

    /// Sends what the answers led to.
    func readComplete() { crowd?.flush() }

    /// Notes that the bytes that came in are no frame.
    func violated(_ outcome: Outcome) {
        crowd?.note("bytes that are no frame (\(outcome.name))")
        context?.close(promise: nil)
    }

    /// Connects again in a moment.
    func disconnected() {
        if isReady { crowd?.noteBreak() }
        isReady = false
        context = nil
        output.clear()
        connectLater()
    }
}

/// Why a connection of a crowd can't be made.
struct CrowdRefusal: Error, CustomStringConvertible {
    /// The reason in words.
    let why: String

    /// The reason.
    var description: String { why }
}

/// Carries frames between a socket and its connection.
///
/// Isolation: its channel's event loop.
private final class CrowdHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: CrowdConnection
    private var frames = FrameAccumulator()

    init(connection: CrowdConnection) { self.connection = connection }

    func channelActive(context: ChannelHandlerContext) { connection.connected(context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now().uptimeNanoseconds
        let refusal = frames.take(unwrapInboundIn(data)) { header, body in
            connection.received(header, body, now: now)
        }
        if let refusal { connection.violated(refusal) }
    }

    func channelReadComplete(context: ChannelHandlerContext) { connection.readComplete() }

    func channelInactive(context: ChannelHandlerContext) { connection.disconnected() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
