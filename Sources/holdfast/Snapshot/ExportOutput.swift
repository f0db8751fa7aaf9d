internal import Glibc
internal import Storage

/// Where an export goes: standard output, or a file that gets its name when all of it is there.
///
/// Isolation: none; one thread writes.
final class ExportOutput {
    private let descriptor: Int32
    /// The file to make; `nil` for standard output.
    private let path: String?
    /// The name that the file has until it is whole; `nil` where it is written in place.
    private let unfinishedPath: String?
    private var buffer: [UInt8] = []
    private var isOpen = true

    private static let bufferSizeBytes = 262_144
    private static let unfinishedSuffix = ".new"
    private static let fileMode: mode_t = 0o640

    /// An output to a file, or to standard output where `path` is nil.
    ///
    /// A device or a pipe is written in place.
    /// - Throws: Where the file can't be made.
    init(path: String?) throws(CommandFailure) {
        self.path = path
        guard let path else {
            descriptor = STDOUT_FILENO
            unfinishedPath = nil
            return
        }
        var status = stat()
        let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        let target = isSpecial ? path : path + ExportOutput.unfinishedSuffix
        let flags = O_WRONLY | O_CLOEXEC | (isSpecial ? 0 : O_CREAT | O_TRUNC)
        descriptor = open(target, flags, ExportOutput.fileMode)
        unfinishedPath = isSpecial ? nil : target
        guard descriptor >= 0 else {
            throw .file(StorageError(.create, errno: errno, path: target).description)
        }
    }

    deinit { abandon() }

    /// Writes a line.
    func writeLine(_ line: String) throws(StorageError) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= ExportOutput.bufferSizeBytes { try flush() }
    }

    /// Writes bytes as they are.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        try flush()
        try writeAll(bytes)
    }

    /// Writes what is buffered; a file becomes durable and gets its name.
    func finish() throws(StorageError) {
        try flush()
        guard let path, isOpen else { return }
        if let unfinishedPath {
            if fsync(descriptor) != 0 { throw StorageError(.sync, errno: errno, path: path) }
            try LinuxDisk().rename(unfinishedPath, to: path)
        }
        close(descriptor)
        isOpen = false
    }

    /// Removes the file unless it is whole.
    func abandon() {
        guard path != nil, isOpen else { return }
        close(descriptor)
        if let unfinishedPath { unlink(unfinishedPath) }
        isOpen = false
    }

    private func flush() throws(StorageError) {
        let pending = buffer
        buffer.removeAll(keepingCapacity: true)
        let result: Result<Void, StorageError> = pending.withUnsafeBytes { bytes in
            do throws(StorageError) {
                return .success(try writeAll(bytes))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw StorageError(.write, errno: errno, path: path ?? "standard output")
            }
            written += count
        }
    }
}
