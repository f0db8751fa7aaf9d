internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Connecting, breaking, pausing, giving up.
extension ConnectionSession {
    /// Connects if need be and tells what came of it; the first failure is told.
    func connect(_ tell: @escaping (Result<Greeting, ClientError>) -> Void) {
        switch phase {
        case .ready(_, let greeting): tell(.success(greeting))
        case .closed: tell(.failure(error(.closed, "the client is closed")))
        case .idle:
            greetingWaiters.append(tell)
            startConnecting()
        case .connecting, .greeting, .pausing: greetingWaiters.append(tell)
        }
    }

    /// Tells everyone who waits for the handshake.
    func tellGreeting(_ result: Result<Greeting, ClientError>) {
        let waiters = greetingWaiters
        greetingWaiters = []
        for tell in waiters { tell(result) }
    }

    /// Opens a socket and greets.
    func startConnecting() {
        phase = .connecting
        openChannel().assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel): opened(channel)
            case .failure(let cause):
                guard case .connecting = phase else { return }
                lastFailure = error(.connectFailed, connectDetail(cause))
                lost()
            }
        }
    }

    /// The system's words for a failed attempt, without SwiftNIO's around them.
    private func connectDetail(_ cause: any Error) -> String {
        guard let failure = cause as? NIOConnectionError else { return "\(cause)" }
        guard let first = failure.connectionErrors.first?.error else {
            return "the name \(configuration.host) has no address"
        }
        guard let system = first as? IOError else { return "\(first)" }
        return String(cString: strerror(system.errnoCode))
    }

    private func opened(_ channel: any Channel) {
        guard case .connecting = phase else {
            channel.close(promise: nil)
            return
        }
        guard channel.isActive else { return lost() }
        phase = .greeting(channel)
        let timeout = TimeAmount.milliseconds(configuration.connectTimeoutMilliseconds)
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { [self] in
            guard case .greeting(let current) = phase, current === channel else { return }
            lastFailure = error(.timedOut, "the server doesn't answer the hello")
            channel.close(promise: nil)
        }
    }

    /// Takes note that a socket closed.
    func disconnected(_ channel: any Channel) {
        switch phase {
        case .greeting(let current) where current === channel: lost()
        case .ready(let current, _) where current === channel: lost()
        case .idle, .connecting, .greeting, .ready, .pausing, .closed: break
        }
    }

    /// Gives up requests that have been tried enough; pauses and connects again for the rest.
    private func lost() {
        let failure = lastFailure ?? error(.connectionLost, "the server closed the connection")
        lastFailure = nil
        failuresInRow += 1
        phase = .idle
        tellGreeting(.failure(failure))
        requeueFlights(after: failure)
        guard !waiting.isEmpty else { return }
        phase = .pausing
        eventLoop.assumeIsolated().scheduleTask(in: pause) { [self] in
            if case .pausing = phase { startConnecting() }
        }
    }

    /// Puts what was sent back in front of what waits, in its order.
    private func requeueFlights(after failure: ClientError) {
        let sent = inFlight.sorted { $0.key < $1.key }.map(\.value)
        inFlight.removeAll()
        var kept = CircularBuffer<Flight>()
        for var flight in sent + Array(waiting) {
            guard let call = flight.call else { continue }
            flight.attempts += 1
            if failure.isFinal || flight.attempts >= configuration.attemptsMax {
                call.complete(.failure(failure))
            } else {
                kept.append(flight)
            }
        }
        waiting = kept
    }

    /// How long to wait before the next attempt: doubled each time, never the same for all.
    private var pause: TimeAmount {
        let doublings = min(failuresInRow - 1, ClientLimits.backoffDoublingCountMax)
        let full = min(
            configuration.backoffMilliseconds << Int64(doublings),
            configuration.backoffMillisecondsMax
        )
        return .microseconds(full * 1_000 / 2 + Int64.random(in: 0...(full * 1_000 / 2)))
    }

    // MARK: Deadlines

    /// Makes sure that somebody looks when the earliest deadline is over.
    func setDeadlineTimer() {
        guard !isDeadlineTimerSet else { return }
        let flights = inFlight.values.lazy.filter { $0.call != nil }.map(\.deadline)
        guard let earliest = (Array(flights) + waiting.map(\.deadline)).min() else { return }
        isDeadlineTimerSet = true
        eventLoop.assumeIsolated().scheduleTask(deadline: earliest) { [self] in
            isDeadlineTimerSet = false
            giveUpLateCalls()
            setDeadlineTimer()
        }
    }

    private func giveUpLateCalls() {
        let now = NIODeadline.now()
        let failure = error(
            .timedOut,
            "no answer in \(configuration.requestTimeoutMilliseconds) ms"
        )
        for (correlation, flight) in inFlight where flight.deadline <= now {
            flight.call?.complete(.failure(failure))
            inFlight[correlation]?.call = nil
        }
        for flight in waiting where flight.deadline <= now {
            flight.call?.complete(.failure(failure))
        }
        waiting = CircularBuffer(waiting.filter { $0.deadline > now })
    }

    // MARK: Closing

    /// Fails what has no answer and closes the socket.
    func close(_ tell: @escaping () -> Void) {
        let failure = error(.closed, "the client was closed")
        let channel: (any Channel)? =
            switch phase {
            case .greeting(let channel): channel
            case .ready(let channel, _): channel
            case .idle, .connecting, .pausing, .closed: nil
            }
        phase = .closed
        for flight in Array(inFlight.values) + Array(delayed.values) + Array(waiting) {
            flight.call?.complete(.failure(failure))
        }
        inFlight.removeAll()
        delayed.removeAll()
        waiting.removeAll()
        tellGreeting(.failure(failure))
        guard let channel else { return tell() }
        channel.closeFuture.assumeIsolated().whenComplete { _ in tell() }
        channel.close(promise: nil)
    }
}
