internal import Glibc

/// The standard normal distribution.
enum NormalDistribution {
    /// The chance of a value up to `z`.
    static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The chance of a value at least as far from 0 as `z`, on either side.
    static func twoSided(_ z: Double) -> Double { erfc(z.magnitude / 2.0.squareRoot()) }

    /// The value that is exceeded with a chance of `upper`, found by halving.
    static func quantile(exceededWith upper: Double) -> Double {
        precondition(upper > 0 && upper < 1, "a chance between 0 and 1")
        var low = -40.0
        var high = 40.0
        while high - low > 1e-12 {
            let middle = (low + high) / 2
            if 1 - cumulative(middle) > upper { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The value of Student's distribution that is exceeded with a chance of `upper`.
    ///
    /// Within 0.3 % of the true one from 5 degrees of freedom on, where `upper` is 0.5 % or more.
    /// - Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5.
    static func studentQuantile(exceededWith upper: Double, degrees: Int) -> Double {
        precondition(degrees > 0, "something varies freely")
        let z = quantile(exceededWith: upper)
        let n = Double(degrees)
        let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
        let z9 = z7 * z * z
        let first = (z3 + z) / (4 * n)
        let second = (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
        let third = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
        let fourth =
            (79 * z9 + 776 * z7 + 1_482 * z5 - 1_920 * z3 - 945 * z) / (92_160 * n * n * n * n)
        return z + first + second + third + fourth
    }
}
