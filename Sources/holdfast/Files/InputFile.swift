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
            guard count >= 0 else { throw .file("\(path): \(systemMessage(errno))") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= sizeBytesMax else {
                throw .file("\(path): larger than \(sizeBytesMax) bytes — split the file")
            }
        }
    }

    /// What `gzip -dc` makes of a file; it is started without a shell.
    private static func unpacked(_ path: String) throws(CommandFailure) -> [UInt8] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw .file("pipe: \(systemMessage(errno))") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        for end in ends { posix_spawn_file_actions_addclose(&actions, end) }
        defer { posix_spawn_file_actions_destroy(&actions) }

        var process: pid_t = 0
        let words = ["gzip", "-dc", "--", path]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let failure = posix_spawnp(&process, "gzip", &actions, nil, &arguments, environ)
        for argument in arguments { free(argument) }
        close(ends[1])
        defer { close(ends[0]) }
        guard failure == 0 else {
            throw .file("gzip: \(systemMessage(failure)) — install gzip, or unpack \(path) first")
        }

        let bytes: Result<[UInt8], CommandFailure>
        do throws(CommandFailure) {
            bytes = .success(try readAll(ends[0], path))
        } catch {
            bytes = .failure(error)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else {
            throw .file("\(path): gzip -dc could not unpack it — is the file whole?")
        }
        return try bytes.get()
    }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
