import HoldfastClient
import Support
import Testing

/// The load's histogram against a sorted list.
@Suite struct ClientHistogramTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func percentilesAreAtMostOnePercentTooHigh(_ seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<10_000 {
            let value = UInt64.random(
                in: 0..<(1 << UInt64.random(in: 1...38, using: &generator)),
                using: &generator
            )
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for fraction in [0.001, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[Int((Double(values.count) * fraction).rounded(.up)) - 1]
            let read = histogram.nanoseconds(atFraction: fraction)
            #expect(read >= exact && Double(read) <= Double(exact) * 1.01 + 1)
        }
        #expect(histogram.maxNanoseconds == values.last)
    }

    @Test func sumsOfHistogramsCountEverything() {
        var one = LatencyHistogram()
        var other = LatencyHistogram()
        one.record(nanoseconds: 10)
        other.record(nanoseconds: .max)
        one.add(other)
        #expect(one.count == 2)
        #expect(one.nanoseconds(atFraction: 0.5) == 10)
        #expect(one.maxNanoseconds == .max)
        #expect(LatencyHistogram().nanoseconds(atFraction: 0.5) == 0)
    }
}
