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

    @OptionGroup var retention: RetentionOptions

    private static let maxHoldMilliseconds: ClosedRange<Int64> = 1...2_592_000_000

    /// Writes what was given into an engine's settings.
    func set(_ settings: inout EngineSettings) throws(CommandFailure) {
        if let maxHold {
            guard TimeOptions.maxHoldMilliseconds.contains(maxHold.milliseconds) else {
                throw .usage("--max-hold: give 1ms to 30d")
            }
            settings.holdCapMilliseconds = maxHold.milliseconds
        }
        try retention.set(&settings)
    }
}
