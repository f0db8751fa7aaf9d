import Glibc
import Storage

/// A disk whose syncs wait for as long as a test holds them, and that a test can fill.
final class HeldDisk: Disk {
    private let disk = LinuxDisk()
    private let isHeld = Monitor(false)
    private let isFull = Monitor(false)
    private let isBlind = Monitor(false)

    /// Lets every sync from now on wait.
    func hold() { isHeld.notifying { $0 = true } }

    /// Lets syncs go on.
    func letGo() { isHeld.notifying { $0 = false } }

    /// Lets the disk have no room for another file from now on.
    func fill() { isFull.notifying { $0 = true } }

    /// Gives the disk room again.
    func empty() { isFull.notifying { $0 = false } }

    /// Lets no directory be listed from now on.
    func blind() { isBlind.notifying { $0 = true } }

    /// Lets directories be listed again.
    func see() { isBlind.notifying { $0 = false } }

    fileprivate func waitUntilLetGo() {
        isHeld.wait(timeoutMilliseconds: 300_000) { !$0 }
    }

    func makeDirectory(_ path: String) throws(StorageError) { try disk.makeDirectory(path) }

    func list(_ directory: String) throws(StorageError) -> [String] {
        if isBlind.withLock({ $0 }) { throw StorageError(.list, errno: EIO, path: directory) }
        return try disk.list(directory)
    }

    func open(_ path: String, for access: DiskAccess) throws(StorageError) -> any DiskFile {
        if access == .create, isFull.withLock({ $0 }) {
            throw StorageError(.create, errno: ENOSPC, path: path)
        }
        return HeldFile(try disk.open(path, for: access), on: self)
    }

    func rename(_ path: String, to newPath: String) throws(StorageError) {
        try disk.rename(path, to: newPath)
    }

    func remove(_ path: String) throws(StorageError) { try disk.remove(path) }

    func syncDirectory(_ path: String) throws(StorageError) { try disk.syncDirectory(path) }

    func lock(_ path: String) throws(StorageError) -> any DiskLock { try disk.lock(path) }
}

/// A file of a ``HeldDisk``.
private final class HeldFile: DiskFile {
    private let file: any DiskFile
    private let disk: HeldDisk

    init(_ file: any DiskFile, on disk: HeldDisk) {
        self.file = file
        self.disk = disk
    }

    var path: String { file.path }

    func write(_ runs: UnsafeMutableBufferPointer<iovec>, at offset: UInt64) throws(StorageError) {
        try file.write(runs, at: offset)
    }

    func writePastCache(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
        try file.writePastCache(bytes, at: offset)
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        try file.read(into: buffer, at: offset)
    }

    func readPastCache(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        try file.readPastCache(into: buffer, at: offset)
    }

    func sync() throws(StorageError) {
        disk.waitUntilLetGo()
        try file.sync()
    }

    func size() throws(StorageError) -> UInt64 { try file.size() }

    func close() { file.close() }
}
