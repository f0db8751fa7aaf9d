internal import ArgumentParser
internal import Glibc
internal import HoldfastClient

/// The options of every command that talks to a server.
struct ServerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The server's address.", valueName: "host:port"))
    var server = "127.0.0.1:7411"

    @Option(name: .long, help: "The client's name, which every movement that it makes carries.")
    var name = "holdfast-cli"

    @Option(
        name: .long,
        help: "A file with the secret of the name; HOLDFAST_SECRET_FILE where not given."
    )
    var secretFile: String?

    @Option(name: .long, help: "How long a request may take, all attempts together.")
    var timeoutSeconds = 10.0

    @Flag(name: .long, help: "Print JSON for programs, the result on the last line.")
    var json = false

    /// How to reach the server.
    func configuration(connections: Int = 1) throws(CommandFailure) -> ClientConfiguration {
        let address = try NetworkAddress(server, of: "--server")
        guard timeoutSeconds >= 0.001, timeoutSeconds <= 86_400 else {
            throw .usage("--timeout-seconds \(timeoutSeconds): give 0.001 to 86400")
        }
        var configuration = ClientConfiguration(host: address.host, port: address.port)
        configuration.name = name
        configuration.secret = try secret
        configuration.connections = connections
        configuration.requestTimeoutMilliseconds = Int64(timeoutSeconds * 1_000)
        return configuration
    }

    private var secret: ClientSecret? {
        get throws(CommandFailure) {
            let inherited = getenv("HOLDFAST_SECRET_FILE").map { String(cString: $0) }
            guard let path = secretFile ?? inherited, !path.isEmpty else { return nil }
            var bytes = try InputFile.bytes(at: path)[...]
            // An editor or `echo` ends the file with a new line, which isn't the secret's.
            while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
                bytes = bytes.dropLast()
            }
            guard (1...ServerOptions.secretSizeBytesMax).contains(bytes.count) else {
                throw .file("\(path): a secret is 1-1024 bytes; write it there alone")
            }
            return ClientSecret(Array(bytes))
        }
    }

    private static let secretSizeBytesMax = 1_024
}

/// A command that says what went wrong in one way, and ends with the exit code for it.
protocol ReportingCommand: AsyncParsableCommand {
    /// Whether the command prints JSON.
    var printsJSON: Bool { get }

    /// Does the work.
    func perform() async throws(CommandFailure)
}

extension ReportingCommand {
    /// Does the work and reports a failure.
    func run() async throws {
        do throws(CommandFailure) {
            try await perform()
        } catch {
            Terminal.writeLines(printsJSON ? [error.json.text] : error.table)
            Terminal.writeErrorLine("holdfast: \(error.detail)")
            throw ExitCode(error.status.rawValue)
        }
    }
}

/// A command that connects to a server first.
protocol ClientCommand: ReportingCommand {
    /// How to reach the server.
    var options: ServerOptions { get }

    /// Does the work over `client`.
    func perform(over client: HoldfastClient) async throws(CommandFailure)
}

extension ClientCommand {
    /// As the options say.
    var printsJSON: Bool { options.json }

    /// Connects, does the work, and closes.
    func perform() async throws(CommandFailure) { try await performConnected() }

    /// Connects, does the work, and closes; for commands that needn't always connect.
    func performConnected() async throws(CommandFailure) {
        let client = try await connect(try options.configuration())
        let result: Result<Void, CommandFailure>
        do throws(CommandFailure) {
            result = .success(try await perform(over: client))
        } catch {
            result = .failure(error)
        }
        await client.close()
        try result.get()
    }

    /// A client with a first connection.
    func connect(
        _ configuration: ClientConfiguration
    ) async throws(CommandFailure) -> HoldfastClient {
        do throws(ClientError) {
            return try await HoldfastClient.connect(configuration)
        } catch {
            throw CommandFailure(error)
        }
    }
}

/// What the server answered to `request`, which was about `subject`; a refusal ends the command.
func accepted<Answer>(
    _ subject: String,
    _ request: () async throws(ClientError) -> Result<Answer, Refusal>
) async throws(CommandFailure) -> Answer {
    switch try await answered(request) {
    case .success(let answer): return answer
    case .failure(let refusal): throw CommandFailure(refusal, subject)
    }
}

/// What the server answered to `request`, be it a refusal.
func answered<Answer>(
    _ request: () async throws(ClientError) -> Result<Answer, Refusal>
) async throws(CommandFailure) -> Result<Answer, Refusal> {
    do throws(ClientError) {
        return try await request()
    } catch {
        throw CommandFailure(error)
    }
}
