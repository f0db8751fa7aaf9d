internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Plays a load against a server: raw frames, always so many outstanding or so many a second, every
/// answer checked.
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
        try await LoadSocket.withEventLoops(plan.threads, configuration) { group in
            try await run(plan, configuration, group)
        }
    }

    /// The connections of one event loop and what measures them.
    private struct Crew: Sendable {
        let eventLoop: any EventLoop
        let recorder: NIOLoopBound<LoadRecorder>
        var members: [Member] = []
    }

    private struct Member: Sendable {
        let index: Int
        let handler: NIOLoopBound<LoadHandler>
        let greeted: EventLoopFuture<Void>
        let finished: EventLoopFuture<LoadConnectionResult>
    }

    /// When a load begins, is measured and ends, in nanoseconds of the monotonic clock.
    private struct Times {
        let start: UInt64
        let measurement: UInt64
        var stop = UInt64.max - 1
        var patienceSeconds = LoadGenerator.patienceSeconds

        init(_ plan: LoadPlan) {
            start = NIODeadline.now().uptimeNanoseconds
            measurement = start + UInt64(plan.warmUpSeconds * 1e9)
            guard case .seconds(let seconds) = plan.end else { return }
            stop = measurement + UInt64(seconds * 1e9)
            patienceSeconds += Int64(plan.warmUpSeconds + seconds)
        }
    }

    private static func run(
        _ plan: LoadPlan,
        _ configuration: ClientConfiguration,
        _ group: MultiThreadedEventLoopGroup
    ) async throws -> LoadResult {
        var crews: [Crew] = []
        for _ in 0..<min(plan.threads, plan.connections) {
            let eventLoop = group.next()
            let recorder = try await eventLoop.submit {
                NIOLoopBound(LoadRecorder(), eventLoop: eventLoop)
            }.get()
            crews.append(Crew(eventLoop: eventLoop, recorder: recorder))
        }
        for index in 0..<plan.connections {
            let crew = index % crews.count
            let member = try await connect(index, plan, configuration, crews[crew])
            crews[crew].members.append(member)
        }
        for member in crews.flatMap(\.members) { try await member.greeted.get() }

        let times = Times(plan)
        for crew in crews {
            crew.eventLoop.execute { begin(crew, plan, times) }
        }
        var result = LoadResult()
        result.startMilliseconds = wallClockMilliseconds() + Int64(plan.warmUpSeconds * 1_000)
        for index in 0..<plan.connections {
            let crew = crews[index % crews.count]
            result.add(try await crew.members[index / crews.count].finished.get())
        }
        var last = times.measurement
        for crew in crews {
            let measured = try await crew.eventLoop.submit {
                let recorder = crew.recorder.value
                return (recorder.intervals, recorder.lastAnswerNanoseconds)
            }.get()
            result.add(measured.0)
            last = max(last, measured.1)
        }
        result.seconds = Double(last - times.measurement) / 1e9
        return result
    }

    /// Starts the connections of one event loop, on that loop.
    private static func begin(_ crew: Crew, _ plan: LoadPlan, _ times: Times) {
        crew.recorder.value.begin(startNanoseconds: times.measurement)
        var paced: [(handler: LoadHandler, schedule: SendSchedule)] = []
        for member in crew.members {
            let schedule = plan.perSecond.map {
                SendSchedule(
                    startNanoseconds: times.start,
                    perSecond: $0,
                    connections: plan.connections,
                    index: member.index
                )
            }
            member.handler.value.begin(schedule: schedule, stopNanoseconds: times.stop)
            if let schedule { paced.append((member.handler.value, schedule)) }
            crew.eventLoop.scheduleTask(in: .seconds(times.patienceSeconds)) {
                member.handler.value.fail("no end in \(times.patienceSeconds) s")
            }
        }
        guard !paced.isEmpty else { return }
        LoadPacer(
            eventLoop: crew.eventLoop,
            connections: paced,
            stopNanoseconds: times.stop
        ).run()
    }

    private static func wallClockMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func connect(
        _ index: Int,
        _ plan: LoadPlan,
        _ configuration: ClientConfiguration,
        _ crew: Crew
    ) async throws -> Member {
        let eventLoop = crew.eventLoop
        let hello = try Hello(name: "\(configuration.name)-load").encode(correlation: 0)
        let greeted = eventLoop.makePromise(of: Void.self)
        let finished = eventLoop.makePromise(of: LoadConnectionResult.self)
        let handler = try await eventLoop.submit {
            let connection = try LoadConnection(
                plan: plan,
                connection: index,
                recorder: crew.recorder.value
            )
            let handler = LoadHandler(
                connection: connection,
                helloFrame: hello,
                greeted: greeted,
                finished: finished
            )
            return NIOLoopBound(handler, eventLoop: eventLoop)
        }.get()
        do {
            try await LoadSocket.connect(handler, configuration, eventLoop)
        } catch {
            greeted.fail(error)
            finished.fail(error)
            throw error
        }
        return Member(
            index: index,
            handler: handler,
            greeted: greeted.futureResult,
            finished: finished.futureResult
        )
    }
}
