import ArgumentParser
import NIOCore
import NIOPosix

/// `peers-load echo-server`: what SwiftNIO can do at best with frames of Holdfast's sizes.
struct EchoServerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo-server",
        abstract: "Answers every so many bytes with so many others, and prints its port."
    )

    @Option(help: "Bytes of a request.")
    var requestBytes: Int

    @Option(help: "Bytes of an answer.")
    var answerBytes: Int

    @Option(help: "How many event loops serve.")
    var threads = 2

    func validate() throws {
        guard requestBytes > 0, answerBytes > 0, (1...64).contains(threads) else {
            throw ValidationError("give sizes above 0 and 1 to 64 threads")
        }
    }

    func run() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: largeReads)
            .childChannelInitializer { [requestBytes, answerBytes] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        EchoHandler(requestBytes: requestBytes, answerBytes: answerBytes)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).wait()
        print(channel.localAddress?.port ?? 0)
        // Whoever started it reads the port from a pipe.
        try FlushedOutput.flush()
        try channel.closeFuture.wait()
    }
}

/// Buffers as Holdfast's own loops have them.
let largeReads = AdaptiveRecvByteBufferAllocator(minimum: 4_096, initial: 65_536, maximum: 262_144)

/// Counts whole requests and answers them with bytes that are always the same, one write per read.
final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let requestBytes: Int
    private let answerBytes: Int
    private var pendingBytes = 0
    private var output = ByteBuffer()

    init(requestBytes: Int, answerBytes: Int) {
        self.requestBytes = requestBytes
        self.answerBytes = answerBytes
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pendingBytes += unwrapInboundIn(data).readableBytes
        let (requests, rest) = pendingBytes.quotientAndRemainder(dividingBy: requestBytes)
        pendingBytes = rest
        output.writeRepeatingByte(0x2E, count: requests * answerBytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        output.clear()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
