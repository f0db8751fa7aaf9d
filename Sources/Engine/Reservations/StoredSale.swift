internal import Inventory
internal import Movements

// The sale that a reservation belongs to stands at the very end of the reservation's block, at a
// multiple of 8, 16 bytes: u32 number of the sale, u32 window, u16 client, zeros. A bit of the
// record's state says whether it does. It can't be told from the shares: some may be borrowed.

/// Where a reservation's sale stands, and how many bytes it takes.
enum StoredSale {
    static let sizeBytes = 16

    /// Where it begins in a block that ends, but for it, after `sizeBytes`.
    static func offset(behind sizeBytes: Int) -> Int { (sizeBytes + 7) & ~7 }
}

extension ReservationRecord {
    private var salePlace: UnsafeMutableRawPointer {
        unsafe block + blockSize - StoredSale.sizeBytes
    }

    /// The sale that it belongs to, as records of the log tell it; `nil` for none.
    var sale: SalePart? {
        guard isOfSale else { return nil }
        let place = unsafe salePlace
        return unsafe SalePart(
            sale: place.loadUnaligned(as: UInt32.self),
            window: place.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
            client: place.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
        )
    }

    /// Writes the sale that it belongs to; its counts, constraints and block are set.
    func setSale(_ sale: SalePart) {
        precondition(isOfSale, "record without a sale")
        let place = unsafe salePlace
        unsafe place.storeBytes(of: sale.sale, as: UInt32.self)
        unsafe place.storeBytes(of: sale.window, toByteOffset: 4, as: UInt32.self)
        unsafe place.storeBytes(of: UInt64(sale.client), toByteOffset: 8, as: UInt64.self)
    }
}
