import Foundation
import Inventory
import Server
import Testing
import Wire

/// A reserve gets the plan of the dry run, however long that has to be searched.
@Suite(.serialized) struct ReserveOptimumTests {
    private static let isFullRun = ProcessInfo.processInfo.environment["HOLDFAST_FULL"] == "1"
    private static let count = isFullRun ? 2_000 : 40

    @Test(.timeLimit(.minutes(60)))
    func randomOrdersGetThePlansOfTheirDryRuns() async throws {
        let given = ProcessInfo.processInfo.environment["HOLDFAST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 1...UInt64(UInt32.max))
        let fixture = try await ServerFixture()
        let client = try fixture.client()
        var others = 0
        var proven = 0
        for number in 0..<ReserveOptimumTests.count {
            let order = RandomOrder(number, seed: seed)
            try order.stock(client)
            let report = try client.source(order)
            let receipt = try client.call(order.request()).content(ReservationReceipt.self)
            if report.isProven { proven += 1 }
            if shares(receipt) != shares(report) { others += 1 }
        }
        let searches = fixture.server.statistics()["server_long_searches"] ?? 0
        print(
            "random orders: HOLDFAST_SEED=\(seed), \(ReserveOptimumTests.count) orders,",
            "\(searches) searched long, \(proven) dry runs proven, \(others) other plans"
        )
        #expect(others * 1_000 <= ReserveOptimumTests.count)
        await fixture.end()
    }
}
