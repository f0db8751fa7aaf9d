internal import ArgumentParser
internal import HoldfastClient

/// What every command takes that moves a reservation's units on.
struct ChangeOptions: ParsableArguments {
    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    @Option(
        name: .customLong("line"),
        help: ArgumentHelp(
            "Only this part; repeat for more. Lines count from 1, as `show` prints them.",
            valueName: "index[=units][@warehouse][/pool]"
        )
    )
    var parts: [PartArgument] = []

    @Option(help: "The id of this request; drawn when not given. Parts repeat by it.")
    var requestID: IDArgument?
}

/// A command that moves a reservation's units on, wholly or in parts.
protocol ChangeCommand: ClientCommand {
    /// What becomes of the units.
    static var kind: ReservationChangeKind { get }

    /// Which reservation and which parts of it.
    var change: ChangeOptions { get }

    /// With `commit`: whether the units leave as well.
    var isFulfilling: Bool { get }
}

extension ChangeCommand {
    /// Only a commit can fulfil as well.
    var isFulfilling: Bool { false }

    /// Changes the reservation.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let id = change.id.id
        let request = ReservationChange(
            Self.kind,
            id,
            requestID: change.requestID?.id ?? .random(),
            isFulfilling: isFulfilling,
            items: change.parts.map(\.item)
        )
        let result: Result<ReservationReceipt, Refusal> =
            try await answered { () throws(ClientError) in
                try await client.start(request, answeredBy: ReservationReceipt.self).value
            }
        switch result {
        case .success(let receipt):
            ReservationText(id: id, receipt: receipt).print(asJSON: options.json)
        case .failure(let refusal):
            var failure = CommandFailure(refusal, "\(request.operation.name) \(id)")
            if !refusal.lostUnits.isEmpty {
                failure.tell(refusal.lostUnits, skus: await skus(of: id, client))
            }
            throw failure
        }
    }

    /// The SKUs of a reservation by line; `nil` where the server doesn't tell any more.
    private func skus(of id: ReservationID, _ client: HoldfastClient) async -> [String]? {
        do throws(ClientError) {
            switch try await client.show(id) {
            case .success(let report): return report.skus
            case .failure: return nil
            }
        } catch {
            // The refusal is what counts; without names its lines are told by number.
            return nil
        }
    }
}

extension CommandFailure {
    /// Adds the units that a commit finds missing, as a table and for programs.
    fileprivate mutating func tell(_ lost: [LostUnits], skus: [String]?) {
        var text = TextTable(
            .number("line"),
            .text("sku"),
            .number("needed"),
            .number("there"),
            .number("missing")
        )
        for line in lost {
            text.add(
                "\(line.line + 1)",
                skus?[line.line] ?? "-",
                line.needed.grouped,
                line.present.grouped,
                (line.needed - min(line.needed, line.present)).grouped
            )
        }
        table = text.lines
        let lines = lost.map { line in
            JSON.object([
                ("line", .count(line.line + 1)),
                ("sku", skus.map { .string($0[line.line]) } ?? .null),
                ("needed", .count(line.needed)),
                ("present", .count(line.present)),
            ])
        }
        members.append(("lost_units", .array(lines)))
    }
}

/// `holdfast commit`: makes a hold an order.
struct CommitCommand: ChangeCommand {
    static let kind = ReservationChangeKind.commit
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Make a hold an order, wholly or in parts. Harmless to repeat.",
        discussion: "Example: holdfast commit ID --line 1 --line 2=3@COV1"
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var change: ChangeOptions

    @Flag(name: .customLong("fulfil"), help: "The units leave as well.")
    var isFulfilling = false
}

/// `holdfast release`: gives a hold back.
struct ReleaseCommand: ChangeCommand {
    static let kind = ReservationChangeKind.release
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Give a hold back, wholly or in parts. Harmless to repeat."
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var change: ChangeOptions
}

/// `holdfast fulfil`: the units of an order have left.
struct FulfilCommand: ChangeCommand {
    static let kind = ReservationChangeKind.fulfil
    static let configuration = CommandConfiguration(
        commandName: "fulfil",
        abstract: "Say that the units of an order have left. Harmless to repeat."
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var change: ChangeOptions
}

/// `holdfast cancel`: calls an order off.
struct CancelCommand: ChangeCommand {
    static let kind = ReservationChangeKind.cancel
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Call an order off: its units are free again. Harmless to repeat."
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var change: ChangeOptions
}

/// `holdfast extend`: lets a hold live longer.
struct ExtendCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend",
        abstract: "Let a hold live until a time from now on, within the server's cap."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    @OptionGroup var time: TimeToLiveOptions

    @Option(
        help: ArgumentHelp(
            "Why.",
            discussion: """
                payment_started: limits on a first hold don't count any more. payment_pending \
                freezes the hold: once, for 10 minutes at most, and beyond the server's cap.
                """
        )
    )
    var reason = ReasonArgument.shopper

    @Option(help: "The id of this request; drawn when not given.")
    var requestID: IDArgument?

    /// Extends the hold.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let milliseconds = try time.milliseconds
        let receipt = try await accepted("extend \(id.id)") { () throws(ClientError) in
            try await client.extend(
                id.id,
                for: reason.reason,
                timeToLiveMilliseconds: milliseconds,
                requestID: requestID?.id ?? .random()
            )
        }
        ReservationText(id: id.id, receipt: receipt).print(asJSON: options.json)
    }
}
