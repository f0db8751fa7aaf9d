import Foundation
import Support
import Testing

/// What benchmarks say when their server ends though nobody asked it to.
@Suite(.serialized) struct LostServerTests {
    /// Reads that a server makes only once it is asked: more than come before a sale's opening.
    private static let readsOfALoad = 5_000

    private static let scenario = """
        shoppers    50
        connections 8
        duration    10min
        early-by    0ms
        patience    10min
        units       1
        hold        20s
        bots        4
        bot-pause   0ms
        serve       --segment-size 16MiB
        """

    @Test(.timeLimit(.minutes(5))) func aCrowdEndsSoonAfterItsServer() async throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let path = folder.path + "/long.scenario"
        try LostServerTests.scenario.write(toFile: path, atomically: true, encoding: .utf8)
        let end = try await loseServer(of: [path, "--quiet"], in: folder)
        #expect(end.status == 1)
        #expect(end.errors.contains("the server ended by itself"), "\(end.errors)")
    }

    @Test(.timeLimit(.minutes(5))) func aLongLoadEndsSoonAfterItsServer() async throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let words = [
            "endurance", "--rate", "1000", "--duration", "600", "--interval", "1", "--skus", "100",
            "--serve=--segment-size", "--serve=16MiB",
        ]
        let end = try await loseServer(of: words, in: folder)
        #expect(end.status == 1)
        #expect(end.errors.contains("the server ended by itself"), "\(end.errors)")
    }

    /// Starts a benchmark, kills its server once that is asked, and waits for the benchmark's end.
    private func loseServer(
        of words: [String],
        in folder: TemporaryDirectory
    ) async throws -> (status: Int32, errors: String) {
        let bench = Process()
        let errors = Pipe()
        bench.executableURL = URL(fileURLWithPath: Program.holdfastPath)
        bench.arguments = ["bench", "flash-sale"] + words
        bench.environment = ["TMPDIR": folder.path, "PATH": "/usr/bin:/bin"]
        bench.standardError = errors
        bench.standardOutput = FileHandle.nullDevice
        try bench.run()
        let server = try await child(of: bench)
        try await untilItIsAsked(server, by: bench)
        kill(server, SIGKILL)
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        bench.waitUntilExit()
        return (bench.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// The server that a benchmark started.
    private func child(of bench: Process) async throws -> pid_t {
        let number = bench.processIdentifier
        let tasks = "/proc/\(number)/task"
        while bench.isRunning {
            for thread in try FileManager.default.contentsOfDirectory(atPath: tasks) {
                let file = FileManager.default.contents(atPath: "\(tasks)/\(thread)/children")
                let text = file.map { String(decoding: $0, as: UTF8.self) } ?? ""
                if let child = text.split(separator: " ").first.flatMap({ pid_t($0) }) {
                    return child
                }
            }
            await Task.yield()
        }
        throw CrashServerError("the benchmark ended before it had a server")
    }

    private func untilItIsAsked(_ server: pid_t, by bench: Process) async throws {
        while bench.isRunning {
            let text = try String(contentsOfFile: "/proc/\(server)/io", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("syscr: ") }
            let reads = line.flatMap { Int($0.dropFirst("syscr: ".count)) } ?? 0
            if reads > LostServerTests.readsOfALoad { return }
            await Task.yield()
        }
        throw CrashServerError("the benchmark ended before it asked much")
    }
}
