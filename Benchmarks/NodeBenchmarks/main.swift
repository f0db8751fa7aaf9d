// Snapshots and starts of a durable engine at the size of a large shop.
//
//   BENCHMARKS=1 swift run -c release node-benchmarks prepare DIR [--skus N] [--warehouses N]
//       [--holds N] [--movements N]
//   BENCHMARKS=1 swift run -c release node-benchmarks recover DIR [--threads N]
//
// `prepare` makes a data directory: stock, open holds, a snapshot, and then movements in the log
// (holds and their commits by halves). `recover` starts from it and tells how long each part took.

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
func open(_ directory: String, threads: Int = 2) -> Node {
    var settings = NodeSettings(dataDirectory: directory)
    settings.durability = .none
    settings.snapshotLogBytes = nil
    settings.snapshotIntervalMilliseconds = nil
    settings.recoveryThreads = threads
    settings.ringCapacityBytes = 1 << 28
    settings.engine.readyMemoryBytes = 1 << 27
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

    /// Holds of one line, each committed if `commits`.
    func hold(_ count: Int, seed: UInt64, commits: Bool) {
        let batch = 32
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: batch)
        let requests = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: batch)
        var random = seed
        for start in stride(from: 0, to: count, by: batch) {
            credit((node.engine.reserveCreditBytes(lines: 1) + 256) * batch)
            let now = node.now()
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
                        timeToLiveMilliseconds: 86_000_000,
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
        node.engine.commit(
            id,
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
    shop.hold(option("--holds", 1_000_000), seed: 3, commits: false)
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

let arguments = CommandLine.arguments
switch arguments.count > 2 ? arguments[1] : "" {
case "prepare": prepare(arguments[2])
case "recover": recover(arguments[2])
default:
    print("usage: node-benchmarks prepare|recover DIR [--skus N] [--warehouses N] [--holds N]")
    print("    [--movements N] [--threads N]")
    exit(64)
}
