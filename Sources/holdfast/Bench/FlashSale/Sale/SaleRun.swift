internal import Glibc
internal import HoldfastClient
internal import NIOCore

/// When the server was away.
struct SaleOutage: Sendable {
    /// From the opening to the kill.
    let seconds: Double
    /// From the kill until it listened again.
    let milliseconds: Double
}

/// What came of a sale and of the checks on it.
struct SaleResult: Sendable {
    let audit: SaleAudit
    let outages: [SaleOutage]
}

/// Plays a sale: a server, its goods, the crowd, what befalls them, and the audit.
struct SaleRun {
    let scenario: FlashSaleScenario
    /// How to reach a server that runs already; nil for one of our own.
    let address: ClientConfiguration?
    /// Whether progress is told.
    let tellsProgress: Bool

    private static let patienceMilliseconds: Int64 = 30_000
    private static let settleIntervalMilliseconds: Int64 = 250
    private static let watchIntervalNanoseconds: UInt64 = 20_000_000
    private static let reconnectMillisecondsMax: Int64 = 50

    /// Plays it, against a server of its own unless one is given.
    func play() async throws(CommandFailure) -> SaleResult {
        if let address { return try await play(address) }
        return try await SaleServer.with(
            options: scenario.serveOptions,
            isGood: { $0.audit.complaints.isEmpty }
        ) { (server) async throws(CommandFailure) in
            try await play(on: &server)
        }
    }

    /// How a crowd reaches a server on the loopback that may be killed meanwhile.
    static func configuration(port: Int) -> ClientConfiguration {
        var configuration = ClientConfiguration(port: port)
        configuration.name = "holdfast-crowd"
        configuration.attemptsMax = 1_000
        configuration.backoffMillisecondsMax = reconnectMillisecondsMax
        configuration.requestTimeoutMilliseconds = patienceMilliseconds
        return configuration
    }

    /// A client for what isn't the crowd's to do.
    static func connect(
        _ configuration: ClientConfiguration
    ) async throws(CommandFailure) -> HoldfastClient {
        do throws(ClientError) {
            return try await HoldfastClient.connect(configuration)
        } catch {
            throw CommandFailure(error)
        }
    }

    // MARK: Steps

    /// Plays it on a server that is somebody else's: nothing befalls it, and its log isn't read.
    private func play(_ address: ClientConfiguration) async throws(CommandFailure) -> SaleResult {
        let client = try await SaleRun.connect(address)
        let orders = CrowdOrders(scenario)
        let preparation = SalePreparation(client: client, scenario: scenario)
        try await preparation.prepare()
        let outcome = try await comeAndGo(orders, address, preparation) { _, _ in }
        let audit = SaleAudit(
            orders: orders,
            outcome: outcome,
            server: try await settled(client),
            log: nil,
            check: try await SaleRun.check(client),
            end: nil
        )
        await client.close()
        return SaleResult(audit: audit, outages: [])
    }

    private func play(on server: inout SaleServer) async throws(CommandFailure) -> SaleResult {
        let configuration = SaleRun.configuration(port: server.port)
        let client = try await SaleRun.connect(configuration)
        let orders = CrowdOrders(scenario)
        let preparation = SalePreparation(client: client, scenario: scenario)
        try await preparation.prepare()
        var outages: [SaleOutage] = []
        let outcome = try await comeAndGo(orders, configuration, preparation) {
            (opening, crowd) async throws(CommandFailure) in
            for instant in killInstants(opening) {
                await SaleRun.wait(until: instant)
                try server.expectRunning()
                outages.append(try SaleRun.kill(&server, opening))
            }
            try await SaleRun.watch(server, until: crowd)
        }
        let book = try await settled(client)
        let check = try await SaleRun.check(client)
        await client.close()
        let end = await server.stop()
        let audit = SaleAudit(
            orders: orders,
            outcome: outcome,
            server: book,
            log: try LogBook.read(orders, dataDirectory: server.dataDirectory),
            check: check,
            end: end
        )
        return SaleResult(audit: audit, outages: outages)
    }

    /// Makes the goods and lets the crowd come and go on a server of our own, without any audit.
    func comeAndGo(
        _ configuration: ClientConfiguration,
        _ client: HoldfastClient,
        _ server: SaleServer
    ) async throws(CommandFailure) -> CrowdOutcome {
        let preparation = SalePreparation(client: client, scenario: scenario)
        try await preparation.prepare()
        return try await comeAndGo(CrowdOrders(scenario), configuration, preparation) {
            (_, crowd) async throws(CommandFailure) in
            try await SaleRun.watch(server, until: crowd)
        }
    }

