internal import HoldfastClient
internal import NIOCore
internal import Synchronization

/// A warehouse goes offline in the middle of a sale: how long its holds take to find other places,
/// and what the others notice of it.
struct BenchReroute {
    let client: HoldfastClient
    let openCount: Int
    let skuCount: Int
    let shoppers: Int
    let seconds: Double

    private static let warehouseCount = 12
    private static let inFlightMax = 512
    private static let rowsMax = 1_000

    /// What the shoppers do at present.
    private enum Phase: Int { case before, during, over }

    private final class SharedPhase: Sendable {
        let value = Atomic<Int>(Phase.before.rawValue)
    }

    /// What was measured.
    struct Outcome {
        var open = 0
        var refused = 0
        var report = RerouteReport()
        var seconds = 0.0
        var before = LatencyHistogram()
        var during = LatencyHistogram()
        var beforeSeconds = 0.0
        var isClean = false
    }

    /// Dice that fall the same in every run.
    private struct Dice {
        private var state: UInt64

        init(_ seed: UInt64) { state = seed }

        mutating func roll(_ limit: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            let word = KeyedHash.mixed(state, 0xE703_7ED1_A0B4_28DB)
            return Int(word % UInt64(limit))
        }

        mutating func place() -> Position {
            Position(
                latitudeMicrodegrees: Int32(50_000_000 + roll(8_000_000)),
                longitudeMicrodegrees: Int32(-5_000_000 + roll(6_000_000))
            )
        }
    }

    private static func code(_ index: Int) -> WarehouseCode {
        guard let code = WarehouseCode("BENCH\(index)") else { preconditionFailure("a code") }
        return code
    }

    /// Makes stock and holds, then closes a warehouse under load.
    func run() async throws(CommandFailure) -> Outcome {
        var outcome = Outcome()
        try await makeStock()
        (outcome.open, outcome.refused) = try await hold()
        let closed = BenchReroute.code(0)
        let phase = SharedPhase()
        let crowd = Task {
            await withTaskGroup(of: (LatencyHistogram, LatencyHistogram).self) { group in
                for index in 0..<shoppers { group.addTask { await shop(index, phase) } }
                var sum = (LatencyHistogram(), LatencyHistogram())
                for await part in group {
                    sum.0.add(part.0)
                    sum.1.add(part.1)
                }
                return sum
            }
        }
        let start = NIODeadline.now()
        await pause(milliseconds: Int64(seconds * 1_000))
        _ = try await accepted("warehouse \(closed)") { () throws(ClientError) in
            try await client.setState(of: closed, to: .offline)
        }
        outcome.beforeSeconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
        phase.value.store(Phase.during.rawValue, ordering: .relaxed)
        let begun = NIODeadline.now()
        outcome.report = try await reroute(closed)
        outcome.seconds = Double((NIODeadline.now() - begun).nanoseconds) / 1e9
        phase.value.store(Phase.over.rawValue, ordering: .relaxed)
        (outcome.before, outcome.during) = await crowd.value
        let check = try await accepted("check") { () throws(ClientError) in
            try await client.check()
        }
        outcome.isClean = check.isClean
        return outcome
    }

    private func reroute(_ code: WarehouseCode) async throws(CommandFailure) -> RerouteReport {
        var report = try await accepted("reroute of \(code)") { () throws(ClientError) in
            try await client.startReroute(of: code)
        }
        while !report.isOver {
            await pause(milliseconds: 10)
            report = try await accepted("reroute of \(code)") { () throws(ClientError) in
                try await client.rerouteReport(on: code)
            }
        }
        return report
    }

