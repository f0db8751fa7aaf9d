internal import NIOCore
internal import NIOPosix

/// Plays a flood against a server, on one event loop.
package enum FloodGenerator {
    /// Connects all connections, sends, and waits until the last answer has come.
    ///
    /// - Throws: `connect_failed` or `connection_lost`.
    package static func run(
        _ plan: FloodPlan,
        against configuration: ClientConfiguration
    ) async throws(ClientError) -> FloodResult {
        try await LoadSocket.withEventLoops(1, configuration) { group in
            try await run(plan, configuration, group.next())
        }
    }

    private static func run(
        _ plan: FloodPlan,
        _ configuration: ClientConfiguration,
        _ eventLoop: any EventLoop
    ) async throws -> FloodResult {
        let ended = eventLoop.makePromise(of: FloodResult.self)
        let flood = try await eventLoop.submit {
            NIOLoopBound(Flood(plan, eventLoop: eventLoop, ended: ended), eventLoop: eventLoop)
        }.get()
        var connections: [NIOLoopBound<FloodConnection>] = []
        do {
            for index in 0..<plan.connections {
                connections.append(try await connect(index, plan, configuration, flood, eventLoop))
            }
        } catch {
            ended.fail(error)
            throw error
        }
        let all = connections
        eventLoop.execute { flood.value.begin(all.map(\.value), plan) }
        return try await ended.futureResult.get()
    }

    private static func connect(
        _ index: Int,
        _ plan: FloodPlan,
        _ configuration: ClientConfiguration,
        _ flood: NIOLoopBound<Flood>,
        _ eventLoop: any EventLoop
    ) async throws -> NIOLoopBound<FloodConnection> {
        let hello = try Hello(name: "\(configuration.name)-flood").encode(correlation: 0)
        let greeted = eventLoop.makePromise(of: Void.self)
        let connection = try await eventLoop.submit {
            let connection = FloodConnection(
                flood.value,
                holds: try FloodFrames(plan: plan, connection: index),
                outstandingMax: plan.outstanding,
                helloFrame: hello,
                greeted: greeted
            )
            return NIOLoopBound(connection, eventLoop: eventLoop)
        }.get()
        do {
            try await LoadSocket.connect(connection, configuration, eventLoop)
        } catch {
            greeted.fail(error)
            throw error
        }
        try await greeted.futureResult.get()
        return connection
    }
}
