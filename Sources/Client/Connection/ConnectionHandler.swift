internal import NIOCore

/// Carries frames between a socket and the session that owns the connection.
///
/// Isolation: its channel's event loop.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let session: ConnectionSession
    private let helloFrame: [UInt8]
    private var frames = FrameAccumulator()

    /// A handler that greets with `helloFrame` and tells `session` what happens.
    init(session: ConnectionSession, helloFrame: [UInt8]) {
        self.session = session
        self.helloFrame = helloFrame
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: helloFrame)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let refusal = frames.take(unwrapInboundIn(data)) { header, body in
            session.received(header, body, on: context.channel)
        }
        if let refusal {
            session.violated("the server's bytes are no frame (\(refusal.name))")
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        session.sendWaiting()
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        session.disconnected(context.channel)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session.failed("\(error)")
        context.close(promise: nil)
    }
}
