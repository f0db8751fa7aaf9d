import Inventory
import Sourcing
import Testing

@Suite("Policy nearest")
struct NearestPolicyTests {
    private struct Got: Equatable {
        var reserved: UInt32
        var shares: [[UInt32]]
    }

    private func supply(
        _ warehouse: UInt16,
        _ available: Int64,
        metres: UInt32,
        rank: UInt16? = nil,
        isOpen: Bool = true
    ) -> Supply {
        Supply(
            available: available,
            metres: metres,
            rank: rank ?? warehouse,
            warehouse: warehouse,
            pool: 0,
            isOpen: isOpen,
            cell: 0
        )
    }

    /// Plans lines over one SKU and gives each line's shares as warehouse and units.
    private func plan(
        _ wanted: [(units: UInt32, warehouse: UInt16)],
        from supplies: [Supply],
        mode: ReserveMode = .bestEffort
    ) -> [Got] {
        var supplies = supplies
        var lines = wanted.map {
            SourcingLine(
                supplyStart: 0,
                supplyCount: supplies.count,
                requested: $0.units,
                warehouse: $0.warehouse
            )
        }
        var shares = [PlannedShare](
            repeating: PlannedShare(supply: 0, quantity: 0),
            count: 128
        )
        return supplies.withUnsafeMutableBufferPointer { supplies in
            NearestPolicy.sort(supplies)
            return lines.withUnsafeMutableBufferPointer { lines in
                shares.withUnsafeMutableBufferPointer { shares in
                    var problem = SourcingProblem(lines: lines, supplies: supplies, shares: shares)
                    NearestPolicy.plan(&problem, mode: mode)
                    return lines.map { line in
                        let range = line.shareStart..<line.shareStart + line.shareCount
                        return Got(
                            reserved: line.reserved,
                            shares: range.map {
                                [
                                    UInt32(supplies[shares[$0].supply].warehouse),
                                    shares[$0].quantity,
                                ]
                            }
                        )
                    }
                }
            }
        }
    }

    private let any = SourcingLine.anyWarehouse

    @Test func aLineTakesFromTheNearestFirstAndSplitsWhenNeeded() {
        let got = plan(
            [(5, any)],
            from: [supply(0, 4, metres: 900), supply(1, 3, metres: 100), supply(2, 9, metres: 950)]
        )
        #expect(got == [Got(reserved: 5, shares: [[1, 3], [0, 2]])])
    }

    @Test func equalDistancesGoByCode() {
        let got = plan(
            [(1, any)],
            from: [supply(0, 4, metres: 7, rank: 2), supply(1, 4, metres: 7, rank: 1)]
        )
        #expect(got == [Got(reserved: 1, shares: [[1, 1]])])
    }

    @Test func fixedLinesAreDealtFirst() {
        let got = plan([(3, any), (3, 0)], from: [supply(0, 4, metres: 0)])
        #expect(got == [Got(reserved: 1, shares: [[0, 1]]), Got(reserved: 3, shares: [[0, 3]])])
    }

    @Test func linesOfOneSKUShareOneRemainder() {
        let got = plan([(3, any), (3, any)], from: [supply(0, 4, metres: 0)])
        #expect(got.map(\.reserved) == [3, 1])
    }

    @Test func wholeLinesTakeAllOrNothingEach() {
        let got = plan(
            [(5, any), (3, any)],
            from: [supply(0, 4, metres: 0)],
            mode: .wholeLines
        )
        #expect(got == [Got(reserved: 0, shares: []), Got(reserved: 3, shares: [[0, 3]])])
    }

    @Test func closedWarehousesAndShortfallsGiveNothing() {
        let got = plan(
            [(5, any)],
            from: [supply(0, 4, metres: 0, isOpen: false), supply(1, -2, metres: 1)]
        )
        #expect(got == [Got(reserved: 0, shares: [])])
    }

    @Test func manySuppliesAreSortedLikeFew() {
        let supplies = (0..<100).map { supply(UInt16($0), 1, metres: UInt32(1_000 - $0 * 7)) }
        let got = plan([(100, any)], from: supplies)
        #expect(got[0].shares.map { $0[0] } == (0..<100).reversed().map(UInt32.init))
    }
}
