/// Counts of latencies in buckets of equal relative width, of fixed size.
///
/// Layout: that of an HdrHistogram with two significant digits and a unit of 1 ns. Values below
/// 256 ns have a bucket each; above, every power of two has 128 buckets, so that a reading is at
/// most 0.8 % too high. Values above about 18 minutes count as that.
/// Isolation: none; each event loop has its own, and they are added up at the end.
package struct LatencyHistogram: Sendable {
    private static let subBucketBits = 7
    private static let subBucketCount = 1 << subBucketBits
    private static let exponentMax = 40
    private static let bucketCount = (exponentMax - subBucketBits + 1) * subBucketCount

    /// How many values each bucket holds, from the lowest bucket to the highest.
    package private(set) var buckets = [UInt64](repeating: 0, count: bucketCount)
    /// How many values were recorded.
    package private(set) var count: UInt64 = 0
    /// The largest value, in nanoseconds.
    package private(set) var maxNanoseconds: UInt64 = 0

    /// The highest value that has a bucket of its own width, in nanoseconds.
    package static let trackableNanosecondsMax: UInt64 = (1 << UInt64(exponentMax)) - 1

    /// An empty histogram.
    package init() {}

    // MARK: Hot path

    /// Counts one value.
    package mutating func record(nanoseconds: UInt64) {
        buckets[LatencyHistogram.bucket(of: nanoseconds)] &+= 1
        count &+= 1
        if nanoseconds > maxNanoseconds { maxNanoseconds = nanoseconds }
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= UInt64(subBucketCount) else { return Int(value) }
        let exponent = 63 &- value.leadingZeroBitCount
        guard exponent < exponentMax else { return bucketCount &- 1 }
        let shift = exponent &- subBucketBits
        let mantissa = Int(truncatingIfNeeded: value >> UInt64(shift)) &- subBucketCount
        return (shift &+ 1) &* subBucketCount &+ mantissa
    }

    // MARK: Reading

    /// The highest value that a bucket holds.
    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= subBucketCount else { return UInt64(bucket) }
        let shift = UInt64(bucket / subBucketCount - 1)
        let mantissa = UInt64(bucket % subBucketCount + subBucketCount)
        return ((mantissa + 1) << shift) - 1
    }

    /// The value that `fraction` of all values don't exceed, in nanoseconds; 0 when empty.
    package func nanoseconds(atFraction fraction: Double) -> UInt64 {
        precondition(fraction > 0 && fraction <= 1, "a fraction lies above 0 and up to 1")
        let rank = UInt64((Double(count) * fraction).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, bucketSize) in buckets.enumerated() {
            seen += bucketSize
            if seen >= rank, bucketSize > 0 {
                return min(LatencyHistogram.upperBound(of: bucket), maxNanoseconds)
            }
        }
        return maxNanoseconds
    }

    /// Adds the counts of another histogram.
    package mutating func add(_ other: LatencyHistogram) {
        for bucket in buckets.indices { buckets[bucket] += other.buckets[bucket] }
        count += other.count
        maxNanoseconds = max(maxNanoseconds, other.maxNanoseconds)
    }

    /// What was recorded after `earlier`, which is what this histogram was then; its largest value
    /// is known as exactly as its bucket is wide.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var later = LatencyHistogram()
        for bucket in buckets.indices {
            precondition(buckets[bucket] >= earlier.buckets[bucket], "counts only grow")
            later.buckets[bucket] = buckets[bucket] - earlier.buckets[bucket]
            if later.buckets[bucket] > 0 {
                later.maxNanoseconds = min(LatencyHistogram.upperBound(of: bucket), maxNanoseconds)
            }
        }
        later.count = count - earlier.count
        return later
    }
}
