import Engine
import Foundation
import HoldfastClient
import Inventory
import Journal
import Node
import Storage
import Support
import Synchronization
import Testing

@Suite(.serialized) struct CrashTests {
    static let isFullRun = ProcessInfo.processInfo.environment["HOLDFAST_FULL"] == "1"
    static let killCount = isFullRun ? 200 : 4
    static let connectionCount = 6
    /// Answers between two kills.
    static let answersRange = 50...2_050

    /// The seed of this run: `HOLDFAST_SEED`, or a new one.
    static var seed: UInt64 {
        ProcessInfo.processInfo.environment["HOLDFAST_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...UInt64(UInt32.max))
    }

    @Test(.timeLimit(.minutes(60)))
    func nothingShownIsTakenBackByACrash() async throws {
        let seed = CrashTests.seed
        print("crash test: HOLDFAST_SEED=\(seed), \(CrashTests.killCount) kills")
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var generator = SplitMix64(seed: seed)
        let book = CrashBook()

        for kill in 0...CrashTests.killCount {
            let server = try CrashTests.start(on: directory.path, &generator)
            let auditor = try await CrashTests.connect(to: server, as: CrashAudit.name)
            if kill == 0 { try await CrashTests.open(auditor, book) }
            book.beginRun()
            try await CrashAudit(client: auditor, book: book).run()
            await auditor.close()
            #expect(book.withPages { $0.violations } == [], "kill \(kill) of seed \(seed)")
            if kill == CrashTests.killCount {
                server.kill()
                try server.waitUntilKilled()
                try CrashTests.expectOneState(of: directory.path)
                break
            }
            let strike =
                kill % 2 == 0
                ? nil : CrashServer.Cut.random(&generator, callsMax: 12)
            try await CrashTests.trade(with: server, book, strike, &generator)
            #expect(book.withPages { $0.violations } == [], "kill \(kill) of seed \(seed)")
        }
        let pages = book.withPages { $0 }
        print(
            "crash test: \(pages.answerCount) answers, \(pages.holds.count) holds, "
                + "\(pages.refusalCount) refusals, nothing lost"
        )
    }

    /// The newest snapshot with the log behind it, and the log alone with its archive, come to one
    /// state; and the log has given segments away.
    private static func expectOneState(of directory: String) throws {
        let disk = LinuxDisk()
        let journal = directory + "/data/journal"
        let archive = directory + "/data-archive"
        let firstSegment = "00000000000000000001.log"
        let alone = try engineOfLog(journal, archive).stateHash()
        var settings = NodeSettings(dataDirectory: directory + "/data")
        settings.segmentSizeBytes = 1 << 18
        settings.batchSizeBytes = 1 << 16
        settings.ringCapacityBytes = 1 << 22
        settings.archiveDirectory = archive
        let node = try Node.open(
            settings: settings,
            disk: disk,
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            isStepped: true,
            note: { _ in }
        )
        #expect(node.recoveredSnapshot != nil, "no snapshot was taken")
        #expect(node.engine.stateHash() == alone)
        node.close()
        #expect(try disk.list(archive).first == firstSegment, "nothing was archived")
        #expect(try !disk.list(journal).contains(firstSegment))
        let report = try Journal.verify(LogSources(journal, archives: [archive]), disk: disk)
        #expect(report.damage == nil)
        #expect(report.firstLSN == 8)
    }

    /// Starts the server; sometimes its power goes while it recovers, and it starts once more.
    static func start(
        on directory: String,
        _ generator: inout SplitMix64
    ) throws -> CrashServer {
        if generator.next() % 3 == 0 {
            let cut = CrashServer.Cut.random(&generator, callsMax: 10)
            if let server = try CrashServer.start(on: directory, cut: cut) {
                server.kill()
                try server.waitUntilKilled()
            }
        }
        guard let server = try CrashServer.start(on: directory) else {
            throw CrashServerError("a server without a cut ended")
        }
        return server
    }

    static func connect(
        to server: CrashServer,
        as name: String = ClientConfiguration().name
    ) async throws -> HoldfastClient {
        var configuration = ClientConfiguration(port: server.port)
        configuration.name = name
        // What got no answer is settled by the audit, not by sending it again.
        configuration.attemptsMax = 1
        configuration.requestTimeoutMilliseconds = 60_000
        return try await HoldfastClient.connect(configuration)
    }

    static func open(_ client: HoldfastClient, _ book: CrashBook) async throws {
        _ = try await client.write(
            CrashWorld.warehouses,
            requestID: RequestID(high: 1, low: 2)
        ).get()
        book.begin(CrashWorld.opening)
        book.note(CrashWorld.opening.id, try await client.write(CrashWorld.opening).get())
        let sales = CrashSales.opening
        book.begin(sales)
        book.note(
            order: sales.id,
            try await client.write(sales.changes, requestID: sales.id).get()
        )
    }

    /// Trades over several connections until the server is struck down at a random answer.
    static func trade(
        with server: CrashServer,
        _ book: CrashBook,
        _ cut: CrashServer.Cut?,
        _ generator: inout SplitMix64,
        answers: ClosedRange<Int> = answersRange,
        salePercent: Int = 12
    ) async throws {
        let target =
            book.withPages { $0.answerCount } + Int.random(in: answers, using: &generator)
        let strike: @Sendable (Int) -> Void = { answers in
            guard answers == target else { return }
            guard let cut else { return server.kill() }
            do {
                try server.arm(cut)
            } catch {
                book.complain("the server couldn't be armed: \(error)")
                server.kill()
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<connectionCount {
                let seed = generator.next()
                group.addTask {
                    let name = "shop-\(index % 2)"
                    let client = try await connect(to: server, as: name)
                    var shopper = CrashShopper(
                        client,
                        as: name,
                        book: book,
                        seed: seed,
                        salePercent: salePercent,
                        didAnswer: strike
                    )
                    await shopper.trade()
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
        try server.waitUntilKilled()
    }

    /// A server that answers before its log is durable must be found out, or the test above proves
    /// nothing.
    @Test(.timeLimit(.minutes(10)))
    func serverThatNeverSyncsIsFoundOut() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var generator = SplitMix64(seed: CrashTests.seed)
        let book = CrashBook()
        for kill in 0..<20 where book.withPages({ $0.violations.isEmpty }) {
            guard
                let server = try CrashServer.start(on: directory.path, durability: .none)
            else { throw CrashServerError("a server without a cut ended") }
            let auditor = try await CrashTests.connect(to: server, as: CrashAudit.name)
            if kill == 0 { try await CrashTests.open(auditor, book) }
            book.beginRun()
            try await CrashAudit(client: auditor, book: book).run()
            await auditor.close()
            let cut = CrashServer.Cut(moment: .afterWrite, calls: 3, seed: generator.next())
            try await CrashTests.trade(with: server, book, cut, &generator)
        }
        #expect(!book.withPages { $0.violations }.isEmpty)
    }
}
