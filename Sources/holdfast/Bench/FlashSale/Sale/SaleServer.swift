internal import Glibc
internal import NIOCore

/// How a server of our own ended when it was asked to.
enum ServerEnd: Sendable {
    /// By itself, with exit code 0.
    case well
    /// By itself, in another way.
    case badly
    /// Not in time; it was killed.
    case killed

    /// What is wrong with it, in words; nil for nothing.
    var complaint: String? {
        switch self {
        case .well: nil
        case .badly: "the server didn't end with exit code 0"
        case .killed:
            "the server didn't end within \(SaleServer.endSecondsMax) s of being asked to, and was "
                + "killed"
        }
    }
}

/// A server as a child process, which can be killed and started again at its port.
struct SaleServer {
    /// Where its log is.
    let dataDirectory: String
    /// Where it listens, on the loopback.
    private(set) var port = 0
    /// What it said when it was ready.
    private(set) var announcement = ""
    private let options: [String]
    private var process: ChildProcess
    private(set) var isRunning = true

    /// How long it may take to end, its last snapshot included.
    static let endSecondsMax: Int64 = 120
    private static let endPauseNanoseconds: UInt64 = 5_000_000

    /// Starts a server on a free port of the loopback.
    init(dataDirectory: String, options: [String]) throws(CommandFailure) {
        self.dataDirectory = dataDirectory
        self.options = options
        (process, announcement) = try SaleServer.launch(dataDirectory, port: 0, options)
        port = try SaleServer.port(in: announcement)
    }

    /// The path of this executable.
    private static var executable: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = readlink("/proc/self/exe", &path, path.count)
        precondition(size > 0, "/proc is mounted")
        return String(decoding: path.prefix(size).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func launch(
        _ dataDirectory: String,
        port: Int,
        _ options: [String]
    ) throws(CommandFailure) -> (ChildProcess, String) {
        let usual = [
            executable, "serve", "--data-dir", dataDirectory, "--listen", "127.0.0.1:\(port)",
            "--snapshot-interval", "0s", "--snapshot-log-size", "0", "--end-with-input",
        ]
        let process = try ChildProcess.start(usual + options)
        guard let line = process.nextLine() else {
            process.waitForEnd()
            throw .file("the server ended before it listened — see its message above")
        }
        return (process, line)
    }

    private static func port(in announcement: String) throws(CommandFailure) -> Int {
        let words = announcement.split(whereSeparator: { " ,".contains($0) })
        guard let address = words.first(where: { $0.hasPrefix("127.0.0.1:") }),
            let port = Int(address.dropFirst("127.0.0.1:".count))
        else { throw .file("the server said `\(announcement)` and no address") }
        return port
    }

    /// Whether the process has ended, by itself or by a signal; it stays to be waited for.
    var hasEnded: Bool {
        guard isRunning else { return true }
        var info = siginfo_t()
        let asks = WEXITED | WNOHANG | WNOWAIT
        guard waitid(P_PID, id_t(process.id), &info, asks) == 0 else { return true }
        return info.si_signo == SIGCHLD
    }

    /// Refuses to go on with a server that ended though nobody asked it to.
    func expectRunning() throws(CommandFailure) {
        guard hasEnded else { return }
        throw CommandFailure(
            .refused,
            "server_ended",
            "the server ended by itself — see its message above"
        )
    }

    /// The memory of the process that is in use, in bytes; nil once it has ended.
    var residentBytes: Int? {
        guard let file = fopen("/proc/\(process.id)/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let words = text.split(separator: " ")
        guard words.count > 1, let pages = Int(words[1]) else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Kills the server as the kernel would when memory runs out: no goodbye, nothing flushed.
    mutating func killHard() {
        guard isRunning else { return }
        isRunning = false
        process.send(SIGKILL)
        process.waitForEnd()
    }

    /// Starts it again at the same port with the same data.
    mutating func restart() throws(CommandFailure) {
        precondition(!isRunning, "a server is started again when it has ended")
        (process, announcement) = try SaleServer.launch(dataDirectory, port: port, options)
        isRunning = true
    }

    /// Asks it to end and waits; kills it where that takes too long.
    mutating func stop() async -> ServerEnd {
        guard isRunning else { return .badly }
        process.send(SIGTERM)
        let end = NIODeadline.now() + .seconds(SaleServer.endSecondsMax)
        while !hasEnded {
            guard NIODeadline.now() < end else {
                killHard()
                return .killed
            }
            let pause = NIODeadline.now().uptimeNanoseconds + SaleServer.endPauseNanoseconds
            await SaleRun.wait(until: pause)
        }
        isRunning = false
        return process.waitForEnd() ? .well : .badly
    }
}
