internal import Inventory

/// Closed records of one reservation stripe in the order in which they are to be forgotten.
///
/// All are remembered for equally long, so they stand in the order in which they ended, and their
/// numbers are known long before their turn: their memory can be fetched ahead, which the lists of
/// the expiry wheel, linked through the records, don't allow.
///
/// Layout: a ring of numbers, a power of two of them, doubled when it is full; it holds each record
/// of its stripe once at most. Isolation: none; the stripe's lock is held.
/// - Complexity: all O(1), appending amortised.
@safe
struct ForgetQueue: ~Copyable {
    private var slots: UnsafeMutablePointer<UInt32>
    private var capacity: Int
    private var first = 0
    /// How many stand in it.
    private(set) var count = 0
    private var lastDue = Instant.distantPast

    private static var strideBytes: Int { MemoryLayout<UInt32>.stride }

    /// An empty queue.
    init(pool: ExtentPool) {
        capacity = ExtentPool.blockSizeBytesMin / ForgetQueue.strideBytes
        unsafe slots = unsafe pool.allocate(ExtentPool.blockSizeBytesMin)
            .assumingMemoryBound(to: UInt32.self)
    }

    /// Adds a record that is due no earlier than the last.
    /// - Returns: Whether it did; not when it is due before the last.
    @inline(__always)
    mutating func append(_ slot: UInt32, due: Instant, pool: ExtentPool) -> Bool {
        guard due >= lastDue else { return false }
        if count == capacity { grow(pool: pool) }
        unsafe slots[(first &+ count) & (capacity &- 1)] = slot
        count += 1
        lastDue = due
        return true
    }

    /// The number that stands `offset` behind the first, if there are so many.
    @inline(__always)
    func slot(at offset: Int) -> UInt32? {
        offset < count ? unsafe slots[(first &+ offset) & (capacity &- 1)] : nil
    }

    /// Takes the first numbers out.
    mutating func removeFirst(_ amount: Int) {
        precondition(amount <= count, "no more than there are")
        first = (first + amount) & (capacity - 1)
        count -= amount
    }

    @inline(never)
    private mutating func grow(pool: ExtentPool) {
        let size = capacity * ForgetQueue.strideBytes
        let larger = unsafe pool.allocate(size * 2).assumingMemoryBound(to: UInt32.self)
        let behind = capacity - first
        unsafe larger.update(from: slots + first, count: behind)
        unsafe (larger + behind).update(from: slots, count: first)
        unsafe pool.free(UnsafeMutableRawPointer(slots), size)
        unsafe slots = unsafe larger
        first = 0
        capacity *= 2
    }
}
