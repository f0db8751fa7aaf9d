internal import Inventory

extension Engine {
    /// Counts the open shipments of all reservations anew and compares; all locks are held.
    func checkShipments(_ report: inout CheckReport) {
        let warehouses = network.warehouses
        var totals = [Int](repeating: 0, count: warehouses.count)
        for index in 0..<reservations.count {
            var counts = [Int](repeating: 0, count: warehouses.count)
            let stripe = unsafe reservations.state(index)
            unsafe stripe.pointee.index.forEach {
                let record = unsafe stripe.pointee.records.record($0)
                guard record.kind == .reservation else { return }
                for number in openWarehouses(of: record) { counts[Int(number)] += 1 }
            }
            for number in counts.indices {
                totals[number] += counts[number]
                let counted = unsafe stripe.pointee.shipments.count(of: UInt16(number))
                if counted == counts[number] { continue }
                note(
                    "\(warehouses[number].code): stripe \(index) counts \(counted) open shipments, "
                        + "its reservations have \(counts[number])",
                    &report
                )
            }
        }
        for (number, total) in totals.enumerated() {
            let number16 = UInt16(number)
            if capacity.limit(number16) == .max || capacity.open(number16) == total { continue }
            note(
                "\(warehouses[number].code): counts \(capacity.open(number16)) open shipments "
                    + "against its limit, reservations have \(total)",
                &report
            )
        }
    }

    /// The open shipments of each warehouse by its number; takes the reservations' locks one by
    /// one.
    func openShipmentsByWarehouse() -> [UInt64] {
        let count = networkCount
        var sums = [UInt64](repeating: 0, count: Limits.warehousesMax)
        for index in 0..<reservations.count {
            let lock = reservations.lock(index)
            lock.lock()
            defer { lock.unlock() }
            for number in 0..<count {
                let open = unsafe reservations.state(index).pointee.shipments.count(
                    of: UInt16(number)
                )
                sums[number] += UInt64(open)
            }
        }
        return sums
    }
}
