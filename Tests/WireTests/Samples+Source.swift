import Inventory
import Wire

/// A dry run and its answer.
extension Samples {
    static let source = SourceRequest(
        ReservationRequest(
            id: id,
            owner: OwnerID(high: 1, low: 2),
            lines: [.init(sku: "85123A", quantity: 6)],
            destination: Destination(
                position: Position(
                    latitudeMicrodegrees: 51_474_000,
                    longitudeMicrodegrees: -69_700
                )
            )
        )
    )

    static let sourcing: SourcingReport = {
        var report = SourcingReport(
            destination: source.request.destination,
            orderedAt: Instant(milliseconds: 1_790_000_000_000),
            mode: .allOrNothing,
            policy: PolicyDefinition.builtIn[1],
            constraints: SourcingConstraints(
                splitsMax: 2,
                latestPromise: Instant(milliseconds: 1_790_300_000_000),
                excluded: [leeds]
            )
        )
        var used = SourcingReport.Candidate(warehouse: london)
        used.metres = 4_711
        used.shipmentCostMinor = 210
        used.promisedAt = Instant(milliseconds: 1_790_100_000_000)
        used.promiseMinutes = 1_667
        used.priority = 2
        used.capacityLeft = 17
        used.isUsed = true
        var other = SourcingReport.Candidate(warehouse: leeds)
        other.metres = 273_000
        other.isPreferred = false
        other.exclusion = .excluded
        var third = SourcingReport.Candidate(warehouse: WarehouseCode(high: 0x31, low: 0))
        third.lossReason = .costsMore
        report.candidates = [third, other, used]
        var line = SourcingReport.Line(sku: "85123A", requested: 6)
        line.reserved = 6
        line.version = 7
        line.cells = [
            SourcingReport.Cell(
                warehouse: london,
                pool: .default,
                available: 9,
                present: 5,
                unitCostMinor: 12,
                balance: 30
            )
        ]
        line.shares = [Share(warehouse: london, quantity: 6, backordered: 1)]
        line.alternatives = alternatives
        report.lines = [line]
        report.objective = [
            .init(number: 0, value: 0), .init(number: 1, value: 1), .init(number: 2, value: 0),
            .init(number: 3, value: 282), .init(number: 4, value: 1),
            .init(number: 5, value: 4_711), .init(number: 7, value: 1),
        ]
        report.lowerBound = report.objective
        report.nodes = 3
        return report
    }()
}
