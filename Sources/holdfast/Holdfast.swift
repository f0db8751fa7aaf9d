internal import ArgumentParser

/// The one executable: the server, its client commands, and the tools for its files.
@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "An in-memory inventory reservation engine that never sells a unit twice.",
        discussion: """
            Start a server:   holdfast serve --data-dir DIR
            Tell it the stock: holdfast import warehouses FILE; holdfast import stock FILE
            Hold two units:   holdfast reserve MUG-BLUE:2
            Make it an order: holdfast commit ID

            Exit codes: 0 done, 1 refused or found wrong, 64 usage, 69 no server, 74 I/O.
            """,
        subcommands: [
            ServeCommand.self, ImportCommand.self, StockCommand.self, WarehouseCommand.self,
            PolicyCommand.self, RatesCommand.self, SubstitutesCommand.self,
            AvailabilityCommand.self, SourceCommand.self, ReserveCommand.self,
            ExtendCommand.self, HoldAgainCommand.self, CommitCommand.self,
            ReleaseCommand.self, FulfilCommand.self, CancelCommand.self, ReplaceCommand.self,
            RerouteCommand.self, ShowCommand.self, SaleCommand.self,
            ReplayCommand.self, BenchCommand.self, JournalCommand.self, SnapshotCommand.self,
            BackupCommand.self, HistoryCommand.self, RecoverCommand.self, ReconcileCommand.self,
            CheckCommand.self,
            StatsCommand.self, TopCommand.self, CredentialsCommand.self,
        ]
    )
}
