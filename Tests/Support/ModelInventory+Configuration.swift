internal import Inventory

extension ModelInventory {
    /// Changes what sourcing goes by, wholly or not at all.
    mutating func configure(_ command: ConfigurationCommand, now: Instant) -> WriteAnswer {
        switch command {
        case .policies(let command):
            if let known = remembered(command.id, digest: command.digest) { return known }
            if let refusal = refusal(of: command.policies) { return refusal }
            for policy in command.policies {
                if let index = policies.firstIndex(where: { $0.name == policy.name }) {
                    policies[index] = policy
                } else {
                    policies.append(policy)
                }
            }
            return write(command.id, command.digest, rows: command.policies.count, now: now)
        case .rates(let command):
            if let known = remembered(command.id, digest: command.digest) { return known }
            if let refusal = refusal(of: command.rows) { return refusal }
            rates = command.rows
            return write(command.id, command.digest, rows: command.rows.count, now: now)
        case .sales(let command): return writeSales(command, now: now)
        case .substitutes(let command):
            if let known = remembered(command.id, digest: command.digest) { return known }
            if let refusal = refusal(of: command.rows) { return refusal }
            var version: UInt64 = 0
            for row in command.rows {
                let name = Array(row.sku.utf8)
                substitutes[name] = row.substitutes.isEmpty ? nil : row.substitutes
                var sku = skus[name] ?? SKU()
                sku.version += 1
                skus[name] = sku
                version = sku.version
            }
            return write(
                command.id,
                command.digest,
                rows: command.rows.count,
                version: version,
                now: now
            )
        }
    }

    private mutating func write(
        _ id: RequestID,
        _ digest: UInt64,
        rows: Int,
        version: UInt64 = 0,
        now: Instant
    ) -> WriteAnswer {
        let instant = instant(now)
        var answer = WriteAnswer(.accepted)
        answer.lsn = beginMovement(at: instant)
        answer.rows = UInt32(rows)
        answer.version = version
        writes[id] = Write(digest: digest, answer: answer, writtenAt: instant)
        return answer
    }

    // MARK: Refusals

    private static let alwaysThere = [
        "nearest", "cheapest", "fastest", "fewest_shipments", "balanced", "priority",
    ]

    private func refusal(of asked: [PolicyDefinition]) -> WriteAnswer? {
        if asked.isEmpty { return WriteAnswer(.noLines) }
        if asked.count > 1_024 { return WriteAnswer(.tooManyLines) }
        for (index, policy) in asked.enumerated() {
            let isSecond = asked[..<index].contains { $0.name == policy.name }
            let isTaken = ModelInventory.alwaysThere.contains("\(policy.name)")
            if policy.name == .none || isSecond || isTaken || !isProper(policy.tiers) {
                return WriteAnswer(.invalidPolicy, refusedRow: Int32(index))
            }
        }
        var names = policies.map(\.name)
        for (index, policy) in asked.enumerated() where !names.contains(policy.name) {
            names.append(policy.name)
            if names.count > 64 { return WriteAnswer(.tooManyPolicies, refusedRow: Int32(index)) }
        }
        return nil
    }

    private func isProper(_ tiers: [SourcingTier]) -> Bool {
        guard (1...4).contains(tiers.count) else { return false }
        for tier in tiers {
            if tier.parts.isEmpty || tier.tolerance > 10_000 { return false }
            for (index, part) in tier.parts.enumerated() {
                if !(1...1_000_000).contains(part.weight) { return false }
                if tier.parts[..<index].contains(where: { $0.term == part.term }) { return false }
            }
        }
        return true
    }

    private func refusal(of rows: [RateRow]) -> WriteAnswer? {
        if rows.count > 8_192 { return WriteAnswer(.tooManyLines) }
        for (index, row) in rows.enumerated() {
            let isInRange =
                (0...1_000_000_000_000).contains(row.baseMinor)
                && (0...1_000_000_000).contains(row.perKilometreMinor)
                && (0...1_000_000_000).contains(row.perKilogramMinor)
            let isSecond = rows[..<index].contains {
                $0.warehouse == row.warehouse && $0.region == row.region
                    && $0.metresMax == row.metresMax
            }
            if !isInRange || isSecond { return WriteAnswer(.invalidRate, refusedRow: Int32(index)) }
        }
        for (index, row) in rows.enumerated()
        where row.warehouse != .none && warehouses[row.warehouse] == nil {
            return WriteAnswer(.unknownWarehouse, refusedRow: Int32(index))
        }
        return nil
    }

    private func refusal(of rows: [SKUSubstitutes]) -> WriteAnswer? {
        if rows.isEmpty { return WriteAnswer(.noLines) }
        if rows.count > 1_024 { return WriteAnswer(.tooManyLines) }
        for (index, row) in rows.enumerated() {
            for name in [row.sku] + row.substitutes where !isValidName(Array(name.utf8)) {
                return WriteAnswer(.invalidSKU, refusedRow: Int32(index))
            }
            let isOnce = Set(row.substitutes).count == row.substitutes.count
            let isSecond = rows[..<index].contains { $0.sku == row.sku }
            let hasItself = row.substitutes.contains(row.sku)
            if row.substitutes.count > 8 || !isOnce || isSecond || hasItself {
                return WriteAnswer(.invalidSubstitute, refusedRow: Int32(index))
            }
        }
        for (index, row) in rows.enumerated() {
            for name in [row.sku] + row.substitutes where skus[Array(name.utf8)] == nil {
                return WriteAnswer(.unknownSKU, refusedRow: Int32(index))
            }
        }
        return nil
    }
}
