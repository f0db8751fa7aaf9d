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
        isOpen: Bool = true,
        present: Int64? = nil,
        pool: UInt16 = 0
    ) -> Supply {
        Supply(
            available: available,
            present: present ?? available,
            metres: metres,
            rank: rank ?? warehouse,
            warehouse: warehouse,
            pool: pool,
            isOpen: isOpen,
            cell: 0
        )
    }

    /// Plans lines over one SKU and gives each line's shares as warehouse and units.
    private func plan(
        _ wanted: [(units: UInt32, warehouse: UInt16)],
        from supplies: [Supply],
        pools: [UInt16] = [],
        mode: ReserveMode = .bestEffort
    ) -> [Got] {
        var supplies = supplies
        var lines = wanted.map {
            SourcingLine(
                supplyStart: 0,
                supplyCount: supplies.count,
                requested: $0.units,
                warehouse: $0.warehouse,
                poolCount: Int32(pools.count)
            )
        }
        var shares = [PlannedShare](
            repeating: PlannedShare(supply: 0, quantity: 0, backordered: 0),
            count: 128
        )
        return supplies.withUnsafeMutableBufferPointer { supplies in
            NearestPolicy.sort(supplies)
            return lines.withUnsafeMutableBufferPointer { lines in
                shares.withUnsafeMutableBufferPointer { shares in
                    let poolNumbers = UnsafeMutablePointer<UInt16>.allocate(capacity: 8)
                    defer { poolNumbers.deallocate() }
                    poolNumbers.initialize(repeating: 0, count: 8)
                    let terms = UnsafeMutablePointer<WarehouseTerms>.allocate(capacity: 1)
                    defer { terms.deallocate() }
                    for (index, pool) in pools.enumerated() { poolNumbers[index] = pool }
                    var problem = SourcingProblem(
                        lines: lines,
                        supplies: supplies,
                        pools: poolNumbers,
                        warehouses: terms,
                        shares: shares
                    )
                    NearestPolicy.plan(&problem, mode: mode)
                    return lines.map { line in
                        let range = line.shareStart..<line.shareStart + line.shareCount
                        return Got(
                            reserved: line.reserved,
                            shares: range.map {
                                [
                                    UInt32(supplies[shares[$0].supply].warehouse),
                                    shares[$0].quantity,
                                ] + (shares[$0].backordered > 0 ? [shares[$0].backordered] : [])
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

    @Test func unitsThatAreThereGoBeforePromisedOnesAnywhere() {
        let got = plan(
            [(9, any)],
            from: [
                supply(0, 5, metres: 1, present: 2), supply(1, 3, metres: 2),
                supply(2, 4, metres: 3, present: 0),
            ]
        )
        // Two there and three promised in the nearest, three there in the next, one promised last.
        #expect(got == [Got(reserved: 9, shares: [[0, 5, 3], [1, 3], [2, 1, 1]])])
    }

    @Test func poolsAreTakenInTheOrderOfTheListInEachWarehouse() {
        let supplies = [
            supply(0, 2, metres: 1), supply(0, 2, metres: 1, pool: 1),
            supply(0, 2, metres: 1, pool: 2), supply(1, 9, metres: 2, pool: 2),
        ]
        let got = plan([(7, any)], from: supplies, pools: [2, 0])
        #expect(got == [Got(reserved: 7, shares: [[0, 2], [0, 2], [1, 3]])])
        #expect(plan([(7, any)], from: supplies) == [Got(reserved: 2, shares: [[0, 2]])])
    }

    @Test func manySuppliesAreSortedLikeFew() {
        let supplies = (0..<100).map { supply(UInt16($0), 1, metres: UInt32(1_000 - $0 * 7)) }
        let got = plan([(100, any)], from: supplies)
        #expect(got[0].shares.map { $0[0] } == (0..<100).reversed().map(UInt32.init))
    }
}
