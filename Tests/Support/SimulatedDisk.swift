internal import Glibc
package import Storage

/// A disk in memory that forgets, tears and garbles what wasn't synced when the power goes.
///
/// Files keep two images: what the operating system shows, and what the platter holds. `sync` takes
/// the dirty sectors of a file over, `syncDirectory` the names of a directory. `crash` lets every
/// dirty sector survive, vanish, tear or turn into noise, each by its own draw.
package final class SimulatedDisk: Disk {
    /// Bytes in a sector: the unit that a crash keeps or loses.
    package static let sectorSizeBytes = 512

    private let state: Monitor<SimulatedDiskState>

    /// An empty disk.
    package init(capacityBytes: Int = .max) {
        state = Monitor(SimulatedDiskState(capacityBytes: capacityBytes))
    }

    // MARK: Faults

    /// The `count`-th call from now on fails, with EIO if no other number is given; with `isFinal`
    /// all later ones do too.
    ///
    /// A failing write has left its bytes with the operating system, as far as it came.
    package func failCall(_ count: Int, isFinal: Bool, errno number: Int32 = EIO) {
        state.withLock {
            $0.failingCall = $0.calls + count
            $0.isFailureFinal = isFinal
            $0.failureNumber = number
        }
    }

    /// Calls of the port so far.
    package var calls: Int { state.withLock { $0.calls } }

    /// Calls of `sync` so far.
    package var syncs: Int { state.withLock { $0.syncs } }

    /// Whether every sync fails from now on.
    package func setSyncFails(_ fails: Bool) { state.withLock { $0.doesSyncFail = fails } }

    /// Gives the disk another size; files that are there stay.
    package func setCapacity(bytes: Int) { state.withLock { $0.capacityBytes = bytes } }

    /// Bytes in all files.
    package var usedBytes: Int { state.withLock { $0.usedBytes } }

    /// Takes the power away and gives it back: what was synced is there, the rest by chance.
    ///
    /// Open files and locks of before must not be used any more.
    package func crash(seed: UInt64) {
        state.withLock { $0.crash(seed: seed) }
    }

    /// The process dies, the machine doesn't: nothing is lost but locks and faults.
    package func killProcess() {
        state.withLock { $0.reset() }
    }

    /// All bytes of a file as the operating system shows them.
    package func bytes(of path: String) -> [UInt8] {
        state.withLock { state in state.current[path].map { state.files[$0].current } ?? [] }
    }

    /// Changes a file behind everyone's back, durably: bit rot.
    package func rot(_ path: String, at offset: Int, mask: UInt8) {
        state.withLock { state in
            guard let file = state.current[path] else { return }
            state.files[file].current[offset] ^= mask
            state.files[file].durable[offset] ^= mask
        }
    }

    /// An independent disk with the same files, all durable.
    package func copy() -> SimulatedDisk {
        let copy = SimulatedDisk()
        state.withLock { from in
            let files = from.files.map {
                SimulatedContent(durable: $0.current, current: $0.current)
            }
            let names = from.current
            let directories = from.directories
            copy.state.withLock {
                $0.files = files
                $0.current = names
                $0.durable = names
                $0.directories = directories
            }
        }
        return copy
    }

    // MARK: The port

    private func call<Value: Sendable>(
        _ operation: StorageError.Operation,
        _ path: String,
        offset: UInt64? = nil,
        _ body: (inout SimulatedDiskState) -> SimulatedResult<Value>
    ) throws(StorageError) -> Value {
        let result = state.withLock { state -> SimulatedResult<Value> in
            let isFailing = state.countCall()
            let failure = SimulatedFailure.number(state.failureNumber)
            if isFailing, operation != .write { return .failure(failure) }
            let value = body(&state)
            return isFailing ? .failure(failure) : value
        }
        switch result {
        case .success(let value): return value
        case .failure(.number(let number)):
            throw StorageError(operation, errno: number, path: path, offset: offset)
        }
    }

    /// Makes a directory; durable after `syncDirectory` of its parent.
    package func makeDirectory(_ path: String) throws(StorageError) {
        try call(.makeDirectory, path) { state in
            if state.directories.insert(path).inserted { state.newDirectories.insert(path) }
            return .success(())
        }
    }

    /// The names in a directory as the operating system shows them.
    package func list(_ directory: String) throws(StorageError) -> [String] {
        try call(.list, directory) { state -> SimulatedResult<[String]> in
            guard state.directories.contains(directory) else { return .failure(.number(ENOENT)) }
            let prefix = directory + "/"
            let names = state.current.keys.filter {
                $0.hasPrefix(prefix) && !$0.dropFirst(prefix.utf8.count).contains("/")
            }
            return .success(names.map { String($0.dropFirst(prefix.utf8.count)) }.sorted())
        }
    }

    /// Opens a file; a created one is a new file under that name.
    package func open(_ path: String, for access: DiskAccess) throws(StorageError) -> any DiskFile {
        let file = try call(access == .create ? .create : .open, path) {
            state -> SimulatedResult<Int> in
            if access != .create {
                guard let file = state.current[path] else { return .failure(.number(ENOENT)) }
                return .success(file)
            }
            let file = state.files.count
            state.files.append(SimulatedContent(durable: [], current: []))
            state.current[path] = file
            return .success(file)
        }
        return SimulatedFile(disk: self, path: path, number: file)
    }

    /// Renames; durable after `syncDirectory`.
    package func rename(_ path: String, to newPath: String) throws(StorageError) {
        try call(.rename, path) { state -> SimulatedResult<Void> in
            guard let file = state.current.removeValue(forKey: path) else {
                let isDone = state.rename(directory: path, to: newPath)
                return isDone ? .success(()) : .failure(.number(ENOENT))
            }
            state.current[newPath] = file
            return .success(())
        }
    }

    /// Removes; durable after `syncDirectory`.
    package func remove(_ path: String) throws(StorageError) {
        try call(.remove, path) { state -> SimulatedResult<Void> in
            guard state.current.removeValue(forKey: path) != nil else {
                return .failure(.number(ENOENT))
            }
            return .success(())
        }
    }

    /// Makes the names in a directory durable.
    package func syncDirectory(_ path: String) throws(StorageError) {
        try call(.sync, path) { state -> SimulatedResult<Void> in
            if state.doesSyncFail { return .failure(.number(EIO)) }
            state.syncNames(in: path)
            return .success(())
        }
    }

    /// Takes a lock that a crash or a killed process gives back.
    package func lock(_ path: String) throws(StorageError) -> any DiskLock {
        try call(.lock, path) { state in
            state.locks.insert(path).inserted ? .success(()) : .failure(.number(EWOULDBLOCK))
        }
        return SimulatedLock(disk: self, path: path)
    }

    fileprivate func unlock(_ path: String) { state.withLock { _ = $0.locks.remove(path) } }

    fileprivate func write(
        _ bytes: [UInt8],
        to file: SimulatedFile,
        at offset: UInt64
    ) throws(StorageError) {
        try call(.write, file.path, offset: offset) { state in
            state.write(bytes, to: file.number, at: Int(offset))
        }
    }

    fileprivate func read(
        _ count: Int,
        from file: SimulatedFile,
        at offset: UInt64
    ) throws(StorageError) -> [UInt8] {
        try call(.read, file.path, offset: offset) { state -> SimulatedResult<[UInt8]> in
            let bytes = state.files[file.number].current
            let start = min(Int(offset), bytes.count)
            return .success(Array(bytes[start..<min(start + count, bytes.count)]))
        }
    }

    fileprivate func sync(_ file: SimulatedFile) throws(StorageError) {
        try call(.sync, file.path) { state -> SimulatedResult<Void> in
            state.syncs += 1
            if state.doesSyncFail { return .failure(.number(EIO)) }
            state.files[file.number].sync()
            return .success(())
        }
    }

    fileprivate func size(_ file: SimulatedFile) throws(StorageError) -> UInt64 {
        try call(.size, file.path) { .success(UInt64($0.files[file.number].current.count)) }
    }
}

