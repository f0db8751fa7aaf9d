internal import NIOConcurrencyHelpers
internal import NIOCore

/// One connection of the pool as callers see it, from any thread.
///
/// Requests are put into an outbox; the first one of a batch wakes the event loop, which takes
/// them all and writes them at once.
final class ClientConnection: Sendable {
    private let eventLoop: any EventLoop
    private let session: NIOLoopBoundBox<ConnectionSession>
    private let outbox = NIOLockedValueBox<[PendingCall]>([])

    /// A connection that is made when the first request needs it.
    init(configuration: ClientConfiguration, helloFrame: [UInt8], eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        session = .makeBoxSendingValue(
            ConnectionSession(
                configuration: configuration,
                helloFrame: helloFrame,
                eventLoop: eventLoop
            ),
            eventLoop: eventLoop
        )
    }

    /// Sends a request; calls from one thread are sent in their order.
    func submit(_ call: PendingCall) {
        let isFirst = outbox.withLockedValue { outbox in
            outbox.append(call)
            return outbox.count == 1
        }
        if isFirst { eventLoop.execute { self.takeOutbox() } }
    }

    private func takeOutbox() {
        let calls = outbox.withLockedValue { outbox in
            let calls = outbox
            outbox.removeAll(keepingCapacity: true)
            return calls
        }
        session.value.submit(calls)
    }

    /// Connects and greets; the first failure is the answer.
    func connect() async -> Result<Greeting, ClientError> {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.session.value.connect { continuation.resume(returning: $0) }
            }
        }
    }

    /// Ends the connection; requests without an answer fail.
    func close() async {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                self.session.value.close { continuation.resume() }
            }
        }
    }
}
