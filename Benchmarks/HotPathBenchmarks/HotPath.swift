import Benchmark
import CAllocationCount
import Glibc
import Inventory

/// Every hot operation, a thousand at a time.
///
/// `BENCHMARKS=1 swift package benchmark` runs them, `… benchmark thresholds check` holds them
/// against `Benchmarks/Thresholds`. Allocations are counted by the thread itself (see
/// `CAllocationCount`), between the clock's start and stop, so that the harness isn't counted.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.instructions, .allocations, .wallClock],
        warmupIterations: 20,
        scalingFactor: .kilo,
        maxDuration: .seconds(2),
        maxIterations: 400
    )
    wireBenchmarks()
    logBenchmarks()
    engineBenchmarks()
    readBenchmarks()
    solverBenchmarks()
}

extension BenchmarkMetric {
    /// Calls of `malloc` and its kin by the measuring thread.
    static let allocations = BenchmarkMetric.custom("Allocations")
}

extension Benchmark {
    /// Measures one iteration: `operation` for each of a thousand numbers.
    @inline(__always)
    func measure(_ operation: (Int) -> Void) {
        let range = scaledIterations
        startMeasurement()
        let before = allocation_count()
        for index in range { operation(index) }
        let after = allocation_count()
        stopMeasurement()
        measurement(.allocations, Int(after - before))
    }
}

/// How many operations an iteration makes.
let operationCount = 1_000

/// The name of a SKU: 12 bytes.
func skuName(_ index: Int) -> String {
    let digits = String(index)
    return "BENCH" + String(repeating: "0", count: 7 - digits.count) + digits
}
