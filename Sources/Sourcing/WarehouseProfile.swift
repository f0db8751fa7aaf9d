public import Inventory

/// What sourcing reads of a warehouse: its figures without names, so that none is counted or
/// copied for an order.
@frozen
@usableFromInline
package struct WarehouseProfile: Sendable {
    /// Where it stands.
    @usableFromInline package let position: Position
    /// Cost of handling one shipment, in minor units of money.
    @usableFromInline package let shipmentCostMinor: Int64
    /// Cost of one kilometre of a shipment where no rate says it, in minor units of money.
    @usableFromInline package let perKilometreMinor: Int64
    /// Cost of picking one unit, in minor units of money.
    @usableFromInline package let unitCostMinor: Int64
    /// Its priority, 0 or more.
    @usableFromInline package let priority: UInt32
    /// Shipments that it takes at once; `.max` for any number.
    @usableFromInline package let capacityShipments: UInt32
    /// The place of the warehouse in the order of codes: breaks ties.
    @usableFromInline package let rank: UInt16
    /// What may be taken from it.
    @usableFromInline package let state: WarehouseState
    /// How many of ``regions`` are in use; 0 serves all.
    @usableFromInline package let regionCount: UInt8
    /// When it works.
    @usableFromInline package let calendar: WorkCalendar
    /// The only regions it serves.
    @usableFromInline package let regions: InlineArray<32, RegionCode>

    /// The profile of a warehouse whose place in the order of codes is `rank`.
    package init(_ warehouse: Warehouse, rank: UInt16) {
        precondition(warehouse.regions.count <= 32, "more regions than a warehouse may name")
        position = warehouse.position
        shipmentCostMinor = warehouse.shipmentCostMinor
        perKilometreMinor = warehouse.perKilometreMinor
        unitCostMinor = warehouse.unitCostMinor
        priority = UInt32(clamping: warehouse.priority)
        capacityShipments = warehouse.capacityShipments ?? .max
        self.rank = rank
        state = warehouse.state
        regionCount = UInt8(warehouse.regions.count)
        calendar = WorkCalendar(warehouse)
        var regions = InlineArray<32, RegionCode>(repeating: .none)
        for (index, region) in warehouse.regions.enumerated() { regions[index] = region }
        self.regions = regions
    }

    /// Whether it serves a region: all of them where it names none.
    @inlinable
    package func serves(_ region: RegionCode) -> Bool {
        if regionCount == 0 { return true }
        for index in 0..<Int(regionCount) where region.lies(in: regions[index]) { return true }
        return false
    }
}

extension WarehouseTerms {
    /// The terms of a warehouse for one order, with no constraint of a request looked at.
    ///
    /// Excluded is a warehouse that isn't online, and one that doesn't serve the region of the
    /// destination (without a destination each serves). Costs are halves up.
    ///
    /// - Parameters:
    ///   - profile: The warehouse.
    ///   - destination: Where the goods go to; `nil` when unknown: then no kilometre, no rate and
    ///     no promise counts.
    ///   - metres: Whole metres to the destination.
    ///   - orderedAt: When the shopper ordered.
    ///   - rate: The row of the rate card for warehouse, region and metres; `nil` for none.
    /// - Returns: The terms; the place among preferred warehouses is for the caller to say.
    package static func of(
        _ profile: borrowing WarehouseProfile,
        destination: Destination?,
        metres: UInt32,
        orderedAt: Instant,
        rate: RateRow?
    ) -> WarehouseTerms {
        var terms = WarehouseTerms(
            shipmentCostMinor: profile.shipmentCostMinor,
            pickMinor: profile.unitCostMinor,
            priority: profile.priority,
            rank: profile.rank
        )
        switch profile.state {
        case .online: break
        case .draining: terms.exclusion = .draining
        case .offline: terms.exclusion = .offline
        }
        guard let destination else { return terms }
        if terms.exclusion == .none, !profile.serves(destination.region) {
            terms.exclusion = .regionNotServed
        }
        // Nothing here can overflow: 10^9 × 20,015,115 metres are below 2^63, as are 2 × 10^12
        // more; the limits of what goes in are those of ``ConfigurationFault``.
        var perKilometre = profile.perKilometreMinor
        if let rate { perKilometre = rate.perKilometreMinor }
        terms.metres = metres
        terms.shipmentCostMinor += rate?.baseMinor ?? 0
        terms.shipmentCostMinor += (perKilometre * Int64(metres) + 500) / 1_000
        terms.perKilogramMinor = rate?.perKilogramMinor ?? 0
        terms.promisedMinute = LeadTime.promisedMinute(
            orderedAt: orderedAt,
            calendar: profile.calendar,
            transitHours: rate?.transitHours ?? LeadTime.defaultTransitHours(metres: metres)
        )
        terms.promiseMinutes = terms.promisedMinute - LeadTime.minute(of: orderedAt)
        return terms
    }

    /// The terms of a warehouse for one order, with its distance and its rate looked up.
    ///
    /// Allocates nothing, but counts references; who asks for every order keeps profiles.
    package static func of(
        _ warehouse: Warehouse,
        number: UInt16,
        rank: UInt16,
        destination: Destination?,
        orderedAt: Instant,
        rates: RateCard
    ) -> WarehouseTerms {
        var metres: UInt32 = 0
        var rate: RateRow?
        if let destination {
            metres = GreatCircle.metres(from: warehouse.position, to: destination.position)
            rate = rates.rate(warehouse: number, region: destination.region, metres: metres)
        }
        return of(
            WarehouseProfile(warehouse, rank: rank),
            destination: destination,
            metres: metres,
            orderedAt: orderedAt,
            rate: rate
        )
    }
}
