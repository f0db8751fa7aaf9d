internal import Inventory
internal import NIOCore

/// Requests that came too early for the server's rate limits.
extension ConnectionSession {
    /// Keeps a request that was refused as too early back, to send it again after its wait.
    ///
    /// The wait is stretched by up to a quarter, so that requests that were refused together don't
    /// come back together.
    /// - Returns: Whether it does; else the refusal is the caller's.
    func waitsOut(
        _ refused: Flight,
        _ header: FrameHeader,
        _ body: UnsafeRawBufferPointer
    ) -> Bool {
        guard refused.call != nil, let wait = ConnectionSession.wait(header, body),
            wait <= configuration.rateLimitWaitMillisecondsMax,
            refused.attempts + 1 < configuration.attemptsMax
        else { return false }
        let delay = TimeAmount.microseconds(wait * 1_000 + Int64.random(in: 0...(wait * 250)))
        guard .now() + delay < refused.deadline else { return false }
        var flight = refused
        flight.attempts += 1
        let correlation = header.correlation
        delayed[correlation] = flight
        eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
            guard let flight = delayed.removeValue(forKey: correlation) else { return }
            waiting.append(flight)
            setDeadlineTimer()
            switch phase {
            case .idle: startConnecting()
            case .ready: sendWaiting()
            case .connecting, .greeting, .pausing, .closed: break
            }
        }
        return true
    }

    /// The milliseconds after which a refused request would be let through, where it is told.
    private static func wait(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) -> Int64? {
        do throws(WireFault) {
            guard
                case .refused(let refusal) = try Answered<Greeting>(header: header, body: body)
            else { return nil }
            return refusal.retryAfterMilliseconds.map(Int64.init)
        } catch {
            // The caller reads the frame again and says what is wrong with it.
            return nil
        }
    }
}
