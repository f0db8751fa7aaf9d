package import Glibc

/// The port to a file system: what the journal and the node need of it, and no more.
///
/// Directories keep names: a created or renamed file survives a crash only after `syncDirectory`.
/// Isolation: any thread. Called once a batch or less, never once a request.
package protocol Disk: Sendable {
    /// Makes a directory; fine if it is there.
    func makeDirectory(_ path: String) throws(StorageError)
    /// The names in a directory, sorted by their bytes.
    func list(_ directory: String) throws(StorageError) -> [String]
    /// Opens or creates a file.
    func open(_ path: String, for access: DiskAccess) throws(StorageError) -> any DiskFile
    /// Gives a file another name in the same directory, in place of any file of that name.
    func rename(_ path: String, to newPath: String) throws(StorageError)
    /// Removes a file.
    func remove(_ path: String) throws(StorageError)
    /// Makes the names in a directory durable.
    func syncDirectory(_ path: String) throws(StorageError)
    /// Takes the exclusive lock that `path` stands for, or fails with code `locked`.
    func lock(_ path: String) throws(StorageError) -> any DiskLock
}

/// How a file is opened.
package enum DiskAccess: Sendable {
    /// An existing file, for reading.
    case read
    /// An existing file, for reading and writing.
    case update
    /// A new empty file, for reading and writing; one of that name is emptied.
    case create
}

/// An open file.
///
/// Isolation: any thread; two calls that touch the same bytes are the caller's to keep apart.
package protocol DiskFile: AnyObject, Sendable {
    /// Where it was opened.
    var path: String { get }
    /// Writes all runs one behind the other from `offset` on; may change `runs` on the way.
    func write(_ runs: UnsafeMutableBufferPointer<iovec>, at offset: UInt64) throws(StorageError)
    /// Writes bytes that nobody will read soon, past the page cache where that can be.
    ///
    /// It can where offset and count are multiples of the disk's sectors, and `bytes` begins at one
    /// in memory; elsewhere this is `write`. No other call on the file may run beside this one.
    func writePastCache(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError)
    /// Writes zeros over a range, so that what stands there later takes no new room of the disk.
    func writeZeros(_ range: Range<UInt64>) throws(StorageError)
    /// Reads from `offset` on until `buffer` is full or the file ends.
    /// - Returns: How many bytes were read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError)
        -> Int
    /// Reads bytes that nobody will read again soon, past the page cache where that can be.
    ///
    /// It can where offset and size of the buffer are multiples of the disk's sectors, and the
    /// buffer begins at one in memory; elsewhere this is `read`. No other call on the file may run
    /// beside this one.
    func readPastCache(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64)
        throws(StorageError) -> Int
    /// Makes all written bytes durable.
    func sync() throws(StorageError)
    /// The file's size in bytes.
    func size() throws(StorageError) -> UInt64
    /// Closes it; no other call may follow.
    func close()
}

extension Disk {
    /// Makes a directory whose name survives a crash; fine if it is there.
    package func makeDurableDirectory(_ path: String) throws(StorageError) {
        try makeDirectory(path)
        let parent = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        try syncDirectory(parent.isEmpty ? "/" : String(parent))
    }
}

extension DiskFile {
    /// Writes them like any other bytes.
    package func writePastCache(
        _ bytes: UnsafeRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) {
        try write(bytes, at: offset)
    }

    /// Reads them like any other bytes.
    package func readPastCache(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        try read(into: buffer, at: offset)
    }

    /// Writes the zeros like any other bytes.
    package func writeZeros(_ range: Range<UInt64>) throws(StorageError) {
        try writeZeroChunks(range)
    }

    /// Writes one run of bytes at `offset`.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
        var run = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
            iov_len: bytes.count
        )
        let result: Result<Void, StorageError> = withUnsafeMutablePointer(to: &run) { pointer in
            do throws(StorageError) {
                try write(UnsafeMutableBufferPointer(start: pointer, count: 1), at: offset)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }
}

/// A lock that is held until `unlock`, or until the process ends.
package protocol DiskLock: AnyObject, Sendable {
    /// Gives the lock back; a second call does nothing.
    func unlock()
}
