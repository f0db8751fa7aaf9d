internal import Inventory
internal import Movements

/// The rules of a sale as a reservation reads them: plain figures, `.max` for no limit.
struct SaleTerms {
    /// The number of the sale; 0: there is none.
    var number: UInt32 = 0
    /// Whether units of `default` are sold once the pool has none left.
    var borrows = false
    /// Whether owners' and clients' holds of units are looked at before more are given.
    var countsShares = false
    var opensAt = Instant.distantPast
    var closesAt = Instant(milliseconds: .max)
    var unitsPerOwnerAndSKU = UInt64.max
    var unitsPerOwner = UInt64.max
    var unitsPerOrder = UInt64.max
    var unitsPerWindow = UInt64.max
    var windowMilliseconds: Int64 = 0
    var openHoldsPerOwner = UInt64.max
    var openHoldsPerCredential = UInt64.max
    /// Milliseconds that a hold lives at most; 0: as long as it asks for.
    var firstHoldMilliseconds: UInt32 = 0

    /// No sale.
    init() {}

    /// The terms of a sale.
    init(_ sale: Sale) {
        let rules = sale.rules
        number = sale.number
        borrows = rules.wall == .borrows
        countsShares = rules.countsShares
        if let opensAt = rules.opensAt { self.opensAt = opensAt }
        if let closesAt = rules.closesAt { self.closesAt = closesAt }
        unitsPerOwnerAndSKU = SaleTerms.limit(rules.unitsPerOwnerAndSKU)
        unitsPerOwner = SaleTerms.limit(rules.unitsPerOwner)
        unitsPerOrder = SaleTerms.limit(rules.unitsPerOrder)
        unitsPerWindow = SaleTerms.limit(rules.unitsPerWindow)
        windowMilliseconds = Int64(rules.windowMilliseconds)
        openHoldsPerOwner = SaleTerms.limit(rules.openHoldsPerOwner)
        openHoldsPerCredential = SaleTerms.limit(rules.openHoldsPerCredential)
        firstHoldMilliseconds = rules.firstHoldMilliseconds
    }

    private static func limit(_ figure: UInt32) -> UInt64 { figure == 0 ? .max : UInt64(figure) }

    /// The window of time that an instant lies in, named by the second in which it begins, plus 1;
    /// 0 where none is limited.
    ///
    /// Not by its number in the sale: other rules would give the same number to another window.
    func window(at instant: Instant) -> UInt32 {
        guard windowMilliseconds > 0 else { return 0 }
        let origin = opensAt == .distantPast ? 0 : opensAt.milliseconds
        let passed = max(0, instant.milliseconds - origin)
        let start = origin + passed / windowMilliseconds * windowMilliseconds
        return UInt32(clamping: start / 1_000 + 1)
    }
}

/// The sale that a session's request belongs to, and what is limited of it.
struct SaleClaim {
    /// The sale's terms; without a number the request belongs to none.
    var terms = SaleTerms()
    /// The number of its pool.
    var pool: UInt16 = 0
    /// The client against whose budget the hold counts; 0 for none.
    var client: UInt16 = 0
    /// The window of time in which the units count; known under the locks.
    var window: UInt32 = 0
    /// Units that all lines ask for.
    var units: UInt64 = 0
    /// The hash of the owner.
    var ownerHash: UInt64 = 0

    /// Whether the request belongs to a sale.
    var isOfSale: Bool {
        @inline(__always) get { terms.number != 0 }
    }

    /// Whether a line that names the sale's pool alone may take units of `default` as well.
    var borrows: Bool { isOfSale && terms.borrows }

    /// What movement and reservation say of it.
    var part: SalePart { SalePart(sale: terms.number, window: window, client: client) }
}
