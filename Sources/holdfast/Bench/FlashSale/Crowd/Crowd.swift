internal import Glibc
internal import HoldfastClient
internal import NIOCore
internal import NIOPosix

/// A crowd that comes to a sale: its event loops, seen from outside.
///
/// Who does what and when follows from the scenario's seed. What comes of it doesn't wholly: in
/// which order requests of many connections reach the server is decided by the machine.
struct Crowd: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let loops: [(eventLoop: any EventLoop, crowd: NIOLoopBound<CrowdLoop>)]
    private let address: String
    private let scenario: FlashSaleScenario

    /// How long before the crowd's start it is told of it.
    private static let noticeNanoseconds: UInt64 = 20_000_000

    /// Makes everybody and their connections.
    init(
        _ orders: CrowdOrders,
        _ configuration: ClientConfiguration
    ) async throws(CommandFailure) {
        scenario = orders.scenario
        address = configuration.address
        let count = scenario.threads
        group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        do {
            let hello = try Hello(
                name: configuration.name,
                proof: configuration.secret?.bytes ?? []
            ).encode(correlation: 0)
            var loops: [(any EventLoop, NIOLoopBound<CrowdLoop>)] = []
            for index in 0..<count {
                let eventLoop = group.next()
                let crowd = try await eventLoop.submit {
                    let crowd = try CrowdLoop(orders, index: index, of: count, eventLoop: eventLoop)
                    return NIOLoopBound(crowd, eventLoop: eventLoop)
                }.get()
                loops.append((eventLoop, crowd))
            }
            self.loops = loops
            for (index, (eventLoop, crowd)) in loops.enumerated() {
                let share = orders.scenario.connections / count
                let rest = index < orders.scenario.connections % count ? 1 : 0
                try await eventLoop.flatSubmit {
                    crowd.value.connect(share + rest, configuration, helloFrame: hello)
                }.get()
            }
        } catch {
            throw CommandFailure(
                .noServer,
                "connect_failed",
                "\(configuration.address): the crowd can't connect: \(error)"
            )
        }
    }

    /// When a crowd came, by two clocks.
    struct Start: Sendable {
        /// By the monotonic clock, in nanoseconds.
        let nanoseconds: UInt64
        /// In milliseconds since 1970.
        let milliseconds: Int64
    }

    /// Lets them come.
    /// - Returns: When they come, and what tells that the last one has gone.
    func begin() -> (start: Start, end: EventLoopFuture<Void>) {
        let now = NIODeadline.now().uptimeNanoseconds
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        let start = Start(
            nanoseconds: now + Crowd.noticeNanoseconds,
            milliseconds: milliseconds + Int64(Crowd.noticeNanoseconds / 1_000_000)
        )
        var ends: [EventLoopFuture<Void>] = []
        for (eventLoop, crowd) in loops {
            let promise = eventLoop.makePromise(of: Void.self)
            ends.append(promise.futureResult)
            eventLoop.execute {
                crowd.value.begin(startNanoseconds: start.nanoseconds, ended: promise)
            }
        }
        return (start, .andAllSucceed(ends, on: loops[0].eventLoop))
    }

    /// Whether the last one has gone.
    func isOver() async throws(CommandFailure) -> Bool {
        for (eventLoop, crowd) in loops {
            guard try await asked(eventLoop.submit { crowd.value.isOver }) else { return false }
        }
        return true
    }

    /// What was sent and told so far.
    func tally() async throws(CommandFailure) -> CrowdTally {
        var sum = CrowdTally()
        for (eventLoop, crowd) in loops {
            sum.add(try await asked(eventLoop.submit { crowd.value.tally }))
        }
        return sum
    }

    /// What came of it all.
    func outcome(_ start: Start) async throws(CommandFailure) -> CrowdOutcome {
        var sum = CrowdOutcome()
        for (eventLoop, crowd) in loops {
            sum.add(
                try await asked(
                    eventLoop.submit {
                        crowd.value.outcome(startMilliseconds: start.milliseconds)
                    }
                )
            )
        }
        sum.openingTick = UInt32(scenario.earlyMilliseconds)
        sum.openedMilliseconds = start.milliseconds + Int64(scenario.earlyMilliseconds)
        return sum
    }

    /// Waits for the end of what an event loop does.
    func asked<Value: Sendable>(
        _ future: EventLoopFuture<Value>
    ) async throws(CommandFailure) -> Value {
        do {
            return try await future.get()
        } catch {
            throw CommandFailure(.refused, "crowd_failed", "\(address): \(error)")
        }
    }

    /// Sends everybody away.
    func close() async throws(CommandFailure) {
        for (eventLoop, crowd) in loops {
            try await asked(eventLoop.submit { crowd.value.close() })
        }
        do {
            try await group.shutdownGracefully()
        } catch {
            throw CommandFailure(.refused, "crowd_failed", "\(address): \(error)")
        }
    }
}
