internal import Inventory
internal import Movements
internal import Sourcing

// Recovery of warehouses, policies, rates and substitutes.
extension Engine {
    /// Reads what stands before the rows of a change of configuration.
    private func takeHead(
        _ reader: inout MovementReader,
        _ lsn: UInt64
    ) throws(MovementError) -> (answer: WriteAnswer, digest: UInt64) {
        let digest = try reader.take(UInt64.self)
        var answer = WriteAnswer(.accepted)
        answer.lsn = lsn
        answer.rows = try reader.take()
        _ = try reader.take(UInt32.self)
        return (answer, digest)
    }

    /// Applies a change of configuration: `network` reads the rows and gives the next version.
    func applyConfiguration(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?,
        network: (UInt32, inout MovementReader) throws(MovementError) -> Network
    ) throws(MovementError) {
        let (answer, digest) = try takeHead(&reader, lsn)
        if lsn >= gate?.configurationLSN ?? 0 {
            replaceNetwork(try network(answer.rows, &reader))
            noteOnAllStripes(reader.header.instant)
        }
        try rememberApplied(answer, digest: digest, reader, gate)
    }

    /// Applies a change of warehouses.
    func applyWarehouses(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        try applyConfiguration(&reader, lsn, gate) { (rows, reader) throws(MovementError) in
            var all = network.warehouses
            for _ in 0..<rows {
                let (number, warehouse) = try reader.takeWarehouse()
                guard number <= all.count, number < Limits.warehousesMax else {
                    throw reader.error("leaves a gap before warehouse \(number)")
                }
                if number == all.count {
                    all.append(warehouse)
                } else {
                    all[Int(number)] = warehouse
                }
            }
            return network.replacing(warehouses: all)
        }
    }

    /// Applies a definition of policies.
    func applyPolicies(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        try applyConfiguration(&reader, lsn, gate) { (rows, reader) throws(MovementError) in
            var all = network.policies
            for _ in 0..<rows {
                let (number, policy) = try reader.takePolicy()
                let index = Int(number) - Int(SourcingPolicy.namedMin)
                let isGiven = all.firstIndex { $0.name == policy.name } ?? all.count == index
                guard isGiven, index < Limits.policiesMax else {
                    throw reader.error("gives policy \(policy.name) the number \(number)")
                }
                if index == all.count { all.append(policy) } else { all[index] = policy }
            }
            return network.replacing(policies: all)
        }
    }

    /// Applies a rate card.
    func applyRates(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        try applyConfiguration(&reader, lsn, gate) { (count, reader) throws(MovementError) in
            guard count <= Limits.ratesMax else { throw reader.error("has \(count) rates") }
            let codes = network.warehouses.map(\.code)
            var rows: [RateRow] = []
            for _ in 0..<count { rows.append(try reader.takeRate(codes)) }
            if let (index, fault) = RateRow.fault(of: rows) {
                throw reader.error("has at row \(index) a rate: \(fault.reason)")
            }
            return network.replacing(rates: RateCard(rows, codes: codes))
        }
    }

    /// Applies a change of substitutes.
    func applySubstitutes(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        var (answer, digest) = try takeHead(&reader, lsn)
        answer.version = try reader.take()
        for _ in 0..<answer.rows {
            let sku = try reader.take(UInt32.self)
            let count = try reader.take(UInt32.self)
            guard count <= Limits.substitutesPerSKUMax else {
                throw reader.error("has \(count) substitutes of one SKU")
            }
            var list = SubstituteList()
            for _ in 0..<count { list.append(try reader.take(UInt32.self)) }
            guard let entry = try entry(sku, reader, lsn, gate) else { continue }
            for index in 0..<list.count where !isMade(list[index]) {
                if let gate, gate.isPartial { continue }
                throw reader.error("names SKU \(list[index]), never made")
            }
            entry.version += 1
            setSubstitutes(list, of: sku)
        }
        try rememberApplied(answer, digest: digest, reader, gate)
    }
}
