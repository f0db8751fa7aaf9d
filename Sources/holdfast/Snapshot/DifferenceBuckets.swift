/// Finds what differs between two sets of things in fixed memory.
///
/// Each thing falls into one of up to a million buckets by its key. A bucket sums up the digests of
/// the first set's things less those of the second's: where that isn't zero, and only there,
/// something differs. Memory: 12 MiB at most.
struct DifferenceBuckets {
    private var sums: [UInt64]
    /// Parts of the things of both sets.
    private var weights: [UInt32]

    private static let countMin = 1 << 8
    private static let countMax = 1 << 20

    /// Empty buckets, a power of two of them, for about so many things.
    init(things: Int) {
        var count = DifferenceBuckets.countMin
        while count < min(things, DifferenceBuckets.countMax) { count *= 2 }
        sums = Array(repeating: 0, count: count)
        weights = Array(repeating: 0, count: count)
    }

    /// The bucket of a key's hash.
    func bucket(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (sums.count - 1) }

    /// Takes a thing of the first set.
    ///
    /// - Parameters:
    ///   - hash: The hash of its key.
    ///   - digest: The digest of its key and its content.
    ///   - weight: Its parts, as memory goes.
    mutating func add(_ hash: UInt64, digest: UInt64, weight: Int) {
        note(hash, weight)
        sums[bucket(hash)] &+= digest
    }

    /// Takes a thing of the second set.
    mutating func subtract(_ hash: UInt64, digest: UInt64, weight: Int) {
        note(hash, weight)
        sums[bucket(hash)] &-= digest
    }

    private mutating func note(_ hash: UInt64, _ weight: Int) {
        let bucket = bucket(hash)
        weights[bucket] = UInt32(clamping: UInt64(weights[bucket]) + UInt64(weight))
    }

    /// Whether a thing may differ: something in its bucket does.
    func mayDiffer(_ hash: UInt64) -> Bool { sums[bucket(hash)] != 0 }

    /// Ranges of buckets that hold all that differs, each of not much more than `weightMax`.
    func passes(weightMax: Int) -> [Range<Int>] {
        var passes: [Range<Int>] = []
        var start = 0
        var weight = 0
        for bucket in sums.indices where sums[bucket] != 0 {
            if weight > 0, weight + Int(weights[bucket]) > weightMax {
                passes.append(start..<bucket)
                (start, weight) = (bucket, 0)
            }
            weight += Int(weights[bucket])
        }
        if weight > 0 { passes.append(start..<sums.count) }
        return passes
    }
}
