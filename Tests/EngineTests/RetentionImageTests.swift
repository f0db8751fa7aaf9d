import Engine
import Inventory
import Support
import Testing

/// How long is remembered what had ended in an image, and what ends while one is taken.
@Suite struct RetentionImageTests {
    private static let retention: Int64 = 1_000

    private static func shop() -> ReserveShop {
        let shop = ReserveShop(stripes: 1)
        shop.setWarehouses(["A"])
        shop.stock("mug", ["A": 10])
        return shop
    }

    /// Whoever held again what the one held is known for as long as the one is.
    @Test(arguments: [0, 400, 60_000])
    func whatEndsDuringACaptureIsKnownAsLongAsWhatHadEnded(milliseconds: Int64) throws {
        let shop = RetentionImageTests.shop()
        let early = shop.command([ReserveShop.line("mug", 1)])
        let late = shop.command([ReserveShop.line("mug", 1)])
        for hold in [early, late] { #expect(shop.perform(.reserve(hold)).outcome == .accepted) }
        let first = shop.perform(.release(early.id, requestID: shop.newID()))
        #expect(first.outcome == .accepted)

        var capture = ImageCapture(shop.harness.engine, reservationsFirst: true)
        #expect(capture.step() == nil)
        let second = shop.perform(.release(late.id, requestID: shop.newID()))
        #expect(second.outcome == .accepted)
        shop.harness.drain()
        let image = capture.finish()
        shop.now = shop.now.advanced(byMilliseconds: milliseconds)

        shop.settings.closedRetentionMilliseconds = RetentionImageTests.retention
        shop.harness = try shop.harness.restarted(
            from: image,
            settings: shop.settings,
            asOf: shop.now
        )
        shop.now = shop.now.advanced(byMilliseconds: RetentionImageTests.retention - 1)
        #expect(shop.sweep() == (0, 0))
        #expect(shop.perform(.reserve(early)).isRepeated)
        #expect(shop.perform(.reserve(late)).isRepeated)
        shop.now = shop.now.advanced(byMilliseconds: 1)
        #expect(shop.sweep() == (0, 2))
    }

    /// Steps don't shorten what an image remembers.
    @Test(arguments: [1, 256] as [Int64])
    func anImageLetsAHoldBeHeldAgainForAsLong(step: Int64) throws {
        let shop = RetentionImageTests.shop()
        shop.settings.closedRetentionMilliseconds = RetentionImageTests.retention
        shop.settings.forgettingStepMilliseconds = step
        shop.harness = try shop.harness.restarted(settings: shop.settings)
        let hold = shop.command([ReserveShop.line("mug", 1)], timeToLive: 100)
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        shop.now = shop.now.advanced(byMilliseconds: 100)
        #expect(shop.sweep() == (1, 0))
        var capture = ImageCapture(shop.harness.engine, reservationsFirst: true)
        shop.harness.drain()
        shop.harness = try shop.harness.restarted(
            from: capture.finish(),
            settings: shop.settings,
            asOf: shop.now
        )
        shop.now = shop.now.advanced(byMilliseconds: RetentionImageTests.retention - 1)
        #expect(shop.sweep() == (0, 0))
        let again = HoldAgainCommand(reservation: hold.id, id: shop.newID(), owner: hold.owner)
        #expect(shop.perform(.holdAgain(again)).outcome == .accepted)
    }

    /// The sweep comes to one stripe after the other, and may come late.
    @Test func aHoldThatIsToBeForgottenCannotBeHeldAgain() {
        let shop = RetentionImageTests.shop()
        let hold = shop.command([ReserveShop.line("mug", 1)], timeToLive: 100)
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        shop.now = shop.now.advanced(byMilliseconds: 100)
        #expect(shop.sweep() == (1, 0))
        shop.now = shop.now.advanced(
            byMilliseconds: shop.settings.closedRetentionMilliseconds - 1
        )
        let again = HoldAgainCommand(reservation: hold.id, id: shop.newID(), owner: hold.owner)
        shop.now = shop.now.advanced(byMilliseconds: 1)
        #expect(shop.perform(.holdAgain(again)).outcome == .unknownReservation)
        #expect(shop.available("mug") == ["A": 10])
        shop.now = shop.now.advanced(byMilliseconds: -1)
        #expect(shop.perform(.holdAgain(again)).outcome == .accepted)
    }
}
