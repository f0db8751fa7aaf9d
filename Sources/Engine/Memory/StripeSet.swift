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
        unsafe words = .allocate(capacity: wordCount)
        unsafe words.initialize(repeating: 0, count: wordCount)
    }

    /// Gives the memory back.
    func destroy() { unsafe words.deallocate() }

    /// Takes all stripes out.
    @inline(__always)
    mutating func clear() {
        if count == 1 {
            unsafe words[last >> 6] = 0
        } else if count > 1 {
            for index in 0..<wordCount { unsafe words[index] = 0 }
        }
        count = 0
    }

    /// Adds a stripe, once.
    @inline(__always)
    mutating func insert(_ stripe: Int) {
        let bit: UInt64 = 1 << UInt64(stripe & 63)
        if unsafe words[stripe >> 6] & bit != 0 { return }
        unsafe words[stripe >> 6] |= bit
        count += 1
        last = stripe
    }

    /// Calls `body` with each stripe, lowest first.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        if count == 1 { return body(last) }
        for index in 0..<wordCount {
            var bits = unsafe words[index]
            while bits != 0 {
                body((index << 6) | bits.trailingZeroBitCount)
                bits &= bits &- 1
            }
        }
    }
}
