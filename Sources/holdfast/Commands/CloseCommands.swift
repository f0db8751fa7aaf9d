internal import ArgumentParser
internal import HoldfastClient

/// `holdfast commit`: makes a hold an order.
struct CommitCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Make a hold an order. Harmless to repeat."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    /// Commits the reservation.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let receipt = try await accepted("commit \(id.id)") { () throws(ClientError) in
            try await client.commit(id.id)
        }
        ReservationText(id: id.id, receipt: receipt, skus: nil, owner: nil)
            .print(asJSON: options.json)
    }
}

/// `holdfast release`: gives a hold back.
struct ReleaseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Give a hold back. Harmless to repeat."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    /// Releases the reservation.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let receipt = try await accepted("release \(id.id)") { () throws(ClientError) in
            try await client.release(id.id)
        }
        ReservationText(id: id.id, receipt: receipt, skus: nil, owner: nil)
            .print(asJSON: options.json)
    }
}

/// `holdfast show`: tells what became of a reservation.
struct ShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell what became of a reservation."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    /// Shows the reservation.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let report = try await accepted("show \(id.id)") { () throws(ClientError) in
            try await client.show(id.id)
        }
        ReservationText(id: id.id, receipt: report.receipt, skus: report.skus, owner: report.owner)
            .print(asJSON: options.json)
    }
}
