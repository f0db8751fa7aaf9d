import Inventory
import Sourcing

/// What the retail files don't tell of their network, made up to be plausible: regions, calendars
/// and a rate card in pence.
enum RetailNetwork {
    /// Grams of a unit: small gifts.
    static let unitWeightGrams: UInt32 = 250
    /// An order that is promised later than this is late.
    static let lateMinutes: Int64 = 72 * 60

    /// The region code of a country as the order file writes it; none where it isn't one.
    static func region(of country: Substring) -> RegionCode {
        RegionCode(regions[String(country)] ?? "") ?? .none
    }

    private static let regions: [String: String] = [
        "United Kingdom": "GB", "EIRE": "IE", "Channel Islands": "GB-CHA", "Germany": "DE",
        "France": "FR", "Spain": "ES", "Netherlands": "NL", "Belgium": "BE", "Switzerland": "CH",
        "Portugal": "PT", "Norway": "NO", "Finland": "FI", "Italy": "IT", "Sweden": "SE",
        "Poland": "PL", "Denmark": "DK", "Austria": "AT", "Iceland": "IS", "Greece": "GR",
        "Cyprus": "CY", "Malta": "MT", "Lithuania": "LT", "Czech Republic": "CZ", "Israel": "IL",
        "Lebanon": "LB", "Bahrain": "BH", "Saudi Arabia": "SA", "United Arab Emirates": "AE",
        "Japan": "JP", "Hong Kong": "HK", "Singapore": "SG", "Australia": "AU", "Canada": "CA",
        "USA": "US", "Brazil": "BR",
    ]

    /// Where each warehouse stands.
    private static let homes: [String: String] = [
        "COV1": "GB", "DAR1": "GB", "BRS1": "GB", "LBA1": "GB", "GLA1": "GB", "BFS1": "GB",
        "DUB1": "IE", "RTM1": "NL", "LEJ1": "DE", "LIL1": "FR", "MAD1": "ES", "MIL1": "IT",
    ]

    /// A warehouse with its calendar: closed on Sundays, winter time.
    static func withCalendar(_ warehouse: Warehouse) -> Warehouse {
        var warehouse = warehouse
        warehouse.closedWeekdays = 0b100_0000
        let home = homes[String(describing: warehouse.code)] ?? "GB"
        warehouse.utcOffsetMinutes = home == "GB" || home == "IE" ? 0 : 60
        return warehouse
    }

    /// The rate card: parcels at home, across a border by distance, and by air beyond.
    static func rates(_ warehouses: [Warehouse]) -> [RateRow] {
        let airRows = [
            row(kilometres: 400, base: 650, perKilometre: 1, perKilogram: 60, hours: 48),
            row(kilometres: 1_200, base: 800, perKilometre: 1, perKilogram: 90, hours: 72),
            row(kilometres: 3_000, base: 1_100, perKilometre: 1, perKilogram: 150, hours: 96),
            row(kilometres: nil, base: 2_400, perKilometre: 0, perKilogram: 450, hours: 144),
        ]
        let homeRows = warehouses.compactMap { warehouse -> [RateRow]? in
            let code = warehouse.code
            guard let home = homes[String(describing: code)].flatMap({ RegionCode($0) }) else {
                return nil
            }
            return [
                (200, 320, 24), (450, 380, 36), (nil, 460, 48),
            ].map { (kilometres: Int?, base: Int64, hours: UInt16) in
                var rate = row(
                    kilometres: kilometres,
                    base: base,
                    perKilometre: 0,
                    perKilogram: 25,
                    hours: hours
                )
                rate.warehouse = code
                rate.region = home
                return rate
            }
        }
        return airRows + homeRows.flatMap { $0 }
    }

    private static func row(
        kilometres: Int?,
        base: Int64,
        perKilometre: Int64,
        perKilogram: Int64,
        hours: UInt16
    ) -> RateRow {
        RateRow(
            metresMax: kilometres.map { UInt32($0) * 1_000 } ?? .max,
            baseMinor: base,
            perKilometreMinor: perKilometre,
            perKilogramMinor: perKilogram,
            transitHours: hours
        )
    }
}
