internal import NIOCore
internal import NIOPosix

/// How loads reach a server.
enum LoadSocket {
    private static let readSizeBytes = (least: 4_096, first: 65_536, most: 262_144)

    /// Plays a load on event loops of its own, which end with it.
    ///
    /// - Throws: `connection_lost` for a ``LoadFailure``, `connect_failed` for anything else.
    static func withEventLoops<Value: Sendable>(
        _ count: Int,
        _ configuration: ClientConfiguration,
        _ play: (MultiThreadedEventLoopGroup) async throws -> Value
    ) async throws(ClientError) -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        let address = configuration.address
        let result: Result<Value, ClientError>
        do {
            result = .success(try await play(group))
        } catch let failure as LoadFailure {
            result = .failure(
                ClientError(.connectionLost, address: address, detail: failure.what)
            )
        } catch {
            result = .failure(ClientError(.connectFailed, address: address, detail: "\(error)"))
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            throw ClientError(.closed, address: address, detail: "\(error)")
        }
        return try result.get()
    }

    /// Connects a socket to a handler that greets by itself.
    static func connect(
        _ handler: NIOLoopBound<some ChannelInboundHandler>,
        _ configuration: ClientConfiguration,
        _ eventLoop: any EventLoop
    ) async throws {
        _ = try await ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: readSizeBytes.least,
                    initial: readSizeBytes.first,
                    maximum: readSizeBytes.most
                )
            )
            .connectTimeout(.milliseconds(configuration.connectTimeoutMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .connect(host: configuration.host, port: configuration.port).get()
    }
}
