package import Inventory
package import Movements

// The order-free hash of the state from values that state records tell: what the engine's own hash
// of its tables comes to.
extension StateHash {
    /// The hash of warehouses, pools, policies, rates, sales and names of clients.
    package static func configuration(_ decoder: StateDecoder) -> UInt64 {
        var sum: UInt64 = 0
        for warehouse in decoder.warehouses { sum &+= self.warehouse(warehouse) }
        for pool in decoder.pools { sum &+= self.pool(pool) }
        for (index, policy) in decoder.policies.enumerated() {
            let number = SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(index))
            sum &+= self.policy(policy, number: number)
        }
        for (index, row) in decoder.rates.enumerated() { sum &+= rate(row, index: index) }
        for name in decoder.actors { sum &+= actor(name) }
        sum &+= nextSale(decoder.nextSaleNumber)
        for sale in decoder.sales { sum &+= self.sale(sale) }
        return sum
    }

    /// The hash of a SKU and its cells, without its substitutes; `name` is the hash of its name.
    package static func sku(_ sku: StateSKU, name: UInt64) -> UInt64 {
        var sum = self.sku(name: name, version: sku.version, weightGrams: sku.weightGrams)
        for cell in sku.cells {
            sum &+= self.cell(
                sku: name,
                warehouse: cell.warehouse,
                pool: cell.pool,
                figures: cell.figures
            )
        }
        return sum
    }

    /// The hash of an entry of what owners have of sales; `names` has the hashes of all SKUs' names
    /// by number.
    /// - Returns: `nil` where it names a SKU that there isn't.
    package static func share(_ share: StateShare, names: [UInt64]) -> UInt64? {
        switch share.holder {
        case .client(let client):
            return clientShare(
                of: client,
                sale: share.sale,
                holds: share.holds,
                openHolds: share.openHolds
            )
        case .owner(let owner):
            return ownerShare(
                OwnerShare(
                    owner: owner,
                    openUnits: share.openUnits,
                    fulfilledUnits: share.fulfilledUnits,
                    holds: share.holds,
                    committedHolds: share.committedHolds,
                    openHolds: share.openHolds
                ),
                sale: share.sale,
                window: share.window,
                windowUnits: share.windowUnits
            )
        case .ownerOfSKU(let owner, let sku):
            guard Int(sku) < names.count, names[Int(sku)] != 0 else { return nil }
            return ownerShare(
                of: owner,
                sale: share.sale,
                sku: names[Int(sku)],
                openUnits: share.openUnits,
                fulfilledUnits: share.fulfilledUnits
            )
        }
    }

    /// The hash of a remembered write.
    package static func write(_ write: StateWrite) -> UInt64 {
        self.write(
            id: write.id,
            digest: write.digest,
            rows: write.answer.rows,
            onHand: write.answer.onHand,
            available: write.answer.available,
            version: write.answer.version
        )
    }

    /// The hash of a reservation; `names` has the hashes of all SKUs' names by number.
    package static func reservation(_ reservation: StateReservation, names: [UInt64]) -> UInt64 {
        let id = reservation.id
        var sum = self.reservation(
            id: id,
            owner: reservation.owner,
            digest: reservation.digest,
            state: reservation.state,
            expiresAt: reservation.expiresAt,
            answeredExpiresAt: reservation.answeredExpiresAt,
            heldSince: reservation.heldSince,
            destination: reservation.destination,
            didReplace: reservation.didReplace,
            didRestExpire: reservation.didRestExpire,
            policy: reservation.policy,
            promisedAt: reservation.promisedAt,
            constraints: reservation.constraints
        )
        if let sale = reservation.sale {
            sum &+= saleOfReservation(
                id: id,
                sale: sale.sale,
                window: sale.window,
                client: sale.client
            )
        }
        for change in reservation.changes + [reservation.lastExtension].compactMap(\.self) {
            sum &+= self.change(id: id, requestID: change.requestID, digest: change.digest)
        }
        for (index, line) in reservation.lines.enumerated() {
            sum &+= self.line(
                id: id,
                index: index,
                sku: line.sku.map { names[Int($0)] } ?? 0,
                requested: line.requested,
                isFixed: line.isFixed
            )
            for share in line.shares {
                let progress =
                    share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                sum &+= self.share(id: id, line: index, share: share, progress: progress)
            }
            for share in line.firstShares ?? [] {
                sum &+= firstShare(
                    id: id,
                    line: index,
                    share: share,
                    promisedAt: reservation.firstPromisedAt ?? .distantPast
                )
            }
        }
        return sum
    }
}
