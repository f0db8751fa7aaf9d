internal import Inventory
internal import Sourcing

/// Distances from the warehouses to one destination, each worked out at most once.
@safe
struct DistanceTable {
    private let metres: UnsafeMutablePointer<UInt32>
    private var destination: Position?
    private static let unknown = UInt32.max

    /// A table without a destination.
    init() { unsafe metres = .allocate(capacity: Limits.warehousesMax) }

    /// Gives the memory back.
    func destroy() { unsafe metres.deallocate() }

    /// Forgets all distances: warehouses may have moved.
    mutating func forget() { destination = nil }

    /// Turns to another destination.
    mutating func aim(at position: Position, warehouses: Int) {
        if destination == position { return }
        unsafe metres.update(repeating: DistanceTable.unknown, count: warehouses)
        destination = position
    }

    /// Whole metres from a warehouse to the destination.
    func distance(of number: UInt16, _ warehouses: [Warehouse]) -> UInt32 {
        guard let destination else { return 0 }
        let index = Int(number)
        if unsafe metres[index] == DistanceTable.unknown {
            unsafe metres[index] = GreatCircle.metres(
                from: warehouses[index].position,
                to: destination
            )
        }
        return unsafe metres[index]
    }
}
