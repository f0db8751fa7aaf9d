/// Why a warehouse may not serve an order.
///
/// The numbers are stable on the wire.
@frozen
@usableFromInline
package enum Exclusion: UInt8, Sendable, CaseIterable {
    /// It may.
    case none = 0
    /// It is draining: it takes nothing new.
    case draining = 1
    /// It is offline.
    case offline = 2
    /// The request excludes it.
    case excluded = 3
    /// The request names warehouses that alone may serve, and not this one.
    case notRequired = 4
    /// It doesn't serve the region of the destination.
    case regionNotServed = 5
    /// It is farther away than the request allows.
    case tooFar = 6
    /// It would deliver later than the request allows.
    case tooLate = 7
    /// It has as many open shipments as it takes.
    case full = 8

    /// The name in answers, in snake case.
    package var name: String {
        switch self {
        case .none: "none"
        case .draining: "draining"
        case .offline: "offline"
        case .excluded: "excluded"
        case .notRequired: "not_required"
        case .regionNotServed: "region_not_served"
        case .tooFar: "too_far"
        case .tooLate: "too_late"
        case .full: "full"
        }
    }
}

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