/// A file of a simulated disk.
private final class SimulatedFile: DiskFile {
    let path: String
    let number: Int
    private let disk: SimulatedDisk

    init(disk: SimulatedDisk, path: String, number: Int) {
        self.disk = disk
        self.path = path
        self.number = number
    }

    func write(
        _ runs: UnsafeMutableBufferPointer<iovec>,
        at offset: UInt64
    ) throws(StorageError) {
        var bytes: [UInt8] = []
        for run in runs {
            bytes += Array(UnsafeRawBufferPointer(start: run.iov_base, count: run.iov_len))
        }
        try disk.write(bytes, to: self, at: offset)
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        let bytes = try disk.read(buffer.count, from: self, at: offset)
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    /// Only whole pages: a machine would read the rest through its cache, unnoticed.
    func readPastCache(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        let page = SimulatedFile.pageSizeBytes
        precondition(Int(offset) % page == 0 && buffer.count % page == 0, "whole pages")
        precondition(Int(bitPattern: buffer.baseAddress) % page == 0, "memory of whole pages")
        return try read(into: buffer, at: offset)
    }

    private static let pageSizeBytes = 4_096

    func sync() throws(StorageError) { try disk.sync(self) }

    func size() throws(StorageError) -> UInt64 { try disk.size(self) }

    func close() {}
}

/// A lock of a simulated disk.
private final class SimulatedLock: DiskLock {
    private let disk: SimulatedDisk
    private let path: String

    init(disk: SimulatedDisk, path: String) {
        self.disk = disk
        self.path = path
    }

    deinit { unlock() }

    func unlock() { disk.unlock(path) }
}
