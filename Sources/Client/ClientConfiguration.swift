/// Where a client connects to, and how patient it is.
public struct ClientConfiguration: Sendable {
    /// The name or address of the server.
    public var host: String
    /// The port of the server.
    public var port: Int
    /// The name the client gives itself: 1–64 bytes of printable ASCII without a space.
    public var name = "holdfast-swift"
    /// What proves the name to a server that asks for it; sent as it is, never printed.
    public var secret: ClientSecret?
    /// How many connections the client keeps; requests take turns on them.
    public var connections = 1
    /// How long one attempt to connect and greet may take.
    public var connectTimeoutMilliseconds: Int64 = 5_000
    /// How long a request may take, all its attempts together.
    public var requestTimeoutMilliseconds: Int64 = 10_000
    /// How often a request is sent before the client gives up; each time the same bytes.
    public var attemptsMax = 6
    /// The longest wait that the client keeps by itself where the server says that a request came
    /// too early (`rate_limited`), before it sends it again as one of its attempts; 0 for none.
    public var rateLimitWaitMillisecondsMax: Int64 = 1_000
    /// How long the client waits before its first reconnect; doubled for each one after.
    public var backoffMilliseconds: Int64 = 20
    /// The longest that the client waits before a reconnect.
    public var backoffMillisecondsMax: Int64 = 1_000

    /// A configuration for a server at `host` and `port`.
    public init(host: String = "127.0.0.1", port: Int = 7411) {
        self.host = host
        self.port = port
    }

    /// The server's address as text.
    public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Stops the program where a value makes no sense.
    func checkLimits() {
        precondition((0...65_535).contains(port), "a port is 0 to 65535")
        precondition((1...ClientLimits.connectionsMax).contains(connections), "connections")
        precondition(attemptsMax >= 1, "a request is sent at least once")
        precondition(connectTimeoutMilliseconds > 0, "connecting takes time")
        precondition(requestTimeoutMilliseconds > 0, "a request takes time")
        precondition(rateLimitWaitMillisecondsMax >= 0, "a wait is a length of time")
        precondition(backoffMilliseconds > 0, "a pause takes time")
        precondition(backoffMillisecondsMax >= backoffMilliseconds, "the pause only grows")
    }
}

/// The limits of this library.
enum ClientLimits {
    /// Connections that one client may keep.
    static let connectionsMax = 1_024
    /// Requests in flight on one connection, also where the server takes more.
    static let requestsInFlightMax = 65_536
    /// Requests that wait for their turn on one connection.
    static let requestsWaitingMax = 1_048_576
    /// Doublings of the pause between reconnects.
    static let backoffDoublingCountMax = 16
    /// Bytes set aside for the frames of one write.
    static let writeBatchSizeBytes = 16_384
}
