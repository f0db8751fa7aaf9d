internal import NIOCore
internal import NIOPosix

/// The life of one connection: connect, greet, send, match answers, reconnect, send again.
///
/// A request that was sent when the connection broke is sent again with the same bytes, ahead of
/// those that wait: its id makes that safe. Each break counts as an attempt of every request that
/// is under way.
/// Isolation: its event loop.
final class ConnectionSession {
    /// A request with what the connection knows of it.
    struct Flight {
        /// `nil` once the caller has given up; the answer may still come.
        var call: PendingCall?
        let deadline: NIODeadline
        let frame: [UInt8]
        var attempts = 0
    }

    /// How far the connection is.
    enum Phase {
        case idle
        case connecting
        case greeting(any Channel)
        case ready(any Channel, Greeting)
        case pausing
        case closed
    }

    let configuration: ClientConfiguration
    let eventLoop: any EventLoop
    private let helloFrame: [UInt8]
    var phase = Phase.idle
    /// Not sent yet, in order.
    var waiting = CircularBuffer<Flight>()
    /// Sent, by correlation id; ids rise in the order of sending.
    var inFlight: [UInt64: Flight] = [:]
    /// Refused as too early, by correlation id; to be sent again after their wait.
    var delayed: [UInt64: Flight] = [:]
    private var nextCorrelation: UInt64 = 1
    var failuresInRow = 0
    var lastFailure: ClientError?
    var greetingWaiters: [(Result<Greeting, ClientError>) -> Void] = []
    var isDeadlineTimerSet = false

    /// A session that hasn't connected.
    init(configuration: ClientConfiguration, helloFrame: [UInt8], eventLoop: any EventLoop) {
        self.configuration = configuration
        self.helloFrame = helloFrame
        self.eventLoop = eventLoop
    }

    // MARK: Requests

    /// Sends requests as soon as the connection stands.
    func submit(_ calls: [PendingCall]) {
        if case .closed = phase {
            for call in calls { call.complete(.failure(error(.closed, "the client is closed"))) }
            return
        }
        for call in calls {
            guard waiting.count < ClientLimits.requestsWaitingMax else {
                call.complete(.failure(error(.tooManyWaiting, "send less, or wait for answers")))
                continue
            }
            waiting.append(Flight(call: call, deadline: call.deadline, frame: call.frame))
        }
        setDeadlineTimer()
        switch phase {
        case .idle: startConnecting()
        case .ready: sendWaiting()
        case .connecting, .greeting, .pausing, .closed: break
        }
    }

    /// Writes what waits, as far as the server takes more.
    func sendWaiting() {
        guard case .ready(let channel, let greeting) = phase, !waiting.isEmpty else { return }
        let inFlightMax = min(Int(greeting.framesInFlightMax), ClientLimits.requestsInFlightMax)
        var buffer: ByteBuffer?
        while inFlight.count < inFlightMax, let flight = waiting.popFirst() {
            guard flight.call != nil else { continue }
            var batch =
                buffer ?? channel.allocator.buffer(capacity: ClientLimits.writeBatchSizeBytes)
            buffer = nil
            let start = batch.writerIndex
            batch.writeBytes(flight.frame)
            batch.setInteger(
                nextCorrelation,
                at: start + WireLayout.correlationOffset,
                endianness: .little
            )
            buffer = batch
            inFlight[nextCorrelation] = flight
            nextCorrelation += 1
        }
        if let buffer { channel.writeAndFlush(buffer, promise: nil) }
    }

    // MARK: What the handler tells

    /// Takes a whole frame.
    func received(_ header: FrameHeader, _ body: UnsafeRawBufferPointer, on channel: any Channel) {
        switch phase {
        case .greeting(let current) where current === channel: greeted(header, body, by: channel)
        case .ready(let current, _) where current === channel: answered(header, body)
        case .idle, .connecting, .greeting, .ready, .pausing, .closed: break
        }
    }

    private func greeted(
        _ header: FrameHeader,
        _ body: UnsafeRawBufferPointer,
        by channel: any Channel
    ) {
        do throws(WireFault) {
            switch try Answered<Greeting>(header: header, body: body) {
            case .accepted(let greeting):
                phase = .ready(channel, greeting)
                failuresInRow = 0
                lastFailure = nil
                tellGreeting(.success(greeting))
                sendWaiting()
            case .refused(let refusal):
                lastFailure = ClientError(
                    .handshakeRefused,
                    address: configuration.address,
                    detail: refusal.description,
                    refusal: refusal
                )
                channel.close(promise: nil)
            }
        } catch {
            violated("the answer to the hello: \(error)")
            channel.close(promise: nil)
        }
    }

    private func answered(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) {
        guard let flight = inFlight.removeValue(forKey: header.correlation) else {
            violated("an answer to a request that wasn't sent (\(header.correlation))")
            if case .ready(let channel, _) = phase { channel.close(promise: nil) }
            return
        }
        if header.code == Outcome.rateLimited.rawValue,
            waitsOut(flight, header, body)
        {
            return
        }
        let received = NIODeadline.now().uptimeNanoseconds
        flight.call?.complete(
            .success(
                AnswerFrame(header: header, body: Array(body), receivedNanoseconds: received)
            )
        )
    }

    /// Notes that the server broke the protocol.
    func violated(_ detail: String) { lastFailure = error(.protocolViolation, detail) }

    /// Notes why the socket failed.
    func failed(_ detail: String) { lastFailure = error(.connectionLost, detail) }

    /// An error of this connection.
    func error(_ code: ClientError.Code, _ detail: String) -> ClientError {
        ClientError(code, address: configuration.address, detail: detail)
    }

    /// Opens a socket whose handler greets.
    func openChannel() -> EventLoopFuture<any Channel> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let helloFrame = helloFrame
        return ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.milliseconds(configuration.connectTimeoutMilliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let session = bound.value
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectionHandler(session: session, helloFrame: helloFrame)
                    )
                }
            }
            .connect(host: configuration.host, port: configuration.port)
    }
}
