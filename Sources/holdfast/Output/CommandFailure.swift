/// How a command ends; the numbers are those of `sysexits.h`.
enum ExitStatus: Int32 {
    /// The server refused, or a check found something wrong.
    case refused = 1
    /// The command line was wrong.
    case usage = 64
    /// No server answered.
    case noServer = 69
    /// A file or the disk failed.
    case inputOutput = 74
}

/// Why a command can't go on: what was wrong, where, and what to do.
struct CommandFailure: Error {
    /// How the process ends.
    let status: ExitStatus
    /// A name for programs, in snake case.
    let name: String
    /// What was wrong, where, and what to do, for people.
    let detail: String
    /// Figures of the failure for people, printed before the detail.
    var table: [String] = []
    /// Figures of the failure for programs.
    var members: [(name: String, value: JSON)] = []

    /// A failure with what every one tells.
    init(_ status: ExitStatus, _ name: String, _ detail: String) {
        self.status = status
        self.name = name
        self.detail = detail
    }

    /// A value on the command line that can't be used.
    static func usage(_ detail: String) -> CommandFailure {
        CommandFailure(.usage, "usage", detail)
    }

    /// A file whose content or bytes can't be used.
    static func file(_ detail: String) -> CommandFailure {
        CommandFailure(.inputOutput, "file", detail)
    }

    /// What `--json` prints.
    var json: JSON {
        .object([("error", .string(name)), ("detail", .string(detail))] + members)
    }
}
