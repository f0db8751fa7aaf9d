/// A made-up shop in real cities: the same for the same seed.
struct DemoNetwork {
    /// A city with its place in degrees.
    struct City {
        let name: String
        let code: String
        let latitude: Double
        let longitude: Double
    }

    /// What a cell of the shop starts with.
    struct Cell {
        let sku: String
        let warehouse: String
        let onHand: Int
        let safetyStock: Int
    }

    /// Where the warehouses stand; shoppers live in all of the cities.
    static let warehouseCount = 12
    /// SKUs that everybody wants.
    static let scarceCount = 24
    private static let scarceUnitsPerCell = 25
    private static let scarceCellsPerSKU = 4

    /// The SKUs that everybody wants.
    let scarce: [String]
    /// The SKUs of which there is enough.
    let common: [String]
    /// All cells.
    let cells: [Cell]

    /// Makes the shop of a seed.
    init(seed: UInt64) {
        var draws = SeededGenerator(seed: seed)
        scarce = (1...DemoNetwork.scarceCount).map { "DROP-\($0 < 10 ? "0" : "")\($0)" }
        var common: [String] = []
        for kind in DemoNetwork.kinds {
            for colour in DemoNetwork.colours {
                for size in ["S", "M", "L", "XL"] { common.append("\(kind)-\(colour)-\(size)") }
            }
        }
        self.common = common
        var cells: [Cell] = []
        let codes = DemoNetwork.cities.prefix(DemoNetwork.warehouseCount).map(\.code)
        for sku in scarce {
            for code in codes.shuffled(using: &draws).prefix(DemoNetwork.scarceCellsPerSKU) {
                let units = DemoNetwork.scarceUnitsPerCell
                cells.append(Cell(sku: sku, warehouse: code, onHand: units, safetyStock: 0))
            }
        }
        for sku in common {
            let count = Int.random(in: 1...5, using: &draws)
            for code in codes.shuffled(using: &draws).prefix(count) {
                let units = Int.random(in: 20...400, using: &draws)
                cells.append(
                    Cell(sku: sku, warehouse: code, onHand: units, safetyStock: units / 20)
                )
            }
        }
        self.cells = cells
    }

    /// Units of the scarce SKUs at the start.
    var scarceUnits: Int {
        DemoNetwork.scarceCount * DemoNetwork.scarceCellsPerSKU * DemoNetwork.scarceUnitsPerCell
    }

    /// The warehouses as a file for `holdfast import`.
    var warehouseFile: String {
        var text =
            "code,city,lat,lon,priority,shipment_cost_minor,unit_cost_minor,cutoff_hour_utc,"
            + "handling_hours\n"
        for (index, city) in DemoNetwork.cities.prefix(DemoNetwork.warehouseCount).enumerated() {
            text +=
                "\(city.code),\(city.name),\(city.latitude),\(city.longitude),\(index + 1),"
                + "\(180 + index * 5),\(12 + index % 4),\(15 + index % 6),\(2 + index % 4)\n"
        }
        return text
    }

    /// The stock as a file for `holdfast import`.
    var stockFile: String {
        cells.reduce("sku,warehouse,on_hand,safety_stock\n") {
            $0 + "\($1.sku),\($1.warehouse),\($1.onHand),\($1.safetyStock)\n"
        }
    }
}

/// Numbers that a seed decides: SplitMix64.
///
/// - Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that starts at `seed`.
    init(seed: UInt64) { state = seed }

    /// The next number.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension DemoNetwork {
    private static let kinds = [
        "MUG", "LAMP", "CHAIR", "KETTLE", "BLANKET", "CLOCK", "VASE", "TRAY", "BOWL", "CUSHION",
        "BASKET", "MIRROR", "CANDLE", "APRON", "TEAPOT", "RUG", "STOOL", "JUG", "PLATE", "SCARF",
        "BAG", "PURSE", "UMBRELLA", "NOTEBOOK", "PEN", "GLASS", "BOTTLE", "TIN", "RACK", "FRAME",
        "TOWEL", "CURTAIN", "SHELF", "BELL", "MAP",
    ]

    private static let colours = [
        "WHITE", "BLACK", "BLUE", "GREEN", "RED", "YELLOW", "OAK", "PINE", "CREAM", "GREY",
        "COPPER", "BRASS", "ROSE", "TEAL", "PLUM", "SAND", "NAVY", "LIME", "CORAL", "IVORY",
        "SLATE", "AMBER",
    ]

    /// Cities with their places, to a hundredth of a degree.
    static let cities: [City] = [
        City(name: "London", code: "LON1", latitude: 51.51, longitude: -0.13),
        City(name: "Leeds", code: "LBA1", latitude: 53.80, longitude: -1.55),
        City(name: "Dublin", code: "DUB1", latitude: 53.35, longitude: -6.26),
        City(name: "Rotterdam", code: "RTM1", latitude: 51.92, longitude: 4.48),
        City(name: "Lille", code: "LIL1", latitude: 50.63, longitude: 3.06),
        City(name: "Leipzig", code: "LEJ1", latitude: 51.34, longitude: 12.37),
        City(name: "Lyon", code: "LYS1", latitude: 45.76, longitude: 4.84),
        City(name: "Madrid", code: "MAD1", latitude: 40.42, longitude: -3.70),
        City(name: "Milan", code: "MIL1", latitude: 45.46, longitude: 9.19),
        City(name: "Vienna", code: "VIE1", latitude: 48.21, longitude: 16.37),
        City(name: "Warsaw", code: "WAW1", latitude: 52.23, longitude: 21.01),
        City(name: "Gothenburg", code: "GOT1", latitude: 57.71, longitude: 11.97),
        City(name: "Edinburgh", code: "EDI", latitude: 55.95, longitude: -3.19),
        City(name: "Bristol", code: "BRS", latitude: 51.45, longitude: -2.59),
        City(name: "Paris", code: "PAR", latitude: 48.86, longitude: 2.35),
        City(name: "Bordeaux", code: "BOD", latitude: 44.84, longitude: -0.58),
        City(name: "Brussels", code: "BRU", latitude: 50.85, longitude: 4.35),
        City(name: "Hamburg", code: "HAM", latitude: 53.55, longitude: 9.99),
        City(name: "Munich", code: "MUC", latitude: 48.14, longitude: 11.58),
        City(name: "Zurich", code: "ZRH", latitude: 47.38, longitude: 8.54),
        City(name: "Prague", code: "PRG", latitude: 50.08, longitude: 14.44),
        City(name: "Copenhagen", code: "CPH", latitude: 55.68, longitude: 12.57),
        City(name: "Oslo", code: "OSL", latitude: 59.91, longitude: 10.75),
        City(name: "Barcelona", code: "BCN", latitude: 41.39, longitude: 2.17),
        City(name: "Lisbon", code: "LIS", latitude: 38.72, longitude: -9.14),
        City(name: "Rome", code: "FCO", latitude: 41.90, longitude: 12.50),
        City(name: "Budapest", code: "BUD", latitude: 47.50, longitude: 19.04),
        City(name: "Athens", code: "ATH", latitude: 37.98, longitude: 23.73),
    ]
}
