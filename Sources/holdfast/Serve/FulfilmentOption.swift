internal import ArgumentParser
internal import Engine

/// When orders count as fulfilled: of `serve`, and of what makes a directory for it.
struct FulfilmentOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When a committed reservation counts as fulfilled, for example 30d.",
            valueName: "duration"
        )
    )
    var fulfilAfter: DurationArgument?

    /// Writes what was given into an engine's settings.
    func set(_ settings: inout EngineSettings) throws(CommandFailure) {
        guard let fulfilAfter else { return }
        guard fulfilAfter.milliseconds > 0 else {
            throw .usage("--fulfil-after: give more than 0, for example 30d")
        }
        settings.fulfilAfterMilliseconds = fulfilAfter.milliseconds
    }
}
