// Snapshots, starts and expiry of a durable engine at the size of a large shop.
//
//   BENCHMARKS=1 swift run -c release node-benchmarks prepare DIR [--skus N] [--warehouses N]
//       [--holds N] [--movements N]
//   BENCHMARKS=1 swift run -c release node-benchmarks recover DIR [--threads N]
//       [--ready-mib N]
//   BENCHMARKS=1 swift run -c release node-benchmarks expire DIR [--skus N] [--holds N]
//
// `prepare` makes a data directory: stock, open holds, a snapshot, and then movements in the log
// (holds and their commits by halves). `recover` starts from it and tells how long each part took;
// with `--ready-mib` so much memory is touched before the state loads, so that what the system
// takes to give it isn't in the figures.
// `expire` makes a data directory with holds that are all over at the same instant, and tells how
// long it takes from there until all are given back and on disk, without any other traffic.

import Engine
import Glibc
import Inventory
import Journal
import Movements
import Node
import Storage

func option(_ name: String, _ standard: Int) -> Int {
    let arguments = CommandLine.arguments
    guard let place = arguments.firstIndex(of: name), place + 1 < arguments.count else {
        return standard
    }
    return Int(arguments[place + 1]) ?? standard
}

func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Resident bytes of this process.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    let fields = text.split(separator: " ")
    return (Int(fields[1]) ?? 0) * 4_096
}

func tell(_ name: String, _ value: some CustomStringConvertible) { print("\(name) \(value)") }

/// A node whose snapshots are taken when asked only.
func open(_ directory: String, threads: Int = 2, durability: Durability = .none) -> Node {
    var settings = NodeSettings(dataDirectory: directory)
    settings.durability = durability
    settings.snapshotLogBytes = nil
    settings.snapshotIntervalMilliseconds = nil
    settings.recoveryThreads = threads
    settings.ringCapacityBytes = 1 << 28
    settings.engine.readyMemoryBytes = option("--ready-mib", 128) << 20
    do throws(NodeError) {
        return try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            note: { print("# \($0)") }
        )
    } catch {
        print(error)
        exit(74)
    }
}

/// The shop that a benchmark works on.
final class Shop {
    let node: Node
    let session: EngineSession
    let skus: Int
    let warehouses: [Warehouse]
    private let names: UnsafeMutablePointer<UInt8>
    private var answer = ReservationAnswer()

    init(_ node: Node, skus: Int, warehouses count: Int) {
        self.node = node
        self.skus = skus
        session = EngineSession(engine: node.engine)
        names = .allocate(capacity: skus * 12)
        for index in 0..<skus {
            for (offset, byte) in String(index + 100_000_000_000).utf8.enumerated() {
                names[index * 12 + offset] = byte
            }
        }
        warehouses = (0..<count).map {
            Warehouse(
                code: WarehouseCode("W\($0)") ?? .none,
                position: Position(latitudeMicrodegrees: Int32($0), longitudeMicrodegrees: 0)
            )
        }
    }

    /// Takes credit, waiting for the log where it must.
    private func credit(_ bytes: Int) {
        while !session.takeCredit(bytes) {
            node.ring.ringDoorbell()
            usleep(200)
        }
    }

    private func view(_ sku: Int) -> SKUView { SKUView(bytes: names + sku * 12, size: 12) }

    func stock() {
        credit(1 << 20)
        let answer = node.engine.writeWarehouses(
            id: RequestID(high: 1, low: 1),
            digest: 1,
            warehouses,
            now: node.now(),
            session: session
        )
        precondition(answer.outcome == .accepted, "the warehouses are taken")
        session.returnCredit()
        let perRequest = 1_000 / warehouses.count
        let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: 1_024)
        defer { rows.deallocate() }
        for start in stride(from: 0, to: skus, by: perRequest) {
            let count = min(perRequest, skus - start) * warehouses.count
            for index in 0..<count {
                rows[index] = StockRow(
                    sku: view(start + index / warehouses.count),
                    warehouse: warehouses[index % warehouses.count].code,
                    onHand: 1_000_000,
                    safetyStock: nil,
                    isAbsolute: false
                )
            }
            credit(Engine.stockCreditBytes(rows: count))
            let answer = node.engine.writeStock(
                StockRequest(
                    id: RequestID(high: 2, low: UInt64(start)),
                    digest: 1,
                    cause: .received,
                    rows: UnsafeMutableBufferPointer(rebasing: rows[0..<count])
                ),
                now: node.now(),
                session: session
            )
            precondition(answer.outcome == .accepted, "the stock is taken")
            session.returnCredit()
            node.ring.ringDoorbell()
        }
    }

    /// Holds of one line, each committed if `commits`, until an instant or for about a day.
    func hold(_ count: Int, seed: UInt64, commits: Bool = false, until end: Instant? = nil) {
        let batch = 32
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: batch)
        let requests = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: batch)
        var random = seed
        for start in stride(from: 0, to: count, by: batch) {
            credit((node.engine.reserveCreditBytes(lines: 1) + 256) * batch)
            let now = node.now()
            let milliseconds = end.map { $0.milliseconds - now.milliseconds } ?? 86_000_000
            precondition(milliseconds > 0, "holds are made before they are over")
            for index in 0..<batch {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                lines[index] = RequestLine(
                    sku: view(Int((random >> 33) % UInt64(skus))),
                    quantity: 1
                )
                (requests + index).initialize(
                    to: ReserveRequest(
                        id: RequestID(high: random, low: UInt64(start + index)),
                        owner: OwnerID(high: random, low: 7),
                        digest: random,
                        timeToLiveMilliseconds: UInt32(milliseconds),
                        mode: .allOrNothing,
                        policy: .nearest,
                        destination: nil,
                        orderedAt: nil,
                        lines: UnsafeMutableBufferPointer(rebasing: lines[index..<index + 1])
                    )
                )
                node.engine.prepare(&requests[index])
            }
            for index in 0..<batch {
                node.engine.reserve(
                    requests[index],
                    now: now,
                    session: session,
                    answer: &answer
                )
                precondition(answer.outcome == .accepted, "there is enough of everything")
                if commits { commit(requests[index].id, now) }
            }
            session.returnCredit()
            node.ring.ringDoorbell()
        }
    }

    private func commit(_ id: ReservationID, _ now: Instant) {
        node.engine.close(
            id,
            by: .commit,
            requestID: RequestID(high: ~id.high, low: id.low),
            now: now,
            session: session,
            answer: &answer
        )
        precondition(answer.outcome == .accepted, "a hold can be committed")
    }
}

