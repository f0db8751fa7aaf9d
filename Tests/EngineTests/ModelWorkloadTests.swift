import Inventory
import Support
import Testing

@Suite struct ModelWorkloadTests {
    /// What the engine can answer in this workload; one that is never seen proves nothing.
    static let outcomesExpected: Set<Outcome> = [
        .accepted, .invalidSKU, .invalidQuantity, .noLines, .tooManyLines, .invalidTimeToLive,
        .invalidPosition, .invalidWarehouseCode, .insufficientStock, .unknownSKU, .unknownWarehouse,
        .unknownCell,
        .warehouseClosed, .quantityOverflow, .negativeOnHand, .unknownReservation,
        .requestIDReused, .wrongState, .holdExpired, .unknownPool, .invalidPool, .invalidReason,
        .versionConflict, .insufficientUnits, .unknownLine, .wrongOwner,
    ]

    @Test func workloadReachesEveryOutcome() {
        var settings = ModelInventory.Settings()
        settings.closedRetentionMilliseconds = 5_000
        settings.stockRetentionMilliseconds = 20_000
        var model = ModelInventory(settings: settings)
        var workload = Workload(seed: 42)
        var seen: Set<Outcome> = []
        var swept = (expired: 0, forgotten: 0)
        for _ in 0..<12_000 {
            let reply = model.perform(workload.next())
            seen.insert(reply.outcome)
            if case .swept(let expired, let forgotten) = reply {
                swept.expired += expired
                swept.forgotten += forgotten
            }
        }
        #expect(ModelWorkloadTests.outcomesExpected.subtracting(seen).isEmpty)
        #expect(swept.expired > 100)
        #expect(swept.forgotten > 100)
        #expect(model.violations().isEmpty)
    }

    @Test func workloadFollowsFromItsSeed() {
        var one = Workload(seed: 7)
        var same = Workload(seed: 7)
        var other = Workload(seed: 8)
        let commands = (0..<2_000).map { _ in one.next() }
        #expect(commands == (0..<2_000).map { _ in same.next() })
        #expect(commands != (0..<2_000).map { _ in other.next() })
    }
}
