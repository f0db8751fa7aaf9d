internal import ArgumentParser
internal import HoldfastClient
internal import Node
internal import Snapshot

/// `holdfast snapshot inspect`: what is in a snapshot.
struct SnapshotInspectCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Tell what is in a snapshot: its parts, and the state that it comes to.",
        discussion: """
            Needs no server and reads any file of a data directory or a backup. The figures are \
            those of the state at the snapshot's LSN, the log in it applied. Memory grows with \
            the number of SKUs (4 bytes each) and with what the log in it touched, not with the \
            file. Exit code 1 means damage, named by section and offset; what could be read \
            before is told.
            """
    )

    @Argument(help: "The snapshot.", completion: .file(extensions: ["hfs"]))
    var file: String

    @Option(help: "How many SKUs each rank tells.")
    var top = 10

    @Flag(help: "Tell every section, not only the sums by kind.")
    var sections = false

    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    private static let topMax = 10_000

    /// Reads the snapshot.
    func perform() async throws(CommandFailure) {
        try check(top, "--top", 0...SnapshotInspectCommand.topMax)
        let reader = try SnapshotReader.opened(file)
        let front = SnapshotFrontText(reader: reader)
        if !json {
            Terminal.writeLines(front.lines + [""] + front.sectionLines(each: sections) + [""])
        }
        let image = try reader.settled()
        var progress = PassProgress(
            "inspect",
            totalBytes: reader.unpackedBytes(of: .skus, .reservations)
        )
        let result: Result<ImageOverview, NodeError>
        do throws(NodeError) {
            result = .success(try ImageOverview(of: image, top: top, progress: &progress))
        } catch {
            result = .failure(error)
        }
        progress.clear()
        let overview = ImageOverviewText(
            overview: try onImage { () throws(NodeError) in try result.get() }
        )
        if json {
            let members = front.members(each: sections) + [("state", overview.json)]
            Terminal.writeLine(JSON.object(members).text)
        } else {
            Terminal.writeLines(overview.lines)
        }
    }
}
