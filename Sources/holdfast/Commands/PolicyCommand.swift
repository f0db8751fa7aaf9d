internal import ArgumentParser
internal import HoldfastClient

/// `holdfast policy`: reads and defines sourcing policies.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Read and define sourcing policies.",
        subcommands: [
            PolicyImportCommand.self, PolicyListCommand.self, PolicyShowCommand.self,
        ]
    )
}

/// `holdfast policy import`: defines the policies of a file.
struct PolicyImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Define the policies of a JSON file, or replace those whose name is known.",
        discussion: """
            All policies of the file go in, or none. Its form:

            {"policies": [{"name": "cheap-and-quick", "tiers": [
            {"terms": {"cost_minor": 1, "promise": 2}, "tolerance_percent": 2.5},
            {"terms": {"metres": 1}}]}]}

            1 to 4 tiers decide one after the other; less is better. Terms: metres, cost_minor, \
            promise (minutes), shipments, balance, priority, each with its weight of 1 to \
            1,000,000. tolerance_percent lets plans stay that are worse than the best by so much, \
            for the next tier to decide among.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(
        help: "The file; - is standard input.",
        completion: .file(extensions: ["json"])
    )
    var file: String

    @Option(help: "The id of the request; drawn when not given.")
    var id: IDArgument?

    /// Defines the policies.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let bytes = try InputFile.bytes(at: file)
        let policies: [(policy: PolicyDefinition, line: Int)]
        do throws(RowFault) {
            policies = try PolicyFile.read(bytes)
        } catch {
            throw error.failure(in: file)
        }
        let id = id?.id ?? .random()
        let result = try await answered { () throws(ClientError) in
            try await client.write(policies.map(\.policy), requestID: id)
        }
        switch result {
        case .success(let receipt): report(receipt, id, policies.map(\.policy))
        case .failure(var refusal):
            guard let index = refusal.index, index < policies.count else {
                throw CommandFailure(refusal, file)
            }
            refusal.index = nil
            throw CommandFailure(refusal, "\(file):\(policies[index].line)")
        }
    }

    private func report(_ receipt: WriteReceipt, _ id: RequestID, _ policies: [PolicyDefinition]) {
        guard options.json else {
            let text = "\(counted(policies.count, "policy", "policies")) defined"
            return Terminal.writeLine(receipt.isRepeated ? text + " (repeated)" : text)
        }
        let names = policies.map { JSON.string($0.name.description) }
        Terminal.writeLine(
            JSON.object([
                ("id", .string(id.description)), ("outcome", .string(Outcome.accepted.name)),
                ("repeated", .boolean(receipt.isRepeated)), ("lsn", .count(receipt.lsn)),
                ("policies", .array(names)),
            ]).text
        )
    }
}

/// `holdfast policy list`: all policies.
struct PolicyListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all policies, those that are always there first."
    )

    @OptionGroup var options: ServerOptions

    /// Lists the policies.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let policies = try await accepted("policy list") { () throws(ClientError) in
            try await client.policies()
        }
        if options.json { return Terminal.writeLines(policies.map(\.json.text)) }
        var table = TextTable(.number("number"), .text("name"), .text("tiers"))
        for policy in policies {
            table.add(
                policy.number.rawValue.grouped,
                policy.definition.name.description,
                policy.definition.text
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(policies.count, "policy", "policies"))
    }
}

/// `holdfast policy show`: one policy.
struct PolicyShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the tiers of one policy."
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The name of the policy.")
    var policy: String

    /// Shows the policy.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let policies = try await accepted("policy list") { () throws(ClientError) in
            try await client.policies()
        }
        let found = policies.first { $0.definition.name.description == policy }
        guard let found else {
            throw CommandFailure(Refusal(.unknownPolicy), "policy \(policy.shown)")
        }
        if options.json { return Terminal.writeLine(found.json.text) }
        var table = TextTable(.number("tier"), .text("least"), .number("tolerance"))
        for (index, tier) in found.definition.tiers.enumerated() {
            table.add(
                "\(index + 1)",
                tier.termsText,
                (Double(tier.tolerance) / 100).rounded(toPlaces: 2) + " %"
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine("\(found.definition.name) is policy \(found.number.rawValue)")
    }
}

extension NumberedPolicy {
    /// The policy for programs: its number, and the rest as in a policy file.
    fileprivate var json: JSON {
        .object([
            ("number", .count(number.rawValue)),
            ("name", .string(definition.name.description)),
            ("tiers", definition.tiersJSON),
        ])
    }
}
