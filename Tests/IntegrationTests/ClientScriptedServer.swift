import HoldfastClient
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Wire

/// A server that does what a test tells it for each frame: the other end of a real socket.
final class ScriptedServer: Sendable {
    /// What to do with a frame.
    enum Reaction: Sendable {
        /// Write these bytes.
        case answer([UInt8])
        /// Close the connection without an answer.
        case hangUp
        /// Say nothing.
        case silence
    }

    /// A frame as it came in.
    struct Frame: Sendable {
        /// Number of the connection, from 0.
        let connection: Int
        let header: FrameHeader
        let body: [UInt8]
    }

    /// Decides what happens with a frame.
    typealias Script = @Sendable (Frame) -> Reaction

    private let channel: any Channel
    private let received: ReceivedFrames

    /// Listens on a free port of the loopback.
    static func start(_ script: @escaping Script) async throws -> ScriptedServer {
        let received = ReceivedFrames()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        ScriptedHandler(script, received, received.nextConnection())
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return ScriptedServer(channel, received)
    }

    private init(_ channel: any Channel, _ received: ReceivedFrames) {
        self.channel = channel
        self.received = received
    }

    /// A configuration that leads here, quick to retry, and patient with a busy machine.
    var configuration: ClientConfiguration {
        var configuration = ClientConfiguration(port: channel.localAddress?.port ?? 0)
        configuration.connectTimeoutMilliseconds = 60_000
        configuration.requestTimeoutMilliseconds = 60_000
        configuration.backoffMilliseconds = 1
        configuration.backoffMillisecondsMax = 4
        return configuration
    }

    /// Every frame so far but the hellos.
    var frames: [Frame] { received.all }

    /// Stops listening.
    func stop() async throws { try await channel.close() }

    /// The answer to a hello.
    static func greeting(framesInFlightMax: UInt32 = 1_024) -> Greeting {
        Greeting(
            durability: .sync,
            instant: Instant(milliseconds: 1),
            framesInFlightMax: framesInFlightMax
        )
    }

    /// An empty receipt as the answer to a frame.
    static func receipt(_ frame: Frame, isRepeated: Bool = false) throws -> Reaction {
        let receipt = ReservationReceipt(
            isRepeated: false,
            state: .held,
            lsn: 8,
            expiresAt: Instant(milliseconds: 2),
            lines: []
        )
        return .answer(
            try receipt.encode(correlation: frame.header.correlation, isRepeated: isRepeated)
        )
    }
}

/// The frames of all connections, in order.
private final class ReceivedFrames: Sendable {
    private let state = NIOLockedValueBox<State>(State())

    private struct State {
        var frames: [ScriptedServer.Frame] = []
        var connections = 0
    }

    var all: [ScriptedServer.Frame] { state.withLockedValue { $0.frames } }

    func nextConnection() -> Int {
        state.withLockedValue {
            $0.connections += 1
            return $0.connections - 1
        }
    }

    func add(_ frame: ScriptedServer.Frame) { state.withLockedValue { $0.frames.append(frame) } }
}

/// Cuts frames and plays the script.
private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: ScriptedServer.Script
    private let received: ReceivedFrames
    private let connection: Int
    private var bytes = ByteBuffer()

    init(_ script: @escaping ScriptedServer.Script, _ received: ReceivedFrames, _ connection: Int) {
        self.script = script
        self.received = received
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.writeImmutableBuffer(unwrapInboundIn(data))
        while let size = bytes.getInteger(
            at: bytes.readerIndex,
            endianness: .little,
            as: UInt32.self
        ), let frame = bytes.readBytes(length: Int(size)) {
            let step = frame.withUnsafeBytes { FrameHeader.next(in: $0, at: 0) }
            guard case .whole(let header) = step else { return }
            react(
                to: ScriptedServer.Frame(
                    connection: connection,
                    header: header,
                    body: Array(frame.dropFirst(WireLayout.headerSizeBytes))
                ),
                context
            )
        }
    }

    private func react(to frame: ScriptedServer.Frame, _ context: ChannelHandlerContext) {
        if frame.header.code != Operation.hello.rawValue { received.add(frame) }
        switch script(frame) {
        case .answer(let bytes):
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        case .hangUp: context.close(promise: nil)
        case .silence: break
        }
    }
}
