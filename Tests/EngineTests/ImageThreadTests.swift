import Engine
import Inventory
import Movements
import Storage
import Support
import Synchronization
import Testing

/// The engine is copied while a crowd changes everything.
@Suite(.serialized) struct ImageThreadTests {
    static let threadCount = 6
    static let rounds = isFullRun ? 200 : 4

    @Test(.timeLimit(.minutes(30)), arguments: [2, 64])
    func imageUnderLoadIsTheStateAtItsEnd(stripes: Int) throws {
        let shop = ReserveShop(stripes: stripes) {
            // So short that ids are forgotten, and their slots used again, during a capture.
            $0.closedRetentionMilliseconds = 20
            $0.stockRetentionMilliseconds = 40
        }
        shop.setWarehouses(ThreadTests.codes)
        for index in 0..<ThreadTests.skuCount { shop.stock("hot-\(index)", ["A": 500, "B": 500]) }
        let crowd = ThreadShop(shop.harness)
        let images = Monitor<[EngineImage]>([])
        let isOver = ThreadFlag()
        runThreads(ImageThreadTests.threadCount + 1, draining: shop.harness) { index in
            if index == 0 {
                for round in 0..<ImageThreadTests.rounds {
                    var capture = ImageCapture(
                        crowd.engine,
                        limit: round % 2 == 0 ? 7 : .max,
                        reservationsFirst: round % 3 == 0
                    )
                    let image = capture.finish()
                    images.withLock { $0.append(image) }
                }
                isOver.value.store(true, ordering: .releasing)
                return
            }
            var buyer = ThreadBuyer(ThreadShopper(crowd, index: index, seed: 51))
            while !isOver.value.load(ordering: .acquiring) { buyer.storm() }
        }
        #expect(crowd.noted == [])
        for (number, image) in images.withLock({ $0 }).enumerated() {
            try expectSameState(shop, image, number)
        }
    }

    /// The image with its slice, and then with all that follows, is what the log alone gives.
    private func expectSameState(
        _ shop: ReserveShop,
        _ image: EngineImage,
        _ number: Int
    ) throws {
        var other = shop.settings
        other.stockStripes = 16
        other.reservationStripes = 8
        other.hashKey = UInt64(number) &+ 77
        let replayed = Engine(
            settings: shop.settings,
            ring: MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        )
        let harness = shop.harness
        try harness.apply(
            from: harness.startLSN,
            upTo: image.endLSN,
            to: replayed,
            through: nil
        )
        let order = SplitMix64(seed: UInt64(number))
        let atEnd = try harness.restored(
            from: image,
            settings: other,
            upTo: image.endLSN,
            order: order
        )
        #expect(atEnd.engine.stateHash() == replayed.stateHash(), "image \(number)")
        #expect(atEnd.engine.check().violations == [])
        let now = try harness.restored(from: image, settings: other, upTo: harness.endLSN)
        #expect(now.engine.stateHash() == harness.engine.stateHash(), "image \(number)")
    }
}
