/// One row of the rate card: what a carrier takes from a warehouse into a zone.
///
/// The row for an order is looked for among those of the warehouse and region, then of the
/// warehouse and all regions, then of all warehouses and the region, then of all; a region's row
/// is for the region itself and all whose code begins with it and a `-` (`GB` for `GB-LND`), each
/// length a group of its own, the longest first. In the first of these groups with a band that
/// reaches the distance, the shortest such band is taken. Where no row is for an order, the base
/// is 0, the kilometre costs what the warehouse says, the weight nothing, and the transit goes by
/// distance. No row is for an order without destination.
public struct RateRow: Hashable, Sendable {
    /// The warehouse; `.none` for all.
    public var warehouse: WarehouseCode
    /// The region of the destination; `.none` for all.
    public var region: RegionCode
    /// The longest distance it is for, in metres; `UInt32.max` for any.
    public var metresMax: UInt32
    /// Cost of a shipment, in minor units of money.
    public var baseMinor: Int64
    /// Cost of one kilometre of a shipment, in minor units of money.
    public var perKilometreMinor: Int64
    /// Cost of one kilogram, in minor units of money.
    public var perKilogramMinor: Int64
    /// Hours from dispatch to delivery.
    public var transitHours: UInt16

    /// A row with all its fields.
    public init(
        warehouse: WarehouseCode = .none,
        region: RegionCode = .none,
        metresMax: UInt32 = .max,
        baseMinor: Int64 = 0,
        perKilometreMinor: Int64 = 0,
        perKilogramMinor: Int64 = 0,
        transitHours: UInt16
    ) {
        self.warehouse = warehouse
        self.region = region
        self.metresMax = metresMax
        self.baseMinor = baseMinor
        self.perKilometreMinor = perKilometreMinor
        self.perKilogramMinor = perKilogramMinor
        self.transitHours = transitHours
    }
}
