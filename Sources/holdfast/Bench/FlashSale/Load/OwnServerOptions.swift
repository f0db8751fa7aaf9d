internal import ArgumentParser

/// What the loads that start servers of their own are told alike.
struct OwnServerOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A further option of `holdfast serve`.", valueName: "option")
    )
    var serve: [String] = []

    @Flag(name: .long, help: "Print JSON for programs, the result on the last line.")
    var json = false
}
