package import Inventory

/// The warehouses and pools of an engine: an immutable version, replaced as a whole under all
/// stock locks.
@safe
package final class Network: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.

    /// The warehouses by number; numbers are given once and never again.
    package let warehouses: [Warehouse]
    /// Rises by one with each replacement.
    package let version: UInt64
    /// The pools by number; number 0 is `default`.
    package let pools: [PoolName]
    private let numbers: [WarehouseCode: UInt16]
    private let poolNumbers: [PoolName: UInt16]

    /// The code of each warehouse, by number.
    let codes: UnsafeMutablePointer<WarehouseCode>
    /// The place of each warehouse in the order of codes, by number.
    let ranks: UnsafeMutablePointer<UInt16>
    /// Whether each warehouse takes new reservations, by number.
    let isOpen: UnsafeMutablePointer<Bool>
    /// Whether each warehouse is offline, by number.
    let isOffline: UnsafeMutablePointer<Bool>
    /// The name of each pool, by number.
    let poolNames: UnsafeMutablePointer<PoolName>

    /// A version with `warehouses` and `pools`, in the order of their numbers.
    package init(
        warehouses: [Warehouse],
        pools: [PoolName] = [.default],
        version: UInt64
    ) {
        precondition(warehouses.count <= Limits.warehousesMax, "too many warehouses")
        precondition(pools.count <= Limits.poolsMax, "too many pools")
        precondition(pools.first == .default, "the first pool is default")
        self.warehouses = warehouses
        self.pools = pools
        unsafe isOffline = .allocate(capacity: warehouses.count)
        unsafe poolNames = .allocate(capacity: pools.count)
        var poolNumbers: [PoolName: UInt16] = [:]
        for (number, pool) in pools.enumerated() {
            precondition(poolNumbers[pool] == nil, "two pools of one name")
            poolNumbers[pool] = UInt16(number)
            unsafe (poolNames + number).initialize(to: pool)
        }
        self.poolNumbers = poolNumbers
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
            unsafe (isOffline + number).initialize(to: warehouse.state == .offline)
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
        unsafe isOffline.deallocate()
        unsafe poolNames.deallocate()
    }

    /// The number of a pool.
    package func poolNumber(of pool: PoolName) -> UInt16? { poolNumbers[pool] }

    /// The number of a code.
    package func number(of code: WarehouseCode) -> UInt16? { numbers[code] }
}
