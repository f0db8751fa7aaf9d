internal import Storage

/// Seeded randomness behind the port.
package final class SimulatedEntropy: Entropy {
    private let generator: Monitor<SplitMix64>

    /// Randomness whose numbers follow from `seed` alone.
    package init(seed: UInt64) { generator = Monitor(SplitMix64(seed: seed)) }

    /// The next 64 bits of the seed.
    package func next64() -> UInt64 { generator.withLock { $0.next() } }
}

extension SplitMix64 {
    /// A number below `bound`.
    package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// True `count` times out of `total`.
    package mutating func chance(_ count: Int, in total: Int) -> Bool { below(total) < count }
}
