import Benchmark
import Engine
import Inventory

/// What product pages ask.
func readBenchmarks() {
    let shop = Shop(skuCount: 10_000, warehouseCount: 12)
    let skus = (0..<operationCount).map { skuName($0 * 7 % shop.skuCount) }
    let query = AvailabilityQuery(skus: skus)
    Benchmark("Availability, of 1,000 SKUs in 12 warehouses at once") { benchmark in
        benchmark.measure { index in
            guard index == 0 else { return }
            let answer = shop.engine.availability(query, now: shop.now)
            precondition(answer.count == operationCount)
        }
    }
}
