import Engine
import Inventory
import Movements
import Support
import Testing

/// The log of sales, wherever it ends, and images of sales taken while they go on.
@Suite struct SaleRecoveryTests {
    static let commandCount = 1_500

    @Test(arguments: [UInt64(3), 4])
    func countersAreExactWhereverTheLogEnds(seed: UInt64) throws {
        var settings = EngineSettings(hashKey: seed)
        settings.stockStripes = 8
        settings.reservationStripes = 8
        settings.ownerStripes = 8
        settings.closedRetentionMilliseconds = 5_000
        let harness = EngineHarness(settings: settings)
        var workload = Workload(seed: seed)
        var hadSales = false
        for _ in 0..<SaleRecoveryTests.commandCount {
            _ = harness.perform(workload.next())
            hadSales = hadSales || !harness.engine.network.sales.isEmpty
        }
        #expect(hadSales)

        settings.hashKey = ~seed
        settings.ownerStripes = 2
        let ring = MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        let replayed = Engine(settings: settings, ring: ring)
        var records = 0
        try harness.log.withUnsafeBytes { log in
            var offset = 0
            while offset < log.count {
                let size = Int(log.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                let record = UnsafeRawBufferPointer(rebasing: log[offset..<offset + size])
                try replayed.apply(record, lsn: harness.startLSN + UInt64(offset))
                offset += size
                records += 1
                if records % 7 == 0 || offset == log.count {
                    let violations = replayed.check().violations
                    #expect(violations == [], "after record \(records)")
                    if !violations.isEmpty { return }
                }
            }
        }
        #expect(replayed.stateHash() == harness.engine.stateHash())
    }

    /// A sale that ends in the middle of a capture: its last holds between two steps, its removal
    /// between two others, and another sale of the same pool behind it.
    private func restoreAfterAForgetting(
        endingAt ending: Int,
        forgettingAt forgetting: Int,
        freesEntries: Bool
    ) throws -> Int {
        let sale = SaleShop { settings in
            settings.stockStripes = 2
            settings.reservationStripes = 2
            settings.ownerStripes = 2
        }
        sale.rules()
        let owners: [UInt64] = [1, 2, 3]
        let held = owners.map { sale.reserve(["shirt": 2, "shoe": 1], owner: $0) }
        let harness = sale.shop.harness
        var capture = ImageCapture(harness.engine, limit: 1)
        var image: EngineImage?
        var steps = 0
        while image == nil {
            if steps == ending {
                let late = owners.map { sale.reserve(["shirt": 1], owner: $0) }
                for hold in held + late { #expect(sale.change(hold.id, .release) == .accepted) }
                sale.rules { $0.closesAt = sale.shop.now }
            }
            if steps == forgetting {
                #expect(sale.write([.removal(SaleShop.flash)]).outcome == .accepted)
                if freesEntries {
                    while !harness.engine.freeForgottenEntries(limit: 3) {}
                }
                sale.rules { $0.unitsPerOwner = 3 }
                #expect(sale.reserve(["shirt": 3], owner: 2).outcome == .accepted)
            }
            image = capture.step()
            steps += 1
        }
        let whole = try #require(image)
        var settings = sale.shop.settings
        settings.hashKey = 1
        let now = try harness.restored(from: whole, settings: settings, upTo: harness.endLSN)
        let place: Comment = "ended at \(ending), forgotten at \(forgetting), \(freesEntries)"
        #expect(now.engine.stateHash() == harness.engine.stateHash(), place)
        #expect(now.engine.check().violations == [], place)
        return steps
    }

    @Test(arguments: [false, true])
    func imageThatIsTakenWhileASaleIsForgottenHasNothingOfIt(freesEntries: Bool) throws {
        let steps = try restoreAfterAForgetting(
            endingAt: 0,
            forgettingAt: 0,
            freesEntries: freesEntries
        )
        #expect(steps > 10)
        for ending in 0..<steps {
            for forgetting in ending..<steps {
                _ = try restoreAfterAForgetting(
                    endingAt: ending,
                    forgettingAt: forgetting,
                    freesEntries: freesEntries
                )
            }
        }
    }
}
