internal import HoldfastClient

/// The parts of a benchmark: stock, load, count, release.
struct BenchRun {
    let client: HoldfastClient
    let configuration: ClientConfiguration

    private static let unitsPerCell = Limits.unitsPerCellMax
    private static let chunksInFlightMax = 16

    /// Makes a warehouse and the SKUs with more stock than can be held.
    func makeStock(skuCount: Int) async throws(CommandFailure) {
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
                    StockWrite.Row(
                        sku: LoadPlan.skuName($0),
                        warehouse: code,
                        units: BenchRun.unitsPerCell
                    )
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

    /// A figure of the server.
    func figure(_ name: String) async throws(CommandFailure) -> Int64 {
        let statistics = try await accepted("stats") { () throws(ClientError) in
            try await client.statistics()
        }
        guard let value = statistics[name] else {
            throw CommandFailure(
                .refused,
                "no_\(name)",
                "\(configuration.address): stats has no \(name) — is it another version?"
            )
        }
        return value
    }

    /// Plays a load.
    func play(_ plan: LoadPlan) async throws(CommandFailure) -> LoadResult {
        do throws(ClientError) {
            return try await LoadGenerator.run(plan, against: configuration)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Gives back all that a load left open.
    func cleanUp(
        _ result: LoadResult,
        _ plan: LoadPlan,
        by kind: ReservationChangeKind
    ) async throws(CommandFailure) {
        var changes = plan
        changes.work = .changes(kind)
        changes.end = .counts(result.livesByConnection)
        let changed = try await play(changes)
        guard changed.accepted == result.lives else {
            throw CommandFailure(
                .refused,
                "release_differs",
                "\(configuration.address): \(result.lives) accepted and \(changed.accepted) given "
                    + "back — did some of them expire?"
            )
        }
    }
}

/// What a benchmark measured.
struct BenchReport {
    let scenario: BenchScenario
    let result: LoadResult

    private var refused: Int { result.refusals.values.reduce(0, +) }

    private var perSecond: Double {
        result.seconds > 0 ? Double(result.lives) / result.seconds : 0
    }

    /// The report for programs.
    var json: JSON {
        let refusals = result.refusals.sorted { $0.key < $1.key }.map { code, count in
            (Outcome(rawValue: code)?.name ?? "\(code)", JSON.count(count))
        }
        return .object([
            ("scenario", .string(scenario.rawValue)),
            ("requests", .count(result.requests)),
            ("accepted", .count(result.accepted)),
            ("refused", .count(refused)),
            ("lives", .count(result.lives)),
            ("seconds", .number(result.seconds)),
            ("per_second", .number(perSecond)),
            ("latency_us", result.latency.json),
            ("refusals", .object(refusals)),
        ])
    }

    /// The report for people, the result on the last line.
    var textLines: [String] {
        var lines = [
            "\(counted(result.requests, "request")), \(result.accepted.grouped) accepted, "
                + "\(refused.grouped) refused"
        ]
        for (code, count) in result.refusals.sorted(by: { $0.key < $1.key }) {
            let name = Outcome(rawValue: code)?.name ?? "\(code)"
            lines.append("refused with \(name): \(count.grouped)")
        }
        lines.append("latency: \(result.latency.text)")
        lines.append(
            "\(scenario.rawValue): \(perSecond.groupedWhole) \(scenario.noun) a second over "
                + "\(result.seconds.rounded(toPlaces: 2)) s"
        )
        return lines
    }
}
