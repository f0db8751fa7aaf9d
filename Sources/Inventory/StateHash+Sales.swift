// What counts of sales in the hash of a state.
extension StateHash {
    /// The hash of a sale.
    public static func sale(_ sale: Sale) -> UInt64 {
        let rules = sale.rules
        return folded(
            15,
            [
                UInt64(sale.number), rules.pool.high, rules.pool.low,
                UInt64(bitPattern: rules.opensAt?.milliseconds ?? .min),
                UInt64(bitPattern: rules.closesAt?.milliseconds ?? .max),
                UInt64(rules.wall.rawValue), rules.returnsRest ? 1 : 0,
                UInt64(rules.unitsPerOwnerAndSKU), UInt64(rules.unitsPerOwner),
                UInt64(rules.unitsPerOrder), UInt64(rules.unitsPerWindow),
                UInt64(rules.windowMilliseconds), UInt64(rules.openHoldsPerOwner),
                UInt64(rules.openHoldsPerCredential), UInt64(rules.firstHoldMilliseconds),
            ]
        )
    }

    /// The hash of the number that the next sale gets; 0 as long as there was none.
    public static func nextSale(_ number: UInt32) -> UInt64 {
        number <= 1 ? 0 : folded(16, [UInt64(number)])
    }

    /// The hash of what an owner has of a sale.
    public static func ownerShare(
        _ share: OwnerShare,
        sale: UInt32,
        window: UInt32,
        windowUnits: UInt64
    ) -> UInt64 {
        folded(
            17,
            [
                UInt64(sale), share.owner.high, share.owner.low, share.openUnits,
                share.fulfilledUnits, UInt64(share.holds), UInt64(share.committedHolds),
                UInt64(share.openHolds), UInt64(window), windowUnits,
            ]
        )
    }

    /// The hash of what an owner has of one SKU in a sale; `sku` is the hash of its name.
    public static func ownerShare(
        of owner: OwnerID,
        sale: UInt32,
        sku: UInt64,
        openUnits: UInt64,
        fulfilledUnits: UInt64
    ) -> UInt64 {
        folded(18, [UInt64(sale), owner.high, owner.low, sku, openUnits, fulfilledUnits])
    }

    /// The hash of how many reservations a client holds of a sale, and ever held.
    public static func clientShare(
        of client: UInt16,
        sale: UInt32,
        holds: UInt32,
        openHolds: UInt32
    ) -> UInt64 {
        folded(19, [UInt64(sale), UInt64(client), UInt64(holds), UInt64(openHolds)])
    }

    /// The hash of the sale that a reservation belongs to.
    public static func saleOfReservation(
        id: ReservationID,
        sale: UInt32,
        window: UInt32,
        client: UInt16
    ) -> UInt64 {
        folded(21, [id.high, id.low, UInt64(sale), UInt64(window), UInt64(client)])
    }
}
