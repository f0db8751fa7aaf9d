internal import Inventory

/// The SKUs that hash to one stock stripe: their index and the memory of their cells.
///
/// Isolation: the stripe's lock is held across every call.
struct StockStripe: ~Copyable {
    /// From hashes of names to SKU numbers.
    var index: HashIndex
    /// Blocks of cells and long names.
    var arena = BlockArena()
    /// What may take the place of a SKU.
    var substitutes = SubstituteTable()
    /// Instant of the last movement that touched the stripe.
    var lastInstant = Instant.distantPast

    /// An empty stripe.
    init(number: Int, pool: ExtentPool) {
        index = HashIndex(pool: pool, isHinted: true, stripe: number)
    }
}

/// All stock stripes.
typealias StockStripes = StripeTable<StockStripe>
