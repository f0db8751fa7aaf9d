extension SaleServer {
    /// Starts a server in a fresh directory, does something with it, and ends it.
    ///
    /// The directory is removed when all went well. Otherwise it stays, as evidence, and standard
    /// error says where it is.
    /// - Parameters:
    ///   - options: Further options of `holdfast serve`.
    ///   - isGood: Whether what came of it leaves nothing to look into.
    ///   - body: What is done; it may have ended the server, which is ended well otherwise.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, or `file` where the server doesn't start or doesn't end well.
    static func with<Value>(
        options: [String],
        isGood: (Value) -> Bool = { _ in true },
        _ body: (inout SaleServer) async throws(CommandFailure) -> Value
    ) async throws(CommandFailure) -> Value {
        let folder = try SaleFolder()
        var server: SaleServer
        do throws(CommandFailure) {
            server = try SaleServer(dataDirectory: folder.path + "/data", options: options)
        } catch {
            // Nothing has happened yet that could be looked into.
            do throws(CommandFailure) { try folder.remove() } catch { folder.keep() }
            throw error
        }
        do throws(CommandFailure) {
            let value = try await body(&server)
            if server.isRunning, let complaint = await server.stop().complaint {
                throw .file(complaint)
            }
            if isGood(value) { try folder.remove() } else { folder.keep() }
            return value
        } catch {
            server.killHard()
            folder.keep()
            throw error
        }
    }
}
