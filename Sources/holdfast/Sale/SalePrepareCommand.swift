internal import ArgumentParser
internal import HoldfastClient

/// `holdfast sale prepare`: the rules of a sale, and the stock that is fenced off for it.
struct SalePrepareCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Give a sale its rules, and fence its stock off from default.",
        discussion: """
            Columns of the file: sku, warehouse, units. All rows are checked first. Then the rules \
            are set, so that nothing of the sale is sold before it opens, and then all units go \
            from the pool default to that of the sale in one movement: all rows, up to 16,384, or \
            none. A row that asks for more than is free refuses all, and says which line it is.

            The request's id comes from the sale's name and the file's content: the same command \
            again, after a crash or a lost answer, changes nothing twice within a day. Another \
            file adds to what is fenced; `sale give-back` takes from it.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    @Option(
        help: ArgumentHelp("The file of its stock; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["csv", "gz"])
    )
    var stock: String?

    @OptionGroup var rules: SaleRuleOptions

    @Option(help: "The id of the movement; made from the name and the file when not given.")
    var id: IDArgument?

    /// Reads the file, then sets the rules, then fences the stock.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let file = try stock.map { path throws(CommandFailure) in try SaleFile(path: path) }
        let list = try await sales(over: client)
        let known = list.sales.first { $0.pool == sale.pool }
        let rules = try agreed(with: known, at: list.instant)
        if rules != known {
            _ = try await change(.rules(rules), requestID: .random(), over: client)
        }
        guard let file else {
            return SaleMovement(rules, list.instant, nil, nil).print(asJSON: options.json)
        }
        let receipt = try await fence(
            file,
            from: .default,
            to: sale.pool,
            id: id?.id
                ?? DerivedID.request("sale prepare", file.content, of: sale.pool.description),
            over: client
        )
        SaleMovement(rules, list.instant, file, receipt).print(asJSON: options.json)
    }

    /// The rules from now on, of a sale that isn't known or has those given.
    private func agreed(
        with known: SaleRules?,
        at instant: Instant
    ) throws(CommandFailure) -> SaleRules {
        guard let known else { return try rules.applied(to: SaleRules(pool: sale.pool)) }
        return try rules.applied(toSaleOf: known, at: instant)
    }
}

/// `holdfast sale give-back`: gives units of a sale back to `default`.
struct SaleGiveBackCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "give-back",
        abstract: "Give free units of a sale back to default, by file.",
        discussion: """
            Columns of the file: sku, warehouse, units. All rows in one movement, or none; held \
            and committed units stay. As with `sale prepare`, the same file goes back once a day.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    @Option(
        help: ArgumentHelp("The file of the units; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["csv", "gz"])
    )
    var stock: String

    @Option(help: "The id of the movement; made from the name and the file when not given.")
    var id: IDArgument?

    /// Gives the units back.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let file = try SaleFile(path: stock)
        let found = try await self.sale(sale.pool, over: client)
        let receipt = try await fence(
            file,
            from: sale.pool,
            to: .default,
            id: id?.id
                ?? DerivedID.request("sale give-back", file.content, of: sale.pool.description),
            over: client
        )
        SaleMovement(found.rules, found.instant, file, receipt, isBack: true)
            .print(asJSON: options.json)
    }
}

extension ClientCommand {
    /// Moves the units of a file from one pool to another.
    fileprivate func fence(
        _ file: SaleFile,
        from giving: PoolName,
        to taking: PoolName,
        id: RequestID,
        over client: HoldfastClient
    ) async throws(CommandFailure) -> WriteReceipt {
        let result = try await answered { () throws(ClientError) in
            try await client.fence(file.rows, from: giving, to: taking, requestID: id)
        }
        switch result {
        case .success(let receipt): return receipt
        case .failure(let refusal): throw file.failure(refusal)
        }
    }
}

/// The stock that was moved for a sale, as a command prints it.
private struct SaleMovement {
    let rules: SaleRules
    let instant: Instant
    let file: SaleFile?
    let receipt: WriteReceipt?
    let isBack: Bool

    /// What was done; without a file and a receipt no stock was moved.
    init(
        _ rules: SaleRules,
        _ instant: Instant,
        _ file: SaleFile?,
        _ receipt: WriteReceipt?,
        isBack: Bool = false
    ) {
        self.rules = rules
        self.instant = instant
        self.file = file
        self.receipt = receipt
        self.isBack = isBack
    }

    /// Prints what was done.
    func print(asJSON: Bool) {
        guard !asJSON else { return Terminal.writeLine(json.text) }
        Terminal.writeLine("sale \(rules.pool): \(rules.stateText(at: instant))")
        Terminal.writeLines([rules.wallText, rules.limitsText])
        guard let file, let receipt else { return Terminal.writeLine("no stock was moved") }
        let what = "\(counted(file.units, "unit")) in \(counted(file.rows.count, "row"))"
        if receipt.isRepeated {
            Terminal.writeLine(
                "\(what) moved before: nothing changed; another --id moves them again"
            )
        } else {
            Terminal.writeLine(what + (isBack ? " given back to default" : " fenced off"))
        }
    }

    private var json: JSON {
        .object(
            rules.jsonMembers(at: instant) + [
                ("rows", .count(file?.rows.count ?? 0)),
                ("units", .count(file?.units ?? 0)),
                ("repeated", .boolean(receipt?.isRepeated ?? false)),
                ("lsn", receipt.map { .count($0.lsn) } ?? .null),
            ]
        )
    }
}
