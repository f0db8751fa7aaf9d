import Testing

@testable import HoldfastClient

/// How a load spreads over its SKUs.
///
/// Seeds are fixed, so that what holds once holds always.
@Suite struct LoadDrawTests {
    private func counts(
        _ distribution: SKUDistribution,
        skuCount: Int,
        draws: Int,
        seed: UInt64
    ) -> [Int] {
        var draw = SKUDraw(distribution, skuCount: skuCount, seed: seed)
        var counts = [Int](repeating: 0, count: skuCount)
        for _ in 0..<draws { counts[Int(draw.next())] += 1 }
        return counts
    }

    /// The sum of squared distances from what is expected, each in units of its own variance.
    private func chiSquare(_ counts: [Int], _ expected: [Double]) -> Double {
        zip(counts, expected).reduce(0) { sum, pair in
            let distance = Double(pair.0) - pair.1
            return sum + distance * distance / pair.1
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func uniformDrawsAreEven(_ seed: UInt64) {
        let counts = counts(.uniform, skuCount: 1_000, draws: 1_000_000, seed: seed)
        let square = chiSquare(counts, Array(repeating: 1_000, count: 1_000))
        // 999 degrees of freedom: mean 999, standard deviation 44.7; five of these either way.
        #expect((775...1_223).contains(square))
    }

    @Test(arguments: [0.5, 0.99, 1, 1.2, 2.5])
    func zipfDrawsFollowTheLaw(_ exponent: Double) {
        let skuCount = 200
        let draws = 2_000_000
        let weights = (1...skuCount).map { 1 / PowerLaw.power(Double($0), exponent) }
        let sum = weights.reduce(0, +)
        let expected = weights.map { $0 / sum * Double(draws) }
        let counts = counts(.zipf(exponent: exponent), skuCount: skuCount, draws: draws, seed: 7)
        // 199 degrees of freedom: mean 199, standard deviation 20; five of these.
        #expect(expected.allSatisfy { $0 > 1 })
        #expect(chiSquare(counts, expected) < 299)
    }

    @Test func zipfDrawsReachTheLastOfTenMillion() {
        var draw = SKUDraw(.zipf(exponent: 0.5), skuCount: 10_000_000, seed: 3)
        var highest: UInt64 = 0
        for _ in 0..<1_000_000 { highest = max(highest, draw.next()) }
        #expect(highest < 10_000_000)
        // One draw in twenty lies in the last tenth, so one of a million lies near the end.
        #expect(highest > 9_990_000)
    }

    @Test func aHotLoadHoldsOneSKU() {
        #expect(counts(.hot, skuCount: 3, draws: 100, seed: 1) == [100, 0, 0])
        #expect(counts(.zipf(exponent: 1), skuCount: 1, draws: 100, seed: 1) == [100])
    }

    @Test func oneSeedDrawsTheSameSKUs() {
        let law = SKUDistribution.zipf(exponent: 1.1)
        let first = counts(law, skuCount: 50, draws: 500, seed: 9)
        #expect(first == counts(law, skuCount: 50, draws: 500, seed: 9))
        #expect(first != counts(law, skuCount: 50, draws: 500, seed: 10))
    }

    @Test func coursesShareLivesByTheirPercentages() throws {
        var plan = LoadPlan(skuCount: 1, end: .count(1), connections: 1, outstanding: 1, seed: 5)
        plan.courses = [80, 15, 5].map { LoadPlan.Course(percent: $0) }
        let frames = try LoadFrames(plan: plan, connection: 0)
        var lives = [0, 0, 0]
        for number in 0..<100_000 { lives[frames.course(ofLife: UInt64(number))] += 1 }
        // Standard deviations are 126, 113 and 69; five of these.
        #expect(abs(lives[0] - 80_000) < 630)
        #expect(abs(lives[1] - 15_000) < 565)
        #expect(abs(lives[2] - 5_000) < 345)
        let again = try LoadFrames(plan: plan, connection: 0)
        #expect((0..<1_000).allSatisfy { again.course(ofLife: $0) == frames.course(ofLife: $0) })
    }
}

/// Powers by multiplying and square roots alone, so that the draws aren't judged by themselves.
private enum PowerLaw {
    static func power(_ base: Double, _ exponent: Double) -> Double {
        var result = 1.0
        for _ in 0..<Int(exponent) { result *= base }
        var root = base
        var rest = exponent - exponent.rounded(.down)
        for _ in 0..<40 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return result
    }
}
