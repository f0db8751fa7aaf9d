internal import Journal
package import Snapshot
package import Storage

/// Why a node can't open its data directory.
package struct NodeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// Another process has the data directory.
        case locked
        /// The log is damaged, or says something that the engine can't take.
        case damaged
        /// A file operation failed.
        case storage
        /// The node is closing.
        case stopped
        /// Too much is going on at once, or the disk is full; the same may succeed later.
        case busy
    }

    /// The kind of failure.
    package let code: Code
    /// The file or directory.
    package let path: String
    /// One line that says what is wrong, where, and what to do.
    package let description: String

    private init(_ code: Code, path: String = "", _ description: String) {
        self.code = code
        self.path = path
        self.description = description
    }

    /// A snapshot beside the log of another history.
    init(ofAnotherLog snapshot: String, _ journal: String) {
        self.init(
            .damaged,
            path: journal,
            "\(snapshot) is of another log than \(journal) — put the right ones together, or make "
                + "a data directory of it with `holdfast recover`"
        )
    }

    /// The node is closing.
    static let stopped = NodeError(.stopped, "the server is shutting down")
    /// The log didn't become durable in time.
    static let logStalled = NodeError(
        .busy,
        "the log can't be made durable at present — make room on its disk, and try again"
    )
    /// As many keep segments as may.
    static let tooManyReaders = NodeError(
        .busy,
        "too many backups and snapshots keep the log at the same time — try again later"
    )

    /// Snapshots came and went faster than one could be opened.
    static let snapshotsChange = NodeError(
        .busy,
        "snapshots are replaced faster than one can be opened — try again"
    )

    /// A failed file operation.
    package init(_ error: StorageError) {
        self.init(.storage, path: error.path, error.description)
    }

    /// A failure of a snapshot.
    package init(_ error: SnapshotError) {
        let code: Code =
            switch error.code {
            case .diskFull, .storage: .storage
            case .notASnapshot, .otherVersion, .damaged, .recordRefused: .damaged
            }
        self.init(code, path: error.path, error.description)
    }

    /// A failed file operation before the log was read.
    init(_ error: StorageError, dataDirectory: String) {
        path = error.path
        if error.code == .locked {
            code = .locked
            description =
                "\(dataDirectory) is in use by another process; stop it, or name another directory"
        } else {
            code = .storage
            description = error.description
        }
    }

    /// A failure of the log.
    init(_ error: JournalError) {
        path = error.path
        description = error.description
        switch error.code {
        case .storage, .removedMeanwhile, .alreadyThere: code = .storage
        case .damaged, .recordRefused, .recordsMissing: code = .damaged
        }
    }
}
