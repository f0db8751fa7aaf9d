/// What is wrong with a warehouse, a rate or a policy: the refusal, and a few words for people.
///
/// The checks stand here, so that command line, protocol and engine refuse the same.
@frozen
public struct ConfigurationFault: Error, Sendable {
    /// The refusal.
    public let outcome: Outcome
    /// What is wrong and what would be right, in ASCII.
    public let reason: StaticString

    /// A fault with all its fields.
    public init(_ outcome: Outcome, _ reason: StaticString) {
        self.outcome = outcome
        self.reason = reason
    }
}

extension Warehouse {
    /// What is wrong with the warehouse; `nil` for nothing.
    public var fault: ConfigurationFault? {
        if code == .none {
            return ConfigurationFault(
                .invalidWarehouseCode,
                "a warehouse is 1-16 bytes of printable ASCII"
            )
        }
        if !position.isValid {
            return ConfigurationFault(.invalidPosition, "the warehouse isn't on Earth")
        }
        return figuresFault ?? calendarFault ?? regionsFault
    }

    private var figuresFault: ConfigurationFault? {
        if city.utf8.count > Limits.cityNameSizeBytesMax
            || city.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F })
        {
            return ConfigurationFault(
                .malformedFrame,
                "a city is at most 64 bytes without control characters"
            )
        }
        if priority < 0 {
            return ConfigurationFault(.invalidQuantity, "a priority is 0 or more")
        }
        if !(0...Limits.shipmentCostMinorMax).contains(shipmentCostMinor) {
            return ConfigurationFault(.invalidQuantity, "a shipment costs 0 to 10^12")
        }
        let unitCosts = 0...Limits.unitCostMinorMax
        if !unitCosts.contains(unitCostMinor) || !unitCosts.contains(perKilometreMinor) {
            return ConfigurationFault(.invalidQuantity, "a unit or a kilometre costs 0 to 10^9")
        }
        if capacityShipments == Warehouse.shipmentCountMax + 1 {
            return ConfigurationFault(
                .invalidQuantity,
                "a capacity is at most 4,294,967,294 shipments"
            )
        }
        return nil
    }

    private var calendarFault: ConfigurationFault? {
        if cutoffHourUTC > 24 {
            return ConfigurationFault(.invalidQuantity, "the cut-off hour is 0-24")
        }
        if closedWeekdays >= Warehouse.allWeekdays {
            return ConfigurationFault(.invalidQuantity, "a warehouse works on one day at least")
        }
        if !Warehouse.utcOffsetsMinutes.contains(utcOffsetMinutes) {
            return ConfigurationFault(.invalidQuantity, "the UTC offset is -720 to 840 minutes")
        }
        return nil
    }

    private var regionsFault: ConfigurationFault? {
        if regions.count > Limits.regionsPerWarehouseMax {
            return ConfigurationFault(.invalidQuantity, "a warehouse names at most 32 regions")
        }
        if regions.contains(.none) || Set(regions).count != regions.count {
            return ConfigurationFault(
                .invalidQuantity,
                "a region is 1-8 bytes of printable ASCII, each named once"
            )
        }
        return nil
    }

    /// The largest capacity; the number after it stands for none in records and frames.
    public static let shipmentCountMax = UInt32.max - 1
    /// All seven bits of ``closedWeekdays``.
    public static let allWeekdays: UInt8 = 0x7F
    /// The offsets of the clocks on Earth.
    public static let utcOffsetsMinutes: ClosedRange<Int16> = -720...840
}

extension RateRow {
    /// What is wrong with the row by itself; `nil` for nothing.
    public var fault: ConfigurationFault? {
        if !(0...Limits.shipmentCostMinorMax).contains(baseMinor) {
            return ConfigurationFault(.invalidRate, "the base costs 0 to 10^12")
        }
        let unitCosts = 0...Limits.unitCostMinorMax
        if !unitCosts.contains(perKilometreMinor) || !unitCosts.contains(perKilogramMinor) {
            return ConfigurationFault(.invalidRate, "a kilometre or a kilogram costs 0 to 10^9")
        }
        return nil
    }

    /// The warehouse, region and band that a row is for; two rows of a card never share them.
    public struct Zone: Hashable, Sendable {
        /// The warehouse; `.none` for all.
        public let warehouse: WarehouseCode
        /// The region; `.none` for all.
        public let region: RegionCode
        /// The longest distance, in metres.
        public let metresMax: UInt32
    }

