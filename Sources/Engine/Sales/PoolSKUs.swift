internal import Inventory

/// The SKUs that have a cell in a pool, by number of the pool; `default` isn't kept.
///
/// Cells never go, so lists only grow: a walk over one may pause between any two SKUs.
/// Isolation: any thread; a lock of its own, the last in the order of locks.
@safe
final class PoolSKUs: @unchecked Sendable {
    // Safe to share: all state is touched under `lock` only.
    private let lock: StripeLock
    private let lockMemory: UnsafeMutableRawPointer
    private var lists = [[UInt32]](repeating: [], count: Limits.poolsMax)

    /// No SKU.
    init() {
        unsafe lockMemory = .allocate(byteCount: StripeLock.sizeBytes, alignment: 128)
        lock = unsafe StripeLock(at: lockMemory)
        lock.create()
    }

    deinit {
        lock.destroy()
        unsafe lockMemory.deallocate()
    }

    /// Notes the pools of the cells that a SKU has got, those before `first` being noted; the lock
    /// of its stripe is held.
    func note(_ number: UInt32, _ entry: StockEntry, from first: Int = 0) {
        for index in first..<entry.cellCount {
            let pool = entry.cell(index).pool
            if pool == 0 { continue }
            let isKnown = (0..<index).contains { entry.cell($0).pool == pool }
            if isKnown { continue }
            lock.lock()
            lists[Int(pool)].append(number)
            lock.unlock()
        }
    }

    /// Numbers of SKUs with a cell in a pool, in the order in which they got it.
    /// - Parameters:
    ///   - pool: The number of the pool, not 0.
    ///   - first: How many to pass.
    ///   - limit: How many to give, at most.
    /// - Returns: None once all were given.
    func numbers(of pool: UInt16, from first: Int, limit: Int) -> [UInt32] {
        precondition(pool != 0, "of default nothing is kept")
        lock.lock()
        defer { lock.unlock() }
        let list = lists[Int(pool)]
        guard first < list.count else { return [] }
        return Array(list[first..<min(list.count, first + limit)])
    }
}
