import Testing

@testable import holdfast

/// Statistics against values that tables and other programs give.
struct SaleStatisticsTests {
    private func isNear(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-6) -> Bool {
        (value - expected).magnitude <= tolerance
    }

    @Test func theNormalDistributionIsTheTables() {
        #expect(isNear(NormalDistribution.cumulative(0), 0.5))
        #expect(isNear(NormalDistribution.cumulative(1.959_963_985), 0.975))
        #expect(isNear(NormalDistribution.cumulative(-1), 0.158_655_254))
        #expect(isNear(NormalDistribution.twoSided(2), 0.045_500_264))
        #expect(isNear(NormalDistribution.twoSided(-2), 0.045_500_264))
        #expect(isNear(NormalDistribution.quantile(exceededWith: 0.025), 1.959_963_985))
        #expect(isNear(NormalDistribution.quantile(exceededWith: 0.9), -1.281_551_566))
    }

    @Test(arguments: [
        (5, 2.5706), (10, 2.2281), (20, 2.0860), (58, 2.0017), (1_000, 1.9623),
    ])
    func studentsQuantilesAreTheTables(_ degrees: Int, _ expected: Double) {
        let value = NormalDistribution.studentQuantile(exceededWith: 0.025, degrees: degrees)
        #expect(isNear(value, expected, 0.005))
    }

    @Test func oneStratumIsTheHypergeometricTest() throws {
        // 10 of 40 succeed, 7 of them among 15: expected 3.75, variance 10·(15·25)/40²·30/39.
        var test = StratifiedTest()
        test.add(.init(references: 25, referenceSuccesses: 3, others: 15, otherSuccesses: 7))
        let deviation = (10.0 * 15 * 25 / 1_600 * 30 / 39).squareRoot()
        #expect(isNear(test.z, 3.25 / deviation))
        #expect(isNear(test.pValue, NormalDistribution.twoSided(3.25 / deviation)))
        #expect(isNear(try #require(test.ratio), (7.0 / 15) / (3.0 / 25)))
    }

    @Test func strataAreComparedInThemselves() throws {
        // Chances differ between runs, not between classes: pooled, they would seem to.
        var test = StratifiedTest()
        test.add(.init(references: 900, referenceSuccesses: 90, others: 100, otherSuccesses: 10))
        test.add(.init(references: 100, referenceSuccesses: 90, others: 900, otherSuccesses: 810))
        #expect(isNear(test.z, 0))
        #expect(isNear(test.pValue, 1))
        #expect(isNear(try #require(test.ratio), 1))
    }

    @Test func emptyAndCertainStrataTellNothing() {
        var test = StratifiedTest()
        test.add(.init(references: 0, referenceSuccesses: 0, others: 0, otherSuccesses: 0))
        test.add(.init(references: 5, referenceSuccesses: 5, others: 5, otherSuccesses: 5))
        #expect(test.z == 0)
        #expect(test.pValue == 1)
        #expect(test.power(ratio: 2, alpha: 0.01) == 0)
    }

    /// The test must find a class with another chance as often as its power says, and one with the
    /// same chance no more often than its level.
    @Test func powerAndLevelAreWhatShufflingGives() {
        var draws = SeededGenerator(seed: 11)
        func found(ratio: Double) -> (share: Double, power: Double) {
            var (hits, power) = (0, 0.0)
            for _ in 0..<400 {
                var test = StratifiedTest()
                for _ in 0..<3 {
                    let (references, others) = (200, 100)
                    var (left, right) = (0, 0)
                    for _ in 0..<references where draws.fraction() < 0.25 { left += 1 }
                    for _ in 0..<others where draws.fraction() < 0.25 * ratio { right += 1 }
                    test.add(
                        .init(
                            references: references,
                            referenceSuccesses: left,
                            others: others,
                            otherSuccesses: right
                        )
                    )
                }
                if test.pValue < 0.05 { hits += 1 }
                power += test.power(ratio: ratio, alpha: 0.05) / 400
            }
            return (Double(hits) / 400, power)
        }
        let same = found(ratio: 1)
        #expect(same.share < 0.09)
        #expect(isNear(same.power, 0.05, 0.001))
        let other = found(ratio: 1.4)
        #expect(other.power > 0.7 && other.power < 0.99)
        #expect(isNear(other.share, other.power, 0.08))
    }

    @Test func aLineIsFoundWithItsBounds() throws {
        // y = 1, 3, 2, 5, 4: slope 0.8, residual variance 3.6 / 3, error √(1.2 / 10), t₃ = 3.182.
        let points = [1.0, 3, 2, 5, 4].enumerated().map { (Double($0), $1) }
        let line = try #require(TrendLine(points))
        #expect(isNear(line.mean, 3))
        #expect(isNear(line.growth, 3.2))
        #expect(isNear(line.uncertainty, 3.182 * 0.12.squareRoot() * 4, 0.1))
        #expect(line.verdict(tolerance: 0.1) == .undecided)
    }

    @Test func aTrendIsJudgedByItsBounds() throws {
        let level = try #require(TrendLine((0..<60).map { (Double($0), 100 + Double($0 % 3)) }))
        #expect(level.verdict(tolerance: 0.1) == .flat)
        let steep = try #require(TrendLine((0..<60).map { (Double($0), 100 + Double($0)) }))
        #expect(steep.verdict(tolerance: 0.1) == .rising)
        let falling = try #require(TrendLine((0..<60).map { (Double($0), 100 - Double($0)) }))
        #expect(falling.verdict(tolerance: 0.1) == .flat)
        #expect(TrendLine([(0, 1), (1, 1), (2, 1)]) == nil)
        #expect(TrendLine(Array(repeating: (3.0, 1.0), count: 9)) == nil)
    }

    @Test func theMiddleOfValuesIsTheirMedian() {
        #expect([3.0, 1, 2].median == 2)
        #expect([4.0, 1, 2, 3].median == 2.5)
        #expect([Double]().median == 0)
    }
}
