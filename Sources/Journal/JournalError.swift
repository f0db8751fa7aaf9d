package import Storage

/// Why the journal can't go on, and where.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// Bytes that were durable are no longer what was written.
        case damaged
        /// A record that is whole says something that the engine can't take.
        case recordRefused
        /// A file operation failed.
        case storage
    }

    /// The kind of failure.
    package let code: Code
    /// The file.
    package let path: String
    /// Byte offset in the file.
    package let offset: UInt64
    /// What is wrong there.
    package let reason: String
    /// The failed file operation, with code ``Code/storage``.
    package let storage: StorageError?

    /// Something wrong at a place in a file.
    init(_ code: Code, path: String, offset: UInt64, reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
        storage = nil
    }

    /// A failed file operation.
    init(_ error: StorageError) {
        code = .storage
        path = error.path
        offset = error.offset ?? 0
        reason = error.description
        storage = error
    }

    /// One line that names file, offset and what is wrong.
    package var description: String {
        code == .storage ? reason : "\(path) at byte \(offset): \(reason)"
    }
}

/// Runs a file operation; its failure becomes the journal's.
func onDisk<Value>(_ body: () throws(StorageError) -> Value) throws(JournalError) -> Value {
    do throws(StorageError) {
        return try body()
    } catch {
        throw JournalError(error)
    }
}
