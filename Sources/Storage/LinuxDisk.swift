internal import Glibc
internal import Synchronization

/// The files of the machine.
package struct LinuxDisk: Disk {
    private static let directoryMode: mode_t = 0o750
    private static let fileMode: mode_t = 0o640

    /// A port to the machine's file system; paths are as the process sees them.
    package init() {}

    /// Makes a directory that its owner and group may read.
    package func makeDirectory(_ path: String) throws(StorageError) {
        if mkdir(path, LinuxDisk.directoryMode) != 0, errno != EEXIST {
            throw StorageError(.makeDirectory, errno: errno, path: path)
        }
    }

    /// The names in a directory, sorted, without `.` and `..`.
    package func list(_ directory: String) throws(StorageError) -> [String] {
        guard let stream = opendir(directory) else {
            throw StorageError(.list, errno: errno, path: directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        if errno != 0 { throw StorageError(.list, errno: errno, path: directory) }
        return names.sorted()
    }

    /// Opens a file through the page cache, closed on exec.
    package func open(
        _ path: String,
        for access: DiskAccess
    ) throws(StorageError) -> any DiskFile {
        let flags =
            switch access {
            // A pipe of that name doesn't wait for somebody to write.
            case .read: O_RDONLY | O_NONBLOCK
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT | O_TRUNC
            }
        let operation: StorageError.Operation = access == .create ? .create : .open
        let descriptor = try LinuxDisk.open(path, flags: flags, operation: operation)
        return LinuxFile(descriptor: descriptor, path: path)
    }

    /// Renames within one file system.
    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        if Glibc.rename(path, newPath) != 0 {
            throw StorageError(.rename, errno: errno, path: path)
        }
    }

    /// Unlinks a file.
    package func remove(_ path: String) throws(StorageError) {
        if unlink(path) != 0 { throw StorageError(.remove, errno: errno, path: path) }
    }

    /// Syncs a directory with `fsync`.
    package func syncDirectory(_ path: String) throws(StorageError) {
        let descriptor = try LinuxDisk.open(path, flags: O_RDONLY | O_DIRECTORY, operation: .open)
        defer { Glibc.close(descriptor) }
        if fsync(descriptor) != 0 { throw StorageError(.sync, errno: errno, path: path) }
    }

    /// Locks a file with `flock`, made if missing.
    package func lock(_ path: String) throws(StorageError) -> any DiskLock {
        let descriptor = try LinuxDisk.open(path, flags: O_RDWR | O_CREAT, operation: .lock)
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let reason = errno
            Glibc.close(descriptor)
            throw StorageError(.lock, errno: reason, path: path)
        }
        return LinuxLock(descriptor: descriptor)
    }

    private static func open(
        _ path: String,
        flags: Int32,
        operation: StorageError.Operation
    ) throws(StorageError) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags | O_CLOEXEC, fileMode)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw StorageError(operation, errno: errno, path: path) }
        }
    }
}

/// A lock taken with `flock`; the kernel gives it back when the process ends, however it ends.
private final class LinuxLock: DiskLock {
    private let descriptor: Atomic<Int32>

    init(descriptor: Int32) { self.descriptor = Atomic(descriptor) }

    deinit { unlock() }

    func unlock() {
        let held = descriptor.exchange(-1, ordering: .acquiringAndReleasing)
        guard held >= 0 else { return }
        // A child that is being started shares the descriptor until it runs its program.
        flock(held, LOCK_UN)
        Glibc.close(held)
    }
}
