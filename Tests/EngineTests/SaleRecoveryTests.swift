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

    @Test func imageThatIsTakenWhileASaleIsForgottenHasNothingOfIt() throws {
        let sale = SaleShop()
        sale.rules()
        let held = sale.reserve(["shirt": 2])
        var capture = ImageCapture(sale.shop.harness.engine, limit: 1)
        #expect(capture.step() == nil)
        #expect(sale.change(held.id, .release) == .accepted)
        sale.rules { $0.closesAt = sale.shop.now }
        #expect(capture.step() == nil)
        #expect(sale.write([.removal(SaleShop.flash)]).outcome == .accepted)
        sale.rules { $0.unitsPerOwner = 3 }
        #expect(sale.reserve(["shirt": 3], owner: 2).outcome == .accepted)
        let image = capture.finish()
        var settings = sale.shop.settings
        settings.hashKey = 1
        let harness = sale.shop.harness
        let now = try harness.restored(from: image, settings: settings, upTo: harness.endLSN)
        #expect(now.engine.stateHash() == harness.engine.stateHash())
        #expect(now.engine.check().violations == [])
    }
}
