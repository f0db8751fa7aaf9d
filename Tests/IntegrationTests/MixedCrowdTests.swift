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
    static let answersMin = 100

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

        async let python = PythonClient.run(
            "crowd.py",
            [
                "--server", "127.0.0.1:\(server.port)",
                "--skus", (CrashWorld.plain + CrashWorld.counted).joined(separator: ","),
                "--threads", "\(MixedCrowdTests.pythonThreads)",
                "--seconds", "\(MixedCrowdTests.seconds)", "--seed", "\(seed)",
            ]
        )
        try await MixedCrowdTests.trade(with: server, book, seed: seed)
        let ended = try await python
        #expect(ended.status == 0, "\(ended.output)\n\(ended.errors)")

        // The stock that both traded in is for `check` to judge; the rest is in one book alone.
        try await CrashAudit(client: auditor, book: book)
            .run(stockOf: CrashWorld.oneWay + CrashWorld.brief)
        #expect(book.withPages { $0.violations } == [], "seed \(seed)")
        #expect(book.withPages { $0.answerCount } > MixedCrowdTests.answersMin)
        await auditor.close()
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
                    await shopper.trade {
                        // However slow the machine is, enough must have been asked to tell.
                        let answers = book.withPages { $0.answerCount }
                        return ContinuousClock.now >= end && answers > answersMin
                    }
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
    }
}
