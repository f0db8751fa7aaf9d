// The engine alone with its ring: holds a second by one thread and by two, and memory by cell and
// by open reservation; movements applied a second, and the copying and loading of state records.
// Run it with `BENCHMARKS=1 swift run -c release engine-benchmarks`.

import Engine
import Glibc
import Inventory
import Movements

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

func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Names of 12 bytes, one after the other.
func makeNames(_ count: Int) -> UnsafeMutablePointer<UInt8> {
    let names = UnsafeMutablePointer<UInt8>.allocate(capacity: count * 12)
    for index in 0..<count {
        let digits = String(index + 100_000_000_000)
        for (offset, byte) in digits.utf8.enumerated() { names[index * 12 + offset] = byte }
    }
    return names
}

final class Bench: @unchecked Sendable {
    let engine: Engine
    let ring: MovementRing
    let names: UnsafeMutablePointer<UInt8>
    let skus: Int

    init(
        skus: Int,
        warehouses: Int,
        ringBytes: Int,
        touched: Int,
        log: UnsafeMutableRawBufferPointer? = nil
    ) {
        self.log = log
        var settings = EngineSettings(hashKey: 0x1234_5678_9ABC_DEF1)
        settings.readyMemoryBytes = touched
        ring = MovementRing(capacityBytes: ringBytes, startLSN: 0)
        engine = Engine(settings: settings, ring: ring)
        self.skus = skus
        names = makeNames(skus)
        let session = EngineSession(engine: engine)
        let list = (0..<warehouses).map {
            Warehouse(
                code: WarehouseCode("W\($0)") ?? .none,
                position: Position(latitudeMicrodegrees: Int32($0), longitudeMicrodegrees: 0)
            )
        }
        precondition(session.takeCredit(1 << 20))
        let answer = engine.writeWarehouses(
            id: RequestID(high: 1, low: 1),
            digest: 1,
            list,
            now: Instant(milliseconds: 1),
            session: session
        )
        precondition(answer.outcome == .accepted)
        session.returnCredit()
        drain()
        let perRequest = 1_000 / warehouses
        let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: 1_024)
        var sku = 0
        while sku < skus {
            let count = min(perRequest, skus - sku)
            for index in 0..<count {
                for place in 0..<warehouses {
                    rows[index * warehouses + place] = StockRow(
                        sku: SKUView(bytes: names + (sku + index) * 12, size: 12),
                        warehouse: list[place].code,
                        onHand: 1_000_000_000,
                        safetyStock: nil,
                        isAbsolute: false
                    )
                }
            }
            precondition(session.takeCredit(Engine.stockCreditBytes(rows: count * warehouses)))
            let answer = engine.writeStock(
                StockRequest(
                    id: RequestID(high: 2, low: UInt64(sku)),
                    digest: 1,
                    cause: .received,
                    rows: UnsafeMutableBufferPointer(rebasing: rows[0..<count * warehouses])
                ),
                now: Instant(milliseconds: 1),
                session: session
            )
            precondition(answer.outcome == .accepted)
            session.returnCredit()
            drain()
            sku += count
        }
    }

    var drained: UInt64 = 0
    /// Where what is drained goes, byte by byte at its LSN; `nil` to forget it.
    var log: UnsafeMutableRawBufferPointer?
    func drain() {
        ring.ringDoorbell()
        while drained < ring.tail {
            let runs = ring.gather(from: drained, upTo: ring.tail, limitBytes: 1 << 24)
            if let log {
                let place = UnsafeMutableRawBufferPointer(rebasing: log[Int(drained)...])
                place.copyMemory(from: runs.first)
                UnsafeMutableRawBufferPointer(rebasing: place[runs.first.count...])
                    .copyMemory(from: runs.second)
            }
            drained += UInt64(runs.first.count + runs.second.count)
            ring.release(runs.first, runs.second)
        }
    }

    /// Holds by one thread.
    func reserve(_ count: Int, seed: UInt64, destination: Destination?, drainEach: Bool) {
        let session = EngineSession(engine: engine)
        var answer = ReservationAnswer()
        let batch = 32
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: batch)
        let requests = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: batch)
        var random = seed
        let credit = engine.reserveCreditBytes(lines: 1)
        var done = 0
        while done < count {
            precondition(session.takeCredit(credit * batch))
            for index in 0..<batch {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let sku = Int((random >> 33) % UInt64(skus))
                lines[index] = RequestLine(
                    sku: SKUView(bytes: names + sku * 12, size: 12),
                    quantity: 1
                )
                (requests + index).initialize(
                    to: ReserveRequest(
                        id: RequestID(high: random, low: UInt64(done + index)),
                        owner: OwnerID(high: random, low: 7),
                        digest: random,
                        timeToLiveMilliseconds: 0,
                        mode: .allOrNothing,
                        policy: .nearest,
                        destination: destination,
                        orderedAt: nil,
                        lines: UnsafeMutableBufferPointer(rebasing: lines[index..<index + 1])
                    )
                )
                engine.prepare(&requests[index])
            }
            for index in 0..<batch { engine.prefetchStock(requests[index]) }
            for index in 0..<batch {
                engine.reserve(
                    requests[index],
                    now: Instant(milliseconds: 1_000_000),
                    session: session,
                    answer: &answer
                )
                precondition(answer.outcome == .accepted)
            }
            session.returnCredit()
            if drainEach { drain() }
            done += batch
        }
    }
}

