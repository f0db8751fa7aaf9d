internal import ArgumentParser
internal import HoldfastClient

/// `holdfast sale`: prepares, runs and reports sales.
struct SaleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sale",
        abstract: "Prepare, run and report sales.",
        discussion: """
            A sale is what holds for everything that is reserved from one pool: when, how much, \
            and for how long. It has the pool's name. Rules of the pool `default` are those of \
            everyday trade.

            holdfast sale prepare drop-11 --stock drop.csv --opens 2026-11-27T18:00:00Z \
            --per-owner 2 --first-hold 3min --returns-rest
            holdfast sale status drop-11
            holdfast sale close drop-11
            holdfast sale report drop-11
            """,
        subcommands: [
            SalePrepareCommand.self, SaleSetCommand.self, SaleOpenCommand.self,
            SaleCloseCommand.self, SaleStatusCommand.self, SaleReportCommand.self,
            SaleListCommand.self, SaleGiveBackCommand.self, SaleForgetCommand.self,
        ]
    )
}

/// The name of a sale, as every command about one takes it.
struct SaleArgument: ParsableArguments {
    @Argument(help: "The name of the sale: that of its pool.")
    var sale: PoolArgument

    /// The pool of the sale.
    var pool: PoolName { sale.pool }
}

extension ClientCommand {
    /// All sales.
    func sales(over client: HoldfastClient) async throws(CommandFailure) -> SaleList {
        try await accepted("sale list") { () throws(ClientError) in try await client.sales() }
    }

    /// The rules of a sale, and the server's instant.
    func sale(
        _ pool: PoolName,
        over client: HoldfastClient
    ) async throws(CommandFailure) -> (rules: SaleRules, instant: Instant) {
        let list = try await sales(over: client)
        guard let rules = list.sales.first(where: { $0.pool == pool }) else {
            throw CommandFailure(Refusal(.unknownSale), "sale \(pool)")
        }
        return (rules, list.instant)
    }

    /// Changes one sale.
    func change(
        _ change: SaleChange,
        requestID: RequestID,
        over client: HoldfastClient
    ) async throws(CommandFailure) -> WriteReceipt {
        let result = try await answered { () throws(ClientError) in
            try await client.write([change], requestID: requestID)
        }
        switch result {
        case .success(let receipt): return receipt
        case .failure(var refusal):
            // There is one row, and the subject says which.
            refusal.index = nil
            throw CommandFailure(refusal, "sale \(change.pool)")
        }
    }
}

extension SaleState {
    /// The name that people and programs read.
    var name: String {
        switch self {
        case .waiting: "waiting"
        case .open: "open"
        case .closed: "closed"
        }
    }
}
