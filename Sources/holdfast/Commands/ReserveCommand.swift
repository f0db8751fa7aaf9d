internal import ArgumentParser
internal import HoldfastClient

/// How long a hold lives.
struct TimeToLiveOptions: ParsableArguments {
    @Option(help: "How long to hold, from now on; 900 when not given.")
    var ttlSeconds: Int?

    /// The time in milliseconds, 0 for the server's default.
    var milliseconds: UInt32 {
        get throws(CommandFailure) {
            guard let ttlSeconds else { return 0 }
            try check(
                ttlSeconds,
                "--ttl-seconds",
                1...Int(Limits.timeToLiveMillisecondsMax / 1_000)
            )
            return UInt32(ttlSeconds) * 1_000
        }
    }
}

/// What to hold, for whom and how: the options of `reserve` and `replace`.
struct ReserveOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("What to hold.", valueName: "sku[:quantity][@warehouse]"))
    var lines: [LineArgument] = []

    @Option(
        name: .customLong("line"),
        help: ArgumentHelp(
            "What to hold, from pools as well; these lines follow the others.",
            valueName: "sku=quantity[@warehouse][/pool[,pool…]]"
        )
    )
    var poolLines: [ReserveLineArgument] = []

    @Option(
        help: ArgumentHelp(
            "The version that a SKU must have; without a SKU that of the only one.",
            valueName: "[sku=]version"
        )
    )
    var expectedVersion: [VersionArgument] = []

    @Option(help: "Whom the units are held for: 32 hexadecimal digits, or any text.")
    var owner = "holdfast-cli"

    @Option(help: "The id of the request, 32 hexadecimal digits; drawn when not given.")
    var id: IDArgument?

    @Option(help: "What to do when not all is there.")
    var mode = ModeArgument.allOrNothing

    @OptionGroup(title: "Sourcing") var sourcing: SourcingOptions

    @OptionGroup var time: TimeToLiveOptions

    @Flag(help: "Tell what could serve lines that are short; `source` always does.")
    var alternatives = false

    /// Refuses a hold of nothing.
    func validate() throws {
        if lines.isEmpty, poolLines.isEmpty {
            throw ValidationError("Give at least one line to hold.")
        }
    }

    /// The request, which replaces an older hold where one is named.
    func request(
        replacing old: ReservationID? = nil
    ) throws(CommandFailure) -> ReservationRequest {
        ReservationRequest(
            id: id?.id ?? .random(),
            owner: DerivedID.owner(owner),
            lines: try versionedLines,
            timeToLiveMilliseconds: try time.milliseconds,
            mode: mode.mode,
            policy: sourcing.policy.policy,
            policyName: sourcing.policy.name,
            destination: try sourcing.destination,
            orderedAt: sourcing.orderedAt?.instant,
            replaces: old,
            constraints: try sourcing.constraints,
            wantsAlternatives: alternatives
        )
    }

    private var versionedLines: [ReservationRequest.Line] {
        get throws(CommandFailure) {
            var all = lines.map(\.line) + poolLines.map(\.line)
            let skus = Set(all.map(\.sku))
            for expected in expectedVersion {
                guard let sku = expected.sku ?? (skus.count == 1 ? skus.first : nil) else {
                    throw .usage(
                        "--expected-version \(expected.version): give SKU=VERSION, as there are "
                            + "lines of \(skus.count) SKUs"
                    )
                }
                guard skus.contains(sku) else {
                    throw .usage("--expected-version \(sku)=\(expected.version): no line is of it")
                }
                for index in all.indices where all[index].sku == sku {
                    all[index].expectedVersion = expected.version
                }
            }
            return all
        }
    }
}

extension ClientCommand {
    /// Sends a reserve and prints what came of it.
    fileprivate func reserve(
        _ request: ReservationRequest,
        over client: HoldfastClient
    ) async throws(CommandFailure) {
        let subject = Self.configuration.commandName ?? "reserve"
        let result = try await answered { () throws(ClientError) in
            try await client.reserve(request)
        }
        let receipt: ReservationReceipt
        switch result {
        case .success(let accepted): receipt = accepted
        case .failure(let refusal):
            if !options.json { AlternativesText(refusal.alternatives).write() }
            throw CommandFailure(refusal, subject)
        }
        let skus = request.lines.map(\.sku)
        ReservationText(
            id: request.id,
            receipt: receipt,
            skus: skus,
            owner: request.owner,
            replaced: request.replaces
        ).print(asJSON: options.json)
    }
}

/// `holdfast reserve`: holds lines for an owner.
struct ReserveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reserve",
        abstract: "Hold units for an owner until the hold expires, is committed or released.",
        discussion: """
            Examples: holdfast reserve MUG-BLUE:2 KETTLE@COV1 --to 51.47,-0.07
                      holdfast reserve --line MUG-BLUE=2/flash,default
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var hold: ReserveOptions

    /// Holds the lines.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        try await reserve(try hold.request(), over: client)
    }
}

/// `holdfast replace`: holds lines in place of an older hold.
struct ReplaceCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "replace",
        abstract: "Hold units in place of an older hold of the same owner, in one step.",
        discussion: """
            The older hold's units count as free. Refused, it stays as it is. Where it isn't held \
            any more this is a plain reserve, and says so.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the older hold.")
    var old: IDArgument

    @OptionGroup var hold: ReserveOptions

    /// Holds the lines.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        try await reserve(try hold.request(replacing: old.id), over: client)
    }
}
