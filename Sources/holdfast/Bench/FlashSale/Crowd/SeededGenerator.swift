internal import Glibc
internal import HoldfastClient

/// Numbers that a seed decides: SplitMix64.
///
/// - Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that starts at `seed`.
    init(seed: UInt64) { state = seed }

    /// A generator for one of many purposes of a seed.
    init(seed: UInt64, _ purpose: UInt64, _ number: UInt64) {
        state = KeyedHash(key: seed ^ 0x9E37_79B9_7F4A_7C15).hash(purpose, number)
    }

    /// The next number.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A whole number of a range, each as likely as any other.
    mutating func number(_ range: ClosedRange<Int>) -> Int {
        let count = UInt64(range.upperBound - range.lowerBound + 1)
        return range.lowerBound + Int(next().multipliedFullWidth(by: count).high)
    }

    /// A length of time around a mean: from half of it to one and a half.
    mutating func around(_ milliseconds: Int) -> Int {
        Int(Double(milliseconds) * (0.5 + fraction()))
    }

    /// An exponentially distributed length of time, none longer than `most`.
    ///
    /// Cut off, not piled up, at `most`: what would lie beyond is spread over the whole.
    mutating func decaying(mean: Int, most: Int) -> Int {
        let within = 1 - exp(-Double(most) / Double(mean))
        return min(most, Int(-Double(mean) * log1p(-fraction() * within)))
    }
}
