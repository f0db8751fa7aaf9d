internal import HoldfastClient
internal import Node
internal import Snapshot
internal import Storage

/// What is wrong with a snapshot, as failures of a command.
extension CommandFailure {
    /// Content that isn't what was written ends a command with 1, the disk with 74.
    init(_ error: SnapshotError) {
        let name: String
        switch error.code {
        case .diskFull, .storage:
            self = .file(error.description)
            return
        case .notASnapshot: name = "not_a_snapshot"
        case .otherVersion: name = "other_version"
        case .damaged: name = "snapshot_damaged"
        case .recordRefused: name = "record_refused"
        }
        self.init(.refused, name, error.description)
        members = error.place
    }

    /// Records that make no sense end a command with 1, the disk with 74.
    init(_ error: NodeError) {
        guard error.code == .damaged else {
            self = .file(error.description)
            return
        }
        self.init(.refused, "snapshot_damaged", error.description)
        members = [("file", .string(error.path))]
    }
}

extension SnapshotError {
    /// File, section and offset for programs.
    var place: [(name: String, value: JSON)] {
        [
            ("file", .string(path)),
            ("section", section.map { .count($0.index) } ?? .null),
            ("section_kind", section.map { .string($0.kind.jsonName) } ?? .null),
            ("offset", offset.map { .count($0) } ?? .null),
        ]
    }
}

/// Reads a snapshot; its failure becomes the command's.
func onSnapshot<Value>(
    _ body: () throws(SnapshotError) -> Value
) throws(CommandFailure) -> Value {
    do throws(SnapshotError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

/// Reads the state in a snapshot; its failure becomes the command's.
func onImage<Value>(_ body: () throws(NodeError) -> Value) throws(CommandFailure) -> Value {
    do throws(NodeError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

extension SnapshotReader {
    /// Opens a snapshot on the machine's disk.
    ///
    /// - Throws: What is wrong with its header, directory or trailer.
    static func opened(_ path: String) throws(CommandFailure) -> SnapshotReader {
        try onSnapshot { () throws(SnapshotError) in
            try SnapshotReader(path: path, disk: LinuxDisk())
        }
    }

    /// The state at the end LSN.
    ///
    /// - Throws: What is wrong with the log slice or what it touched.
    func settled() throws(CommandFailure) -> SettledImage {
        try onImage { () throws(NodeError) in try SettledImage(self) }
    }

    /// Bytes in all sections of some kinds before they were packed.
    func unpackedBytes(of kinds: SnapshotSectionKind...) -> UInt64 {
        sections.reduce(0) { kinds.contains($1.kind) ? $0 + UInt64($1.unpackedBytes) : $0 }
    }
}

extension SnapshotSectionKind {
    /// The kind for programs, in snake case.
    var jsonName: String {
        switch self {
        case .skus: "skus"
        case .reservations: "reservations"
        case .configuration: "configuration"
        case .logSlice: "log_slice"
        }
    }
}
