internal import Glibc
package import Storage

/// Where in the life of a batch the power goes.
package enum CutMoment: String, Sendable, CaseIterable {
    /// Some sectors of a write have reached the disk.
    case duringWrite = "during-write"
    /// A write has returned, the sync hasn't begun.
    case afterWrite = "after-write"
    /// The sync has begun and will never return.
    case atSync = "at-sync"
    /// The sync has done its work, but nobody learns of it.
    case afterSync = "after-sync"

    var isOfSync: Bool { self == .atSync || self == .afterSync }
}

/// The files of the machine, with a power cut at a chosen call.
///
/// Real files, so that another process can recover them. The old bytes of every sector that was
/// written and not synced are kept; at the cut each such sector is dropped, kept, torn or garbled
/// at random, names that no directory sync made durable may be undone, and the process kills
/// itself, so that no answer leaves after the cut.
///
/// Not played: a removed file that comes back.
/// Isolation: any thread; one lock is held across every call that changes a file.
package final class CuttingDisk: Disk {
    static let sectorSizeBytes = 512

    private let disk = LinuxDisk()
    let state: Monitor<CuttingState>

    /// A disk that works until it is armed.
    package init() { state = Monitor(CuttingState(generator: SplitMix64(seed: 0))) }

    /// Cuts the power at a later call.
    ///
    /// - Parameters:
    ///   - moment: What the call is in the middle of.
    ///   - calls: How many calls of that kind pass before.
    ///   - seed: What becomes of the sectors follows from it.
    package func arm(_ moment: CutMoment, afterCalls calls: Int, seed: UInt64) {
        state.withLock { state in
            state.generator = SplitMix64(seed: seed)
            state.callsLeft = calls
            state.moment = moment
        }
    }

    /// Makes a directory; at once durable.
    package func makeDirectory(_ path: String) throws(StorageError) {
        try disk.makeDirectory(path)
    }

    /// The names in a directory.
    package func list(_ directory: String) throws(StorageError) -> [String] {
        try disk.list(directory)
    }

    /// Opens or creates a file.
    package func open(
        _ path: String,
        for access: DiskAccess
    ) throws(StorageError) -> any DiskFile {
        let file = try disk.open(path, for: access)
        if access == .read { return file }
        let size = try file.size()
        state.withLock { state in
            if access == .create { state.newNames.append(.made(path)) }
            if access == .create || state.files[path] == nil {
                state.files[path] = CuttingState.File(durableSize: size)
            }
        }
        return CuttingFile(file, disk: self)
    }

    /// Renames a file; the cut may undo it until its directory is synced.
    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        let disk = disk
        try locked { (state) throws(StorageError) in
            try disk.rename(path, to: newPath)
            state.files[newPath] = state.files.removeValue(forKey: path)
            state.newNames.append(.renamed(from: path, to: newPath))
        }
    }

    /// Removes a file for good.
    package func remove(_ path: String) throws(StorageError) {
        let disk = disk
        try locked { (state) throws(StorageError) in
            try disk.remove(path)
            state.files[path] = nil
            state.newNames.removeAll { $0.name == path }
        }
    }

    /// Makes the names in a directory durable.
    package func syncDirectory(_ path: String) throws(StorageError) {
        let disk = disk
        try locked { (state) throws(StorageError) in
            state.countSync()
            try disk.syncDirectory(path)
            state.newNames.removeAll { $0.name.hasPrefix(path + "/") }
            if state.isCut { state.cutPower() }
        }
    }

    /// Takes a lock that ends with the process.
    package func lock(_ path: String) throws(StorageError) -> any DiskLock {
        try disk.lock(path)
    }

    /// Runs `body` with the lock held; a cut inside never lets it go.
    func locked<Value: Sendable>(
        _ body: (inout CuttingState) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let result = state.withLock { state -> Result<Value, StorageError> in
            do throws(StorageError) {
                return .success(try body(&state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// A file of a ``CuttingDisk``.
final class CuttingFile: DiskFile {
    private let file: any DiskFile
    private let disk: CuttingDisk
    /// Nothing is written through it after a rename; the file is opened anew by its new name.
    let path: String

    init(_ file: any DiskFile, disk: CuttingDisk) {
        self.file = file
        self.disk = disk
        path = file.path
    }

    func write(
        _ runs: UnsafeMutableBufferPointer<iovec>,
        at offset: UInt64
    ) throws(StorageError) {
        let size = runs.map(\.iov_len).reduce(0, +)
        try change(size, at: offset) { (file) throws(StorageError) in
            try file.write(runs, at: offset)
        }
    }

    func writePastCache(
        _ bytes: UnsafeRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) {
        try change(bytes.count, at: offset) { (file) throws(StorageError) in
            try file.writePastCache(bytes, at: offset)
        }
    }

    /// Keeps the old bytes, writes, and cuts the power if it is time.
    private func change(
        _ size: Int,
        at offset: UInt64,
        _ write: (any DiskFile) throws(StorageError) -> Void
    ) throws(StorageError) {
        if size == 0 { return }
        let file = file
        let path = path
        try disk.locked { (state) throws(StorageError) in
            try state.keep(file, path, from: offset, size: size)
            state.countWrite()
            try write(file)
            if state.isCut { state.cutPower() }
        }
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        try file.read(into: buffer, at: offset)
    }

    func sync() throws(StorageError) {
        let file = file
        let path = path
        try disk.locked { (state) throws(StorageError) in
            state.countSync()
            if state.isCut, state.moment == .atSync { state.cutPower() }
            try file.sync()
            let size = try file.size()
            state.files[path] = CuttingState.File(durableSize: size)
            if state.isCut { state.cutPower() }
        }
    }

    func size() throws(StorageError) -> UInt64 { try file.size() }

    func close() { file.close() }
}
