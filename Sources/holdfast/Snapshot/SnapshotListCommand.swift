internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Snapshot
internal import Storage

/// `holdfast snapshot list`: the snapshots of a directory, or those that a server keeps.
struct SnapshotListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the snapshots of a directory, or those that a running server keeps.",
        discussion: """
            With DIR, a data directory or a directory of snapshots, no server is asked. Header \
            and directory of each file are checked, not its sections: `snapshot verify` does that.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(
        help: "A data directory, a backup or a directory of snapshots; the server's if not given.",
        completion: .directory
    )
    var directory: String?

    /// Lists the files of the directory, or asks the server.
    func perform() async throws(CommandFailure) {
        guard let directory else { return try await performConnected() }
        let files = try SnapshotListCommand.files(of: directory)
        if options.json { return Terminal.writeLines(files.map(\.json.text)) }
        guard !files.isEmpty else { return Terminal.writeLine("no snapshots in \(directory)") }
        var table = TextTable(
            .text("name"),
            .number("lsn"),
            .text("taken at"),
            .number("size"),
            .number("skus"),
            .number("cells"),
            .number("open"),
            .text("state")
        )
        for file in files { table.add(file.entries) }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(files.count, "snapshot"))
    }

    /// Lists what the server keeps.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let entries = try await accepted("snapshot list") { () throws(ClientError) in
            try await client.snapshots()
        }
        if options.json { return Terminal.writeLines(entries.map(\.json.text)) }
        guard !entries.isEmpty else {
            return Terminal.writeLine("\(options.server) keeps no snapshots")
        }
        var table = TextTable(
            .text("name"),
            .number("lsn"),
            .text("taken at"),
            .number("size"),
            .text("state")
        )
        for entry in entries {
            table.add(
                entry.name,
                entry.endLSN == 0 ? "-" : "\(entry.endLSN)",
                entry.takenAt == .distantPast ? "-" : entry.takenAt.text,
                bytesText(entry.sizeBytes),
                entry.fault.isEmpty ? "whole" : entry.fault
            )
        }
        Terminal.writeLines(table.lines)
        Terminal.writeLine(counted(entries.count, "snapshot"))
    }

    /// The snapshots of a directory or of the data directory that it is, newest first.
    static func files(of directory: String) throws(CommandFailure) -> [SnapshotFile] {
        let inner = directory + "/snapshots"
        let path = access(inner, F_OK) == 0 ? inner : directory
        do throws(SnapshotError) {
            return try SnapshotFile.list(path, disk: LinuxDisk())
        } catch {
            throw .file("\(error.description) — name a data directory")
        }
    }
}

extension SnapshotFile {
    private var name: String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// The file on a row of a table.
    fileprivate var entries: [String] {
        switch content {
        case .success(let header):
            let counts = header.facts.counts
            return [
                name, "\(endLSN)", header.facts.instant.text, bytesText(header.sizeBytes),
                counts.skus.grouped, counts.cells.grouped, counts.openReservations.grouped, "whole",
            ]
        case .failure(let error):
            return [name, "\(endLSN)", "-", "-", "-", "-", "-", error.reason]
        }
    }

    /// The file for programs.
    fileprivate var json: JSON {
        let place: [(name: String, value: JSON)] = [
            ("name", .string(name)), ("path", .string(path)), ("lsn", .count(endLSN)),
        ]
        switch content {
        case .success(let header):
            let counts = header.facts.counts
            return .object(
                place + [
                    ("taken_at", .string(header.facts.instant.text)),
                    ("bytes", .count(header.sizeBytes)),
                    ("skus", .count(counts.skus)),
                    ("cells", .count(counts.cells)),
                    ("open_reservations", .count(counts.openReservations)),
                    ("fault", .null),
                ]
            )
        case .failure(let error):
            return .object(place + [("fault", .string(error.description))])
        }
    }
}

extension SnapshotEntry {
    /// The file for programs.
    fileprivate var json: JSON {
        .object([
            ("name", .string(name)),
            ("lsn", endLSN == 0 ? .null : .count(endLSN)),
            ("taken_at", takenAt == .distantPast ? .null : .string(takenAt.text)),
            ("bytes", .count(sizeBytes)),
            ("fault", fault.isEmpty ? .null : .string(fault)),
        ])
    }
}
