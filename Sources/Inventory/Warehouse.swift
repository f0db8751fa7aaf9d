/// A warehouse: its code, where it stands, its rates, its calendar and its state.
public struct Warehouse: Hashable, Sendable {
    /// Its code, unique in the engine.
    public var code: WarehouseCode
    /// The city it stands in, at most 64 bytes; for people.
    public var city: String
    /// Where it stands.
    public var position: Position
    /// Rank among warehouses, lower first; 0 or more.
    public var priority: Int32
    /// Cost of handling one shipment, in minor units of money.
    public var shipmentCostMinor: Int64
    /// Cost of one kilometre of a shipment where no rate says it, in minor units of money.
    public var perKilometreMinor: Int64
    /// Cost of picking one unit, in minor units of money.
    public var unitCostMinor: Int64
    /// The hour (UTC, 0–24) up to which an order leaves the same day; 24: whenever it comes.
    public var cutoffHourUTC: UInt8
    /// Hours from order to dispatch.
    public var handlingHours: UInt16
    /// The weekdays on which it doesn't work: bit 0 is Monday, bit 6 Sunday; never all seven.
    public var closedWeekdays: UInt8
    /// Minutes by which its clock is ahead of UTC, −720 … 840; says when its weekdays begin.
    public var utcOffsetMinutes: Int16
    /// Shipments held or committed and not yet fulfilled that it takes; `nil` for any number.
    public var capacityShipments: UInt32?
    /// The only regions it serves; empty for all.
    public var regions: [RegionCode]
    /// What may be taken from it.
    public var state: WarehouseState

    /// A warehouse with all its fields.
    public init(
        code: WarehouseCode,
        city: String = "",
        position: Position,
        priority: Int32 = 0,
        shipmentCostMinor: Int64 = 0,
        perKilometreMinor: Int64 = 0,
        unitCostMinor: Int64 = 0,
        cutoffHourUTC: UInt8 = 24,
        handlingHours: UInt16 = 0,
        closedWeekdays: UInt8 = 0,
        utcOffsetMinutes: Int16 = 0,
        capacityShipments: UInt32? = nil,
        regions: [RegionCode] = [],
        state: WarehouseState = .online
    ) {
        self.code = code
        self.city = city
        self.position = position
        self.priority = priority
        self.shipmentCostMinor = shipmentCostMinor
        self.perKilometreMinor = perKilometreMinor
        self.unitCostMinor = unitCostMinor
        self.cutoffHourUTC = cutoffHourUTC
        self.handlingHours = handlingHours
        self.closedWeekdays = closedWeekdays
        self.utcOffsetMinutes = utcOffsetMinutes
        self.capacityShipments = capacityShipments
        self.regions = regions
        self.state = state
    }
}
