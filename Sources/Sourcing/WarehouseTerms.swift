public import Inventory

/// What sourcing knows of a warehouse for one order.
@frozen
@usableFromInline
package struct WarehouseTerms {
    /// Cost of a shipment from it: handling, carrier base and kilometres, in minor units.
    @usableFromInline package var shipmentCostMinor: Int64
    /// Cost of picking a unit, in minor units.
    @usableFromInline package var pickMinor: Int64
    /// Cost of a kilogram, in minor units.
    @usableFromInline package var perKilogramMinor: Int64
    /// Whole metres to the destination; 0 without one.
    @usableFromInline package var metres: UInt32
    /// The promised instant in whole minutes since 1970, rounded up; 0 without a destination.
    @usableFromInline package var promisedMinute: UInt32
    /// Minutes from the order to the promised instant, rounded up; 0 without a destination.
    @usableFromInline package var promiseMinutes: UInt32
    /// Its priority, 0 or more.
    @usableFromInline package var priority: UInt32
    /// The place of the warehouse in the order of codes: breaks ties.
    @usableFromInline package var rank: UInt16
    /// Whether it is to be used before others; true for all where none is preferred.
    @usableFromInline package var isPreferred: Bool
    /// Why it may not serve, if it may not.
    @usableFromInline package var exclusion: Exclusion

    /// Terms with all their fields.
    @inlinable
    package init(
        shipmentCostMinor: Int64 = 0,
        pickMinor: Int64 = 0,
        perKilogramMinor: Int64 = 0,
        metres: UInt32 = 0,
        promisedMinute: UInt32 = 0,
        promiseMinutes: UInt32 = 0,
        priority: UInt32 = 0,
        rank: UInt16,
        isPreferred: Bool = true,
        exclusion: Exclusion = .none
    ) {
        self.shipmentCostMinor = shipmentCostMinor
        self.pickMinor = pickMinor
        self.perKilogramMinor = perKilogramMinor
        self.metres = metres
        self.promisedMinute = promisedMinute
        self.promiseMinutes = promiseMinutes
        self.priority = priority
        self.rank = rank
        self.isPreferred = isPreferred
        self.exclusion = exclusion
    }

    /// Cost of a unit of `weightGrams` from the warehouse, in minor units, halves up.
    @inlinable
    package func unitCostMinor(weightGrams: UInt32) -> Int64 {
        pickMinor + (perKilogramMinor * Int64(weightGrams) + 500) / 1_000
    }
}
