internal import Glibc

/// Whether two classes have the same chance, over several runs that each are compared in
/// themselves.
///
/// In each run (stratum) the classes share a number of successes. If the class made no difference,
/// which of the shoppers succeeded would be as good as shuffled over them, so that the second
/// class's share of the successes is hypergeometric; the sum over the runs of what it has above
/// the expected, divided by the root of the summed variances, is normal.
/// - Source: W. Cochran, Some methods for strengthening the common χ² tests, Biometrics 10(4),
///   1954; N. Mantel, W. Haenszel, J. Natl. Cancer Inst. 22(4), 1959.
struct StratifiedTest: Equatable, Sendable {
    /// Two classes in one run.
    struct Stratum: Equatable, Sendable {
        /// Members and successes of the class that is compared with.
        var references: Int
        var referenceSuccesses: Int
        /// Members and successes of the class that is compared.
        var others: Int
        var otherSuccesses: Int
    }

    /// The runs.
    private(set) var strata: [Stratum] = []

    /// Adds a run.
    mutating func add(_ stratum: Stratum) { strata.append(stratum) }

    /// How far the second class's successes lie above the expected, in standard deviations.
    var z: Double {
        let deviation = variance.squareRoot()
        guard deviation > 0 else { return 0 }
        return strata.reduce(0) { $0 + Double($1.otherSuccesses) - $1.expected } / deviation
    }

    /// The chance of a `z` as far from 0 as this, on either side, if the class made no difference.
    var pValue: Double { NormalDistribution.twoSided(z) }

    /// How many times the first class's chance the second class's is; nil without successes.
    var ratio: Double? {
        var (above, below) = (0.0, 0.0)
        for stratum in strata where stratum.members > 0 {
            let others = Double(stratum.otherSuccesses) * Double(stratum.references)
            let references = Double(stratum.referenceSuccesses) * Double(stratum.others)
            above += others / Double(stratum.members)
            below += references / Double(stratum.members)
        }
        return below > 0 ? above / below : nil
    }

    /// The chance that the test finds a difference, at a level of `alpha`, where the second class's
    /// chance is `ratio` times the first's and as many succeed in each run.
    func power(ratio: Double, alpha: Double) -> Double {
        precondition(ratio > 0, "a chance isn't below 0")
        let deviation = variance.squareRoot()
        guard deviation > 0 else { return 0 }
        let shift = strata.reduce(0) { sum, stratum in
            let weight = Double(stratum.references) + ratio * Double(stratum.others)
            guard weight > 0 else { return sum }
            let successes = Double(stratum.successes) * ratio * Double(stratum.others) / weight
            return sum + min(successes, Double(stratum.others)) - stratum.expected
        }
        let bound = NormalDistribution.quantile(exceededWith: alpha / 2)
        let effect = shift / deviation
        return NormalDistribution.cumulative(effect - bound)
            + NormalDistribution.cumulative(-effect - bound)
    }

    private var variance: Double { strata.reduce(0) { $0 + $1.variance } }
}

extension StratifiedTest.Stratum {
    /// Members of both classes.
    fileprivate var members: Int { references + others }

    /// Successes of both classes.
    fileprivate var successes: Int { referenceSuccesses + otherSuccesses }

    /// Successes that the second class has if the class makes no difference.
    fileprivate var expected: Double {
        members > 0 ? Double(successes) * Double(others) / Double(members) : 0
    }

    /// The variance of these.
    fileprivate var variance: Double {
        guard members > 1 else { return 0 }
        let count = Double(members)
        let failures = Double(members - successes)
        return expected * Double(references) / count * failures / (count - 1)
    }
}
