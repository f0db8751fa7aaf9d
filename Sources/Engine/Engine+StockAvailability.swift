package import Inventory

/// The places at which an answer tells of warehouses, for one version of the network.
private struct AvailabilityOrder {
    /// The version of the network.
    let network: Network
    /// By number of the warehouse its place in the answer, or −1.
    let places: [Int32]
    /// By place the number of the warehouse.
    let warehouses: [UInt16]
    /// By number of the pool whether it was asked for.
    let isAsked: [Bool]

    /// The order in which `query` asks for warehouses, or that of codes.
    init(_ query: AvailabilityQuery, _ network: Network) {
        self.network = network
        var places = [Int32](repeating: -1, count: network.warehouses.count)
        var warehouses: [UInt16] = []
        let codes =
            query.warehouses.isEmpty
            ? network.warehouses.map(\.code).sorted() : query.warehouses
        for code in codes {
            guard let number = network.number(of: code), places[Int(number)] < 0 else { continue }
            places[Int(number)] = Int32(warehouses.count)
            warehouses.append(number)
        }
        self.places = places
        self.warehouses = warehouses
        var isAsked = [Bool](repeating: false, count: network.pools.count)
        for pool in query.pools.isEmpty ? [.default] : query.pools {
            if let number = network.poolNumber(of: pool) { isAsked[Int(number)] = true }
        }
        self.isAsked = isAsked
    }
}

/// A cell, as the units that an owner holds are added up.
private struct HeldCell: Hashable {
    var sku: UInt32
    var warehouse: UInt16
    var pool: UInt16
}

/// The units that an owner held, cell by cell, as they were found one stripe after the other.
package struct HeldUnits: Sendable {
    fileprivate var byCell: [HeldCell: Int64] = [:]

    /// Nothing held.
    package init() {}
}

extension Engine {
    /// The units that an owner holds now.
    ///
    /// - Complexity: O(reservations of the owner).
    package func heldUnits(of owner: OwnerID, now: Instant) -> HeldUnits {
        var held = HeldUnits()
        ownerHeldUnits(owner, now: now) { sku, warehouse, pool, units in
            let cell = HeldCell(sku: sku, warehouse: warehouse, pool: pool)
            held.byCell[cell, default: 0] += Int64(units)
        }
        return held
    }

    /// What could be reserved of SKUs: of each as it is at one instant.
    ///
    /// Takes one stripe's lock for one SKU at a time. The units that the owner holds are read
    /// before, so they may be a moment older.
    /// - Complexity: O(cells of the SKUs), and with an owner O(reservations of the owner).
    package func availability(_ query: AvailabilityQuery, now: Instant) -> [SKUAvailability] {
        let held = query.owner.map { heldUnits(of: $0, now: now) } ?? HeldUnits()
        return availability(query, asIfFree: held)
    }

    /// What could be reserved of SKUs if `held` were free, whoever the query names as owner.
    package func availability(
        _ query: AvailabilityQuery,
        asIfFree held: HeldUnits
    ) -> [SKUAvailability] {
        var order = AvailabilityOrder(query, network)
        return query.skus.map { sku in
            var name = sku
            return name.withUTF8 { bytes in
                guard let base = bytes.baseAddress, bytes.count <= Limits.skuSizeBytesMax else {
                    return SKUAvailability(version: 0, cells: [])
                }
                let view = unsafe SKUView(bytes: base, size: bytes.count)
                return unsafe availability(of: view, query, &order, held.byCell)
            }
        }
    }

    private func availability(
        of sku: SKUView,
        _ query: AvailabilityQuery,
        _ order: inout AvailabilityOrder,
        _ held: [HeldCell: Int64]
    ) -> SKUAvailability {
        let skuHash = unsafe hash.hash(sku.bytes, size: sku.size)
        let lock = stock.lock(stock.index(of: skuHash))
        lock.lock()
        defer { lock.unlock() }
        // Under the lock the network stays as it is, and knows every warehouse of the cells.
        if order.network.version != networkVersion { order = AvailabilityOrder(query, network) }
        guard let number = unsafe find(sku, hash: skuHash) else {
            return SKUAvailability(version: 0, cells: [])
        }
        let entry = directory.entry(number)
        var found: [(place: Int32, available: Int64, onHand: Int64)] = []
        for index in 0..<entry.cellCount {
            let cell = entry.cell(index)
            let place = order.places[Int(cell.warehouse)]
            guard place >= 0, order.isAsked[Int(cell.pool)] else { continue }
            let key = HeldCell(sku: number, warehouse: cell.warehouse, pool: cell.pool)
            let own = held.isEmpty ? 0 : min(held[key] ?? 0, cell.reserved)
            found.append((place, takeable(of: cell, without: own), cell.onHand))
        }
        found.sort { $0.place < $1.place }
        var cells: [SKUAvailability.Cell] = []
        var last: Int32 = -1
        for entry in found {
            if entry.place == last {
                cells[cells.count - 1].available += entry.available
                cells[cells.count - 1].onHand += entry.onHand
                continue
            }
            last = entry.place
            let warehouse = order.network.warehouses[Int(order.warehouses[Int(entry.place)])]
            cells.append(
                SKUAvailability.Cell(
                    warehouse: warehouse.code,
                    state: warehouse.state,
                    available: entry.available,
                    onHand: entry.onHand
                )
            )
        }
        for index in cells.indices where cells[index].state != .online {
            cells[index].available = 0
        }
        return SKUAvailability(version: entry.version, cells: cells)
    }

    /// Units that a reservation could take of a cell if `own` of its reserved units were free.
    private func takeable(of cell: StockCell, without own: Int64) -> Int64 {
        let promised = cell.reserved + cell.committed - own
        return max(0, min(cell.available + own, Limits.unitsPerCellMax - promised))
    }
}
