internal import ArgumentParser
internal import HoldfastClient

/// `holdfast sale set`: changes some rules of a sale and leaves the rest.
struct SaleSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change rules of a sale that is there.",
        discussion: """
            Reads the rules, changes what is given, and writes them: of two people who change the \
            same sale at the same instant the later one counts wholly. What owners have of the \
            sale stays counted; a lower limit takes nothing away from anybody.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument
    @OptionGroup var rules: SaleRuleOptions

    /// Changes the rules.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let found = try await self.sale(sale.pool, over: client)
        let rules = try rules.applied(toSaleOf: found.rules, at: found.instant)
        if rules != found.rules {
            _ = try await change(.rules(rules), requestID: .random(), over: client)
        }
        report(rules, found.instant)
    }
}

/// `holdfast sale open`: opens a sale now.
struct SaleOpenCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open a sale now, before its time or again.",
        discussion: "A closing instant that has passed goes; one that is to come stays."
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    /// Opens the sale.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        _ = try await change(.opening(sale.pool), requestID: .random(), over: client)
        let found = try await self.sale(sale.pool, over: client)
        report(found.rules, found.instant)
    }
}

/// `holdfast sale close`: closes a sale now.
struct SaleCloseCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "close",
        abstract: "Close a sale now.",
        discussion: """
            Nothing new is reserved of it once this is answered. What is held can still be \
            committed until it expires. With --returns-rest what is free goes back to default \
            within a second or two, and what expires later follows.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    /// Closes the sale.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        _ = try await change(.closing(sale.pool), requestID: .random(), over: client)
        let found = try await self.sale(sale.pool, over: client)
        report(found.rules, found.instant)
    }
}

/// `holdfast sale forget`: forgets a closed sale.
struct SaleForgetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Forget a closed sale, and what its owners had of it.",
        discussion: """
            Take its report first. Refused as long as something of it is held. Its pool and what \
            is left there stay. A sale that has been closed for 7 days is forgotten by itself; one \
            with --returns-rest once all its orders are fulfilled or called off, too, and its \
            rest is in default: where a cell there is full, or default can have no cell more, it \
            stays until you make room or forget it. Places of its owners in a full table are free \
            within seconds.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    /// Forgets the sale.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let receipt = try await change(.removal(sale.pool), requestID: .random(), over: client)
        guard options.json else {
            return Terminal.writeLine("sale \(sale.pool) is forgotten")
        }
        Terminal.writeLine(
            JSON.object([
                ("sale", .string(sale.pool.description)),
                ("outcome", .string(Outcome.accepted.name)),
                ("lsn", .count(receipt.lsn)),
            ]).text
        )
    }
}

/// `holdfast sale list`: all sales.
struct SaleListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List all sales with their rules."
    )

    @OptionGroup var options: ServerOptions

    /// Lists the sales.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let list = try await sales(over: client)
        if options.json {
            return Terminal.writeLines(
                list.sales.map { JSON.object($0.jsonMembers(at: list.instant)).text }
            )
        }
        var table = TextTable(.text("sale"), .text("state"), .text("wall"), .text("limits"))
        for rules in list.sales {
            table.add(
                rules.pool.description,
                rules.stateText(at: list.instant),
                rules.wallText,
                rules.limitsText
            )
        }
        if !list.sales.isEmpty { Terminal.writeLines(table.lines) }
        Terminal.writeLine(counted(list.sales.count, "sale"))
    }
}

extension ClientCommand {
    /// Prints the rules of a sale after a change.
    fileprivate func report(_ rules: SaleRules, _ instant: Instant) {
        guard options.json else {
            Terminal.writeLine("sale \(rules.pool): \(rules.stateText(at: instant))")
            return Terminal.writeLines([rules.wallText, rules.limitsText])
        }
        Terminal.writeLine(JSON.object(rules.jsonMembers(at: instant)).text)
    }
}
