import Foundation
import HoldfastClient
import Inventory
import Support
import Testing

/// The server is killed again and again while it moves holds to other warehouses.
@Suite(.serialized) struct CrashRerouteTests {
    private static let holdCount = 3_000
    private static let gone = CrashWorld.codes[0]

    private struct Held {
        var request: ReservationRequest
        var receipt: ReservationReceipt
    }

    @Test(.timeLimit(.minutes(10)))
    func aKilledRerouteGoesOnWhenAskedAgain() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var generator = SplitMix64(seed: CrashTests.seed)
        var holds: [Held] = []
        var moved: UInt64 = 0
        for run in 0..<50 {
            guard let server = try CrashServer.start(on: directory.path) else {
                throw CrashServerError("a server without a cut ended")
            }
            let client = try await CrashTests.connect(to: server)
            if run == 0 { holds = try await CrashRerouteTests.open(client) }
            let check = try await client.check().get()
            #expect(check.isClean, "run \(run): \(check.violations)")
            var report = try await client.startReroute(of: CrashRerouteTests.gone).get()
            // A little further each time, and killed at an instant nobody chose.
            let limit = UInt64(100 + generator.next() % 600)
            while !report.isOver, run == 20 || report.moved.reservations < limit {
                report = try await client.rerouteReport(on: CrashRerouteTests.gone).get()
            }
            moved += report.moved.reservations
            if report.isOver {
                try await CrashRerouteTests.audit(holds, client, report)
                #expect(run > 0 && moved > 0)
                await client.close()
                server.kill()
                try server.waitUntilKilled()
                return
            }
            server.kill()
            try server.waitUntilKilled()
            await client.close()
        }
        Issue.record("it never came to its end")
    }

    /// Holds near the warehouse that is going away, which is closed then.
    private static func open(_ client: HoldfastClient) async throws -> [Held] {
        _ = try await client.write(CrashWorld.warehouses).get()
        let rows = CrashWorld.plain.flatMap { sku in
            CrashWorld.codes.map { StockWrite.Row(sku: sku, warehouse: $0, units: 500) }
        }
        _ = try await client.write(
            StockWrite(id: .random(), cause: .imported, rows: rows)
        ).get()
        var holds: [Held] = []
        for index in 0..<holdCount {
            var request = ReservationRequest(
                id: .random(),
                owner: OwnerID(high: 1, low: UInt64(index)),
                lines: [
                    .init(sku: CrashWorld.plain[index % CrashWorld.plain.count], quantity: 1),
                    .init(sku: CrashWorld.plain[(index + 3) % CrashWorld.plain.count], quantity: 2),
                ]
            )
            request.mode = .bestEffort
            request.destination = Destination(
                position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
            )
            holds.append(Held(request: request, receipt: try await client.reserve(request).get()))
        }
        _ = try await client.setState(of: gone, to: .offline).get()
        return holds
    }

    /// Every hold has what it had, and is away from the warehouse unless it is told as stuck.
    private static func audit(
        _ holds: [Held],
        _ client: HoldfastClient,
        _ report: RerouteReport
    ) async throws {
        var stuck: UInt64 = 0
        for hold in holds {
            let shown = try await client.show(hold.request.id).get().receipt
            #expect(shown.state == .held && shown.expiresAt == hold.receipt.expiresAt)
            #expect(shown.lines.map(\.reserved) == hold.receipt.lines.map(\.reserved))
            if shown.lines.contains(where: { $0.shares.contains { $0.warehouse == gone } }) {
                stuck += 1
            }
            let again = try await client.reserve(hold.request).get()
            #expect(again.isRepeated && again.lsn == hold.receipt.lsn)
            let shares = hold.receipt.lines.map { $0.shares.map(\.warehouse) }
            #expect(again.lines.map { $0.shares.map(\.warehouse) } == shares)
        }
        #expect(report[.stuck].reservations == stuck)
        #expect(try await client.check().get().isClean)
    }
}
