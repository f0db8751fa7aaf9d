import Engine
import Inventory
import Movements

/// The benchmark's reservations are held by this pattern, so that they can be closed again.
private struct Holds {
    var random: UInt64
    var count = 0

    /// The id that ``Bench/reserve(_:seed:destination:drainEach:)`` gives to its next hold.
    mutating func next() -> RequestID {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        defer { count += 1 }
        return RequestID(high: random, low: UInt64(count))
    }
}

extension Bench {
    /// Commits or releases holds, every other of them.
    func close(_ ids: [RequestID]) {
        let session = EngineSession(engine: engine)
        var answer = ReservationAnswer()
        for (index, id) in ids.enumerated() {
            precondition(session.takeCredit(Engine.closeCreditBytesMax))
            let request = RequestID(high: ~id.high, low: id.low)
            let now = Instant(milliseconds: 1_000_001)
            engine.close(
                id,
                by: index % 2 == 0 ? .commit : .release,
                requestID: request,
                now: now,
                session: session,
                answer: &answer
            )
            precondition(answer.outcome == .accepted)
            session.returnCredit()
            if index % 64 == 0 { drain() }
        }
        drain()
    }
}

/// Movements applied a second: holds of one line, then their commits and releases, out of order.
func measureReplay() {
    let count = 2_000_000
    let log = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 30, alignment: 64)
    let bench = Bench(skus: 100_000, warehouses: 1, ringBytes: 1 << 24, touched: 0, log: log)
    let stocked = Int(bench.drained)
    let destination = Destination(
        position: Position(latitudeMicrodegrees: 51_000_000, longitudeMicrodegrees: 0),
        region: RegionCode("GB") ?? .none
    )
    bench.reserve(count, seed: 3, destination: destination, drainEach: true)
    let held = Int(bench.drained)
    var holds = Holds(random: 3)
    var ids = (0..<count).map { _ in holds.next() }
    var generator = SystemRandomNumberGenerator()
    ids.shuffle(using: &generator)
    bench.close(ids)
    let end = Int(bench.drained)
    let hash = bench.engine.stateHash()
    for round in 0..<6 {
        let isBatch = round % 2 == 1
        let ring = MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        var settings = EngineSettings(hashKey: 0x9876_5432_1ABC_DEF1)
        settings.readyMemoryBytes = 1 << 29
        let engine = Engine(settings: settings, ring: ring)
        engine.reserveRoom(skus: 100_000, ids: count)
        replay(log, 0, stocked, engine, isBatch: isBatch)
        let start = seconds()
        replay(log, stocked, held, engine, isBatch: isBatch)
        let middle = seconds()
        replay(log, held, end, engine, isBatch: isBatch)
        let last = seconds()
        precondition(engine.stateHash() == hash, "the same state")
        let name = isBatch ? "batches" : "records"
        print("replayed_per_second \(name) holds \(Int(Double(count) / (middle - start)))")
        print("replayed_per_second \(name) closes \(Int(Double(count) / (last - middle)))")
    }
}

private func replay(
    _ log: UnsafeMutableRawBufferPointer,
    _ start: Int,
    _ end: Int,
    _ engine: Engine,
    isBatch: Bool
) {
    let batchBytes = 1 << 16
    var offset = start
    do throws(MovementError) {
        while offset < end {
            var next = offset
            while next < end, next - offset < batchBytes {
                let size = Int(log.loadUnaligned(fromByteOffset: next, as: UInt32.self))
                if !isBatch {
                    let record = UnsafeRawBufferPointer(rebasing: log[next..<next + size])
                    try engine.apply(record, lsn: UInt64(next))
                }
                next += size
            }
            if isBatch {
                let batch = UnsafeRawBufferPointer(rebasing: log[offset..<next])
                _ = try engine.apply(batch: batch, lsn: UInt64(offset))
            }
            offset = next
        }
    } catch {
        preconditionFailure("\(error)")
    }
}

/// Copies and loads 10 million cells and a million open reservations.
func measureImage() {
    let bench = Bench(skus: 1_000_000, warehouses: 10, ringBytes: 1 << 24, touched: 0)
    let destination = Destination(
        position: Position(latitudeMicrodegrees: 51_000_000, longitudeMicrodegrees: 0),
        region: RegionCode("GB") ?? .none
    )
    bench.reserve(1_000_000, seed: 3, destination: destination, drainEach: true)
    let start = seconds()
    let pages = capturedPages(bench.engine)
    let bytes = pages.reduce(0) { $0 + $1.count }
    print("capture_seconds \(seconds() - start) bytes \(bytes)")
    let hash = bench.engine.stateHash()
    for threads in [1, 2, 1, 2, 1, 2] {
        let ring = MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        var settings = EngineSettings(hashKey: 0x9876_5432_1ABC_DEF1)
        settings.readyMemoryBytes = 0
        let engine = Engine(settings: settings, ring: ring)
        let gate = StateGate(of: engine)
        let begin = seconds()
        engine.reserveRoom(skus: 1_000_000, ids: 1_010_000)
        let configuration = engineConfiguration(bench.engine)
        load(configuration, engine, gate)
        onThreads(threads) { thread in
            for index in stride(from: thread, to: pages.count, by: threads) {
                load(pages[index], engine, gate)
            }
        }
        let loaded = seconds()
        onThreads(threads) { thread in
            do throws(StateError) {
                try engine.checkReferences(part: thread, of: threads)
            } catch { preconditionFailure("\(error)") }
        }
        print(
            "load_seconds threads=\(threads) \(loaded - begin) and references "
                + "\(seconds() - loaded)"
        )
        precondition(engine.stateHash() == hash, "the same state")
    }
}

private func engineConfiguration(_ engine: Engine) -> UnsafeRawBufferPointer {
    let records = engine.captureConfiguration()
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: records.count, alignment: 8)
    page.copyBytes(from: records)
    return UnsafeRawBufferPointer(page)
}

private func capturedPages(_ engine: Engine) -> [UnsafeRawBufferPointer] {
    var pages: [UnsafeRawBufferPointer] = []
    _ = engine.beginCapture()
    func newPage() -> UnsafeMutableRawBufferPointer {
        .allocate(byteCount: StateLayout.recordSizeBytesMax, alignment: 64)
    }
    var sku: UInt32? = 0
    while let number = sku {
        let page = newPage()
        let captured = engine.captureSKUs(from: number, into: page)
        pages.append(UnsafeRawBufferPointer(rebasing: page[..<captured.sizeBytes]))
        sku = captured.next
    }
    var position: ReservationPosition? = .first
    while let place = position {
        let page = newPage()
        let captured = engine.captureReservations(from: place, into: page)
        pages.append(UnsafeRawBufferPointer(rebasing: page[..<captured.sizeBytes]))
        position = captured.next
    }
    return pages
}

private func load(_ page: UnsafeRawBufferPointer, _ engine: Engine, _ gate: StateGate) {
    do throws(StateError) {
        _ = try engine.load(page, into: gate)
    } catch { preconditionFailure("\(error)") }
}
