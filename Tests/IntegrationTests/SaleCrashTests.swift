import Foundation
import Support
import Testing

/// The power goes while the stock of a sale is fenced off.
@Suite(.serialized) struct SaleCrashTests {
    private static let skus = 500
    private static let roundsMax = 40
    /// How often each outcome is to be seen.
    private static let seenMin = 3

    /// A file beside the server's directory.
    private func write(_ text: String, _ directory: TemporaryDirectory) throws -> String {
        let path = directory.path + "/rows.csv"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func run(_ server: CrashServer, _ words: String...) async throws -> ProgramResult {
        try await Program.holdfast(
            words + [
                "--server", "127.0.0.1:\(server.port)", "--timeout-seconds", "1", "--json",
            ]
        )
    }

    private func start(_ directory: TemporaryDirectory) throws -> CrashServer {
        guard let server = try CrashServer.start(on: directory.path) else {
            throw CrashServerError("a server without a cut ended")
        }
        return server
    }

    private func stock(_ server: CrashServer, _ directory: TemporaryDirectory) async throws {
        let warehouses = try write(sampleWarehouses, directory)
        #expect(try await run(server, "import", "warehouses", warehouses).status == 0)
        let rows = (0..<SaleCrashTests.skus).map { "S\($0),A,1000\n" }.joined()
        let stock = try write("sku,warehouse,on_hand\n" + rows, directory)
        #expect(try await run(server, "import", "stock", stock).status == 0)
    }

    private func unitsFenced(_ server: CrashServer, _ sale: String) async throws -> Int {
        try await run(server, "sale", "status", sale, "--once").json().integer("units_free")
    }

    /// The cuts go from one call of the disk to the next, so that the fence's own is among them.
    private func cut(_ round: Int) -> CrashServer.Cut {
        let moments = [CutMoment.afterSync, .atSync, .duringWrite, .afterWrite]
        return CrashServer.Cut(
            moment: moments[round % moments.count],
            calls: round / moments.count % 3,
            seed: UInt64(round)
        )
    }

    /// Fences stock off, the power being cut; then again, on what is left.
    /// - Returns: Whether all of it was there after the cut; nil where the answer came before it.
    private func fence(
        _ round: Int,
        _ directory: TemporaryDirectory
    ) async throws -> Bool? {
        let sale = "drop-\(round)"
        let units = SaleCrashTests.skus * round
        let rows = (0..<SaleCrashTests.skus).map { "S\($0),A,\(round)\n" }.joined()
        let file = try write("sku,warehouse,units\n" + rows, directory)
        let server = try start(directory)
        // The rules first: what is cut is the movement of the stock.
        #expect(try await run(server, "sale", "prepare", sale).status == 0)
        try server.arm(cut(round))
        let ended = try await run(server, "sale", "prepare", sale, "--stock", file)
        if ended.status == 0 { server.kill() }
        try server.waitUntilKilled()
        let next = try start(directory)
        let found = try await unitsFenced(next, sale)
        #expect(found == 0 || found == units, "round \(round): \(found) units")
        #expect(ended.status != 0 || found == units, "an answer was taken back")
        let again = try await run(next, "sale", "prepare", sale, "--stock", file)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try again.json()["repeated"] as? Bool == (found > 0))
        #expect(try await unitsFenced(next, sale) == units)
        #expect(try await run(next, "check").json()["ok"] as? Bool == true)
        next.kill()
        try next.waitUntilKilled()
        return ended.status == 0 ? nil : found > 0
    }

    @Test(.timeLimit(.minutes(10))) func aFenceThatIsCutIsThereAsAWholeOrNotAtAll() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let first = try start(directory)
        try await stock(first, directory)
        first.kill()
        try first.waitUntilKilled()
        var whole = 0
        var absent = 0
        for round in 1...SaleCrashTests.roundsMax {
            guard let isThere = try await fence(round, directory) else { continue }
            if isThere { whole += 1 } else { absent += 1 }
            if min(whole, absent) >= SaleCrashTests.seenMin { break }
        }
        #expect(whole >= SaleCrashTests.seenMin, "there without an answer: \(whole) times")
        #expect(absent >= SaleCrashTests.seenMin, "absent: \(absent) times")
    }
}
