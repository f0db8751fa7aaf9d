internal import Journal
internal import Storage

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
    }

    /// The kind of failure.
    package let code: Code
    /// The file or directory.
    package let path: String
    /// One line that says what is wrong, where, and what to do.
    package let description: String

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
