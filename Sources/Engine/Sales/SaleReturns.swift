internal import Inventory
internal import Synchronization

/// How many units of each pool went back to `default` since the start.
///
/// Isolation: any thread; each word is an atomic.
@safe
struct SaleReturns: @unchecked Sendable {
    // Safe to share: the base never changes, what it points to is atomic.
    private let words: UnsafeMutablePointer<Atomic<Int64>>

    /// None of any pool.
    init() {
        unsafe words = .allocate(capacity: Limits.poolsMax)
        for pool in 0..<Limits.poolsMax { unsafe (words + pool).initialize(to: Atomic(0)) }
    }

    /// Gives the memory back.
    func destroy() { unsafe words.deallocate() }

    /// Counts units that a pool gave.
    func count(_ units: Int64, of pool: UInt16) {
        unsafe words[Int(pool)].wrappingAdd(units, ordering: .relaxed)
    }

    /// The units that a pool gave.
    func units(of pool: UInt16) -> UInt64 {
        unsafe UInt64(words[Int(pool)].load(ordering: .relaxed))
    }

    /// Forgets the units that a pool gave.
    func forget(_ pool: UInt16) { unsafe words[Int(pool)].store(0, ordering: .relaxed) }
}
