import Glibc

/// Random numbers from a seed, the same on every machine.
///
/// - Source: SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, Fast Splittable Pseudorandom Number
///   Generators, 2014).
struct SeededNumbers {
    private var state: UInt64

    /// The numbers of a seed.
    init(seed: UInt64) { state = seed }

    /// A seed that nobody chose.
    static func drawnSeed() -> UInt64 { UInt64.random(in: 1...999_999_999) }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number in a range.
    mutating func roll(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// A number in a range.
    mutating func fraction(_ range: ClosedRange<Double>) -> Double {
        let unit = Double(next() >> 11) / 9_007_199_254_740_992
        return range.lowerBound + (range.upperBound - range.lowerBound) * unit
    }

    /// Whether something that happens in `percent` of cases happens now.
    mutating func happens(_ percent: Int) -> Bool { roll(0...99) < percent }

    /// The numbers from 0 below `count` in random order.
    mutating func shuffled(_ count: Int) -> [Int] {
        var numbers = Array(0..<count)
        for place in stride(from: count - 1, to: 0, by: -1) {
            numbers.swapAt(place, roll(0...place))
        }
        return numbers
    }
}
