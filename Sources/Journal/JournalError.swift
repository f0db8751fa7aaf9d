package import Storage

/// Why the journal can't go on, and where.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// Bytes that were durable are no longer what was written.
        case damaged
        /// A record that is whole says something that the engine can't take.
        case recordRefused
        /// The log doesn't reach back to the LSN that was asked for.
        case recordsMissing
        /// A segment was removed or archived while it was about to be read.
        case removedMeanwhile
        /// The directory of a log that is to be made holds one already.
        case alreadyThere
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
    /// What isn't there, with code ``Code/recordsMissing``.
    package let missing: MissingRecords?

    /// Something wrong at a place in a file.
    init(_ code: Code, path: String, offset: UInt64, reason: String) {
        self.code = code
        self.path = path
        self.offset = offset
        self.reason = reason
        storage = nil
        missing = nil
    }

    /// Records that were asked for and aren't there.
    init(missing: MissingRecords, path: String) {
        code = .recordsMissing
        self.path = path
        offset = 0
        reason = missing.description
        storage = nil
        self.missing = missing
    }

    /// A failed file operation.
    init(_ error: StorageError) {
        code = .storage
        path = error.path
        offset = error.offset ?? 0
        reason = error.description
        storage = error
        missing = nil
    }

    /// One line that names file, offset and what is wrong.
    package var description: String {
        switch code {
        case .storage: reason
        case .recordsMissing, .removedMeanwhile, .alreadyThere: "\(path): \(reason)"
        case .damaged, .recordRefused: "\(path) at byte \(offset): \(reason)"
        }
    }
}

/// The part of a log that was asked for and isn't there.
package struct MissingRecords: Hashable, Sendable, CustomStringConvertible {
    /// LSN from which on records were asked for.
    package let askedLSN: UInt64
    /// LSN of the first record that is there; nil where there is none.
    package let firstLSN: UInt64?

    /// One line that names the span and what to do.
    package var description: String {
        let remedy = "name the archive that holds the segments before, or a younger snapshot"
        guard let firstLSN else { return "no record from LSN \(askedLSN) on is there; \(remedy)" }
        return "LSN \(askedLSN) was asked for and the log begins at LSN \(firstLSN); \(remedy)"
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
