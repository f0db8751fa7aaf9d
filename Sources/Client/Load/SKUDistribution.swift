internal import Glibc

/// How a load spreads its holds over its SKUs.
package enum SKUDistribution: Sendable, Equatable {
    /// Every SKU as often as any other.
    case uniform
    /// The SKU of rank `k` as often as `1 / kˢ`; the first SKU has rank 1.
    /// - Parameter exponent: `s`, from 0.01 to 10.
    case zipf(exponent: Double)
    /// Only the first SKU.
    case hot

    /// The exponents that a Zipf distribution may have.
    package static let exponents = 0.01...10.0
}

/// Draws SKUs of a load, the same ones for the same seed.
struct SKUDraw {
    private enum Method {
        case uniform
        case zipf(ZipfDraw)
        case hot
    }

    private let method: Method
    private let skuCount: UInt64
    private var numbers: DrawnNumbers

    /// Draws from the first `skuCount` SKUs.
    init(_ distribution: SKUDistribution, skuCount: Int, seed: UInt64) {
        precondition(skuCount > 0, "there is a SKU to draw")
        self.skuCount = UInt64(skuCount)
        numbers = DrawnNumbers(seed: seed)
        method =
            switch distribution {
            case .uniform: .uniform
            case .zipf(let exponent): .zipf(ZipfDraw(count: skuCount, exponent: exponent))
            case .hot: .hot
            }
    }

    // MARK: Hot path

    /// The index of the next SKU, from 0.
    @inline(__always)
    mutating func next() -> UInt64 {
        switch method {
        case .uniform: numbers.next().multipliedFullWidth(by: skuCount).high
        case .zipf(let zipf): zipf.rank(drawing: { numbers.nextFraction() }) &- 1
        case .hot: 0
        }
    }
}

/// Numbers that follow from a seed and look as if they were drawn by chance.
///
/// A single multiplication of a counter, as ``KeyedHash`` has it, is enough for a hash table, but
/// spreads a counter far more evenly than chance would.
/// - Source: G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number Generators, 2014.
struct DrawnNumbers {
    private var state: UInt64

    /// The numbers of a seed.
    init(seed: UInt64) { state = seed }

    /// The next number.
    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, 1.
    @inline(__always)
    mutating func nextFraction() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Draws ranks by Zipf's law in a time that doesn't depend on how many there are.
///
/// The area under `x⁻ˢ` from half a rank below to half a rank above is inverted, and what lies
/// outside a rank's own share is drawn again, which happens to few draws.
/// - Source: Hörmann, Derflinger: Rejection-inversion to generate variates from monotone discrete
///   distributions, ACM TOMACS 6(3), 1996, algorithm RI.
package struct ZipfDraw: Sendable {
    private let exponent: Double
    private let count: Double
    private let areaAtFirst: Double
    private let areaAtLast: Double
    private let acceptedBelow: Double

    /// Ranks from 1 to `count` by `1 / rankˢ`, where `s` is the exponent.
    package init(count: Int, exponent: Double) {
        precondition(SKUDistribution.exponents.contains(exponent), "the exponent is in its range")
        precondition(count > 0, "there is a rank to draw")
        self.exponent = exponent
        self.count = Double(count)
        areaAtFirst = ZipfDraw.area(1.5, exponent) - 1
        areaAtLast = ZipfDraw.area(Double(count) + 0.5, exponent)
        let second = ZipfDraw.area(2.5, exponent) - pow(2, -exponent)
        acceptedBelow = 2 - ZipfDraw.inverseArea(second, exponent)
    }

    /// The next rank, made of fractions from 0 up to, not including, 1.
    @inline(__always)
    package func rank(drawing fraction: () -> Double) -> UInt64 {
        while true {
            let area = areaAtLast + fraction() * (areaAtFirst - areaAtLast)
            let place = ZipfDraw.inverseArea(area, exponent)
            let rank = min(max(place.rounded(), 1), count)
            if rank - place <= acceptedBelow
                || area >= ZipfDraw.area(rank + 0.5, exponent) - pow(rank, -exponent)
            {
                return UInt64(rank)
            }
        }
    }

    /// The integral of `x⁻ˢ` from 1 to `place`.
    private static func area(_ place: Double, _ exponent: Double) -> Double {
        let logarithm = log(place)
        let power = (1 - exponent) * logarithm
        // (eᵖ − 1) / p · ln x, which is ln x where the exponent is 1.
        return (power.magnitude > 1e-8 ? expm1(power) / power : 1 + power / 2) * logarithm
    }

    /// The place up to which the integral is `area`.
    private static func inverseArea(_ area: Double, _ exponent: Double) -> Double {
        let power = max(area * (1 - exponent), -1)
        return exp((power.magnitude > 1e-8 ? log1p(power) / power : 1 - power / 2) * area)
    }
}
