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
        .invalidPolicy, .invalidRate, .invalidSubstitute, .tooManyPolicies, .malformedFrame,
        .versionConflict, .insufficientUnits, .unknownLine, .wrongOwner,
        .unknownPolicy, .invalidConstraints,
    ]

    @Test func workloadReachesEveryOutcome() {
        var settings = ModelInventory.Settings()
        settings.closedRetentionMilliseconds = 5_000
        settings.stockRetentionMilliseconds = 20_000
        var model = ModelInventory(settings: settings)
        var workload = Workload(seed: 42)
        var seen: Set<Outcome> = []
        var swept = (expired: 0, forgotten: 0)
        for _ in 0..<24_000 {
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

    /// What a stock write of the workload does, beyond its cause.
    private enum StockShape: Hashable {
        case accepted(StockCause)
        case namedPool(StockCause)
        case refused(StockCause)
        case expectedVersion, betweenPools, shortfall(StockCause), difference, repeated
    }

    @Test func everyCauseIsCarriedOutAndRefusedInEveryShape() {
        var model = ModelInventory(settings: ModelInventory.Settings())
        var workload = Workload(seed: 43)
        var seen: [StockShape: Int] = [:]
        for _ in 0..<40_000 {
            let timed = workload.next()
            let reply = model.perform(timed)
            guard case .stock(let command) = timed.command, case .write(let answer) = reply else {
                continue
            }
            guard answer.outcome == .accepted else {
                seen[.refused(command.cause), default: 0] += 1
                continue
            }
            if answer.isRepeated {
                seen[.repeated, default: 0] += 1
                continue
            }
            seen[.accepted(command.cause), default: 0] += 1
            if command.rows.contains(where: { $0.pool != .default }) {
                seen[.namedPool(command.cause), default: 0] += 1
            }
            if command.rows.contains(where: { $0.expectedVersion != nil }) {
                seen[.expectedVersion, default: 0] += 1
            }
            if answer.shortfalls > 0 { seen[.shortfall(command.cause), default: 0] += 1 }
            if command.rows.contains(where: \.isDifference) { seen[.difference, default: 0] += 1 }
            if command.cause == .transferred, command.rows[0].pool != command.rows[1].pool {
                seen[.betweenPools, default: 0] += 1
            }
        }
        var expected: [StockShape] = [.expectedVersion, .betweenPools, .difference, .repeated]
        for cause in StockCause.allCases {
            expected += [.accepted(cause), .refused(cause)]
            if cause != .counted { expected.append(.namedPool(cause)) }
        }
        expected += [.shortfall(.counted), .shortfall(.adjusted), .shortfall(.configured)]
        for shape in expected { #expect(seen[shape, default: 0] >= 5, "\(shape)") }
    }

    @Test func unitsAreReroutedInEveryShape() {
        var seen: [String: Int] = [:]
        for seed in 44...46 as ClosedRange<UInt64> { countReroutes(seed: seed, in: &seen) }
        let expected = [
            "moved", "nothing", "repeated", "insufficient_stock", "warehouse_closed",
            "wrong_state", "hold_expired", "unknown_reservation",
        ]
        for shape in expected { #expect(seen[shape, default: 0] >= 2, "\(shape) in \(seen)") }
    }

    private func countReroutes(seed: UInt64, in seen: inout [String: Int]) {
        var model = ModelInventory(settings: ModelInventory.Settings())
        var workload = Workload(seed: seed)
        for _ in 0..<20_000 {
            let timed = workload.next()
            let reply = model.perform(timed)
            guard case .reroute = timed.command, case .reservation(let answer) = reply else {
                continue
            }
            let shape =
                answer.outcome != .accepted
                ? answer.outcome.name
                : answer.isRepeated ? "repeated" : answer.lsn == 0 ? "nothing" : "moved"
            seen[shape, default: 0] += 1
        }
    }

    /// What happens to a sale, to everyday trade's or another's.
    private struct SaleEvent: Hashable {
        var name: String
        var isEverydayTrade: Bool
    }

    @Test func salesLiveWholeLivesInTheMiddleOfARun() {
        var seen: [SaleEvent: Int] = [:]
        for seed in 47...49 as ClosedRange<UInt64> { countSaleEvents(seed: seed, in: &seen) }
        for name in ["rules", "made again", "opening", "closing", "removal"] {
            for isEverydayTrade in [false, true] {
                let event = SaleEvent(name: name, isEverydayTrade: isEverydayTrade)
                #expect(seen[event, default: 0] >= 3, "\(event) in \(seen)")
            }
        }
        let refusals: [Outcome] = [
            .saleNotOpen, .saleClosed, .ownerSKULimit, .ownerLimit, .orderLimit, .windowLimit,
            .ownerHoldBudget, .credentialHoldBudget, .mixedSale,
        ]
        for refusal in refusals {
            let event = SaleEvent(name: refusal.name, isEverydayTrade: false)
            #expect(seen[event, default: 0] >= 3, "\(event) in \(seen)")
        }
    }

    /// Counts what happens to sales in the second half of a run.
    private func countSaleEvents(seed: UInt64, in seen: inout [SaleEvent: Int]) {
        var model = ModelInventory(settings: ModelTests.retention())
        var workload = Workload(seed: seed)
        var known: Set<PoolName> = []
        for number in 0..<10_000 {
            let timed = workload.next()
            let before = model.knownSales.map(\.rules.pool)
            let reply = model.perform(timed)
            var events: [(name: String, pool: PoolName)] = []
            switch (timed.command, reply) {
            case (.reserve(let command), .reservation(let answer)):
                let pool = command.lines.first?.pools.first ?? .default
                if answer.outcome != .accepted { events = [(answer.outcome.name, pool)] }
            case (.configuration(.sales(let command)), .write(let answer)):
                guard answer.outcome == .accepted, !answer.isRepeated else { continue }
                events = command.changes.map { change in
                    let isNew = !before.contains(change.pool)
                    return (
                        name(of: change, isMadeAgain: isNew && known.contains(change.pool)),
                        change.pool
                    )
                }
                known.formUnion(command.changes.map(\.pool))
            default: continue
            }
            if number < 5_000 { continue }
            for event in events {
                let isEverydayTrade = event.pool == .default
                seen[SaleEvent(name: event.name, isEverydayTrade: isEverydayTrade), default: 0] += 1
            }
        }
    }

    private func name(of change: SaleChange, isMadeAgain: Bool) -> String {
        switch change {
        case .rules: isMadeAgain ? "made again" : "rules"
        case .opening: "opening"
        case .closing: "closing"
        case .removal: "removal"
        }
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
