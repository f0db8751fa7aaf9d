/// Whether a sale sells.
@frozen
public enum SaleState: UInt8, Sendable, CaseIterable {
    /// Its opening instant hasn't come.
    case waiting = 0
    /// It sells.
    case open = 1
    /// Its closing instant has passed.
    case closed = 2
}

extension SaleRules {
    /// Whether the sale sells at `instant`.
    public func state(at instant: Instant) -> SaleState {
        switch refusal(at: instant) {
        case .saleNotOpen?: .waiting
        case nil: .open
        case .some: .closed
        }
    }

    /// The rules after the sale was opened at `instant`.
    public func opened(at instant: Instant) -> SaleRules {
        var rules = self
        if let opensAt, instant < opensAt { rules.opensAt = instant }
        if let closesAt, instant >= closesAt { rules.closesAt = nil }
        return rules
    }

    /// The rules after the sale was closed at `instant`.
    public func closed(at instant: Instant) -> SaleRules {
        var rules = self
        if let closesAt, instant >= closesAt { return rules }
        rules.closesAt = instant
        // It closes before it would have opened: it never did.
        if let opensAt, instant < opensAt { rules.opensAt = instant }
        return rules
    }
}

/// What owners have of a sale, all of them together and those who have most.
public struct SaleReport: Hashable, Sendable {
    /// Owners whose units, open and fulfilled ones, lie in one range.
    public struct Band: Hashable, Sendable {
        /// The fewest units of an owner in the band.
        public var unitsMin: UInt64
        /// The most units of an owner in the band; `.max` for any number.
        public var unitsMax: UInt64
        /// Owners in it.
        public var owners: UInt64
        /// The units of all of them.
        public var units: UInt64

        /// A band with all its fields.
        public init(unitsMin: UInt64, unitsMax: UInt64, owners: UInt64 = 0, units: UInt64 = 0) {
            self.unitsMin = unitsMin
            self.unitsMax = unitsMax
            self.owners = owners
            self.units = units
        }
    }

    /// The sums over all owners and cells.
    public var figures: SaleFigures
    /// All owners who took part by their units: each of them is in one band, and the bands ascend.
    public var bands: [Band]
    /// The owners with most units, those first; of equal ones the lower owner first.
    public var top: [OwnerShare]

    /// A report with all its fields.
    public init(figures: SaleFigures, bands: [Band], top: [OwnerShare]) {
        self.figures = figures
        self.bands = bands
        self.top = top
    }

    /// A report of a sale in which nothing has happened.
    public init() {
        var bands: [Band] = []
        var unitsMin: UInt64 = 0
        for unitsMax in SaleReport.unitsMaxOfBand {
            bands.append(Band(unitsMin: unitsMin, unitsMax: unitsMax))
            unitsMin = unitsMax &+ 1
        }
        self.init(figures: SaleFigures(), bands: bands, top: [])
    }

    /// The most units in each band: each number up to 20 by itself, then ever wider ones, so that
    /// what the bands tell of shares is exact where limits are low and near it elsewhere.
    public static let unitsMaxOfBand: [UInt64] =
        Array(0...20) + [25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1_000, 10_000, .max]

    /// Adds an owner with so many units to its band.
    public mutating func count(ownerWith units: UInt64) {
        let index = bands.firstIndex { units <= $0.unitsMax }
        guard let index else { preconditionFailure("the last band has no end") }
        bands[index].owners += 1
        bands[index].units += units
    }
}
