import Engine
import Inventory

/// Milliseconds that one call takes which fences so many SKUs off, there and back, some times each.
///
/// Nearly all of a call runs under the stock locks of its SKUs, so it bounds how long a hold on one
/// of them may have to wait.
func measureFences() {
    let bench = Bench(skus: 100_000, warehouses: 1, ringBytes: 1 << 24, touched: 0)
    let session = EngineSession(engine: bench.engine)
    guard let drop = PoolName("drop") else { fatalError("a pool has a name") }
    let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: 2 * Limits.fenceRowsMax)
    var number: UInt64 = 0
    for skus in [1_000, 10_000, Limits.fenceRowsMax] {
        var times: [Double] = []
        for round in 0..<42 {
            let isBack = round % 2 == 1
            for sku in 0..<skus {
                // Spread over all SKUs, as the rows of a file are.
                let name = SKUView(bytes: bench.names + sku * 7_919 % bench.skus * 12, size: 12)
                for side in 0..<2 {
                    rows[2 * sku + side] = StockRow(
                        sku: name,
                        warehouse: WarehouseCode("W0") ?? .none,
                        pool: (side == 0) == isBack ? drop : .default,
                        onHand: side == 0 ? -5 : 5,
                        safetyStock: nil,
                        isAbsolute: false
                    )
                }
            }
            number += 1
            let request = StockRequest(
                id: RequestID(high: 9, low: number),
                digest: number,
                cause: .transferred,
                rows: UnsafeMutableBufferPointer(rebasing: rows[0..<2 * skus])
            )
            let credit = Engine.stockCreditBytes(rows: 2 * skus, cause: .transferred)
            precondition(session.takeCredit(credit))
            let start = seconds()
            let answer = bench.engine.writeStock(
                request,
                now: Instant(milliseconds: 1),
                session: session
            )
            times.append((seconds() - start) * 1_000)
            precondition(answer.outcome == .accepted)
            session.returnCredit()
            bench.drain()
        }
        let first = times[0]
        times.sort()
        let median = times[times.count / 2]
        print(
            "fence of \(skus) SKUs: first \(first) ms, median \(median) ms, "
                + "longest \(times[times.count - 1]) ms"
        )
    }
}