func prepare(_ directory: String) {
    let node = open(directory)
    let shop = Shop(
        node,
        skus: option("--skus", 1_000_000),
        warehouses: option("--warehouses", 10)
    )
    shop.stock()
    shop.hold(option("--holds", 1_000_000), seed: 3)
    let before = residentBytes()
    var peak = before
    let start = seconds()
    _ = node.startSnapshot()
    while !node.snapshotReport.isOver {
        usleep(2_000)
        peak = max(peak, residentBytes())
    }
    let report = node.snapshotReport
    tell("snapshot_seconds", seconds() - start)
    tell("snapshot_bytes", report.sizeBytes)
    tell("snapshot_unpacked_bytes", report.unpackedBytes)
    tell("snapshot_cells", report.cells)
    tell("snapshot_remembered", report.remembered)
    tell("snapshot_memory_growth_bytes", peak - before)
    if !report.failure.isEmpty { tell("# failure", report.failure) }
    shop.hold(option("--movements", 5_000_000) / 2, seed: 5, commits: true)
    tell("state_hash", String(node.engine.stateHash(), radix: 16))
    node.close()
}

func recover(_ directory: String) {
    let start = seconds()
    let node = open(directory, threads: option("--threads", 2))
    let total = seconds() - start
    let times = node.recoveryTimes
    tell("start_seconds", total)
    tell("snapshot_load_seconds", Double(times.snapshotNanoseconds) / 1e9)
    tell("log_replay_seconds", Double(times.logNanoseconds) / 1e9)
    tell("movements", node.recovery.recordCount)
    tell(
        "movements_per_second",
        Double(node.recovery.recordCount) / (Double(times.logNanoseconds) / 1e9)
    )
    tell("state_hash", String(node.engine.stateHash(), radix: 16))
    node.close()
}

/// What the engine counts under a name.
func figure(_ name: String, of node: Node) -> Int64 {
    node.engine.statistics().first { $0.name == name }?.value ?? 0
}

func expire(_ directory: String) {
    let node = open(directory, durability: .sync)
    let shop = Shop(node, skus: option("--skus", 100_000), warehouses: 1)
    shop.stock()
    let holds = option("--holds", 2_000_000)
    // Holding makes over a hundred thousand a second on any machine that this is run on.
    let end = node.now().advanced(byMilliseconds: 5_000 + Int64(holds / 100))
    shop.hold(holds, seed: 3, until: end)
    precondition(node.now() < end && figure("expiries", of: node) == 0, "nothing is over yet")
    while node.journal.durableLSN < node.ring.tail { usleep(1_000) }
    let logBefore = node.ring.tail
    while node.now() < end { usleep(500) }
    let start = seconds()
    while figure("expiries", of: node) < holds { usleep(500) }
    let swept = seconds() - start
    while node.journal.durableLSN < node.ring.tail { usleep(500) }
    let total = seconds() - start
    tell("holds", holds)
    tell("swept_seconds", swept)
    tell("durable_seconds", total)
    tell("expiries_per_second", Double(holds) / total)
    tell("log_bytes_per_expiry", Double(node.ring.tail - logBefore) / Double(holds))
    let report = node.engine.check()
    precondition(report.violations.isEmpty && report.openReservations == 0, "all is given back")
    node.close()
}

let arguments = CommandLine.arguments
switch arguments.count > 2 ? arguments[1] : "" {
case "prepare": prepare(arguments[2])
case "recover": recover(arguments[2])
case "expire": expire(arguments[2])
default:
    print("usage: node-benchmarks prepare|recover|expire DIR [--skus N] [--warehouses N]")
    print("    [--holds N] [--movements N] [--threads N]")
    exit(64)
}
