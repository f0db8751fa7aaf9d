import Benchmark
import CAllocationCount
import Glibc
import Inventory

/// Every hot operation, a thousand at a time.
///
/// `BENCHMARKS=1 swift package benchmark` runs them. Allocations are counted by the thread itself
/// (see `CAllocationCount`), between the clock's start and stop, so that the harness isn't counted;
/// a benchmark that allocates more than it may fails. Instructions are counted
/// by `Benchmarks/instructions` under valgrind: the processor's own counters are out of reach on
/// most virtual machines, where the harness leaves that metric out.
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
    /// Iterations in which tables and planners may still take the memory that they keep.
    private static let settlingIterations = 10

    /// Measures one iteration: `operation` for each of a thousand numbers, which together may
    /// allocate so many times once everything has its memory.
    func measure(allocationsMax: Int = 0, _ operation: (Int) -> Void) {
        let range = scaledIterations
        startMeasurement()
        let before = allocation_count()
        measuredOperations(range, operation)
        let after = allocation_count()
        stopMeasurement()
        let allocations = Int(after - before)
        measurement(.allocations, allocations)
        if allocations > allocationsMax, currentIteration >= Benchmark.settlingIterations {
            error("\(allocations) allocations where \(allocationsMax) are allowed")
        }
    }
}

/// The measured loop under a name of its own, by which `Benchmarks/instructions` finds it.
@inline(never)
private func measuredOperations(_ range: Range<Int>, _ operation: (Int) -> Void) {
    for index in range { operation(index) }
}

/// How many operations an iteration makes.
let operationCount = 1_000

/// The name of a SKU: 12 bytes.
func skuName(_ index: Int) -> String {
    let digits = String(index)
    return "BENCH" + String(repeating: "0", count: 7 - digits.count) + digits
}
