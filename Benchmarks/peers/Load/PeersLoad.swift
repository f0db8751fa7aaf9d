import ArgumentParser

/// What the comparison with other systems needs beside their own tools.
@main struct PeersLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peers-load",
        abstract: "A bare echo server, a load for it, and life cycles for Redis.",
        subcommands: [EchoServerCommand.self, EchoLoadCommand.self, RedisLoadCommand.self]
    )
}

/// How a load looks: so many connections, so many requests without an answer on each.
struct LoadShape: ParsableArguments {
    @Option(help: "The port of the server on 127.0.0.1.")
    var port: Int

    @Option(help: "How many connections.")
    var connections = 16

    @Option(help: "How many requests each connection keeps without an answer.")
    var outstanding = 128

    @Option(help: "For how long, in seconds, behind the warm-up.")
    var seconds = 3.0

    @Option(help: "Seconds of the same load before the measurement begins.")
    var warmup = 0.5
}
