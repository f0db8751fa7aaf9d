import HoldfastClient
import Inventory
import Support
import Testing

/// The server is killed again and again while few owners meet every limit of sales.
@Suite(.serialized) struct CrashSaleTests {
    static let killCount = CrashTests.isFullRun ? 50 : 8
    static let salePercent = 90
    /// Answers between two kills: enough for owners to come to their limits.
    static let answersRange = 1_000...4_000

    @Test(.timeLimit(.minutes(30)))
    func noCrashChangesACounterOrLetsAnOwnerPassALimit() async throws {
        let seed = CrashTests.seed
        print("crash test of sales: HOLDFAST_SEED=\(seed), \(CrashSaleTests.killCount) kills")
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var generator = SplitMix64(seed: seed)
        let book = CrashBook()
        for kill in 0...CrashSaleTests.killCount where book.withPages({ $0.violations.isEmpty }) {
            let server = try CrashTests.start(on: directory.path, &generator)
            try await CrashSaleTests.audit(server, book, isFirst: kill == 0)
            #expect(book.withPages { $0.violations } == [], "kill \(kill) of seed \(seed)")
            if kill == CrashSaleTests.killCount {
                server.kill()
                try server.waitUntilKilled()
                break
            }
            let strike =
                kill % 2 == 0
                ? nil : CrashServer.Cut.random(&generator, callsMax: 12)
            try await CrashTests.trade(
                with: server,
                book,
                strike,
                &generator,
                answers: CrashSaleTests.answersRange,
                salePercent: CrashSaleTests.salePercent
            )
            #expect(book.withPages { $0.violations } == [], "kill \(kill) of seed \(seed)")
        }
        let pages = book.withPages { $0 }
        let holds = pages.holds.values.filter { $0.request.salePool != nil }
        // Limits that nobody met, and payments that never came late, would prove nothing.
        #expect(CrashSales.outcomes.subtracting(pages.outcomes) == [])
        #expect(holds.contains { $0.again != nil && $0.receipt != nil })
        #expect(holds.contains { $0.request.replaces != nil && $0.receipt?.didReplace == true })
        print(
            "crash test of sales: \(pages.answerCount) answers, \(holds.count) holds of sales, "
                + "\(pages.refusalCount) refusals"
        )
    }

    private static func audit(
        _ server: CrashServer,
        _ book: CrashBook,
        isFirst: Bool
    ) async throws {
        let auditor = try await CrashTests.connect(to: server, as: CrashAudit.name)
        if isFirst { try await CrashTests.open(auditor, book) }
        book.beginRun()
        try await CrashAudit(client: auditor, book: book).run()
        await auditor.close()
    }

    /// What an audit says of owners and clients who are above one limit or another.
    private static let complaints = [
        "\"units\"", "\"units told\"", "\"units of seat-", "\"open holds\"", "\"open holds told\"",
        "units in a window", "client shop has",
    ]

    /// A server that keeps to no limit must be found out, or the test above proves nothing.
    @Test(.timeLimit(.minutes(10)))
    func serverWithoutLimitsIsFoundOut() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        guard let server = try CrashServer.start(on: directory.path) else {
            throw CrashServerError("a server without a cut ended")
        }
        defer { server.kill() }
        let book = CrashBook()
        try await CrashSaleTests.audit(server, book, isFirst: true)
        let client = try await CrashTests.connect(to: server, as: "shop")
        _ = try await client.write([.rules(SaleRules(pool: CrashSales.seats))]).get()
        var shopper = CrashShopper(
            client,
            as: "shop",
            book: book,
            seed: CrashTests.seed,
            salePercent: CrashSaleTests.salePercent,
            didAnswer: { _ in }
        )
        await shopper.trade { book.withPages { $0.answerCount } >= 1_000 }
        #expect(book.withPages { $0.violations } == [])
        try await CrashSaleAudit(client: client, book: book).run()
        let violations = book.withPages { $0.violations }
        for limit in CrashSaleTests.complaints {
            #expect(violations.contains { $0.contains(limit) }, "\(limit): \(violations)")
        }
        await client.close()
    }
}
