package import Glibc
internal import Synchronization

/// A file of the machine, through the page cache unless it is said otherwise.
package final class LinuxFile: DiskFile {
    /// Where it was opened.
    package let path: String
    private let descriptor: Int32
    private let isClosed = Atomic<Bool>(false)
    /// Whether a call past the page cache was refused: no other is tried.
    private let isCacheNeeded = Atomic<Bool>(false)

    /// A file over an open descriptor, which it closes.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    /// Writes with `pwritev` until all is with the kernel.
    package func write(
        _ runs: UnsafeMutableBufferPointer<iovec>,
        at offset: UInt64
    ) throws(StorageError) {
        guard let base = runs.baseAddress else { return }
        var index = 0
        var position = offset
        while index < runs.count {
            if runs[index].iov_len == 0 {
                index += 1
                continue
            }
            let written = pwritev(
                descriptor,
                base + index,
                Int32(runs.count - index),
                off_t(position)
            )
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                let reason = written < 0 ? errno : EIO
                throw StorageError(.write, errno: reason, path: path, offset: position)
            }
            position += UInt64(written)
            index = LinuxFile.skip(written, of: runs, from: index)
        }
    }

    /// Takes `count` written bytes off the runs; returns the first run with bytes left.
    private static func skip(
        _ count: Int,
        of runs: UnsafeMutableBufferPointer<iovec>,
        from start: Int
    ) -> Int {
        var left = count
        var index = start
        while index < runs.count, left >= runs[index].iov_len {
            left -= runs[index].iov_len
            index += 1
        }
        if index < runs.count, left > 0 {
            runs[index].iov_base = runs[index].iov_base?.advanced(by: left)
            runs[index].iov_len -= left
        }
        return index
    }

    /// Writes with `O_DIRECT` where the file system can do that.
    package func writePastCache(
        _ bytes: UnsafeRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) {
        try pastCache { () throws(StorageError) in try write(bytes, at: offset) }
    }

    /// Writes zeros past the page cache where the file system can do that.
    ///
    /// Through the cache they would cost as much as the bytes that come later, and push those that
    /// are read out of it. No other call on the file may run beside this one.
    package func writeZeros(_ range: Range<UInt64>) throws(StorageError) {
        try pastCache { () throws(StorageError) in try writeZeroChunks(range) }
    }

    /// Reads with `O_DIRECT` where the file system can do that.
    package func readPastCache(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        try pastCache { () throws(StorageError) in try read(into: buffer, at: offset) }
    }

    /// Runs a call past the page cache, or through it where the file system refuses the one or the
    /// other of them.
    private func pastCache<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        guard !isCacheNeeded.load(ordering: .relaxed), setDirect(true) else { return try body() }
        defer { _ = setDirect(false) }
        do throws(StorageError) {
            return try body()
        } catch {
            // Some file systems take the flag and refuse the call; most refuse a part of a sector.
            guard error.errno == EINVAL, setDirect(false) else { throw error }
            isCacheNeeded.store(true, ordering: .relaxed)
            return try body()
        }
    }

    /// Lets calls go past the page cache, or through it again; false where that can't be.
    private func setDirect(_ isDirect: Bool) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0 else { return false }
        return fcntl(descriptor, F_SETFL, isDirect ? flags | directFlag : flags & ~directFlag) == 0
    }

    /// Reads with `pread` until the buffer is full or the file ends.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(StorageError) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        var count = 0
        while count < buffer.count {
            let position = offset + UInt64(count)
            let got = pread(descriptor, base + count, buffer.count - count, off_t(position))
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw StorageError(.read, errno: errno, path: path, offset: position) }
            if got == 0 { break }
            count += got
        }
        return count
    }

    /// Syncs data and size with `fdatasync`.
    package func sync() throws(StorageError) {
        // Not tried again: after a failed sync the kernel may have dropped the bytes, and a second
        // one would claim success.
        if fdatasync(descriptor) != 0 { throw StorageError(.sync, errno: errno, path: path) }
    }

    /// The size by `fstat`.
    package func size() throws(StorageError) -> UInt64 {
        var status = stat()
        if fstat(descriptor, &status) != 0 {
            throw StorageError(.size, errno: errno, path: path)
        }
        return UInt64(status.st_size)
    }

    /// Closes the descriptor, once.
    package func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { Glibc.close(descriptor) }
    }
}

// `O_DIRECT`, which the C library's module doesn't export; its value differs by processor.
#if arch(arm64)
    private let directFlag: Int32 = 0o200000
#else
    private let directFlag: Int32 = 0o40000
#endif
