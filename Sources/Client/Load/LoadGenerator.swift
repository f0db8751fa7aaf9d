internal import NIOCore
internal import NIOPosix

/// Plays a load against a server: raw frames, always so many outstanding, every answer checked.
package enum LoadGenerator {
    /// Seconds after which a load is given up, beyond its own duration.
    private static let patienceSeconds: Int64 = 600

    /// Connects all connections, starts them together and waits until the last one is done.
    ///
    /// - Throws: `connect_failed`, `connection_lost` or `protocol_violation`.
    package static func run(
        _ plan: LoadPlan,
        against configuration: ClientConfiguration
    ) async throws(ClientError) -> LoadResult {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: plan.threads)
        let result: Result<LoadResult, ClientError>
        do {
            result = .success(try await run(plan, configuration, group))
        } catch let failure as LoadFailure {
            let address = configuration.address
            result = .failure(
                ClientError(.connectionLost, address: address, detail: failure.what)
            )
        } catch {
            let address = configuration.address
            result = .failure(ClientError(.connectFailed, address: address, detail: "\(error)"))
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            throw ClientError(.closed, address: configuration.address, detail: "\(error)")
        }
        return try result.get()
    }

    private struct Member: Sendable {
        let eventLoop: any EventLoop
        let handler: NIOLoopBound<LoadHandler>
        let greeted: EventLoopFuture<Void>
        let finished: EventLoopFuture<LoadConnectionResult>
    }

    private static func run(
        _ plan: LoadPlan,
        _ configuration: ClientConfiguration,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> LoadResult {
        var members: [Member] = []
        for index in 0..<plan.connections {
            members.append(try await connect(index, plan, configuration, group.next()))
        }
        for member in members { try await member.greeted.get() }

        let start = NIODeadline.now().uptimeNanoseconds
        var stop = UInt64.max - 1
        var patience = patienceSeconds
        if case .seconds(let seconds) = plan.end {
            stop = start + UInt64(seconds * 1e9)
            patience += Int64(seconds)
        }
        for member in members {
            member.eventLoop.execute { [stop] in
                member.handler.value.begin(stopNanoseconds: stop)
            }
            member.eventLoop.scheduleTask(in: .seconds(patience)) { [patience] in
                member.handler.value.fail("no end in \(patience) s")
            }
        }

        var result = LoadResult()
        var last = start
        for member in members {
            let part = try await member.finished.get()
            result.add(part)
            last = max(last, part.lastAnswerNanoseconds)
        }
        result.seconds = Double(last - start) / 1e9
        return result
    }

    private static func connect(
        _ index: Int,
        _ plan: LoadPlan,
        _ configuration: ClientConfiguration,
        _ eventLoop: any EventLoop
    ) async throws -> Member {
        let hello = try Hello(name: "\(configuration.name)-load").encode(correlation: 0)
        let greeted = eventLoop.makePromise(of: Void.self)
        let finished = eventLoop.makePromise(of: LoadConnectionResult.self)
        let handler = try await eventLoop.submit {
            let connection = try LoadConnection(plan: plan, connection: index)
            let handler = LoadHandler(
                connection: connection,
                helloFrame: hello,
                greeted: greeted,
                finished: finished
            )
            return NIOLoopBound(handler, eventLoop: eventLoop)
        }.get()
        do {
            _ = try await ClientBootstrap(group: eventLoop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(
                        minimum: 4_096,
                        initial: 65_536,
                        maximum: 262_144
                    )
                )
                .connectTimeout(.milliseconds(configuration.connectTimeoutMilliseconds))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .connect(host: configuration.host, port: configuration.port).get()
        } catch {
            greeted.fail(error)
            finished.fail(error)
            throw error
        }
        return Member(
            eventLoop: eventLoop,
            handler: handler,
            greeted: greeted.futureResult,
            finished: finished.futureResult
        )
    }
}
