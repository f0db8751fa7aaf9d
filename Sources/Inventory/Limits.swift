/// The limits that every module shares.
///
/// Larger ones are related to smaller ones by preconditions where they meet.
public enum Limits {
    /// Bytes in the name of a SKU.
    public static let skuSizeBytesMax = 64
    /// Bytes in the code of a warehouse.
    public static let warehouseCodeSizeBytesMax = 16
    /// Bytes in the name of the city a warehouse stands in.
    public static let cityNameSizeBytesMax = 64
    /// Bytes in the name of a pool.
    public static let poolNameSizeBytesMax = 16
    /// Bytes in the reason of a stock change.
    public static let reasonSizeBytesMax = 64
    /// Units that one figure of a cell can count: 2,147,483,647.
    public static let unitsPerCellMax = Int64(Int32.max)
    /// Units that one line may ask for.
    public static let unitsPerLineMax: UInt32 = 1_000_000_000
    /// Lines in one reservation.
    public static let linesPerReservationMax = 4_096
    /// Shares (warehouse and quantity) in one reservation.
    public static let sharesPerReservationMax = 16_384
    /// Rows in one request that changes stock or warehouses.
    public static let rowsPerRequestMax = 1_024
    /// Rows in one request that moves units from one pool to another; each changes two cells.
    public static let fenceRowsMax = 16_384
    /// Items in one change of a reservation.
    public static let itemsPerChangeMax = 4_096
    /// Changes of parts that a reservation remembers.
    public static let changesPerReservationMax = 32
    /// Pools in one engine, `default` included.
    public static let poolsMax = 256
    /// Pools of one SKU in one warehouse.
    public static let poolsPerCellMax = 16
    /// Pools that one line may name.
    public static let poolsPerLineMax = 8
    /// Names of clients that movements tell apart.
    public static let actorsMax = 65_535
    /// SKUs in one question for availability.
    public static let availabilitySKUsMax = 4_096
    /// Warehouses in one question for availability.
    public static let availabilityWarehousesMax = 256
    /// Reservations in one list of a SKU's holds.
    public static let holdsPerListMax = 1_024
    /// Reservations in one list of an owner's.
    public static let reservationsPerListMax = 256
    /// Reservations that a report on rerouting names of each fate.
    public static let rerouteEntriesMax = 256
    /// Warehouses in one engine.
    public static let warehousesMax = 4_096
    /// Cells (warehouse and pool) of one SKU.
    public static let cellsPerSKUMax = 8_192
    /// SKUs in one engine.
    public static let skusMax = 67_108_864
    /// Bytes in one frame of the protocol, header included.
    public static let frameSizeBytesMax = 1_048_576
    /// Bytes in one record of the log.
    public static let recordSizeBytesMax = 1_048_576
    /// Milliseconds that a hold lives where the client names no time: 15 minutes.
    public static let timeToLiveMillisecondsDefault: Int64 = 900_000
    /// Milliseconds that a hold may ask for: 24 hours.
    public static let timeToLiveMillisecondsMax: Int64 = 86_400_000
    /// Tiers in one sourcing policy.
    public static let tiersPerPolicyMax = 4
    /// Weight of a term in a tier.
    public static let termWeightMax: UInt32 = 1_000_000
    /// Bytes in the name of a policy.
    public static let policyNameSizeBytesMax = 16
    /// Policies defined by name, beside those that are always there.
    public static let policiesMax = 64
    /// Rows in the rate card.
    public static let ratesMax = 8_192
    /// Cost of a shipment, in minor units of money: a warehouse's, or the base of a rate.
    public static let shipmentCostMinorMax: Int64 = 1_000_000_000_000
    /// Cost of a unit, a kilometre or a kilogram, in minor units of money.
    public static let unitCostMinorMax: Int64 = 1_000_000_000
    /// SKUs that one SKU may be substituted by.
    public static let substitutesPerSKUMax = 8
    /// Regions that all warehouses together may name, so that a list of them fits a frame.
    public static let regionsMax = 32_768
    /// Regions that a warehouse may name as the only ones it serves.
    public static let regionsPerWarehouseMax = 32
    /// Warehouses that one list of a request's constraints may name.
    public static let warehousesPerConstraintMax = 64
    /// Alternatives told of one short line.
    public static let alternativesPerLineMax = 5
    /// Short lines of one answer whose alternatives are looked for, the first ones.
    public static let alternativeLinesMax = 32
    /// Cells of one answer that are looked at for alternatives, all lines together; a SKU that is
    /// begun is looked at to its end.
    public static let alternativeCellsMax = 16_384
    /// Sales that an engine knows at once, closed ones until they are forgotten.
    public static let salesMax = 128
    /// Milliseconds that a sale is known after it has closed: 7 days.
    public static let saleRetentionMilliseconds: Int64 = 604_800_000
    /// Cells whose rest one movement gives back to `default`.
    public static let restCellsPerMovementMax = 64
    /// Milliseconds of the shortest window that a limit in time may have.
    public static let saleWindowMillisecondsMin: UInt32 = 1_000
    /// Milliseconds that a frozen hold outlives its freezing, at most: 10 minutes.
    public static let freezeMillisecondsMax: Int64 = 600_000
    /// Owners that one page of a sale's shares lists.
    public static let ownerSharesPerPageMax = 1_024
    /// Bands of units that a sale's owners are counted in.
    public static let saleBandsMax = 64
}
