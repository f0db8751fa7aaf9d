internal import NIOConcurrencyHelpers
internal import NIOCore

/// The bytes of one answer.
struct AnswerFrame: Sendable {
    let header: FrameHeader
    let body: [UInt8]
    /// When its last byte came in, in nanoseconds of the monotonic clock.
    let receivedNanoseconds: UInt64
}

/// One request on its way: its bytes, its deadline, and who waits for its answer.
///
/// Isolation: the two halves of a hand-over, the answer and the one who waits, meet in `exchange`.
final class PendingCall: Sendable {
    /// The frame with the correlation id zero; the connection sets its own.
    let frame: [UInt8]
    /// When the request was started.
    let started: NIODeadline
    /// When the caller gives up.
    let deadline: NIODeadline
    private let exchange = NIOLockedValueBox(Exchange.empty)

    private enum Exchange {
        case empty
        case awaited(CheckedContinuation<Result<AnswerFrame, ClientError>, Never>)
        case answered(Result<AnswerFrame, ClientError>)
    }

    /// A call that hasn't been sent.
    init(frame: [UInt8], patience: TimeAmount) {
        self.frame = frame
        started = .now()
        deadline = started + patience
    }

    /// Hands the result to the one who waits; the first result counts.
    func complete(_ result: Result<AnswerFrame, ClientError>) {
        let waiting = exchange.withLockedValue { exchange in
            switch exchange {
            case .empty:
                exchange = .answered(result)
                return nil as CheckedContinuation<Result<AnswerFrame, ClientError>, Never>?
            case .awaited(let continuation):
                exchange = .answered(result)
                return continuation
            case .answered: return nil
            }
        }
        waiting?.resume(returning: result)
    }

    /// The result; one caller may wait for it.
    var result: Result<AnswerFrame, ClientError> {
        get async {
            await withCheckedContinuation { continuation in
                let ready = exchange.withLockedValue { exchange in
                    switch exchange {
                    case .empty:
                        exchange = .awaited(continuation)
                        return nil as Result<AnswerFrame, ClientError>?
                    case .answered(let result): return result
                    case .awaited: preconditionFailure("one caller waits for an answer")
                    }
                }
                if let ready { continuation.resume(returning: ready) }
            }
        }
    }
}

/// An answer that is on its way.
///
/// Requests are sent in the order they were started.
package struct PendingAnswer<Content: WireAnswer>: Sendable {
    /// What waits for the answer, or why the request can't be sent.
    enum Source: Sendable {
        case sent(PendingCall)
        case invalid(Refusal)
    }

    let source: Source
    let address: String

    /// Waits for the answer.
    package var value: Result<Content, Refusal> {
        get async throws(ClientError) { try await valueWithLatency.value }
    }

    /// Waits for the answer and tells how long it took, all attempts together.
    package var valueWithLatency: (value: Result<Content, Refusal>, nanoseconds: UInt64) {
        get async throws(ClientError) {
            switch source {
            case .invalid(let refusal):
                return (.failure(refusal), 0)
            case .sent(let call):
                let frame = try await call.result.get()
                let started = call.started.uptimeNanoseconds
                return (try decoded(frame), frame.receivedNanoseconds - started)
            }
        }
    }

    private func decoded(
        _ frame: AnswerFrame
    ) throws(ClientError) -> Result<Content, Refusal> {
        let answered = frame.body.withUnsafeBytes { body in
            Result { () throws(WireFault) in
                try Answered<Content>(header: frame.header, body: body)
            }
        }
        switch answered {
        case .success(.accepted(let content)): return .success(content)
        case .success(.refused(let refusal)): return .failure(refusal)
        case .failure(let fault):
            throw ClientError(.protocolViolation, address: address, detail: fault.description)
        }
    }
}
