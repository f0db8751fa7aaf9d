package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that a change of `rows` warehouses may need.
    package static func warehouseCreditBytes(rows: Int) -> Int {
        MovementLayout.warehousesSizeBytes
            + rows * (MovementLayout.warehouseRowSizeBytes + Limits.cityNameSizeBytesMax)
    }

    /// Adds warehouses, or replaces those whose code is known: all, or none.
    ///
    /// Holds all stock locks: once this has answered, nothing is taken from a closed warehouse.
    /// The session's credit covers ``warehouseCreditBytes(rows:)``.
    package func writeWarehouses(
        id: RequestID,
        digest: UInt64,
        _ warehouses: [Warehouse],
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        let idHash = hash.hash(id.high, id.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if let known = knownWrite(id, idHash, idStripe, digest: digest) { return known }
        if let refusal = refusal(of: warehouses) { return refusal }
        return replaceWarehouses(id, idHash, digest: digest, now: now, session) { _ in warehouses }
    }

    /// Sets what may be taken from a warehouse.
    ///
    /// Holds all stock locks: once this has answered, nothing is taken from a closed warehouse.
    /// The session's credit covers ``warehouseCreditBytes(rows:)`` of one row.
    package func setWarehouseState(
        id: RequestID,
        digest: UInt64,
        code: WarehouseCode,
        state: WarehouseState,
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        let idHash = hash.hash(id.high, id.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if let known = knownWrite(id, idHash, idStripe, digest: digest) { return known }
        return replaceWarehouses(id, idHash, digest: digest, now: now, session) { network in
            guard let number = network.number(of: code) else { return nil }
            var warehouse = network.warehouses[Int(number)]
            warehouse.state = state
            return [warehouse]
        }
    }

    /// Replaces the network by one with other warehouses; the id's lock is held.
    ///
    /// `change` gives the warehouses as they are from now on, read under all stock locks; `nil` for
    /// one that isn't known.
    private func replaceWarehouses(
        _ id: RequestID,
        _ idHash: UInt64,
        digest: UInt64,
        now: Instant,
        _ session: EngineSession,
        _ change: (Network) -> [Warehouse]?
    ) -> WriteAnswer {
        let idStripe = reservations.index(of: idHash)
        markAllStripes(session)
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        instant = unsafe max(instant, self.lock(session.workspace.pointee.stripes))
        defer { unsafe unlock(session.workspace.pointee.stripes) }

        let before = network
        guard let warehouses = change(before) else { return WriteAnswer(.unknownWarehouse) }
        var all = before.warehouses
        var numbers: [UInt16] = []
        for warehouse in warehouses {
            if let number = before.number(of: warehouse.code) {
                all[Int(number)] = warehouse
                numbers.append(number)
                continue
            }
            guard all.count < Limits.warehousesMax else { return WriteAnswer(.tooManyWarehouses) }
            numbers.append(UInt16(all.count))
            all.append(warehouse)
        }
        var answer = WriteAnswer(.accepted)
        answer.rows = UInt32(warehouses.count)
        answer.lsn = append(
            warehouses,
            numbers,
            id: id,
            digest: digest,
            instant: instant,
            session
        )
        replaceNetwork(
            Network(warehouses: all, pools: before.pools, version: before.version + 1)
        )
        remember(answer, id, idHash, idStripe, digest: digest, instant: instant)
        unsafe note(
            instant,
            reservationStripe: idStripe,
            stockStripes: session.workspace.pointee.stripes
        )
        session.counters.add(.stockWrites)
        return answer
    }

    /// Puts all stock stripes into the session's set.
    func markAllStripes(_ session: EngineSession) {
        unsafe session.workspace.pointee.stripes.clear()
        for stripe in 0..<stock.count { unsafe session.workspace.pointee.stripes.insert(stripe) }
    }

    private func refusal(of warehouses: [Warehouse]) -> WriteAnswer? {
        if warehouses.isEmpty { return WriteAnswer(.noLines) }
        if warehouses.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        var codes: Set<WarehouseCode> = []
        for (index, warehouse) in warehouses.enumerated() {
            let row = Int32(index)
            if warehouse.code == .none || !codes.insert(warehouse.code).inserted {
                return WriteAnswer(.invalidWarehouseCode, refusedRow: row)
            }
            if !warehouse.position.isValid { return WriteAnswer(.invalidPosition, refusedRow: row) }
            if warehouse.city.utf8.count > Limits.cityNameSizeBytesMax
                || warehouse.shipmentCostMinor < 0 || warehouse.unitCostMinor < 0
                || warehouse.cutoffHourUTC > 24
            {
                return WriteAnswer(.invalidQuantity, refusedRow: row)
            }
        }
        return nil
    }

    private func append(
        _ warehouses: [Warehouse],
        _ numbers: [UInt16],
        id: RequestID,
        digest: UInt64,
        instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        var size = MovementLayout.warehousesSizeBytes
        for warehouse in warehouses {
            size +=
                MovementLayout.warehouseRowSizeBytes
                + MovementLayout.padded(warehouse.city.utf8.count)
        }
        let work = unsafe session.workspace
        unsafe precondition(size <= work.pointee.credit, "a change needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, record) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: .warehousesChanged,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: id
        )
        writer.put(digest)
        writer.put(UInt32(warehouses.count))
        writer.put(UInt32(0))
        for (warehouse, number) in zip(warehouses, numbers) {
            write(warehouse, number, &writer)
        }
        writer.finish()
        unsafe ring.publish(record, size: size)
        return lsn
    }

    private func write(
        _ warehouse: Warehouse,
        _ number: UInt16,
        _ writer: inout MovementWriter
    ) {
        let city = Array(warehouse.city.utf8)
        writer.put(number)
        writer.put(warehouse.state.rawValue)
        writer.put(warehouse.cutoffHourUTC)
        writer.put(warehouse.handlingHours)
        writer.put(UInt8(city.count))
        writer.put(UInt8(0))
        writer.put(warehouse.code.high)
        writer.put(warehouse.code.low)
        writer.put(warehouse.position.latitudeMicrodegrees)
        writer.put(warehouse.position.longitudeMicrodegrees)
        writer.put(warehouse.priority)
        writer.put(Int32(0))
        writer.put(warehouse.shipmentCostMinor)
        writer.put(warehouse.unitCostMinor)
        unsafe city.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe writer.put(base, size: bytes.count, paddedTo: 8)
        }
    }
}