    /// What the row is for.
    public var zone: Zone { Zone(warehouse: warehouse, region: region, metresMax: metresMax) }

    /// Index of the first row of a card that is wrong, and how; `nil` for none.
    public static func fault(of rows: [RateRow]) -> (index: Int, fault: ConfigurationFault)? {
        var zones: Set<Zone> = []
        for (index, row) in rows.enumerated() {
            if let fault = row.fault { return (index, fault) }
            if !zones.insert(row.zone).inserted {
                let reason: StaticString = "another row has its warehouse, region and distance"
                return (index, ConfigurationFault(.invalidRate, reason))
            }
        }
        return nil
    }
}

extension SKUSubstitutes {
    /// Index of the first of some rows that is wrong by itself, and the refusal; `nil` for none.
    ///
    /// A SKU stands in one row, and isn't substituted by itself or twice by the same one.
    public static func fault(
        of rows: [SKUSubstitutes]
    ) -> (index: Int, fault: ConfigurationFault)? {
        var skus: Set<String> = []
        for (index, row) in rows.enumerated() {
            let names = [row.sku] + row.substitutes
            if !names.allSatisfy(\.isSKUName) {
                let reason: StaticString = "a SKU is 1-64 bytes of printable ASCII"
                return (index, ConfigurationFault(.invalidSKU, reason))
            }
            var reason = row.reasonAgainst(names)
            if !skus.insert(row.sku).inserted { reason = "another row has its SKU" }
            if let reason { return (index, ConfigurationFault(.invalidSubstitute, reason)) }
        }
        return nil
    }
}

extension SKUSubstitutes {
    private func reasonAgainst(_ names: [String]) -> StaticString? {
        if substitutes.count > Limits.substitutesPerSKUMax {
            return "a SKU has at most 8 substitutes"
        }
        if substitutes.contains(sku) { return "a SKU isn't its own substitute" }
        return Set(names).count == names.count ? nil : "a substitute is named once"
    }
}

extension String {
    fileprivate var isSKUName: Bool {
        (1...Limits.skuSizeBytesMax).contains(utf8.count)
            && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension PolicyDefinition {
    /// What is wrong with the policy; `nil` for nothing.
    public var fault: ConfigurationFault? {
        if name == .none {
            return ConfigurationFault(
                .invalidPolicy,
                "a policy's name is 1-16 bytes of printable ASCII"
            )
        }
        if tiers.isEmpty || tiers.count > Limits.tiersPerPolicyMax {
            return ConfigurationFault(.invalidPolicy, "a policy has 1 to 4 tiers")
        }
        return tiers.lazy.compactMap(\.fault).first
    }
}

extension PolicyDefinition {
    /// Index of the first of some policies that can't be defined, and why; `nil` for none.
    public static func fault(
        of policies: [PolicyDefinition]
    ) -> (index: Int, fault: ConfigurationFault)? {
        let alwaysThere = Set(builtIn.map(\.name))
        var names: Set<PolicyName> = []
        for (index, policy) in policies.enumerated() {
            if let fault = policy.fault { return (index, fault) }
            if alwaysThere.contains(policy.name) {
                let reason: StaticString = "a policy of this name is always there"
                return (index, ConfigurationFault(.invalidPolicy, reason))
            }
            if !names.insert(policy.name).inserted {
                let reason: StaticString = "another policy of the request has its name"
                return (index, ConfigurationFault(.invalidPolicy, reason))
            }
        }
        return nil
    }
}

extension SourcingTier {
    /// What is wrong with the tier; `nil` for nothing.
    public var fault: ConfigurationFault? {
        if parts.isEmpty { return ConfigurationFault(.invalidPolicy, "a tier has a term at least") }
        if Set(parts.map(\.term)).count != parts.count {
            return ConfigurationFault(.invalidPolicy, "a tier names a term once")
        }
        if parts.contains(where: { $0.weight < 1 || $0.weight > Limits.termWeightMax }) {
            return ConfigurationFault(.invalidPolicy, "a weight is 1 to 1,000,000")
        }
        if tolerance > SourcingTier.toleranceMax {
            return ConfigurationFault(.invalidPolicy, "a tolerance is 0 to 100 percent")
        }
        return nil
    }

    /// A tolerance of 100 percent, in hundredths of a percent.
    public static let toleranceMax: UInt16 = 10_000
}
