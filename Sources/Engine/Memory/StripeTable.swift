internal import Synchronization

/// Stripes of one kind, each a lock with the state under it, in one block at a stride of whole
/// pairs of cache lines.
///
/// Layout: 128 bytes or a multiple for each stripe: a lock, at 56 a word that may be read without
/// it, at 64 the state.
/// Isolation: a stripe's state is touched under its lock only, its word atomically.
@safe
struct StripeTable<State: ~Copyable>: @unchecked Sendable {
    // Safe to share: the base never changes; what it points to is guarded as said above.
    private let base: UnsafeMutableRawPointer
    /// How many stripes there are, a power of two.
    let count: Int

    private static var wordOffset: Int { 56 }
    private static var stateOffset: Int { 64 }
    private static var strideBytes: Int {
        @inline(__always) get { (stateOffset &+ MemoryLayout<State>.stride &+ 127) / 128 &* 128 }
    }

    /// `count` stripes, each with the state that `make` gives for its number, and a word of zero.
    init(count: Int, _ make: (Int) -> State) {
        precondition(count.nonzeroBitCount == 1, "the number of stripes is a power of two")
        precondition(StripeLock.sizeBytes <= StripeTable.wordOffset, "a lock fits its line")
        self.count = count
        unsafe base = .allocate(byteCount: count * StripeTable.strideBytes, alignment: 128)
        for index in 0..<count {
            lock(index).create()
            unsafe word(index).initialize(to: Atomic(0))
            unsafe state(index).initialize(to: make(index))
        }
    }

    /// Gives back locks and memory.
    func destroy() {
        for index in 0..<count {
            lock(index).destroy()
            unsafe state(index).deinitialize(count: 1)
        }
        unsafe base.deallocate()
    }

    /// The stripe of a hash.
    @inline(__always)
    func index(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (count &- 1) }

    /// The lock of a stripe.
    @inline(__always)
    func lock(_ index: Int) -> StripeLock {
        unsafe StripeLock(at: base + index &* StripeTable.strideBytes)
    }

    /// The state of a stripe.
    @inline(__always)
    func state(_ index: Int) -> UnsafeMutablePointer<State> {
        unsafe (base + (index &* StripeTable.strideBytes &+ StripeTable.stateOffset))
            .assumingMemoryBound(to: State.self)
    }

    /// The word of a stripe.
    @inline(__always)
    func word(_ index: Int) -> UnsafeMutablePointer<Atomic<Int64>> {
        unsafe (base + (index &* StripeTable.strideBytes &+ StripeTable.wordOffset))
            .assumingMemoryBound(to: Atomic<Int64>.self)
    }
}
