package import Inventory

/// The warehouses of an engine: an immutable version, replaced as a whole under all stock locks.
@safe
package final class Network: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.

    /// The warehouses by number; numbers are given once and never again.
    package let warehouses: [Warehouse]
    /// Rises by one with each replacement.
    package let version: UInt64
    private let numbers: [WarehouseCode: UInt16]

    /// The code of each warehouse, by number.
    let codes: UnsafeMutablePointer<WarehouseCode>
    /// The place of each warehouse in the order of codes, by number.
    let ranks: UnsafeMutablePointer<UInt16>
    /// Whether each warehouse takes new reservations, by number.
    let isOpen: UnsafeMutablePointer<Bool>

    /// A version with `warehouses`, in the order of their numbers.
    package init(warehouses: [Warehouse], version: UInt64) {
        precondition(warehouses.count <= Limits.warehousesMax, "too many warehouses")
        self.warehouses = warehouses
        self.version = version
        unsafe codes = .allocate(capacity: warehouses.count)
        unsafe ranks = .allocate(capacity: warehouses.count)
        unsafe isOpen = .allocate(capacity: warehouses.count)
        var numbers: [WarehouseCode: UInt16] = [:]
        for (number, warehouse) in warehouses.enumerated() {
            precondition(numbers[warehouse.code] == nil, "two warehouses of one code")
            numbers[warehouse.code] = UInt16(number)
            unsafe (codes + number).initialize(to: warehouse.code)
            unsafe (isOpen + number).initialize(to: warehouse.state == .online)
        }
        self.numbers = numbers
        let order = warehouses.indices.sorted { warehouses[$0].code < warehouses[$1].code }
        for (rank, number) in order.enumerated() {
            unsafe (ranks + number).initialize(to: UInt16(rank))
        }
    }

    deinit {
        unsafe codes.deallocate()
        unsafe ranks.deallocate()
        unsafe isOpen.deallocate()
    }

    /// The number of a code.
    package func number(of code: WarehouseCode) -> UInt16? { numbers[code] }
}
