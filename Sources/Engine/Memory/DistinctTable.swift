internal import Inventory

/// Finds equal things among up to a few thousand: open addressing over their hashes.
///
/// Whoever needs room for more asks for it, and gives it back afterwards.
@safe
struct DistinctTable {
    private var slots: UnsafeMutablePointer<Int32>
    private var slotCount: Int
    private var used: [Int32] = []

    private static let slotsPerThing = 4
    private static let slotCountUsual = slotsPerThing * Limits.linesPerReservationMax

    /// An empty table for as many things as a reservation has lines.
    init() {
        slotCount = DistinctTable.slotCountUsual
        unsafe slots = .allocate(capacity: slotCount)
        unsafe slots.initialize(repeating: -1, count: slotCount)
        used.reserveCapacity(Limits.linesPerReservationMax)
    }

    /// Gives the memory back.
    func destroy() { unsafe slots.deallocate() }

    /// Takes everything out.
    mutating func clear() {
        for slot in used { unsafe slots[Int(slot)] = -1 }
        used.removeAll(keepingCapacity: true)
    }

    /// Takes everything out and has room for `count` things, be they more than usual.
    @inline(never)
    mutating func clear(expecting count: Int) {
        clear()
        let needed = DistinctTable.slotsPerThing * count
        var size = DistinctTable.slotCountUsual
        while size < needed { size *= 2 }
        guard size != slotCount else { return }
        unsafe slots.deallocate()
        slotCount = size
        unsafe slots = .allocate(capacity: size)
        unsafe slots.initialize(repeating: -1, count: size)
        used = []
    }

    /// The value stored for an equal thing, or `value` after storing it.
    mutating func value(
        for hash: UInt64,
        orInsert value: Int32,
        isEqual: (Int32) -> Bool
    ) -> Int32 {
        precondition(
            used.count < slotCount / DistinctTable.slotsPerThing,
            "table of equal things is full"
        )
        var slot = Int(truncatingIfNeeded: hash >> 40) & (slotCount - 1)
        while unsafe slots[slot] >= 0 {
            if unsafe isEqual(slots[slot]) { return unsafe slots[slot] }
            slot = (slot + 1) & (slotCount - 1)
        }
        unsafe slots[slot] = value
        used.append(Int32(slot))
        return value
    }
}
