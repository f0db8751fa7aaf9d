internal import ArgumentParser
internal import Glibc
internal import HoldfastClient

/// `holdfast demo`: a rush on scarce goods, with a crash in the middle.
///
/// What `tools/demo` runs.
struct DemoCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Let shoppers rush for scarce goods and kill the server in the middle.",
        shouldDisplay: false
    )

    @Option(help: "How many shoppers.")
    var shoppers = 400

    @Option(help: "What decides the shop and what shoppers do.")
    var seed: UInt64 = 2_026

    /// The demo is for people.
    var printsJSON: Bool { false }

    private static let connections = 8
    private static let loadSKUCount = 20_000
    private static let loadSeconds = 1.0
    private static let patienceMilliseconds: Int64 = 30_000

    /// Runs the demo in a directory of its own.
    func perform() async throws(CommandFailure) {
        try check(shoppers, "--shoppers", 1...100_000)
        let folder = try DemoFolder()
        let result: Result<Void, CommandFailure>
        do throws(CommandFailure) {
            result = .success(try await perform(in: folder))
        } catch {
            result = .failure(error)
        }
        try folder.remove()
        try result.get()
    }

    private func perform(in folder: DemoFolder) async throws(CommandFailure) {
        let network = DemoNetwork(seed: seed)
        let orders = shoppers * DemoShopper.ordersPerShopper
        var text = DemoText()
        text.title(
            "\(shoppers.grouped) shoppers rush for \(network.scarce.count) scarce SKUs, and the "
                + "server is killed in the middle"
        )
        var server = try DemoServer(dataDirectory: folder.path + "/data")
        text.step("server", server.announcement.replacingPrefix("holdfast is ", ""))
        try importNetwork(network, folder, server, &text)

        var configuration = ClientConfiguration(port: server.port)
        configuration.connections = DemoCommand.connections
        configuration.attemptsMax = 1_000
        configuration.backoffMillisecondsMax = 50
        configuration.requestTimeoutMilliseconds = DemoCommand.patienceMilliseconds
        let client = try await connect(configuration)

        let progress = DemoProgress(milestone: orders * 2 / 5)
        let clock = ContinuousClock()
        let start = clock.now
        async let shopping = shop(network, client, progress)
        await progress.waitForMilestone()
        let killed = clock.now
        server.killHard()
        text.step(
            "SIGKILL",
            "after \(counted(progress.orderCount, "order")): no goodbye, nothing flushed",
            .red
        )
        try server.restart()
        let outage = (clock.now - killed) / .seconds(1)
        text.step("restart", server.announcement.replacingPrefix("holdfast is ", ""), .green)
        let tally = try await shopping.get()
        let seconds = (clock.now - start) / .seconds(1)
        text.step("shopped", "\(counted(tally.orders, "order")), every client went on by itself")

        try await waitForExpiry(client)
        let audit = try await DemoAudit(tally.receipts, network, client)
        let check = try await accepted("check") { () throws(ClientError) in
            try await client.check()
        }
        text.step("audit", "\(counted(tally.receipts.count, "reservation")) and every cell")
        let load = try await loadFully(client, configuration)
        text.step("load", "16 connections × 128 requests outstanding")
        await client.close()
        let hasEndedWell = server.stop()
        let report = DemoReport(
            network: network,
            tally: tally,
            audit: audit,
            check: check,
            seconds: seconds,
            outageSeconds: outage,
            load: load,
            hasEndedWell: hasEndedWell
        )
        Terminal.writeLines(report.lines)
        guard report.isGood else {
            throw CommandFailure(.refused, "demo_failed", report.complaints.joined(separator: "\n"))
        }
    }

    // MARK: Steps

    private func importNetwork(
        _ network: DemoNetwork,
        _ folder: DemoFolder,
        _ server: DemoServer,
        _ text: inout DemoText
    ) throws(CommandFailure) {
        let address = "127.0.0.1:\(server.port)"
        let files = [("warehouses", network.warehouseFile), ("stock", network.stockFile)]
        for (what, content) in files {
            let file = try folder.write("\(what).csv", content)
            let process = try ChildProcess.start([
                DemoServer.executable, "import", what, file, "--server", address,
            ])
            let line = process.nextLine() ?? ""
            guard process.waitForEnd() else {
                throw .file("holdfast import \(what) failed — see its message above")
            }
            text.step("import", line)
        }
        let units = network.cells.reduce(0) { $0 + $1.onHand }
        text.step(
            "stock",
            "\(counted(network.scarce.count + network.common.count, "SKU")), "
                + "\(counted(units, "unit")), of the scarce ones \(network.scarceUnits.grouped)"
        )
    }

    private func connect(
        _ configuration: ClientConfiguration
    ) async throws(CommandFailure) -> HoldfastClient {
        do throws(ClientError) {
            return try await HoldfastClient.connect(configuration)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func shop(
        _ network: DemoNetwork,
        _ client: HoldfastClient,
        _ progress: DemoProgress
    ) async -> Result<DemoTally, CommandFailure> {
        defer { progress.end() }
        let results = await withTaskGroup(of: Result<DemoTally, ClientError>.self) { group in
            for index in 0..<shoppers {
                group.addTask {
                    var shopper = DemoShopper(
                        index: index,
                        seed: seed,
                        network: network,
                        client: client,
                        progress: progress
                    )
                    do throws(ClientError) {
                        return .success(try await shopper.shop())
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var total = DemoTally()
        for result in results {
            switch result {
            case .success(let tally): total.add(tally)
            case .failure(let error): return .failure(CommandFailure(error))
            }
        }
        return .success(total)
    }

    /// Measures what the machine can do when nobody hesitates.
    private func loadFully(
        _ client: HoldfastClient,
        _ configuration: ClientConfiguration
    ) async throws(CommandFailure) -> LoadResult {
        let bench = BenchRun(client: client, configuration: configuration)
        try await bench.makeStock(skuCount: DemoCommand.loadSKUCount)
        let plan = LoadPlan(
            skuCount: DemoCommand.loadSKUCount,
            end: .seconds(DemoCommand.loadSeconds),
            connections: 16,
            outstanding: 128,
            seed: seed
        )
        return try await bench.play(plan)
    }

    /// Waits until the holds that were walked away from have expired.
    private func waitForExpiry(_ client: HoldfastClient) async throws(CommandFailure) {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(DemoCommand.patienceMilliseconds)
        while clock.now < end {
            let statistics = try await accepted("stats") { () throws(ClientError) in
                try await client.statistics()
            }
            if statistics["reservations_held"] == 0 { return }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { return }
        }
    }
}
