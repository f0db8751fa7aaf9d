import Foundation
import Support
import Testing

/// What a crowd says when its server ends though nobody asked it to.
@Suite(.serialized) struct LostServerTests {
    /// Reads that a server makes only once bots ask: more than come before the opening.
    private static let readsOfACrowd = 5_000

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
        let bench = Process()
        let errors = Pipe()
        bench.executableURL = URL(fileURLWithPath: Program.holdfastPath)
        bench.arguments = ["bench", "flash-sale", path, "--quiet"]
        bench.environment = ["TMPDIR": folder.path, "PATH": "/usr/bin:/bin"]
        bench.standardError = errors
        bench.standardOutput = FileHandle.nullDevice
        try bench.run()
        let server = try await child(of: bench)
        try await untilCrowdIs(at: server, of: bench)
        kill(server, SIGKILL)
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        bench.waitUntilExit()
        #expect(bench.terminationStatus == 1)
        let text = String(decoding: said, as: UTF8.self)
        #expect(text.contains("the server ended by itself"), "\(text)")
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

    private func untilCrowdIs(at server: pid_t, of bench: Process) async throws {
        while bench.isRunning {
            let text = try String(contentsOfFile: "/proc/\(server)/io", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("syscr: ") }
            let reads = line.flatMap { Int($0.dropFirst("syscr: ".count)) } ?? 0
            if reads > LostServerTests.readsOfACrowd { return }
            await Task.yield()
        }
        throw CrashServerError("the benchmark ended before its crowd came")
    }
}