    private func pause(milliseconds: Int64) async {
        do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return }
    }

    // MARK: Stock and holds

    private static func sku(_ index: Int) -> String { LoadPlan.skuName(index) }

    private func makeStock() async throws(CommandFailure) {
        var dice = Dice(1)
        let warehouses = (0..<BenchReroute.warehouseCount).map {
            Warehouse(code: BenchReroute.code($0), city: "Benchmark", position: dice.place())
        }
        _ = try await accepted("warehouses") { () throws(ClientError) in
            try await client.write(warehouses)
        }
        var rows: [StockWrite.Row] = []
        // Enough in all that most holds find a place, and few enough that warehouses run out.
        let units = max(20, openCount * 10 / skuCount)
        for sku in 0..<skuCount {
            for warehouse in 0..<BenchReroute.warehouseCount where dice.roll(100) < 45 {
                rows.append(
                    StockWrite.Row(
                        sku: BenchReroute.sku(sku),
                        warehouse: BenchReroute.code(warehouse),
                        units: Int64(units / 4 + dice.roll(units))
                    )
                )
            }
        }
        for start in stride(from: 0, to: rows.count, by: BenchReroute.rowsMax) {
            let some = Array(rows[start..<min(start + BenchReroute.rowsMax, rows.count)])
            _ = try await accepted("stock") { () throws(ClientError) in
                try await client.start(
                    StockWrite(id: .random(), cause: .imported, rows: some),
                    answeredBy: WriteReceipt.self
                ).value
            }
        }
    }

    private func request(_ dice: inout Dice, mode: ReserveMode) -> ReservationRequest {
        let lines = (0..<(1 + dice.roll(4))).map { _ in
            ReservationRequest.Line(
                sku: BenchReroute.sku(dice.roll(skuCount)),
                quantity: UInt32(1 + dice.roll(3))
            )
        }
        var request = ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 1, low: UInt64(dice.roll(1 << 30))),
            lines: lines
        )
        request.mode = mode
        request.timeToLiveMilliseconds = 3_600_000
        request.destination = Destination(position: dice.place())
        return request
    }

    private func hold() async throws(CommandFailure) -> (open: Int, refused: Int) {
        var dice = Dice(2)
        var progress = ProgressBar("hold \(openCount.grouped)", total: openCount)
        defer { progress.clear() }
        var open = 0
        var refused = 0
        while open < openCount {
            let pending = (0..<min(BenchReroute.inFlightMax, openCount - open)).map { _ in
                client.start(
                    request(&dice, mode: .allOrNothing),
                    answeredBy: ReservationReceipt.self
                )
            }
            for answer in pending {
                switch try await answered({ () throws(ClientError) in try await answer.value }) {
                case .success: open += 1
                case .failure: refused += 1
                }
            }
            progress.show(open)
            guard refused <= openCount else {
                throw .usage("--skus \(skuCount): too little stock for --count \(openCount)")
            }
        }
        return (open, refused)
    }

    // MARK: Shoppers

    /// Holds and gives back until it is over, each request timed.
    private func shop(
        _ index: Int,
        _ phase: SharedPhase
    ) async -> (before: LatencyHistogram, during: LatencyHistogram) {
        var dice = Dice(UInt64(index) &+ 100)
        var times = (before: LatencyHistogram(), during: LatencyHistogram())
        while true {
            let request = request(&dice, mode: .bestEffort)
            let now = phase.value.load(ordering: .relaxed)
            if now == Phase.over.rawValue { return times }
            let start = NIODeadline.now()
            do throws(ClientError) {
                _ = try await client.reserve(request)
                let middle = NIODeadline.now()
                _ = try await client.release(request.id)
                let end = NIODeadline.now()
                for time in [middle - start, end - middle] {
                    let nanoseconds = UInt64(max(0, time.nanoseconds))
                    if now == Phase.before.rawValue {
                        times.before.record(nanoseconds: nanoseconds)
                    } else {
                        times.during.record(nanoseconds: nanoseconds)
                    }
                }
            } catch {
                return times
            }
        }
    }
}

extension BenchReroute.Outcome {
    private var shareMoved: Double {
        let held = report.moved.reservations + report[.stuck].reservations
        return held == 0 ? 1 : Double(report.moved.reservations) / Double(held)
    }

    /// The measurement for programs.
    var json: JSON {
        .object([
            ("scenario", .string("reroute")),
            ("open", .count(open)),
            ("refused", .count(refused)),
            ("moved", .count(report.moved.reservations)),
            ("units_moved", .count(report.moved.units)),
            ("stuck", .count(report[.stuck].reservations)),
            ("share_moved", .number(shareMoved)),
            ("seconds", .number(seconds)),
            ("live_per_second_before", .number(Double(before.count) / max(beforeSeconds, 1e-9))),
            ("live_per_second_during", .number(Double(during.count) / max(seconds, 1e-9))),
            ("latency_before_us", before.json),
            ("latency_during_us", during.json),
            ("clean", .boolean(isClean)),
        ])
    }

    /// The measurement for people, the result on the last line.
    var textLines: [String] {
        [
            "\(counted(open, "reservation")) open",
            "live traffic before: \(before.text)",
            "live traffic during: \(during.text)",
            "check: \(isClean ? "clean" : "broken")",
            "reroute: \(report.moved.reservations.grouped) moved, "
                + "\(report[.stuck].reservations.grouped) stuck in "
                + "\(seconds.rounded(toPlaces: 2)) s",
        ]
    }
}
