internal import Inventory

extension ModelInventory {
    /// The hash of the whole state, which an engine in the same state has as well.
    package func stateHash() -> UInt64 {
        var sum: UInt64 = 0
        for (name, sku) in skus {
            let nameHash = StateHash.name(name)
            sum &+= StateHash.sku(
                name: nameHash,
                version: sku.version,
                weightGrams: sku.weightGrams
            )
            for (key, figures) in sku.cells {
                sum &+= StateHash.cell(
                    sku: nameHash,
                    warehouse: key.warehouse,
                    pool: key.pool,
                    figures: figures
                )
            }
        }
        for reservation in reservations.values { sum &+= hash(of: reservation) }
        for (id, write) in writes {
            sum &+= StateHash.write(
                id: id,
                digest: write.digest,
                rows: write.answer.rows,
                onHand: write.answer.onHand,
                available: write.answer.available,
                version: write.answer.version
            )
        }
        for (index, policy) in policies.enumerated() {
            let number = SourcingPolicy(rawValue: UInt8(16 + index))
            sum &+= StateHash.policy(policy, number: number)
        }
        for (index, row) in rates.enumerated() { sum &+= StateHash.rate(row, index: index) }
        for (sku, names) in substitutes {
            let hashes = names.map { StateHash.name(Array($0.utf8)) }
            sum &+= StateHash.substitutes(of: StateHash.name(sku), hashes)
        }
        sum &+= hashOfSales()
        for pool in pools { sum &+= StateHash.pool(pool) }
        for name in actors { sum &+= StateHash.actor(name) }
        for warehouse in warehouses.values { sum &+= StateHash.warehouse(warehouse) }
        return sum
    }

    private func hash(of reservation: Reservation) -> UInt64 {
        let command = reservation.command
        var sum = StateHash.reservation(
            id: command.id,
            owner: command.owner,
            digest: command.digest,
            state: reservation.state,
            expiresAt: reservation.expiresAt,
            answeredExpiresAt: reservation.answeredExpiresAt,
            heldSince: reservation.heldSince,
            destination: command.destination,
            didReplace: reservation.didReplace,
            didRestExpire: reservation.didRestExpire,
            policy: reservation.policy,
            promisedAt: reservation.promisedAt,
            constraints: command.constraints
        )
        if let part = reservation.sale {
            sum &+= StateHash.saleOfReservation(
                id: command.id,
                sale: part.sale,
                window: part.window,
                client: part.client
            )
        }
        for change in reservation.changes + [reservation.lastExtension].compactMap({ $0 }) {
            sum &+= StateHash.change(
                id: command.id,
                requestID: change.id,
                digest: change.digest
            )
        }
        for (index, line) in reservation.lines.enumerated() {
            sum &+= StateHash.line(
                id: command.id,
                index: index,
                sku: line.isKnown ? StateHash.name(line.sku) : 0,
                requested: line.requested,
                isFixed: command.lines[index].warehouse != .none
            )
            for share in reservation.firstShares?[index] ?? [] {
                sum &+= StateHash.firstShare(
                    id: command.id,
                    line: index,
                    share: share,
                    promisedAt: reservation.firstPromisedAt
                )
            }
            for (share, progress) in zip(line.shares, line.progress) {
                sum &+= StateHash.share(
                    id: command.id,
                    line: index,
                    share: share,
                    progress: progress
                )
            }
        }
        return sum
    }

    /// What is wrong with the model's own state: invariants 1 and 2.
    ///
    /// Only a change of stock may leave a cell promising more than it has, so a shortfall is no
    /// violation here; the engine's checker counts the same way.
    package func violations() -> [String] {
        var reserved: [[UInt8]: [CellKey: Int64]] = [:]
        var committed: [[UInt8]: [CellKey: Int64]] = [:]
        for reservation in reservations.values {
            for line in reservation.lines {
                for (share, progress) in zip(line.shares, line.progress) {
                    let key = CellKey(share.warehouse, share.pool)
                    reserved[line.sku, default: [:]][key, default: 0] += Int64(progress.held)
                    committed[line.sku, default: [:]][key, default: 0] +=
                        Int64(progress.committed)
                }
            }
        }
        var found: [String] = []
        for (name, sku) in skus {
            for (key, figures) in sku.cells
            where figures.reserved != reserved[name]?[key] ?? 0
                || figures.committed != committed[name]?[key] ?? 0
            {
                found.append("\(String(decoding: name, as: UTF8.self)) \(key): \(figures)")
            }
        }
        return found
    }
}
