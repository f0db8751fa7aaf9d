internal import ArgumentParser
internal import HoldfastClient

/// The reasons to extend a hold by their names on the command line.
enum ReasonArgument: String, ExpressibleByArgument, CaseIterable {
    case shopper
    case paymentStarted = "payment_started"
    case paymentPending = "payment_pending"

    /// The reason itself.
    var reason: ExtendReason {
        switch self {
        case .shopper: .shopper
        case .paymentStarted: .paymentStarted
        case .paymentPending: .paymentPending
        }
    }
}

/// `holdfast hold-again`: what an expired hold held is held again, or gone.
struct HoldAgainCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold-again",
        abstract: "Hold again what an older hold held, in case that has expired.",
        discussion: """
            For a payment that came late: all of it is held again, or nothing. An older hold that \
            is still held is printed as it is. Repeat it with the same --id.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the older hold.")
    var old: IDArgument

    @Option(help: "Whose it is: 32 hexadecimal digits, or any text.")
    var owner = "holdfast-cli"

    @Option(help: "The id of the new hold, 32 hexadecimal digits; drawn when not given.")
    var id: IDArgument?

    @OptionGroup var time: TimeToLiveOptions

    /// Holds it again.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let milliseconds = try time.milliseconds
        let held = try await accepted("hold-again \(old.id)") { () throws(ClientError) in
            try await client.holdAgain(
                old.id,
                as: id?.id ?? .random(),
                owner: DerivedID.owner(owner),
                timeToLiveMilliseconds: milliseconds
            )
        }
        ReservationText(id: held.id, receipt: held.receipt).print(asJSON: options.json)
    }
}
