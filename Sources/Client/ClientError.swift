/// Why a request got no answer.
///
/// It may or may not have been done: send it again with the same id and the answer tells.
public struct ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong.
    public enum Code: String, Sendable, CaseIterable {
        /// No connection could be made.
        case connectFailed = "connect_failed"
        /// The connection broke, and so did the ones made after it.
        case connectionLost = "connection_lost"
        /// No answer came in time.
        case timedOut = "timed_out"
        /// The server doesn't want this client; the refusal tells why.
        case handshakeRefused = "handshake_refused"
        /// The server sent what the protocol doesn't allow.
        case protocolViolation = "protocol_violation"
        /// Too many requests wait for a connection.
        case tooManyWaiting = "too_many_waiting"
        /// The client was closed.
        case closed
    }

    /// What went wrong.
    public let code: Code
    /// The address of the server.
    public let address: String
    /// What was wrong, for people.
    public let detail: String
    /// Why the server refused the handshake.
    public let refusal: Refusal?

    /// An error with all its fields.
    init(_ code: Code, address: String, detail: String, refusal: Refusal? = nil) {
        self.code = code
        self.address = address
        self.detail = detail
        self.refusal = refusal
    }

    /// The error for people.
    public var description: String { "\(code.rawValue) (\(address)): \(detail)" }

    /// Whether the same request can't do better on a new connection.
    var isFinal: Bool {
        switch code {
        case .connectFailed, .connectionLost, .protocolViolation: false
        case .timedOut, .closed, .tooManyWaiting: true
        case .handshakeRefused:
            refusal?.outcome != .tooManyConnections && refusal?.outcome != .shuttingDown
        }
    }
}
