internal import SystemPackage

/// Why a file operation failed, and on what.
package struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// No such file or directory.
        case missing
        /// Another process holds the lock.
        case locked
        /// The disk or the quota is full.
        case full
        /// Anything else.
        case failed
    }

    /// What was tried.
    package enum Operation: String, Sendable {
        case makeDirectory = "make directory"
        case list
        case open
        case create
        case read
        case write
        case sync
        case size
        case rename
        case remove
        case lock
    }

    /// The kind of failure.
    package let code: Code
    /// What was tried.
    package let operation: Operation
    /// The system's error number.
    package let errno: Int32
    /// The file or directory.
    package let path: String
    /// Byte offset in the file, for reads and writes.
    package let offset: UInt64?

    /// A failure with the system's error number; the code follows from it.
    package init(_ operation: Operation, errno: Int32, path: String, offset: UInt64? = nil) {
        self.operation = operation
        self.errno = errno
        self.path = path
        self.offset = offset
        code =
            switch Errno(rawValue: errno) {
            case .noSuchFileOrDirectory: .missing
            case .noSpace, .diskQuotaExceeded: .full
            case .wouldBlock: operation == .lock ? .locked : .failed
            default: .failed
            }
    }

    /// One line that names operation, file, offset and error number.
    package var description: String {
        let place = offset.map { " at byte \($0)" } ?? ""
        let reason = Errno(rawValue: errno).description
        return "\(operation.rawValue) \(path)\(place): \(reason) (errno \(errno))"
    }
}
