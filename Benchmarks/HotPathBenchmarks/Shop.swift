import Engine
import Glibc
import Inventory
import Movements

/// An engine with stock, its ring drained by whoever uses it: no log, no clock, one thread.
///
/// Isolation: the thread that measures; the benchmarks run one after the other.
final class Shop: @unchecked Sendable {
    let engine: Engine
    let session: EngineSession
    let ring = MovementRing(capacityBytes: 1 << 26, startLSN: 0)
    let names: UnsafeMutablePointer<UInt8>
    let skuCount: Int
    private(set) var now = Instant(milliseconds: 1_795_770_000_000)
    private var drained: UInt64 = 0
    private var requests: UInt64 = 0
    private let lines: UnsafeMutableBufferPointer<RequestLine>

    private static let nameBytes = 12
    private static let units: Int64 = 1_000_000_000

    /// Lines of the largest request that ``request(_:destination:)`` makes.
    static let linesMax = 8

    /// Ten thousand SKUs in one warehouse, made when it is first needed.
    static let single = Shop(skuCount: 10_000, warehouseCount: 1)
    /// The same with limits on what an owner may have, which nobody reaches.
    static let limited = Shop(skuCount: 10_000, warehouseCount: 1, hasLimits: true)
    /// Ten thousand SKUs in each of twelve warehouses, made when it is first needed.
    static let network = Shop(skuCount: 10_000, warehouseCount: 12)

    /// A shop with so many SKUs, each in every warehouse.
    init(skuCount: Int, warehouseCount: Int, hasLimits: Bool = false) {
        self.skuCount = skuCount
        engine = Engine(settings: EngineSettings(hashKey: 0x1234_5678_9ABC_DEF1), ring: ring)
        session = EngineSession(engine: engine)
        names = .allocate(capacity: skuCount * Shop.nameBytes)
        lines = .allocate(capacity: operationCount * Shop.linesMax)
        for index in 0..<skuCount {
            for (offset, byte) in skuName(index).utf8.enumerated() {
                names[index * Shop.nameBytes + offset] = byte
            }
        }
        let warehouses = (0..<warehouseCount).map(Shop.warehouse)
        take(1 << 20)
        let answer = engine.writeWarehouses(
            id: RequestID(high: 1, low: 1),
            digest: 1,
            warehouses,
            now: now,
            session: session
        )
        precondition(answer.outcome == .accepted)
        drain()
        writeStock(warehouses)
        if hasLimits { limit() }
    }

    /// Gives everyday trade rules with every limit.
    private func limit() {
        var rules = SaleRules(pool: .default)
        rules.unitsPerOwner = 1_000_000
        rules.unitsPerOwnerAndSKU = 1_000_000
        rules.unitsPerOrder = 1_000_000
        rules.unitsPerWindow = 1_000_000
        rules.windowMilliseconds = 60_000
        rules.openHoldsPerOwner = 1_000_000
        rules.openHoldsPerCredential = 1_000_000
        take(Engine.saleCreditBytes(rows: 1))
        let answer = engine.writeSales(
            id: RequestID(high: 3, low: 1),
            digest: 1,
            [.rules(rules)],
            now: now,
            session: session
        )
        precondition(answer.outcome == .accepted)
        drain()
    }

    private static func warehouse(_ number: Int) -> Warehouse {
        let position = Position(
            latitudeMicrodegrees: 50_000_000 + 300_000 * Int32(number),
            longitudeMicrodegrees: 150_000 * Int32(number) - 2_000_000
        )
        return Warehouse(code: WarehouseCode("W\(number)") ?? .none, position: position)
    }

    private func writeStock(_ warehouses: [Warehouse]) {
        let rowsMax = 1_000 / warehouses.count * warehouses.count
        let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: rowsMax)
        defer { rows.deallocate() }
        var filled = 0
        for index in 0..<skuCount {
            for warehouse in warehouses {
                rows[filled] = StockRow(
                    sku: sku(index),
                    warehouse: warehouse.code,
                    onHand: Shop.units,
                    safetyStock: nil,
                    isAbsolute: false
                )
                filled += 1
            }
            guard filled == rowsMax || index == skuCount - 1 else { continue }
            take(Engine.stockCreditBytes(rows: filled))
            let answer = engine.writeStock(
                StockRequest(
                    id: RequestID(high: 2, low: UInt64(index)),
                    digest: 1,
                    cause: .received,
                    rows: UnsafeMutableBufferPointer(rebasing: rows[0..<filled])
                ),
                now: now,
                session: session
            )
            precondition(answer.outcome == .accepted)
            filled = 0
            drain()
        }
    }

    /// The name of a SKU where it stands.
    func sku(_ index: Int) -> SKUView {
        SKUView(bytes: names + index * Shop.nameBytes, size: Shop.nameBytes)
    }

    /// Takes log credit, which is there: the ring is empty between iterations.
    func take(_ bytes: Int) {
        guard session.takeCredit(bytes) else { preconditionFailure("the ring is empty") }
    }

    /// Gives credit back and throws away what stands in the ring.
    func drain() {
        session.returnCredit()
        ring.ringDoorbell()
        while drained < ring.tail {
            let runs = ring.gather(from: drained, upTo: ring.tail, limitBytes: 1 << 24)
            drained += UInt64(runs.first.count + runs.second.count)
            ring.release(runs.first, runs.second)
        }
    }

    /// Lets time pass, and ends and forgets what is due then.
    func pass(milliseconds: Int64) {
        now = Instant(milliseconds: now.milliseconds + milliseconds)
        while engine.sweep(now: now, session: session, limit: 100_000).hasMore { drain() }
        drain()
    }

    /// A month and more passes: holds expire, orders are fulfilled, and all of them are forgotten.
    func forgetEverything() {
        for _ in 0..<3 { pass(milliseconds: 31 * 86_400_000) }
    }

    /// A thousand requests of so many lines, each of a SKU drawn anew, prepared for the engine.
    func requests(lines lineCount: Int, destination: Destination? = nil) -> [ReserveRequest] {
        precondition(lineCount <= Shop.linesMax)
        return (0..<operationCount).map { index in
            requests += 1
            var draw = requests &* 0x9E37_79B9_7F4A_7C15
            let start = index * Shop.linesMax
            for line in 0..<lineCount {
                draw = (draw ^ (draw >> 31)) &* 0xBF58_476D_1CE4_E5B9
                let sku = Int(draw.multipliedFullWidth(by: UInt64(skuCount)).high)
                lines[start + line] = RequestLine(sku: self.sku(sku), quantity: 1)
            }
            var request = ReserveRequest(
                id: RequestID(high: draw, low: requests),
                owner: OwnerID(high: draw, low: 7),
                digest: draw,
                timeToLiveMilliseconds: 900_000,
                mode: .allOrNothing,
                policy: .nearest,
                destination: destination,
                orderedAt: nil,
                lines: UnsafeMutableBufferPointer(rebasing: lines[start..<start + lineCount])
            )
            engine.prepare(&request)
            return request
        }
    }

    /// Holds what requests ask for, all of it.
    func hold(_ requests: [ReserveRequest], _ answer: inout ReservationAnswer) {
        let lineCount = requests.first.map { $0.lines.count } ?? 1
        take(engine.reserveCreditBytes(lines: lineCount) * requests.count)
        for request in requests {
            engine.reserve(request, now: now, session: session, answer: &answer)
            precondition(answer.outcome == .accepted)
        }
        drain()
    }
}
