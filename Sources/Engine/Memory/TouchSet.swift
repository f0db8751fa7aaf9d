internal import Inventory

/// The SKUs that one movement has touched, so that each version rises once a movement.
///
/// Direct-mapped by SKU number with open addressing; entries of earlier movements count as empty.
@safe
struct TouchSet {
    private let slots: UnsafeMutablePointer<(movement: UInt64, sku: UInt32)>

    private static let slotCount = 4 * Limits.sharesPerReservationMax

    /// An empty set.
    init() {
        unsafe slots = .allocate(capacity: TouchSet.slotCount)
        unsafe slots.initialize(repeating: (0, 0), count: TouchSet.slotCount)
    }

    /// Gives the memory back.
    func destroy() { unsafe slots.deallocate() }

    /// Adds a SKU to the set of `movement`, a number that isn't 0 and differs for each movement.
    /// - Returns: Whether it was not in the set.
    @inline(__always)
    func insert(_ sku: UInt32, _ movement: UInt64) -> Bool {
        var slot = Int(sku &* 0x9E37_79B1) & (TouchSet.slotCount - 1)
        while unsafe slots[slot].movement == movement {
            if unsafe slots[slot].sku == sku { return false }
            slot = (slot + 1) & (TouchSet.slotCount - 1)
        }
        unsafe slots[slot] = (movement, sku)
        return true
    }
}
