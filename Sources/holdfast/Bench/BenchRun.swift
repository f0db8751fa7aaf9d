internal import HoldfastClient

/// The parts of a benchmark: stock, load, count, release.
struct BenchRun {
    let client: HoldfastClient
    let configuration: ClientConfiguration

    private static let chunksInFlightMax = 16
    private static let patienceSeconds: Int64 = 30

    /// Makes a warehouse and the SKUs; every one gets so many units.
    func makeStock(
        skuCount: Int,
        units: Int64 = Limits.unitsPerCellMax
    ) async throws(CommandFailure) {
        guard let code = WarehouseCode("BENCH"), let place = Position(latitude: 0, longitude: 0)
        else { preconditionFailure("the benchmark's warehouse is valid") }
        let warehouse = Warehouse(code: code, city: "Benchmark", position: place)
        _ = try await accepted("warehouse \(code)") { () throws(ClientError) in
            try await client.write([warehouse])
        }
        let rowsMax = Limits.rowsPerRequestMax
        var progress = ProgressBar("make \(skuCount.grouped) SKUs", total: skuCount)
        defer { progress.clear() }
        for first in stride(from: 0, to: skuCount, by: rowsMax * BenchRun.chunksInFlightMax) {
            let end = min(first + rowsMax * BenchRun.chunksInFlightMax, skuCount)
            let pending = stride(from: first, to: end, by: rowsMax).map { start in
                let rows = (start..<min(start + rowsMax, end)).map {
                    StockWrite.Row(sku: LoadPlan.skuName($0), warehouse: code, units: units)
                }
                return client.start(
                    StockWrite(id: .random(), cause: .imported, rows: rows),
                    answeredBy: WriteReceipt.self
                )
            }
            for answer in pending {
                _ = try await accepted("stock of the benchmark") { () throws(ClientError) in
                    try await answer.value
                }
            }
            progress.show(end)
        }
    }

    /// Figures of the server, one for each expectation.
    func figures(_ expectations: [BenchExpectation]) async throws(CommandFailure) -> [Int64] {
        let statistics = try await accepted("stats") { () throws(ClientError) in
            try await client.statistics()
        }
        var values: [Int64] = []
        for name in expectations.map(\.figure) {
            guard let value = statistics[name] else {
                throw CommandFailure(
                    .refused,
                    "no_\(name)",
                    "\(configuration.address): stats has no \(name) — is it another version?"
                )
            }
            values.append(value)
        }
        return values
    }

    /// By how much figures have grown, once those have that the server needs time for.
    func growth(
        _ expectations: [BenchExpectation],
        since before: [Int64],
        _ counts: LoadCounts
    ) async throws(CommandFailure) -> [Int64] {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(BenchRun.patienceSeconds)
        while true {
            let now = try await figures(expectations)
            let growth = zip(now, before).map { $0 - $1 }
            let isComplete = zip(expectations, growth).allSatisfy {
                !$0.isAwaited || $1 >= $0.growth(of: counts)
            }
            if isComplete || clock.now >= end { return growth }
            do { try await clock.sleep(for: .milliseconds(50)) } catch { return growth }
        }
    }

    /// Plays a load.
    func play(_ plan: LoadPlan) async throws(CommandFailure) -> LoadResult {
        do throws(ClientError) {
            return try await LoadGenerator.run(plan, against: configuration)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Plays a flood.
    func play(_ plan: FloodPlan) async throws(CommandFailure) -> FloodResult {
        do throws(ClientError) {
            return try await FloodGenerator.run(plan, against: configuration)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Gives back all that the lives of one course left open.
    func cleanUp(
        _ result: LoadResult,
        _ plan: LoadPlan,
        course: Int,
        by kind: ReservationChangeKind
    ) async throws(CommandFailure) {
        var changes = plan
        changes.work = .changes(kind, course: course)
        changes.end = .counts(result.livesByConnection)
        changes.warmUpSeconds = 0
        changes.perSecond = nil
        let changed = try await play(changes).counts.accepted
        let open = result.counts.livesByCourse[course]
        guard changed == open else {
            throw CommandFailure(
                .refused,
                "release_differs",
                "\(configuration.address): \(open) accepted and \(changed) given back — did some "
                    + "of them expire?"
            )
        }
    }
}
