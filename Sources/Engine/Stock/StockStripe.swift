internal import Inventory

/// The SKUs that hash to one stock stripe: their index and the memory of their cells.
///
/// Isolation: the stripe's lock is held across every call.
struct StockStripe: ~Copyable {
    /// From hashes of names to SKU numbers.
    var index: HashIndex
    /// Blocks of cells and long names.
    var arena = BlockArena()
    /// What may take the place of a SKU.
    var substitutes = SubstituteTable()
    /// Instant of the last movement that touched the stripe.
    var lastInstant = Instant.distantPast

    /// An empty stripe.
    init(number: Int, pool: ExtentPool) {
        index = HashIndex(pool: pool, isHinted: true, stripe: number)
    }
}

/// All stock stripes: locks and states in one block, at a stride of whole pairs of cache lines.
@safe
struct StockStripes: @unchecked Sendable {
    // Safe to share: the base never changes; a stripe's state is touched under its lock only.
    private let base: UnsafeMutableRawPointer
    /// How many stripes there are, a power of two.
    let count: Int

    private static let stateOffset = 64
    private static let strideBytes =
        (stateOffset + MemoryLayout<StockStripe>.stride + 127) / 128 * 128

    /// `count` empty stripes.
    init(count: Int, pool: ExtentPool) {
        precondition(count.nonzeroBitCount == 1, "the number of stripes is a power of two")
        precondition(StripeLock.sizeBytes <= StockStripes.stateOffset, "a lock fits its line")
        self.count = count
        unsafe base = .allocate(byteCount: count * StockStripes.strideBytes, alignment: 128)
        for index in 0..<count {
            lock(index).create()
            unsafe state(index).initialize(to: StockStripe(number: index, pool: pool))
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
        unsafe StripeLock(at: base + index &* StockStripes.strideBytes)
    }

    /// The state of a stripe.
    @inline(__always)
    func state(_ index: Int) -> UnsafeMutablePointer<StockStripe> {
        unsafe (base + (index &* StockStripes.strideBytes &+ StockStripes.stateOffset))
            .assumingMemoryBound(to: StockStripe.self)
    }
}
