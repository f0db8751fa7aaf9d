internal import ArgumentParser
internal import Engine

/// The options of `serve` that say how long reservations live, and how long they are remembered.
struct TimeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long a hold and those that take its place live at most, for example 2h.",
            valueName: "duration"
        )
    )
    var maxHold: DurationArgument?

    @OptionGroup var fulfilment: FulfilmentOption

    @Option(
        help: ArgumentHelp(
            """
            How long a reservation is remembered once it is released, expired, cancelled or \
            fulfilled, 1h unless given.
            """,
            discussion: """
                30s to 30d. After that, half a second later at most, its id is free: the same \
                reserve sent again is carried out anew, a change of it is refused \
                unknown_reservation, and what it held can't be held again for a late payment. So \
                give more than the longest that a client \
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

    private static let maxHoldMilliseconds: ClosedRange<Int64> = 1...2_592_000_000
    /// From as long as the more patient of the two clients repeats a request.
    private static let closedRetentionMilliseconds =
        30_000...EngineSettings.closedRetentionMillisecondsMax

    /// Small against any retention that can be given, and enough to forget dozens at a time.
    private static let forgettingStepMilliseconds = EngineSettings.forgettingStepMillisecondsMax

    /// Writes what was given into an engine's settings.
    func set(_ settings: inout EngineSettings) throws(CommandFailure) {
        settings.forgettingStepMilliseconds = TimeOptions.forgettingStepMilliseconds
        if let maxHold {
            guard TimeOptions.maxHoldMilliseconds.contains(maxHold.milliseconds) else {
                throw .usage("--max-hold: give 1ms to 30d")
            }
            settings.holdCapMilliseconds = maxHold.milliseconds
        }
        try fulfilment.set(&settings)
        if let closedRetention {
            let range = TimeOptions.closedRetentionMilliseconds
            guard range.contains(closedRetention.milliseconds) else {
                throw .usage("--closed-retention: give 30s to 30d")
            }
            settings.closedRetentionMilliseconds = closedRetention.milliseconds
        }
    }
}
