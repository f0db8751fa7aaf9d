internal import ArgumentParser
internal import Engine

/// How long reservations are kept and remembered: of `serve`, and of what makes a directory for it.
struct RetentionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When a committed reservation counts as fulfilled, for example 30d.",
            valueName: "duration"
        )
    )
    var fulfilAfter: DurationArgument?

    @Option(
        help: ArgumentHelp(
            """
            How long a reservation is remembered once it is released, expired, cancelled or \
            fulfilled, 1h unless given.
            """,
            discussion: """
                30s to 30d. After that its id is free: the same reserve sent again is carried \
                out anew, a change of it is refused unknown_reservation, and what it held can't \
                be held again for a late payment. So give more than the longest that a client \
                repeats a request, which is 10 seconds for the Swift client and 30 for the \
                Python one unless they are told otherwise, and than a payment may come late. \
                Each that is remembered takes 128 bytes of memory and more, and counts for \
                --reservations-max. A snapshot carries when what had ended is to be forgotten: \
                with a longer value that stays, with a shorter one it is forgotten by that one, \
                counted from the snapshot.
                """,
            valueName: "duration"
        )
    )
    var closedRetention: DurationArgument?

    /// From as long as the more patient of the two clients repeats a request.
    private static let closedRetentionMilliseconds: ClosedRange<Int64> = 30_000...2_592_000_000

    /// Writes what was given into an engine's settings.
    func set(_ settings: inout EngineSettings) throws(CommandFailure) {
        if let fulfilAfter {
            guard fulfilAfter.milliseconds > 0 else {
                throw .usage("--fulfil-after: give more than 0, for example 30d")
            }
            settings.fulfilAfterMilliseconds = fulfilAfter.milliseconds
        }
        if let closedRetention {
            let range = RetentionOptions.closedRetentionMilliseconds
            guard range.contains(closedRetention.milliseconds) else {
                throw .usage("--closed-retention: give 30s to 30d")
            }
            settings.closedRetentionMilliseconds = closedRetention.milliseconds
        }
    }
}
