internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// A client of a Holdfast server: asynchronous, pipelined, over a pool of connections.
///
/// ```swift
/// let client = try await HoldfastClient.connect(ClientConfiguration(port: 7411))
/// let request = ReservationRequest(
///     id: .random(), owner: OwnerID(high: 1, low: 2),
///     lines: [.init(sku: "MUG-BLUE", quantity: 2)])
/// switch try await client.reserve(request) {
/// case .success(let receipt): print("held until", receipt.expiresAt)
/// case .failure(let refusal): print("refused:", refusal)
/// }
/// await client.close()
/// ```
///
/// **Refusals are values**, an expected part of every answer. What is thrown is a ``ClientError``:
/// no answer came. Every request that changes something carries an id, so the client sends it
/// again by itself when a connection breaks, and a caller may do the same after an error: done
/// once, it is answered as it was, marked as repeated.
///
/// Isolation: any thread, any task.
public final class HoldfastClient: Sendable {
    /// What the client was made with.
    public let configuration: ClientConfiguration
    /// What the server promised when the first connection was made.
    public let greeting: Greeting
    private let connections: [ClientConnection]
    private let turn = Atomic<Int>(0)

    /// Connects to a server and greets it.
    ///
    /// The other connections of the pool are made when they are first needed.
    /// - Throws: `connect_failed`, `timed_out`, `handshake_refused` or `protocol_violation`, at
    ///   the first attempt.
    public static func connect(
        _ configuration: ClientConfiguration
    ) async throws(ClientError) -> HoldfastClient {
        configuration.checkLimits()
        let helloFrame: [UInt8]
        do throws(WireFault) {
            helloFrame = try Hello(
                name: configuration.name,
                proof: configuration.secret?.bytes ?? []
            ).encode(correlation: 0)
        } catch {
            throw ClientError(
                .handshakeRefused,
                address: configuration.address,
                detail: error.description,
                refusal: Refusal(error)
            )
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let connections = (0..<configuration.connections).map { _ in
            ClientConnection(
                configuration: configuration,
                helloFrame: helloFrame,
                eventLoop: group.next()
            )
        }
        let greeting = try await connections[0].connect().get()
        return HoldfastClient(configuration, greeting, connections)
    }

    private init(
        _ configuration: ClientConfiguration,
        _ greeting: Greeting,
        _ connections: [ClientConnection]
    ) {
        self.configuration = configuration
        self.greeting = greeting
        self.connections = connections
    }

    /// Closes all connections; requests without an answer fail with `closed`.
    public func close() async {
        for connection in connections { await connection.close() }
    }

    /// Sends a request and returns at once; requests of a client with one connection arrive in
    /// the order in which they were started.
    package func start<Content: WireAnswer>(
        _ request: some WireRequest,
        answeredBy content: Content.Type = Content.self
    ) -> PendingAnswer<Content> {
        let address = configuration.address
        let frame: [UInt8]
        do throws(WireFault) {
            frame = try request.encode(correlation: 0)
        } catch {
            return PendingAnswer(source: .invalid(Refusal(error)), address: address)
        }
        let patience = TimeAmount.milliseconds(configuration.requestTimeoutMilliseconds)
        let call = PendingCall(frame: frame, patience: patience)
        let index = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        connections[Int(UInt(bitPattern: index) % UInt(connections.count))].submit(call)
        return PendingAnswer(source: .sent(call), address: address)
    }
}
