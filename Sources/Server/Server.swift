internal import Journal
package import Logging
internal import NIOCore
internal import NIOPosix
package import Node
package import Wire

/// Holdfast's TCP server: event loops that carry out requests on a durable engine.
///
/// The way of a request: bytes → frames → decode in place → engine → answer in the connection's
/// output buffer → at the end of the turn the log's tail is noted → the buffer leaves in one write,
/// with durability `sync` once the log is durable to there.
package final class Server: Sendable {
    private let shared: ServerShared
    private let group: MultiThreadedEventLoopGroup
    private let loops: [NIOLoopBound<ServerLoop>]
    private let listener: any Channel
    private let sweeps: [RepeatedTask]

    /// The port that the server listens on.
    package let boundPort: Int

    private init(
        shared: ServerShared,
        group: MultiThreadedEventLoopGroup,
        loops: [NIOLoopBound<ServerLoop>],
        listener: any Channel,
        sweeps: [RepeatedTask]
    ) {
        self.shared = shared
        self.group = group
        self.loops = loops
        self.listener = listener
        self.sweeps = sweeps
        boundPort = listener.localAddress?.port ?? 0
    }

    /// Starts a server on an open node.
    ///
    /// - Parameters:
    ///   - node: The durable engine; the server sets its journal's durable listener.
    ///   - settings: Where to listen, and the limits.
    ///   - logger: Takes life-cycle events, never single requests.
    /// - Returns: The running server.
    /// - Throws: When the address can't be listened on.
    package static func start(
        node: Node,
        settings: ServerSettings = ServerSettings(),
        logger: Logger
    ) async throws(ServerError) -> Server {
        settings.check()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.eventLoops)
        let signals = group.makeIterator().map { LoopSignal(eventLoop: $0) }
        let shared = ServerShared(
            node: node,
            settings: settings,
            logger: logger,
            signals: signals
        )
        do {
            var loops: [NIOLoopBound<ServerLoop>] = []
            for signal in signals {
                let loop = try await signal.eventLoop.submit {
                    NIOLoopBound(
                        ServerLoop(shared: shared, signal: signal),
                        eventLoop: signal.eventLoop
                    )
                }.get()
                loops.append(loop)
            }
            let wakes = loops.map { loop in { @Sendable () -> Void in loop.value.wake() } }
            node.journal.setDurableListener { shared.didPublish($0, wakes) }
            let listener = try await listen(settings, group: group, loops: loops)
            let interval = TimeAmount.milliseconds(ServerLimits.sweepMilliseconds)
            let sweeps = zip(signals, loops).map { signal, loop in
                signal.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) {
                    _ in loop.value.sweep()
                }
            }
            let server = Server(
                shared: shared,
                group: group,
                loops: loops,
                listener: listener,
                sweeps: sweeps
            )
            logger.notice(
                "listening",
                metadata: [
                    "host": "\(settings.host)", "port": "\(server.boundPort)",
                    "event_loops": "\(settings.eventLoops)",
                    "durability": "\(node.durability.rawValue)",
                ]
            )
            return server
        } catch {
            node.journal.setDurableListener { _ in }
            await end(shared, group)
            throw ServerError(host: settings.host, port: settings.port, detail: "\(error)")
        }
    }

    private static func listen(
        _ settings: ServerSettings,
        group: MultiThreadedEventLoopGroup,
        loops: [NIOLoopBound<ServerLoop>]
    ) async throws -> any Channel {
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(
            low: settings.outputHighWatermarkBytes / 2,
            high: settings.outputHighWatermarkBytes
        )
        let reads = ServerLimits.readBytes
        return try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: ServerLimits.backlogMax)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: watermark)
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: reads.smallest,
                    initial: reads.first,
                    maximum: reads.largest
                )
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop })
                    else { preconditionFailure("a channel on a loop of another group") }
                    try channel.pipeline.syncOperations.addHandler(Connection(loop: loop.value))
                }
            }
            .bind(host: settings.host, port: settings.port).get()
    }

    /// The engine's and the server's figures; sweeps all stock.
    package func statistics() -> ServerStatistics { shared.statistics() }

    /// Turns whose answers had to wait for the log, since the start.
    package var gatedTurns: Int { shared.gatedTurns }

    /// Stops gracefully: no new connections, changes refused, what was answered sent, then closed.
    ///
    /// The node stays open; close it afterwards.
    package func drain() async {
        shared.logger.notice("draining", metadata: ["port": "\(boundPort)"])
        shared.beginDraining()
        do { try await listener.close() } catch {
            shared.logger.debug("listener was closed", metadata: ["error": "\(error)"])
        }
        let notice = TimeAmount.milliseconds(Int64(shared.settings.drainNoticeMilliseconds))
        let limit = TimeAmount.seconds(Int64(shared.settings.drainTimeoutSeconds))
        var ends: [EventLoopFuture<Void>] = []
        for loop in loops {
            let eventLoop = loop.eventLoop
            ends.append(eventLoop.flatSubmit { loop.value.drain(after: notice) })
            _ = eventLoop.scheduleTask(in: notice + limit) { loop.value.closeAll() }
        }
        for end in ends {
            do { try await end.get() } catch {
                shared.logger.warning("drain was cut short", metadata: ["error": "\(error)"])
            }
        }
        for sweep in sweeps { sweep.cancel() }
        shared.node.journal.setDurableListener { _ in }
        await Server.end(shared, group)
        shared.logger.notice("drained", metadata: ["port": "\(boundPort)"])
    }

    private static func end(_ shared: ServerShared, _ group: MultiThreadedEventLoopGroup) async {
        do {
            try await shared.planner.shutdownGracefully()
            try await shared.reader.shutdownGracefully()
            try await group.shutdownGracefully()
        } catch {
            shared.logger.warning("threads didn't end", metadata: ["error": "\(error)"])
        }
    }
}
