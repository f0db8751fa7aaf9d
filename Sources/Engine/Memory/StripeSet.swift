/// A set of stripe numbers, walked in ascending order: the order in which locks are taken.
@safe
struct StripeSet {
    private let words: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    /// How many stripes are in the set.
    private(set) var count = 0
    /// A stripe of the set, the only one if `count` is 1.
    private(set) var last = 0

    /// An empty set over `count` stripes.
    init(count: Int) {
        wordCount = (count + 63) / 64
        words = .allocate(capacity: wordCount)
        words.initialize(repeating: 0, count: wordCount)
    }

    /// Gives the memory back.
    func destroy() { words.deallocate() }

    /// Takes all stripes out.
    @inline(__always)
    mutating func clear() {
        if count > 0 { for index in 0..<wordCount { words[index] = 0 } }
        count = 0
    }

    /// Adds a stripe, once.
    @inline(__always)
    mutating func insert(_ stripe: Int) {
        let bit: UInt64 = 1 << UInt64(stripe & 63)
        if words[stripe >> 6] & bit != 0 { return }
        words[stripe >> 6] |= bit
        count += 1
        last = stripe
    }

    /// Calls `body` with each stripe, lowest first.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        if count == 1 { return body(last) }
        for index in 0..<wordCount {
            var bits = words[index]
            while bits != 0 {
                body((index << 6) | bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
    }
}
