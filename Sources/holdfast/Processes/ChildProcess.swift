internal import Glibc

/// A process that this one started without a shell, and its standard output to read.
///
/// Its standard input is open and empty as long as this process lives and hasn't waited for its
/// end: what is told to end with its input can't outlive whoever started it.
struct ChildProcess {
    /// The number of the process.
    let id: pid_t
    private let output: Int32
    private let leash: Int32

    private static let chunkSizeBytes = 1 << 18

    /// Starts a program found on the path; its standard error is this process's.
    static func start(_ words: [String]) throws(CommandFailure) -> ChildProcess {
        var ends: [Int32] = [-1, -1]
        var leash: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, pipe(&leash) == 0 else {
            let error = errno
            for end in ends where end >= 0 { close(end) }
            throw .file("pipe: \(systemMessage(error))")
        }
        // Other children must not hold an end of these open.
        for end in ends + leash { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, leash[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let failure = posix_spawnp(&process, words[0], &actions, nil, &arguments, environ)
        for argument in arguments { free(argument) }
        close(ends[1])
        close(leash[0])
        guard failure == 0 else {
            close(ends[0])
            close(leash[1])
            throw .file("\(words[0]): \(systemMessage(failure)) — install it")
        }
        return ChildProcess(id: process, output: ends[0], leash: leash[1])
    }

    /// The next line of the output without its end, or `nil` when the output is closed.
    func nextLine() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(output, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// All the output that follows, up to `sizeBytesMax`; `nil` when there is more.
    func remainingOutput(sizeBytesMax: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: ChildProcess.chunkSizeBytes)
        while true {
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > sizeBytesMax { return nil }
        }
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(id, signal) }

    /// Waits for the end; whether the process ended by itself with exit code 0.
    @discardableResult
    func waitForEnd() -> Bool {
        close(output)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        close(leash)
        return status == 0
    }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { String(cString: strerror(code)) }
