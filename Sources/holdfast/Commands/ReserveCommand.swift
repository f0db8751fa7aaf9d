internal import ArgumentParser
internal import HoldfastClient

/// `holdfast reserve`: holds lines for an owner.
struct ReserveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reserve",
        abstract: "Hold units for an owner until the hold expires, is committed or released.",
        discussion: "Example: holdfast reserve MUG-BLUE:2 KETTLE@COV1 --to 51.47,-0.07"
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: ArgumentHelp("What to hold.", valueName: "sku[:quantity][@warehouse]"))
    var lines: [LineArgument]

    @Option(help: "Whom the units are held for: 32 hexadecimal digits, or any text.")
    var owner = "holdfast-cli"

    @Option(help: "The id of the request, 32 hexadecimal digits; drawn when not given.")
    var id: IDArgument?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Where the goods go to, in degrees.", valueName: "lat,lon")
    )
    var to: PlaceArgument?

    @Option(help: "What to do when not all is there.")
    var mode = ModeArgument.allOrNothing

    @Option(help: "How to choose the warehouses.")
    var policy = PolicyArgument.nearest

    @Option(help: "How long to hold; 900 when not given.")
    var ttlSeconds: Int?

    /// Holds the lines.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let request = ReservationRequest(
            id: id?.id ?? .random(),
            owner: DerivedID.owner(owner),
            lines: lines.map(\.line),
            timeToLiveMilliseconds: try timeToLiveMilliseconds,
            mode: mode.mode,
            policy: policy.policy,
            destination: to.map { Destination(position: $0.position) }
        )
        let receipt = try await accepted("reserve") { () throws(ClientError) in
            try await client.reserve(request)
        }
        let skus = request.lines.map(\.sku)
        ReservationText(id: request.id, receipt: receipt, skus: skus, owner: request.owner)
            .print(asJSON: options.json)
    }

    private var timeToLiveMilliseconds: UInt32 {
        get throws(CommandFailure) {
            guard let ttlSeconds else { return 0 }
            let longest = Limits.timeToLiveMillisecondsMax / 1_000
            guard ttlSeconds > 0, ttlSeconds <= longest else {
                throw .usage("--ttl-seconds \(ttlSeconds): give 1 to \(longest)")
            }
            return UInt32(ttlSeconds * 1_000)
        }
    }
}
