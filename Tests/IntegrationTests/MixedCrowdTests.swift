import Foundation
import HoldfastClient
import Inventory
import Support
import Testing

/// Shoppers in two languages on one server and the same stock, each with a book of their own.
@Suite(.serialized) struct MixedCrowdTests {
    static let seconds = CrashTests.isFullRun ? 60 : 4
    static let swiftShoppers = 4
    static let pythonThreads = 4

    /// The program of the Python crowd, where the sources stand.
    private static var crowd: URL {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("tools/python/crowd.py")
    }

    @Test(.timeLimit(.minutes(10)))
    func aMixedCrowdFindsNoContradictionAndLeavesTheBooksClean() async throws {
        let seed = CrashTests.seed
        print("mixed crowd: HOLDFAST_SEED=\(seed), \(MixedCrowdTests.seconds) s")
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        guard let server = try CrashServer.start(on: directory.path) else {
            throw CrashServerError("a server without a cut ended")
        }
        defer { server.kill() }
        let book = CrashBook()
        let auditor = try await CrashTests.connect(to: server)
        try await CrashTests.open(auditor, book)
        book.beginRun()

        let python = try MixedCrowdTests.startPython(on: server.port, seed: seed)
        try await MixedCrowdTests.trade(with: server, book, seed: seed)
        python.process.waitUntilExit()
        let said = String(decoding: python.output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(python.process.terminationStatus == 0, "\(said)")

        // The stock that both traded in is for `check` to judge; the rest is in one book alone.
        try await CrashAudit(client: auditor, book: book)
            .run(stockOf: CrashWorld.oneWay + CrashWorld.brief)
        #expect(book.withPages { $0.violations } == [], "seed \(seed)")
        #expect(book.withPages { $0.answerCount } > 100)
        await auditor.close()
    }

    private static func startPython(
        on port: Int,
        seed: UInt64
    ) throws -> (process: Process, output: Pipe) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", crowd.path, "--server", "127.0.0.1:\(port)",
            "--skus", (CrashWorld.plain + CrashWorld.counted).joined(separator: ","),
            "--threads", "\(pythonThreads)", "--seconds", "\(seconds)", "--seed", "\(seed)",
        ]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        return (process, output)
    }

    /// Lets the shoppers of this language trade for as long as the others do.
    private static func trade(
        with server: CrashServer,
        _ book: CrashBook,
        seed: UInt64
    ) async throws {
        let end = ContinuousClock.now + .seconds(seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<swiftShoppers {
                group.addTask {
                    let client = try await CrashTests.connect(to: server)
                    var shopper = CrashShopper(
                        client,
                        book: book,
                        seed: seed &+ UInt64(index),
                        didAnswer: { _ in }
                    )
                    await shopper.trade(until: end)
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
    }
}
