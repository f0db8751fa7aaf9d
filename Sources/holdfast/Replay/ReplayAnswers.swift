internal import HoldfastClient

/// A request of a replay under way: asked once, or asked again as if its answer had been lost.
struct ReplayedRequest<Content: ReplayComparable>: Sendable {
    private let first: PendingAnswer<Content>
    private let again: PendingAnswer<Content>?

    /// Sends a request; with `losesAnswer` the same bytes are sent once more behind it.
    init(_ client: HoldfastClient, _ request: some WireRequest, losesAnswer: Bool) {
        first = client.start(request)
        again = losesAnswer ? client.start(request) : nil
    }

    /// The answer that counts, how long the first one took, and whether a repeat was the same.
    ///
    /// Where the answer is lost only the repeat is used; the first is kept to compare.
    var value: ReplayedAnswer<Content> {
        get async throws(ClientError) {
            let (result, nanoseconds) = try await first.valueWithLatency
            guard let again else {
                return ReplayedAnswer(result: result, nanoseconds: nanoseconds, repeatEquals: nil)
            }
            let repeated = try await again.value
            return ReplayedAnswer(
                result: repeated,
                nanoseconds: nanoseconds,
                repeatEquals: isRepeat(repeated, of: result)
            )
        }
    }

    private func isRepeat(
        _ again: Result<Content, Refusal>,
        of first: Result<Content, Refusal>
    ) -> Bool {
        switch (first, again) {
        case (.success(let first), .success(let again)): again.isRepeat(of: first)
        case (.failure(let first), .failure(let again)): first == again
        case (.success, .failure), (.failure, .success): false
        }
    }
}

/// What came of a request of a replay.
struct ReplayedAnswer<Content: Sendable>: Sendable {
    let result: Result<Content, Refusal>
    let nanoseconds: UInt64
    /// Whether the repeat was equal; `nil` where nothing was asked again.
    let repeatEquals: Bool?
}

/// An answer whose repeat can be compared with it.
protocol ReplayComparable: WireAnswer {
    /// Whether this is the answer to the same request asked again.
    func isRepeat(of first: Self) -> Bool
}

extension ReservationReceipt: ReplayComparable {
    /// Equal in all but the mark; a repeated change of a whole tells no LSN.
    func isRepeat(of first: ReservationReceipt) -> Bool {
        guard isRepeated else { return false }
        var expected = first
        expected.isRepeated = true
        if lsn == 0 { expected.lsn = 0 }
        return self == expected
    }
}

extension WriteReceipt: ReplayComparable {
    /// Equal in all but the mark.
    func isRepeat(of first: WriteReceipt) -> Bool {
        guard isRepeated else { return false }
        var expected = first
        expected.isRepeated = true
        return self == expected
    }
}
