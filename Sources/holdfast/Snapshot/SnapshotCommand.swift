internal import ArgumentParser

/// `holdfast snapshot`: takes images of the state, and looks into them.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Take snapshots of a server's state, and look into them.",
        discussion: """
            `take` and `list` ask a running server; all others read files, without one. They read \
            a file section by section, so a large one needs little memory.
            """,
        subcommands: [
            SnapshotTakeCommand.self, SnapshotListCommand.self, SnapshotInspectCommand.self,
            SnapshotVerifyCommand.self, SnapshotDiffCommand.self, SnapshotExportCommand.self,
        ]
    )
}
