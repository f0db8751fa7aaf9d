internal import Inventory

// Open shipments: reservations with units held or committed in a warehouse.
extension ModelInventory {
    /// How many reservations have units held or committed in a warehouse.
    func openShipments(of code: WarehouseCode) -> Int {
        reservations.values.count { isOpen($0, in: code) }
    }

    /// Whether a warehouse has as many open shipments as it takes.
    func isFull(_ code: WarehouseCode) -> Bool {
        guard let limit = warehouses[code]?.capacityShipments else { return false }
        return openShipments(of: code) - (givenBack.contains(code) ? 1 : 0) >= Int(limit)
    }

    /// The warehouses in which a reservation has open units.
    func openWarehouses(of reservation: Reservation) -> Set<WarehouseCode> {
        Set(warehouses.keys.filter { isOpen(reservation, in: $0) })
    }

    private func isOpen(_ reservation: Reservation, in code: WarehouseCode) -> Bool {
        reservation.lines.contains { line in
            zip(line.shares, line.progress).contains { share, progress in
                share.warehouse == code && progress.held + progress.committed > 0
            }
        }
    }
}
