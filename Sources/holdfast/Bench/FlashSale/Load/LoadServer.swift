internal import HoldfastClient

/// A fresh server of its own with goods, for one load.
struct LoadServer {
    /// The server.
    let server: SaleServer
    /// How a load reaches it.
    let configuration: ClientConfiguration
    /// What makes goods and plays loads.
    let bench: BenchRun

    /// Starts a server, makes goods of which there is enough, does something, and stops it.
    ///
    /// - Throws: What `body` throws; `invariants_broken` where the server's own check finds
    ///   something, and `file` where it doesn't end well.
    static func with<Value>(
        skuCount: Int,
        options: [String],
        _ body: (LoadServer) async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        try await SaleServer.with(options: options) { (server) async throws(CommandFailure) in
            let configuration = SaleRun.configuration(port: server.port)
            let client = try await SaleRun.connect(configuration)
            let bench = BenchRun(client: client, configuration: configuration)
            try await bench.makeStock(skuCount: skuCount)
            let value = try await body(
                LoadServer(server: server, configuration: configuration, bench: bench)
            )
            try await SaleRun.expectClean(client)
            await client.close()
            return value
        }
    }
}
