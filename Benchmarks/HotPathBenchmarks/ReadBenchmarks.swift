import Benchmark
import Engine
import Inventory

/// What product pages ask.
func readBenchmarks() {
    let query = AvailabilityQuery(skus: (0..<operationCount).map { skuName($0 * 7) })
    Benchmark("Availability, of 1,000 SKUs in 12 warehouses at once") { benchmark in
        let shop = Shop.network
        // An answer is made of arrays: ten for each SKU, and some for all.
        benchmark.measure(allocationsMax: 10 * operationCount + 50) { index in
            guard index == 0 else { return }
            let answer = shop.engine.availability(query, now: shop.now)
            precondition(answer.count == operationCount)
        }
    }
}
