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

    /// The further options, none of which is the benchmark's own to give.
    var serveOptions: [String] {
        get throws(CommandFailure) {
            if let expected = OwnServerOptions.expected(insteadOf: serve) {
                throw .usage("--serve \(serve.joined(separator: " ")): give \(expected)")
            }
            return serve
        }
    }

    /// Options of `holdfast serve` that are given to every server of a benchmark's own.
    private static let taken = ["--data-dir", "--listen", "--json", "--end-with-input"]

    /// What may stand instead of words that can't be options of such a server; nil where they can.
    static func expected(insteadOf words: [String]) -> String? {
        let isTaken = words.contains { word in taken.contains(String(word.prefix { $0 != "=" })) }
        guard words.first?.hasPrefix("--") ?? true, !isTaken else {
            return "an option of `holdfast serve` other than \(taken.joined(separator: ", "))"
        }
        return nil
    }
}
