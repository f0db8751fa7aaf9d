package import Storage

/// Why a snapshot can't be written or read, and where.
package struct SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// The file isn't a snapshot.
        case notASnapshot
        /// A snapshot of a version that this build doesn't read.
        case otherVersion
        /// Bytes aren't what was written.
        case damaged
        /// A record that is whole says something that the engine can't take.
        case recordRefused
        /// The disk or the quota is full.
        case diskFull
        /// Any other file operation that failed.
        case storage
    }

    /// The kind of failure.
    package let code: Code
    /// The file or directory.
    package let path: String
    /// The section that it is about, if one is.
    package let section: SnapshotSection?
    /// Byte offset in the file, where one is known.
    package let offset: UInt64?
    /// What is wrong there.
    package let reason: String
    /// The failed file operation, with codes ``Code/diskFull`` and ``Code/storage``.
    package let storage: StorageError?

    /// The system's error number, if a file operation failed.
    package var errno: Int32? { storage?.errno }

    /// Something wrong at a place in a file.
    init(
        _ code: Code,
        path: String,
        section: SnapshotSection? = nil,
        offset: UInt64?,
        reason: String
    ) {
        self.code = code
        self.path = path
        self.section = section
        self.offset = offset
        self.reason = reason
        storage = nil
    }

    /// A failed file operation.
    init(_ error: StorageError, section: SnapshotSection? = nil) {
        code = error.code == .full ? .diskFull : .storage
        path = error.path
        self.section = section
        offset = error.offset
        reason = error.description
        storage = error
    }

    /// One line that names file, section, offset, what is wrong and what to do.
    package var description: String {
        let place = section.map { " in \($0.name)" } ?? ""
        if storage != nil { return "snapshot\(place): \(reason)\(remedy)" }
        let byte = offset.map { " at byte \($0)" } ?? ""
        return "\(path)\(place)\(byte): \(reason)\(remedy)"
    }

    private var remedy: String {
        switch code {
        case .notASnapshot: " — name a file that ends in \(SnapshotFormat.suffix)"
        case .otherVersion: " — use the build that wrote it"
        case .damaged: " — use another snapshot or a copy of this one"
        case .recordRefused: " — use another snapshot, or the build that wrote this one"
        case .diskFull: " — make room and take the snapshot again"
        case .storage: ""
        }
    }
}

/// Runs a file operation; its failure becomes the snapshot's.
func onDisk<Value>(
    _ section: SnapshotSection? = nil,
    _ body: () throws(StorageError) -> Value
) throws(SnapshotError) -> Value {
    do throws(StorageError) {
        return try body()
    } catch {
        throw SnapshotError(error, section: section)
    }
}
