internal import ArgumentParser

/// `holdfast snapshot`: takes images of the state, and looks into them.
struct SnapshotCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Take snapshots of a server's state, and look into them.",
        subcommands: [SnapshotTakeCommand.self]
    )
}
