/// A straight line through measurements over time, and how sure its slope is.
///
/// Ordinary least squares; the bounds are those of Student's distribution for residues that are
/// independent and alike. What a machine does isn't quite: give measurements of some seconds each.
struct TrendLine: Equatable, Sendable {
    /// What a trend means.
    enum Verdict: String, Sendable {
        /// Growth beyond the tolerance is ruled out.
        case flat
        /// There is growth beyond the tolerance.
        case rising
        /// The measurements tell neither.
        case undecided
    }

    /// The mean of the measurements.
    let mean: Double
    /// Growth from the first to the last measurement, along the line.
    let growth: Double
    /// What the growth may be instead, at 95 %, on either side.
    let uncertainty: Double

    private static let tail = 0.025
    private static let pointsMin = 4

    /// The line through measurements; nil for fewer than four, or all at one time.
    init?(_ points: [(seconds: Double, value: Double)]) {
        guard points.count >= TrendLine.pointsMin else { return nil }
        let count = Double(points.count)
        let meanTime = points.reduce(0) { $0 + $1.seconds } / count
        let mean = points.reduce(0) { $0 + $1.value } / count
        var (square, product) = (0.0, 0.0)
        for point in points {
            square += (point.seconds - meanTime) * (point.seconds - meanTime)
            product += (point.seconds - meanTime) * (point.value - mean)
        }
        guard square > 0 else { return nil }
        let slope = product / square
        let residue = points.reduce(0) { sum, point in
            let off = point.value - mean - slope * (point.seconds - meanTime)
            return sum + off * off
        }
        let error = (residue / (count - 2) / square).squareRoot()
        let student = NormalDistribution.studentQuantile(
            exceededWith: TrendLine.tail,
            degrees: points.count - 2
        )
        let times = points.map(\.seconds)
        let span = (times.max() ?? 0) - (times.min() ?? 0)
        self.mean = mean
        growth = slope * span
        uncertainty = student * error * span
    }

    /// The growth as a share of the mean.
    var relativeGrowth: Double { mean > 0 ? growth / mean : 0 }

    /// Its uncertainty as a share of the mean.
    var relativeUncertainty: Double { mean > 0 ? uncertainty / mean : 0 }

    /// What the line says of growth beyond a share of the mean.
    func verdict(tolerance: Double) -> Verdict {
        if relativeGrowth + relativeUncertainty <= tolerance { return .flat }
        return relativeGrowth - relativeUncertainty > tolerance ? .rising : .undecided
    }
}
