internal import Inventory

/// Finds equal things among up to a few thousand: open addressing over their hashes.
@safe
struct DistinctTable {
    private let slots: UnsafeMutablePointer<Int32>
    private var used: [Int32] = []

    private static let slotCount = 4 * Limits.linesPerReservationMax

    /// An empty table.
    init() {
        unsafe slots = .allocate(capacity: DistinctTable.slotCount)
        unsafe slots.initialize(repeating: -1, count: DistinctTable.slotCount)
        used.reserveCapacity(Limits.linesPerReservationMax)
    }

    /// Gives the memory back.
    func destroy() { unsafe slots.deallocate() }

    /// Takes everything out.
    mutating func clear() {
        for slot in used { unsafe slots[Int(slot)] = -1 }
        used.removeAll(keepingCapacity: true)
    }

    /// The value stored for an equal thing, or `value` after storing it.
    mutating func value(
        for hash: UInt64,
        orInsert value: Int32,
        isEqual: (Int32) -> Bool
    ) -> Int32 {
        precondition(used.count < Limits.linesPerReservationMax, "table of equal things is full")
        var slot = Int(truncatingIfNeeded: hash >> 40) & (DistinctTable.slotCount - 1)
        while unsafe slots[slot] >= 0 {
            if unsafe isEqual(slots[slot]) { return unsafe slots[slot] }
            slot = (slot + 1) & (DistinctTable.slotCount - 1)
        }
        unsafe slots[slot] = value
        used.append(Int32(slot))
        return value
    }
}
