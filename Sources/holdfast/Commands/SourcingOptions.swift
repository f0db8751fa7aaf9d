internal import ArgumentParser
internal import HoldfastClient

/// How the warehouses are chosen, and what their choice has to keep to: options of every command
/// that sources an order.
struct SourcingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where the goods go to, in degrees.", valueName: "lat,lon")
    )
    var to: PlaceArgument?

    @Option(help: "The region of the destination, for example GB or US-CA; with --to.")
    var region: RegionArgument?

    @Option(help: "When the shopper ordered, for example 2026-11-23T13:59:00Z; now if not given.")
    var orderedAt: InstantArgument?

    @Option(
        help: """
            How to choose the warehouses: nearest, cheapest, fastest, fewest_shipments, balanced, \
            priority, or a policy that `policy list` tells.
            """
    )
    var policy = PolicyArgument.nearest

    @Option(help: "The most warehouses that may ship.")
    var splitsMax: Int?

    @Option(help: "The most warehouses that may serve one line.")
    var splitsPerLineMax: Int?

    @Option(help: "The most kilometres from a warehouse to the destination.")
    var kmMax: Double?

    @Option(help: "The latest promised arrival, for example 2026-11-25T18:00:00Z.")
    var latestPromise: InstantArgument?

    @Flag(help: "Promise nothing that isn't there now.")
    var shipComplete = false

    @Option(help: ArgumentHelp("Warehouses that may not serve.", valueName: "code,code…"))
    var exclude: [WarehousesArgument] = []

    @Option(help: ArgumentHelp("The only warehouses that may serve.", valueName: "code,code…"))
    var require: [WarehousesArgument] = []

    @Option(help: ArgumentHelp("Warehouses to use before others.", valueName: "code,code…"))
    var prefer: [WarehousesArgument] = []

    private static let kilometresMax = 20_100.0

    /// Where the goods go to.
    var destination: Destination? {
        get throws(CommandFailure) {
            guard let to else {
                guard region == nil else { throw .usage("--region: give --to LAT,LON as well") }
                return nil
            }
            return Destination(position: to.position, region: region?.region ?? .none)
        }
    }

    /// What the plan has to keep to.
    var constraints: SourcingConstraints {
        get throws(CommandFailure) {
            if let splitsMax { try check(splitsMax, "--splits-max", 1...Int(UInt16.max)) }
            if let splitsPerLineMax {
                try check(splitsPerLineMax, "--splits-per-line-max", 1...Int(UInt16.max))
            }
            if let kmMax, !(kmMax >= 0.001 && kmMax <= SourcingOptions.kilometresMax) {
                throw .usage("--km-max \(kmMax): give 0.001 to 20100")
            }
            return SourcingConstraints(
                splitsMax: UInt16(splitsMax ?? 0),
                splitsPerLineMax: UInt16(splitsPerLineMax ?? 0),
                metresMax: kmMax.map { UInt32(($0 * 1_000).rounded()) } ?? 0,
                latestPromise: latestPromise?.instant,
                shipsComplete: shipComplete,
                excluded: exclude.flatMap(\.codes),
                required: require.flatMap(\.codes),
                preferred: prefer.flatMap(\.codes)
            )
        }
    }
}
