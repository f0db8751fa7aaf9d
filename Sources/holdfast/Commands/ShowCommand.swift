internal import ArgumentParser
internal import HoldfastClient

/// `holdfast show`: tells what became of a reservation, or of all of an owner's.
struct ShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell what became of a reservation, or of an owner's reservations.",
        discussion: "Of an owner the newest 256 are told; without --all only the open ones."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument?

    @Option(help: "Whose reservations: 32 hexadecimal digits, or the text that was held for.")
    var owner: String?

    @Flag(help: "With --owner: tell those as well that are neither held nor committed.")
    var all = false

    /// Refuses contradicting options.
    func validate() throws {
        if (id == nil) == (owner == nil) {
            throw ValidationError("Give the id of a reservation, or --owner.")
        }
        if all, owner == nil { throw ValidationError("--all goes with --owner only.") }
    }

    /// Shows the reservation or the owner's.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if let id {
            let report = try await accepted("show \(id.id)") { () throws(ClientError) in
                try await client.show(id.id)
            }
            ReservationText(id: id.id, report: report).print(asJSON: options.json)
        } else if let owner {
            try await show(DerivedID.owner(owner), over: client)
        }
    }

    private func show(
        _ owner: OwnerID,
        over client: HoldfastClient
    ) async throws(CommandFailure) {
        let list = try await accepted("show --owner \(owner)") { () throws(ClientError) in
            try await client.reservations(of: owner, includingClosed: all)
        }
        if options.json {
            let result = JSON.object([
                ("owner", .string(owner.description)),
                ("count", .count(list.count)),
                (
                    "reservations",
                    .array(
                        list.reservations.map {
                            ReservationText(id: $0.id, report: $0.report).json
                        }
                    )
                ),
            ])
            return Terminal.writeLine(result.text)
        }
        var table = TextTable(
            .text("reservation"),
            .text("state"),
            .text("held since"),
            .text("expires"),
            .number("lines"),
            .number("units"),
            .text("skus")
        )
        for entry in list.reservations { table.add(row(entry)) }
        Terminal.writeLines(table.lines)
        let told = list.reservations.count
        let rest = told < Int(list.count) ? ", the newest \(told) are told" : ""
        let kind = all ? "reservation" : "open reservation"
        Terminal.writeLine("\(owner): \(counted(list.count, kind))\(rest)")
    }

    private func row(_ entry: OwnerReservations.Entry) -> [String] {
        let report = entry.report
        let units = report.receipt.lines.reduce(0) { $0 + UInt64($1.reserved) }
        let skus = report.skus.prefix(3).joined(separator: ", ")
        return [
            entry.id.description,
            report.receipt.state.name,
            report.heldSince.text,
            report.receipt.expiresAt.text,
            report.receipt.lines.count.grouped,
            units.grouped,
            report.skus.count > 3 ? skus + ", …" : skus,
        ]
    }
}
