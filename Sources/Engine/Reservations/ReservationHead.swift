internal import Inventory

/// What is known of a held reservation before its lines and shares are written.
struct ReservationHead {
    /// Whether all of it or what there is was asked for.
    var mode: ReserveMode
    /// How its warehouses were chosen.
    var policy: SourcingPolicy
    /// Lines.
    var lines: Int
    /// Shares of all lines.
    var shares: Int
    /// Whether its units are told apart by what became of them.
    var hasDetail = false
    /// Bytes of what its plan kept to.
    var constraintsSize = 0
    /// Whether it belongs to a sale.
    var isOfSale = false

    var hasConstraints: Bool {
        @inline(__always) get { constraintsSize > 0 }
    }
}