    /// Waits until a crowd is gone, or its server.
    private static func watch(
        _ server: SaleServer,
        until crowd: Crowd
    ) async throws(CommandFailure) {
        while !(try await crowd.isOver()) {
            try server.expectRunning()
            await wait(until: NIODeadline.now().uptimeNanoseconds + watchIntervalNanoseconds)
        }
    }

    /// Lets the crowd come, opens the sale, lets happen what is to happen from the opening on, and
    /// waits until the last one has gone.
    private func comeAndGo(
        _ orders: CrowdOrders,
        _ configuration: ClientConfiguration,
        _ preparation: SalePreparation,
        befalling: (UInt64, Crowd) async throws(CommandFailure) -> Void
    ) async throws(CommandFailure) -> CrowdOutcome {
        let crowd = try await Crowd(orders, configuration)
        let (start, end) = crowd.begin()
        let opening = start.nanoseconds + UInt64(scenario.earlyMilliseconds) * 1_000_000
        let progress = SaleProgress(scenario: scenario, opening: opening)
        async let told: Void = tell(progress, of: crowd)
        let result: Result<CrowdOutcome, CommandFailure>
        do throws(CommandFailure) {
            await SaleRun.wait(until: opening)
            try await preparation.open()
            try await befalling(opening, crowd)
            try await crowd.asked(end)
            let now = NIODeadline.now().uptimeNanoseconds
            var outcome = try await crowd.outcome(start)
            outcome.seconds = Double(now - opening) / 1e9
            result = .success(outcome)
        } catch {
            result = .failure(error)
        }
        progress.end()
        await told
        try await crowd.close()
        return try result.get()
    }

    private func tell(_ progress: SaleProgress, of crowd: Crowd) async {
        if tellsProgress { await progress.tell(of: crowd) }
    }

    /// When the server is killed: where so many parts of the shoppers have come.
    private func killInstants(_ opening: UInt64) -> [UInt64] {
        (0..<scenario.kills).map { kill in
            let part = Double(kill + 1) / Double(scenario.kills + 1)
            return opening + UInt64(scenario.millisecondsUntil(part) * 1e6)
        }
    }

    private static func kill(
        _ server: inout SaleServer,
        _ opening: UInt64
    ) throws(CommandFailure) -> SaleOutage {
        let killed = NIODeadline.now().uptimeNanoseconds
        server.killHard()
        try server.restart()
        let back = NIODeadline.now().uptimeNanoseconds
        return SaleOutage(
            seconds: Double(killed - opening) / 1e9,
            milliseconds: Double(back - killed) / 1e6
        )
    }

    /// The server's figures once nothing is held any more, or when that takes too long.
    private func settled(_ client: HoldfastClient) async throws(CommandFailure) -> ServerBook {
        let clock = ContinuousClock()
        let patience = Int64(scenario.holdMilliseconds) + SaleRun.patienceMilliseconds
        let end = clock.now + .milliseconds(patience)
        while true {
            let book = try await ServerBook(scenario, client)
            let isSettled = book.figures.allSatisfy { $0.reserved == 0 }
            if isSettled || clock.now >= end { return book }
            let pause = UInt64(SaleRun.settleIntervalMilliseconds) * 1_000_000
            await SaleRun.wait(until: NIODeadline.now().uptimeNanoseconds + pause)
        }
    }

    /// What the server's own check of its invariants finds.
    static func check(
        _ client: HoldfastClient
    ) async throws(CommandFailure) -> CheckResult {
        try await accepted("check") { () throws(ClientError) in try await client.check() }
    }

    /// Refuses to go on where the server's own check of its invariants finds something.
    static func expectClean(_ client: HoldfastClient) async throws(CommandFailure) {
        let result = try await check(client)
        guard result.isClean else {
            throw CommandFailure(
                .refused,
                "invariants_broken",
                "check: " + result.violations.joined(separator: "; ")
            )
        }
    }

    /// Waits for an instant of the monotonic clock; whoever is called off waits no longer.
    static func wait(until nanoseconds: UInt64) async {
        let now = NIODeadline.now().uptimeNanoseconds
        guard nanoseconds > now else { return }
        do { try await Task.sleep(for: .nanoseconds(nanoseconds - now)) } catch { return }
    }
}

extension FlashSaleScenario {
    /// From the opening until a part of those who come behind it have come.
    func millisecondsUntil(_ part: Double) -> Double {
        precondition(part >= 0 && part <= 1, "a part of all")
        switch arrivals {
        case .even: return part * Double(min(rushMilliseconds, durationMilliseconds))
        case .decaying:
            let mean = Double(rushMilliseconds)
            let within = -expm1(-Double(durationMilliseconds) / mean)
            return min(Double(durationMilliseconds), -mean * log1p(-part * within))
        }
    }
}
