import Inventory
import Testing
import Wire

/// A fence over a real socket.
@Suite struct FenceServerTests {
    private static let skus = 12_000

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "S", count: Limits.skuSizeBytesMax - digits.count) + digits
    }

    /// A server with so many SKUs of the longest names, 5 units of each.
    private func stocked() async throws -> (ServerFixture, RawClient) {
        let fixture = try await ServerFixture()
        try fixture.stock(5)
        let client = try fixture.client()
        for start in stride(from: 0, to: FenceServerTests.skus, by: Limits.rowsPerRequestMax) {
            let end = min(start + Limits.rowsPerRequestMax, FenceServerTests.skus)
            let rows = (start..<end).map { number in
                StockWrite.Row(
                    sku: FenceServerTests.name(number),
                    warehouse: ServerFixture.warehouse,
                    units: 5
                )
            }
            _ = try client.call(
                StockWrite(id: .random(), cause: .imported, rows: rows)
            ).content(WriteReceipt.self)
        }
        return (fixture, client)
    }

    private func fence(_ units: UInt32, from giving: PoolName, to taking: PoolName) -> Fence {
        Fence(
            id: .random(),
            from: giving,
            to: taking,
            reason: "the drop",
            rows: (0..<FenceServerTests.skus).map { number in
                Fence.Row(
                    sku: FenceServerTests.name(number),
                    warehouse: ServerFixture.warehouse,
                    units: units
                )
            }
        )
    }

    @Test func oneFrameFencesTheStockOfThousandsOfSKUs() async throws {
        let (fixture, client) = try await stocked()
        let drop = try #require(PoolName("drop"))
        let request = fence(3, from: .default, to: drop)
        let receipt = try client.call(request).content(WriteReceipt.self)
        #expect(receipt.rows == UInt32(FenceServerTests.skus))
        #expect(receipt.onHand == 3)
        let again = try client.call(request).content(WriteReceipt.self)
        #expect(again.isRepeated && again.rows == receipt.rows && again.lsn == receipt.lsn)
        let back = try client.call(fence(3, from: drop, to: .default)).content(WriteReceipt.self)
        #expect(back.onHand == 5)
        let check = try client.call(PlainRequest(.check)).content(CheckResult.self)
        #expect(check.isClean, "\(check.violations)")
        await fixture.end()
    }

    @Test func theRowThatCannotBeDoneIsThatOfTheRequest() async throws {
        let (fixture, client) = try await stocked()
        let drop = try #require(PoolName("drop"))
        var request = fence(3, from: .default, to: drop)
        request.rows[FenceServerTests.skus - 1].units = 6
        let refusal = try client.call(request).refusal()
        #expect(refusal.outcome == .insufficientStock)
        #expect(refusal.index == FenceServerTests.skus - 1)
        let shown = try client.call(StockShowRequest(sku: FenceServerTests.name(0)))
            .content(StockReport.self)
        #expect(shown.cells.map(\.figures.onHand) == [5])
        await fixture.end()
    }

    @Test func moreThanAFrameIsRefusedBeforeItIsSent() {
        let rows = (0..<Limits.fenceRowsMax).map { number in
            Fence.Row(
                sku: FenceServerTests.name(number),
                warehouse: WarehouseCode("LDS-NORTH-0001-X") ?? .none,
                units: 1
            )
        }
        let fence = Fence(
            id: .random(),
            from: .default,
            to: PoolName("drop") ?? .default,
            rows: rows
        )
        #expect(throws: WireFault.self) { _ = try fence.encode(correlation: 1) }
    }
}