func measureHolds(_ rounds: [Int], skus: Int = 100_000) {
    let count = 8_000_000
    for threads in rounds {
        let bench = Bench(skus: skus, warehouses: 1, ringBytes: 1 << 30, touched: 5 << 28)
        let start = seconds()
        onThreads(threads) { index in
            bench.reserve(
                count / threads,
                seed: UInt64(index + 1) &* 77,
                destination: nil,
                drainEach: false
            )
        }
        let time = seconds() - start
        print("holds_per_second threads=\(threads) \(Int(Double(count) / time))")
    }
}

final class Job: @unchecked Sendable {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

/// Runs `body` on threads of their own, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping (Int) -> Void) {
    var handles: [pthread_t] = []
    for index in 0..<count {
        let box = Unmanaged.passRetained(Job { body(index) })
        var handle = pthread_t()
        pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        handles.append(handle)
    }
    for handle in handles { pthread_join(handle, nil) }
}

/// Few holds, for counting instructions.
func countInstructions(_ holds: Int) {
    let bench = Bench(skus: 1_000, warehouses: 1, ringBytes: 1 << 26, touched: 0)
    bench.reserve(holds, seed: 77, destination: nil, drainEach: false)
}

func measureMemory() {
    let before = residentBytes()
    let wide = Bench(skus: 1_000_000, warehouses: 10, ringBytes: 1 << 24, touched: 0)
    // The names that the benchmark itself holds, and the ring, aren't the engine's.
    let wideBytes = residentBytes() - before - 12_000_000 - (1 << 24)
    print("bytes_per_cell skus=1M warehouses=10 \(Double(wideBytes) / 10_000_000)")
    let mark = residentBytes()
    let destination = Destination(
        position: Position(latitudeMicrodegrees: 51_000_000, longitudeMicrodegrees: 0),
        region: RegionCode("GB") ?? .none
    )
    wide.reserve(10_000_000, seed: 3, destination: destination, drainEach: true)
    print("bytes_per_hold \(Double(residentBytes() - mark) / 10_000_000)")
}

func measureNarrowMemory() {
    let before = residentBytes()
    let narrow = Bench(skus: 10_000_000, warehouses: 1, ringBytes: 1 << 24, touched: 0)
    let bytes = residentBytes() - before - 120_000_000 - (1 << 24)
    print("bytes_per_cell skus=10M warehouses=1 \(Double(bytes) / 10_000_000)")
    _ = narrow.skus
}

switch CommandLine.arguments.dropFirst().first {
case "memory": measureMemory()
case "narrow": measureNarrowMemory()
case "fence": measureFences()
case "replay": measureReplay()
case "image": measureImage()
case "instructions": countInstructions(Int(CommandLine.arguments.last ?? "") ?? 320_000)
case "one": measureHolds([1, 1, 1], skus: Int(CommandLine.arguments.last ?? "") ?? 100_000)
default: measureHolds([1, 2, 1, 2, 1, 2])
}
