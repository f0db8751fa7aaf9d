internal import Glibc

/// A server as a child process, which can be killed and started again at its port.
struct DemoServer {
    let dataDirectory: String
    private(set) var port: Int
    private(set) var announcement: String
    private var process: ChildProcess

    /// Starts a server on a free port of the loopback.
    init(dataDirectory: String) throws(CommandFailure) {
        self.dataDirectory = dataDirectory
        (process, announcement) = try DemoServer.launch(dataDirectory, port: 0)
        port = try DemoServer.port(in: announcement)
    }

    /// The path of this executable.
    static var executable: String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = readlink("/proc/self/exe", &path, path.count)
        precondition(size > 0, "/proc is mounted")
        return String(decoding: path.prefix(size).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func launch(
        _ dataDirectory: String,
        port: Int
    ) throws(CommandFailure) -> (ChildProcess, String) {
        let process = try ChildProcess.start([
            executable, "serve", "--data-dir", dataDirectory, "--listen", "127.0.0.1:\(port)",
            "--segment-size", "16MiB",
        ])
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

    /// Kills the server as the kernel would when memory runs out: no goodbye, nothing flushed.
    func killHard() {
        process.send(SIGKILL)
        process.waitForEnd()
    }

    /// Starts it again at the same port with the same data.
    mutating func restart() throws(CommandFailure) {
        (process, announcement) = try DemoServer.launch(dataDirectory, port: port)
    }

    /// Asks it to end and waits; whether it ended well.
    func stop() -> Bool {
        process.send(SIGTERM)
        return process.waitForEnd()
    }
}
