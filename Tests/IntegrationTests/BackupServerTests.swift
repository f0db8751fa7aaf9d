import Engine
import Foundation
import HoldfastClient
import Inventory
import Journal
import Node
import Server
import Storage
import Support
import Testing
import Wire

/// Backups of a server that takes orders meanwhile, made with the command that operators use.
@Suite struct BackupServerTests {
    private static let backupCount = CrashTests.isFullRun ? 12 : 3
    private static let shopperCount = 4
    /// Holds between two backups, at least.
    private static let holdsBetween = 400

    /// What the shoppers were told.
    private struct Book {
        var held: [ReservationID] = []
        var isOver = false
        var failures: [String] = []
    }

    /// Takes one hold after the other until it is told to stop.
    private static func shop(_ port: Int, _ book: Monitor<Book>) async {
        do {
            let client = try await HoldfastClient.connect(ClientConfiguration(port: port))
            while !book.withLock({ $0.isOver }) {
                let answers = (0..<16).map { _ in
                    let request = ServerFixture.reserve(1)
                    return (request.id, client.start(request, answeredBy: ReservationReceipt.self))
                }
                for (id, answer) in answers {
                    _ = try await answer.value.get()
                    book.notifying { $0.held.append(id) }
                }
            }
            await client.close()
        } catch {
            book.notifying { $0.failures.append("\(error)") }
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func aBackupUnderLoadHoldsAllThatWasAnsweredBefore() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10_000_000)
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let book = Monitor(Book())
        let port = fixture.server.boundPort
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.shopperCount { group.addTask { await Self.shop(port, book) } }
            defer { book.notifying { $0.isOver = true } }
            for number in 0..<Self.backupCount {
                let count = book.withLock { $0.held.count }
                while book.withLock({ $0.held.count }) < count + Self.holdsBetween,
                    book.withLock({ $0.failures.isEmpty })
                {
                    await Task.yield()
                }
                let held = book.withLock { $0.held }
                let copy = "\(folder.path)/copy-\(number)"
                let options = number % 2 == 0 ? [] : ["--no-snapshot"]
                let result = try await Program.holdfast(
                    ["backup", copy, "--server", "127.0.0.1:\(port)", "--json"] + options
                )
                try #require(result.status == 0, "\(result.errors)")
                let lsn = UInt64(try result.json().integer("durable_lsn"))
                try check(copy, held, durableLSN: lsn)
            }
        }
        #expect(book.withLock { $0.failures } == [])
        await fixture.end()
    }

    /// The copy opens as a data directory, breaks no invariant and knows every hold.
    private func check(_ copy: String, _ held: [ReservationID], durableLSN: UInt64) throws {
        var settings = NodeSettings(dataDirectory: copy)
        settings.segmentSizeBytes = 1 << 24
        settings.ringCapacityBytes = 1 << 22
        let notes = Monitor<[String]>([])
        let node = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            note: { line in notes.withLock { $0.append(line) } }
        )
        defer { node.close() }
        #expect(node.recoveredSnapshot != nil)
        #expect(notes.withLock { $0 }.allSatisfy { !$0.contains("cut") && !$0.contains(".hfs") })
        #expect(node.recovery.endLSN >= durableLSN)
        #expect(node.engine.check().violations == [])
        let runner = CommandRunner(engine: node.engine)
        let missing = held.filter { runner.run(.show($0), now: node.now()).outcome != .accepted }
        #expect(missing.isEmpty, "\(missing.count) of \(held.count) holds are gone")
    }

    @Test func aBackupThatCantBeMadeSaysSoAndLeavesNoDirectory() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        for _ in 0..<4 {
            #expect(try client.call(PlainRequest(.backupStart)).outcome == .accepted)
        }
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let address = "127.0.0.1:\(fixture.server.boundPort)"
        let copy = folder.path + "/copy"
        let result = try await Program.holdfast(["backup", copy, "--server", address])
        #expect(result.status == 1)
        #expect(result.errors.contains("too_many_backups") || result.errors.contains("backups"))
        #expect(!FileManager.default.fileExists(atPath: copy))
        let there = try await Program.holdfast(["backup", folder.path, "--server", address])
        #expect(there.status == 64)
        await fixture.end()
    }
}
