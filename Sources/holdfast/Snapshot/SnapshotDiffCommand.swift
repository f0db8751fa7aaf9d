internal import ArgumentParser
internal import HoldfastClient
internal import Node
internal import Snapshot

/// `holdfast snapshot diff`: what differs between two snapshots.
struct SnapshotDiffCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell which cells and reservations differ between two snapshots.",
        discussion: """
            Each file counts as the state at its own LSN. SKUs are told apart by name, so the two \
            needn't be of one log. Memory grows with the number of SKUs (16 bytes each) and with \
            what the logs in the files touched; where much differs the files are read again and \
            again, a part at a time. Exit code 0 says that both could be read, whatever differs, \
            unless --exit-code is given.
            """
    )

    @Argument(help: "The snapshot to begin from.", completion: .file(extensions: ["hfs"]))
    var before: String

    @Argument(help: "The snapshot to compare with it.", completion: .file(extensions: ["hfs"]))
    var after: String

    @Option(help: "How many cells, and how many reservations, are told.")
    var limit = 20

    @Flag(help: "End with exit code 1 where anything differs.")
    var exitCode = false

    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    private static let limitMax = 1_000_000

    /// Compares the two.
    func perform() async throws(CommandFailure) {
        try check(limit, "--limit", 0...SnapshotDiffCommand.limitMax)
        let readers = (
            before: try SnapshotReader.opened(before), after: try SnapshotReader.opened(after)
        )
        let images = (
            before: try readers.before.settled(), after: try readers.after.settled()
        )
        let text = ImageDifferenceText(
            before: readers.before,
            after: readers.after,
            difference: try compare(images.before, images.after)
        )
        if json {
            Terminal.writeLine(text.json.text)
        } else {
            Terminal.writeLines(text.lines)
        }
        guard exitCode, !text.difference.isEmpty else { return }
        throw CommandFailure(.refused, "snapshots_differ", "\(before) and \(after) differ")
    }

    private func compare(
        _ before: SettledImage,
        _ after: SettledImage
    ) throws(CommandFailure) -> ImageDifference {
        var progress = PassProgress(
            "compare",
            totalBytes: before.reader.unpackedBytes(of: .skus, .reservations)
                + after.reader.unpackedBytes(of: .skus, .reservations)
        )
        var later: ProgressBar?
        defer {
            progress.clear()
            later?.clear()
        }
        var comparison = ImageComparison(before, after, limit: limit)
        return try onImage { () throws(NodeError) in
            try comparison.run(progress: &progress) { done, total in
                if later == nil { later = ProgressBar("differences", total: total) }
                later?.show(done)
            }
        }
    }
}
