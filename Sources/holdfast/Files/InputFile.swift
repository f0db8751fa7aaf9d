internal import Glibc

/// The bytes of a file, unpacked by `gzip -dc` when its name ends in `.gz`.
enum InputFile {
    private static let sizeBytesMax = 4 << 30
    private static let chunkSizeBytes = 1 << 18

    /// All bytes of the file at `path`; `-` is standard input.
    static func bytes(at path: String) throws(CommandFailure) -> [UInt8] {
        if path == "-" { return try readAll(STDIN_FILENO, path) }
        guard access(path, R_OK) == 0 else {
            throw .file("\(path): \(systemMessage(errno)) — name a file that can be read")
        }
        if path.hasSuffix(".gz") { return try unpacked(path) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file("\(path): \(systemMessage(errno))") }
        defer { close(descriptor) }
        return try readAll(descriptor, path)
    }

    private static func readAll(
        _ descriptor: Int32,
        _ path: String
    ) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkSizeBytes)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .file("\(path): \(systemMessage(errno)) — name a file that can be read")
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= sizeBytesMax else { throw tooLarge(path) }
        }
    }

    private static func unpacked(_ path: String) throws(CommandFailure) -> [UInt8] {
        let gzip = try ChildProcess.start(["gzip", "-dc", "--", path])
        let bytes = gzip.remainingOutput(sizeBytesMax: sizeBytesMax)
        let hasEndedWell = gzip.waitForEnd()
        guard let bytes else { throw tooLarge(path) }
        guard hasEndedWell else {
            throw .file("\(path): gzip -dc could not unpack it — is the file whole?")
        }
        return bytes
    }

    private static func tooLarge(_ path: String) -> CommandFailure {
        .file("\(path): larger than \(sizeBytesMax) bytes — split the file")
    }
}
