internal import ArgumentParser
internal import Node

/// The options of `serve` that say when snapshots and checks are made, and what is kept.
struct SnapshotOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Take a snapshot when the log has grown by so much, for example 1GiB; 0 never.",
            valueName: "bytes"
        )
    )
    var snapshotLogSize: ByteCount?

    @Option(
        help: ArgumentHelp(
            "Take a snapshot after so long if anything has changed, for example 1h; 0s never.",
            valueName: "duration"
        )
    )
    var snapshotInterval: DurationArgument?

    @Option(help: "How many snapshots are kept, at least 1.")
    var snapshotsKept: Int?

    @Option(
        help: ArgumentHelp(
            "How long a snapshot is kept at most, the newest excepted, for example 7d.",
            valueName: "duration"
        )
    )
    var snapshotAge: DurationArgument?

    @Option(
        help: ArgumentHelp(
            """
            Copy no more than so many bytes of state a second for a snapshot, 64MiB unless given, \
            or as many as the log grows by if these are more; 0 as fast as it goes.
            """,
            valueName: "bytes"
        )
    )
    var snapshotPace: ByteCount?

    @Option(
        help: ArgumentHelp(
            "Begin from this snapshot instead of the newest whole one.",
            valueName: "file"
        ),
        completion: .file(extensions: ["hfs"])
    )
    var fromSnapshot: String?

    @Option(
        help: ArgumentHelp(
            "Move segments that no kept snapshot needs here instead of removing them.",
            valueName: "directory"
        ),
        completion: .directory
    )
    var archiveDir: String?

    @Option(
        help: ArgumentHelp(
            "Check all invariants on an image of the state every so often, for example 6h.",
            valueName: "duration"
        )
    )
    var checkInterval: DurationArgument?

    private static let keptMax = 10_000
    private static let logSizeBytesMin = 1 << 20
    private static let paceBytesMin = 1 << 20
    private static let paceBytesDefault = 64 << 20

    /// Writes what was given into a node's settings.
    func set(_ settings: inout NodeSettings) throws(CommandFailure) {
        if let snapshotLogSize {
            let bytes = snapshotLogSize.bytes
            guard bytes == 0 || bytes >= SnapshotOptions.logSizeBytesMin else {
                throw .usage("--snapshot-log-size \(bytes): give 0, or at least 1MiB")
            }
            settings.snapshotLogBytes = bytes == 0 ? nil : bytes
        }
        if let snapshotInterval {
            let milliseconds = snapshotInterval.milliseconds
            settings.snapshotIntervalMilliseconds = milliseconds == 0 ? nil : milliseconds
        }
        if let snapshotsKept {
            try check(snapshotsKept, "--snapshots-kept", 1...SnapshotOptions.keptMax)
            settings.snapshotCountMax = snapshotsKept
        }
        settings.snapshotAgeMillisecondsMax = snapshotAge?.milliseconds
        let pace = snapshotPace?.bytes ?? SnapshotOptions.paceBytesDefault
        guard pace == 0 || pace >= SnapshotOptions.paceBytesMin else {
            throw .usage("--snapshot-pace \(pace): give 0, or at least 1MiB")
        }
        settings.snapshotBytesPerSecondMax = pace == 0 ? nil : UInt64(pace)
        if let checkInterval {
            guard checkInterval.milliseconds >= 1_000 else {
                throw .usage("--check-interval: give at least 1s")
            }
            settings.checkIntervalMilliseconds = checkInterval.milliseconds
        }
        settings.snapshotPath = fromSnapshot
        settings.archiveDirectory = archiveDir
    }
}
