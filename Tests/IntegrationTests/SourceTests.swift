import Inventory
import Testing
import Wire

/// Dry runs and alternatives over real sockets.
@Suite(.serialized) struct SourceTests {
    private static let near = WarehouseCode("NEAR") ?? .none
    private static let far = WarehouseCode("FAR") ?? .none
    private static let flash = PoolName("flash") ?? .default

    /// Two warehouses a degree and thirty from the destination, with shirts, some in a pool.
    private func stocked(_ fixture: ServerFixture) throws -> RawClient {
        let client = try fixture.client()
        let warehouses = [(SourceTests.near, Int32(1)), (SourceTests.far, 30)].map { code, degree in
            Warehouse(
                code: code,
                position: Position(
                    latitudeMicrodegrees: 0,
                    longitudeMicrodegrees: degree * 1_000_000
                ),
                shipmentCostMinor: 100
            )
        }
        _ = try client.call(WarehouseWrite(id: .random(), warehouses: warehouses))
            .content(WriteReceipt.self)
        var rows = [
            StockWrite.Row(sku: "SHIRT", warehouse: SourceTests.near, units: 4),
            StockWrite.Row(sku: "SHIRT", warehouse: SourceTests.far, units: 9),
            StockWrite.Row(sku: "BLOUSE", warehouse: SourceTests.near, units: 6),
        ]
        rows.append(StockWrite.Row(sku: "SHIRT", warehouse: SourceTests.near, units: 2))
        rows[3].pool = SourceTests.flash
        _ = try client.call(StockWrite(id: .random(), cause: .imported, rows: rows))
            .content(WriteReceipt.self)
        let substitutes = [SKUSubstitutes(sku: "SHIRT", substitutes: ["BLOUSE"])]
        _ = try client.call(SubstitutesWrite(id: .random(), rows: substitutes))
            .content(WriteReceipt.self)
        return client
    }

    private func order(_ units: UInt32, mode: ReserveMode = .allOrNothing) -> ReservationRequest {
        ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 1, low: 2),
            lines: [.init(sku: "SHIRT", quantity: units)],
            mode: mode,
            destination: Destination(
                position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
            ),
            constraints: SourcingConstraints(metresMax: 200_000)
        )
    }

    /// What serves all 5 that are missing of 9, and then a part.
    private static let expected = [
        Alternative(
            kind: .warehouse,
            sku: "SHIRT",
            warehouse: far,
            available: 9,
            exclusion: .tooFar
        ),
        Alternative(kind: .substitute, sku: "BLOUSE", warehouse: near, available: 6),
        Alternative(kind: .pool, sku: "SHIRT", warehouse: near, pool: flash, available: 2),
    ]

    @Test func aDryRunTellsItsPlanAndHoldsNothing() async throws {
        let fixture = try await ServerFixture()
        let client = try stocked(fixture)
        let served = try client.call(SourceRequest(order(4))).content(SourcingAnswer.self).report
        #expect(served.outcome == .accepted && served.refusedLine == -1 && served.isProven)
        #expect(served.lines[0].shares == [Share(warehouse: SourceTests.near, quantity: 4)])
        #expect(served.lines[0].alternatives == [])
        #expect(served.candidates.map(\.exclusion) == [.tooFar, .none])
        #expect(served.candidates.map(\.isUsed) == [false, true])
        let short = try client.call(SourceRequest(order(9))).content(SourcingAnswer.self).report
        #expect(short.outcome == .constraintsUnmet && short.refusedLine == 0)
        #expect(short.lines[0].reserved == 4)
        #expect(short.lines[0].alternatives == SourceTests.expected)
        let stock = try client.call(StockShowRequest(sku: "SHIRT")).content(StockReport.self)
        #expect(stock.cells.allSatisfy { $0.figures.reserved == 0 } && stock.version == 2)
        await fixture.end()
    }

    @Test func aDryRunThatMakesNoSenseIsRefused() async throws {
        let fixture = try await ServerFixture()
        let client = try stocked(fixture)
        var request = order(0)
        #expect(try client.call(SourceRequest(request)).refusal().outcome == .invalidQuantity)
        request = order(1)
        request.policyName = PolicyName("nobody")
        #expect(try client.call(SourceRequest(request)).refusal().outcome == .unknownPolicy)
        request = order(1)
        request.lines[0].warehouse = WarehouseCode("NOWHERE")
        let refusal = try client.call(SourceRequest(request)).refusal()
        #expect(refusal.outcome == .unknownWarehouse && refusal.index == 0)
        request = order(1)
        request.constraints.excluded = [SourceTests.near]
        request.constraints.required = [SourceTests.near]
        let contradiction = try client.call(SourceRequest(request)).refusal()
        #expect(contradiction.outcome == .invalidConstraints)
        #expect(contradiction.detail == "a required warehouse is excluded")
        await fixture.end()
    }

    @Test func alternativesComeWithHoldsAndRefusalsThatAskForThem() async throws {
        let fixture = try await ServerFixture()
        let client = try stocked(fixture)
        var request = order(9)
        #expect(try client.call(request).refusal().alternatives == [])
        request.wantsAlternatives = true
        let lines = [LineAlternatives(line: 0, alternatives: SourceTests.expected)]
        let refusal = try client.call(request).refusal()
        #expect(refusal.outcome == .constraintsUnmet && refusal.index == 0)
        #expect(refusal.alternatives == lines)
        var partial = order(9, mode: .bestEffort)
        partial.wantsAlternatives = true
        let receipt = try client.call(partial).content(ReservationReceipt.self)
        #expect(receipt.lines[0].reserved == 4 && receipt.alternatives == lines)
        let again = try client.call(partial).content(ReservationReceipt.self)
        #expect(again.isRepeated && again.alternatives == lines)
        // What came in between isn't the hold's: other answers about it tell none.
        let shown = try client.call(ShowRequest(partial.id)).content(ReservationReport.self)
        #expect(shown.receipt.alternatives == [])
        await fixture.end()
    }

    @Test func answersWithAlternativesStandAmongOthersOfOneBatch() async throws {
        let fixture = try await ServerFixture()
        let client = try stocked(fixture)
        var bytes: [UInt8] = []
        for index in 0..<64 {
            var request = order(index % 3 == 0 ? 20 : 0, mode: .bestEffort)
            request.wantsAlternatives = index % 3 == 0
            bytes += try request.encode(correlation: UInt64(index))
        }
        try client.send(bytes)
        for index in 0..<64 {
            let answer = try client.expectAnswer()
            #expect(answer.header.correlation == UInt64(index))
            if index % 3 == 0 {
                let receipt = try answer.content(ReservationReceipt.self)
                #expect(receipt.alternatives.first?.alternatives.count == 3)
            } else {
                #expect(try answer.refusal().alternatives == [])
            }
        }
        await fixture.end()
    }
}
