internal import Journal
internal import Snapshot
internal import Storage

/// Why a past state can't be told.
package struct TimeTravelError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of failure that callers tell apart.
    package enum Code: String, Sendable {
        /// Snapshots and log don't reach to the moment that was asked for.
        case outsideSpan
        /// A file is damaged, or says what can't be.
        case damaged
        /// A segment was removed or archived while it was about to be read; try again.
        case removedMeanwhile
        /// The directory that was to be made is there already.
        case alreadyThere
        /// A file operation failed.
        case storage
    }

    /// The kind of failure.
    package let code: Code
    /// The file or directory.
    package let path: String
    /// What is wrong, where, and what to do; without the span that can be told.
    package let description: String
    /// With ``Code/outsideSpan``: what can be told; nil where that is nothing.
    package let span: PastSpan?

    /// A failure with what every one tells.
    init(_ code: Code, path: String, _ description: String, span: PastSpan? = nil) {
        self.code = code
        self.path = path
        self.description = description
        self.span = span
    }

    /// A failed file operation.
    init(_ error: StorageError) {
        self.init(.storage, path: error.path, error.description)
    }

    /// A failure of the log.
    init(_ error: JournalError) {
        let code: Code =
            switch error.code {
            case .damaged, .recordRefused: .damaged
            case .recordsMissing: .outsideSpan
            case .removedMeanwhile: .removedMeanwhile
            case .alreadyThere: .alreadyThere
            case .storage: .storage
            }
        self.init(code, path: error.path, error.description)
    }

    /// A failure of a snapshot.
    init(_ error: SnapshotError) {
        let code: Code =
            switch error.code {
            case .diskFull, .storage: .storage
            case .notASnapshot, .otherVersion, .damaged, .recordRefused: .damaged
            }
        self.init(code, path: error.path, error.description)
    }
}

/// Runs an operation of the log; its failure becomes that of time travel.
func onPastLog<Value>(
    _ body: () throws(JournalError) -> Value
) throws(TimeTravelError) -> Value {
    do throws(JournalError) {
        return try body()
    } catch {
        throw TimeTravelError(error)
    }
}

/// Runs a snapshot's operation; its failure becomes that of time travel.
func onPastSnapshot<Value>(
    _ body: () throws(SnapshotError) -> Value
) throws(TimeTravelError) -> Value {
    do throws(SnapshotError) {
        return try body()
    } catch {
        throw TimeTravelError(error)
    }
}

/// Runs a file operation; its failure becomes that of time travel.
func onPastDisk<Value>(
    _ body: () throws(StorageError) -> Value
) throws(TimeTravelError) -> Value {
    do throws(StorageError) {
        return try body()
    } catch {
        throw TimeTravelError(error)
    }
}
