package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that a change of `rows` warehouses may need.
    package static func warehouseCreditBytes(rows: Int) -> Int {
        MovementLayout.configurationSizeBytes
            + rows * (MovementLayout.warehouseRowSizeBytes + Limits.cityNameSizeBytesMax)
            + min(Limits.regionsMax, rows * Limits.regionsPerWarehouseMax) * regionSizeBytes
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
        changeConfiguration(id, digest: digest, now: now, session) {
            refusal(of: warehouses)
        } plan: { network, _ in
            replaced(warehouses, in: network)
        }
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
        changeConfiguration(id, digest: digest, now: now, session) { network, _ in
            guard let number = network.number(of: code) else {
                return .refusal(WriteAnswer(.unknownWarehouse))
            }
            var warehouse = network.warehouses[Int(number)]
            warehouse.state = state
            return replaced([warehouse], in: network)
        }
    }

    private static var regionSizeBytes: Int { MemoryLayout<UInt64>.size }

    /// The change that puts warehouses into a network.
    private func replaced(_ warehouses: [Warehouse], in network: Network) -> ConfigurationPlan {
        var all = network.warehouses
        var numbers: [UInt16] = []
        var regions = all.reduce(0) { $0 + $1.regions.count }
        for (index, warehouse) in warehouses.enumerated() {
            let number = network.number(of: warehouse.code).map { Int($0) } ?? all.count
            regions += warehouse.regions.count
            if number < all.count {
                regions -= all[number].regions.count
                all[number] = warehouse
            } else {
                all.append(warehouse)
            }
            guard all.count <= Limits.warehousesMax, regions <= Limits.regionsMax else {
                return .refusal(WriteAnswer(.tooManyWarehouses, refusedRow: Int32(index)))
            }
            numbers.append(UInt16(number))
        }
        var size = MovementLayout.configurationSizeBytes
        for warehouse in warehouses {
            size += MovementLayout.warehouseRowSize(warehouse)
        }
        return .change(
            ConfigurationChange(
                network: network.replacing(warehouses: all),
                kind: .warehousesChanged,
                rows: warehouses.count,
                sizeBytes: size
            ) { writer in
                for (warehouse, number) in zip(warehouses, numbers) {
                    writer.put(warehouse, number: number)
                }
            }
        )
    }

    private func refusal(of warehouses: [Warehouse]) -> WriteAnswer? {
        if warehouses.isEmpty { return WriteAnswer(.noLines) }
        if warehouses.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        var codes: Set<WarehouseCode> = []
        for (index, warehouse) in warehouses.enumerated() {
            let row = Int32(index)
            if let fault = warehouse.fault { return WriteAnswer(fault.outcome, refusedRow: row) }
            if !codes.insert(warehouse.code).inserted {
                return WriteAnswer(.invalidWarehouseCode, refusedRow: row)
            }
        }
        return nil
    }
}
