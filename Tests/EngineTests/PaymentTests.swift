import Engine
import Inventory
import Support
import Testing

/// A hold while its payment begins, is decided, and succeeds too late.
@Suite struct PaymentTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop { $0.holdCapMilliseconds = 10_000 }
        shop.setWarehouses(["A", "B"])
        shop.stock("shirt", ["A": 4, "B": 6])
        shop.stock("shoe", ["B": 5])
        return shop
    }

    private func hold(
        _ shop: ReserveShop,
        _ units: UInt32 = 4,
        timeToLive: UInt32 = 4_000
    ) -> ReserveCommand {
        let command = shop.command([ReserveShop.line("shirt", units)], timeToLive: timeToLive)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        return command
    }

    private func extend(
        _ shop: ReserveShop,
        _ id: ReservationID,
        _ reason: ExtendReason,
        _ milliseconds: UInt32 = 0,
        requestID: RequestID? = nil
    ) -> ReservationReply {
        shop.perform(
            .extend(
                ExtendCommand(
                    reservation: id,
                    id: requestID ?? shop.newID(),
                    timeToLiveMilliseconds: milliseconds,
                    reason: reason
                )
            )
        )
    }

    private func holdAgain(
        _ shop: ReserveShop,
        _ old: ReserveCommand,
        as id: ReservationID? = nil,
        owner: OwnerID? = nil
    ) -> ReservationReply {
        shop.perform(
            .holdAgain(
                HoldAgainCommand(
                    reservation: old.id,
                    id: id ?? shop.newID(),
                    owner: owner ?? old.owner,
                    timeToLiveMilliseconds: 4_000
                )
            )
        )
    }

    private func pass(_ milliseconds: Int64, _ shop: ReserveShop) {
        shop.now = shop.now.advanced(byMilliseconds: milliseconds)
    }

    // MARK: Extend with a reason

    @Test func aFrozenHoldMayOutliveTheCapOfItsChain() throws {
        let shop = shop()
        let start = shop.now
        let id = hold(shop).id
        pass(3_000, shop)
        let frozen = extend(shop, id, .paymentPending, 60_000)
        #expect(frozen.outcome == .accepted && frozen.lsn > 0)
        #expect(frozen.expiresAt == start.advanced(byMilliseconds: 63_000))
        // The shopper's own wish is still cut to the cap, so it changes nothing.
        #expect(extend(shop, id, .shopper, 9_000).lsn == 0)
        try shop.restart()
        shop.now = start.advanced(byMilliseconds: 62_999)
        #expect(shop.perform(.show(id)).state == .held)
        pass(1, shop)
        #expect(shop.perform(.commit(id, requestID: shop.newID())).outcome == .holdExpired)
        #expect(shop.sweep().expired == 1)
        try shop.expectSound()
    }

    @Test func aChainIsFrozenOnce() throws {
        let shop = shop()
        let old = hold(shop)
        let request = shop.newID()
        let first = extend(shop, old.id, .paymentPending, 8_000, requestID: request)
        #expect(extend(shop, old.id, .shopper, 9_000).outcome == .accepted)
        #expect(extend(shop, old.id, .paymentPending).outcome == .frozenBefore)
        // The freeze is remembered, whatever was extended since.
        let again = extend(shop, old.id, .paymentPending, 8_000, requestID: request)
        #expect(again.isRepeated && again.lsn == first.lsn)
        let other = extend(shop, old.id, .paymentPending, 8_001, requestID: request)
        #expect(other.outcome == .requestIDReused)
        var next = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 4_000)
        next.replaces = old.id
        #expect(shop.perform(.reserve(next)).didReplace)
        try shop.restart()
        #expect(extend(shop, next.id, .paymentPending).outcome == .frozenBefore)
        try shop.expectSound()
    }

    @Test func whoTakesThePlaceOfAFrozenHoldKeepsItsTimeBeyondTheCap() throws {
        let shop = shop()
        let start = shop.now
        let old = hold(shop)
        #expect(extend(shop, old.id, .paymentPending, 60_000).outcome == .accepted)
        pass(20_000, shop)
        var next = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 90_000)
        next.replaces = old.id
        #expect(shop.perform(.reserve(next)).expiresAt == start.advanced(byMilliseconds: 60_000))
        try shop.expectSound()
    }

    @Test func aFreezeIsBoundedAndTakesTheMostByDefault() {
        let shop = shop()
        let id = hold(shop).id
        let longest = UInt32(Limits.freezeMillisecondsMax)
        #expect(extend(shop, id, .paymentPending, longest + 1).outcome == .invalidTimeToLive)
        let wanted = shop.now.advanced(byMilliseconds: Limits.freezeMillisecondsMax)
        #expect(extend(shop, id, .paymentPending).expiresAt == wanted)
    }

    @Test func aFreezeThatIsShorterThanTheHoldIsUsedUpAllTheSame() throws {
        let shop = shop()
        let id = hold(shop).id
        let reply = extend(shop, id, .paymentPending, 1_000)
        #expect(reply.lsn > 0)
        #expect(reply.expiresAt == shop.now.advanced(byMilliseconds: 4_000))
        #expect(extend(shop, id, .paymentPending, 1_000).outcome == .frozenBefore)
        try shop.expectSound()
    }

    @Test func thatPaymentHasStartedIsNotedOnceAndChangesTheState() throws {
        let shop = shop()
        let id = hold(shop).id
        let before = shop.harness.engine.stateHash()
        let first = extend(shop, id, .paymentStarted, 1_000)
        #expect(first.lsn > 0 && first.expiresAt == shop.now.advanced(byMilliseconds: 4_000))
        #expect(shop.harness.engine.stateHash() != before)
        #expect(extend(shop, id, .paymentStarted, 1_000).lsn == 0)
        try shop.expectSound()
    }

    // MARK: Hold again

    @Test func aHoldThatIsStillHeldIsAnsweredAsItIs() throws {
        let shop = shop()
        let old = hold(shop)
        let hash = shop.harness.engine.stateHash()
        let reply = holdAgain(shop, old)
        #expect(reply.outcome == .accepted && !reply.isHeldAnew && reply.lsn == 0)
        #expect(reply.state == .held && text(of: 0, in: reply) == "A:4")
        #expect(shop.harness.engine.stateHash() == hash)
        #expect(shop.perform(.commit(old.id, requestID: shop.newID())).outcome == .accepted)
        try shop.expectSound()
    }

    @Test(arguments: [false, true])
    func whatAnExpiredHoldHeldIsHeldAgainAsANewChain(isSwept: Bool) throws {
        let shop = shop()
        let old = hold(shop, 5)
        pass(4_000, shop)
        if isSwept { #expect(shop.sweep().expired == 1) }
        let id = shop.newID()
        let reply = holdAgain(shop, old, as: id)
        #expect(reply.outcome == .accepted && reply.isHeldAnew && reply.lsn > 0)
        #expect(reply.expiresAt == shop.now.advanced(byMilliseconds: 4_000))
        let shown = shop.perform(.show(id))
        #expect(shown.skus == ["shirt"] && shown.heldSince == shop.now)
        #expect(shown.owner == old.owner && shown.promisedAt == reply.promisedAt)
        let again = holdAgain(shop, old, as: id)
        #expect(again.isRepeated && again.isHeldAnew && again.lsn == reply.lsn)
        try shop.restart()
        #expect(holdAgain(shop, old, as: id).isRepeated)
        #expect(shop.perform(.commit(id, requestID: shop.newID())).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func itsOwnUnitsAreFreeForAHoldThatHasNotBeenSwept() throws {
        let shop = shop()
        let old = hold(shop, 10)
        pass(4_000, shop)
        let id = shop.newID()
        #expect(holdAgain(shop, old, as: id).isHeldAnew)
        #expect(shop.sweep().expired == 0)
        #expect(shop.perform(.show(old.id)).state == .expired)
        #expect(shop.available("shirt") == ["A": 0, "B": 0])
        try shop.expectSound()
    }

    @Test func unitsThatAreGoneAreRefusedAllOrNothing() throws {
        let shop = shop()
        var old = shop.command(
            [ReserveShop.line("shirt", 6), ReserveShop.line("shoe", 2)],
            timeToLive: 1_000
        )
        old.mode = .bestEffort
        #expect(shop.perform(.reserve(old)).outcome == .accepted)
        pass(1_000, shop)
        _ = shop.sweep()
        _ = hold(shop, 5, timeToLive: 9_000)
        let reply = holdAgain(shop, old)
        #expect(reply.outcome == .insufficientStock && reply.refusedLine == 0)
        #expect(shop.available("shoe") == ["B": 5])
        try shop.expectSound()
    }

    @Test func onlyWhatWasHeldWhenItExpiredIsHeldAgain() throws {
        let shop = shop()
        var old = shop.command(
            [
                ReserveShop.line("shirt", 7), ReserveShop.line("shoe", 9),
                ReserveShop.line("shirt", 2, at: "B"),
            ],
            timeToLive: 1_000
        )
        old.mode = .bestEffort
        #expect(shop.perform(.reserve(old)).outcome == .accepted)
        let part = ChangeRequest(
            reservation: old.id,
            id: shop.newID(),
            digest: 1,
            kind: .release,
            items: [ChangeItem(line: 0, quantity: 3), ChangeItem(line: 1)]
        )
        #expect(shop.perform(.change(part)).outcome == .accepted)
        pass(1_000, shop)
        #expect(shop.sweep().expired == 1)
        let before = shop.available("shirt")
        #expect(before == ["A": 4, "B": 6])
        try shop.restart()
        let reply = holdAgain(shop, old)
        #expect(reply.lines.map(\.reserved) == [4, 2])
        #expect(text(of: 1, in: reply) == "B:2")
        #expect(shop.available("shoe") == ["B": 5])
        try shop.expectSound()
    }

    @Test func poolsPolicyAndConstraintsAreKept() throws {
        let shop = shop()
        let flash = try #require(PoolName("flash"))
        shop.rows(.received, [("shirt", "B", "flash", 5)])
        var line = ReserveShop.line("shirt", 3)
        line.pools = [flash, .default]
        var old = shop.command([line], timeToLive: 1_000)
        old.policy = .fewestShipments
        old.constraints = SourcingConstraints(excluded: [ReserveShop.code("A")])
        #expect(shop.perform(.reserve(old)).outcome == .accepted)
        pass(1_000, shop)
        let reply = holdAgain(shop, old)
        #expect(reply.shares.map(\.pool) == [flash])
        #expect(text(of: 0, in: reply) == "B:3")
        // What A has in `default` is neither of the pool that served it nor within its constraints.
        pass(4_000, shop)
        #expect(shop.perform(.reserve(shop.command([line]))).outcome == .accepted)
        #expect(holdAgain(shop, old).outcome == .insufficientStock)
        try shop.expectSound()
    }

    @Test func onlyAnExpiredHoldOfTheOwnerIsHeldAgain() throws {
        let shop = shop()
        let released = hold(shop, 1)
        #expect(shop.perform(.release(released.id, requestID: shop.newID())).outcome == .accepted)
        let committed = hold(shop, 1)
        let request = shop.newID()
        #expect(shop.perform(.commit(committed.id, requestID: request)).outcome == .accepted)
        let expired = hold(shop, 1)
        pass(4_000, shop)
        let hash = shop.harness.engine.stateHash()
        #expect(holdAgain(shop, released).outcome == .wrongState)
        #expect(holdAgain(shop, released).state == .released)
        #expect(holdAgain(shop, committed).state == .committed)
        let stranger = OwnerID(high: 1, low: 1)
        #expect(holdAgain(shop, expired, owner: stranger).outcome == .wrongOwner)
        #expect(holdAgain(shop, expired, as: expired.id).outcome == .requestIDReused)
        #expect(shop.harness.engine.stateHash() == hash)
        pass(3_700_000, shop)
        _ = shop.sweep()
        pass(3_700_000, shop)
        _ = shop.sweep()
        #expect(holdAgain(shop, expired).outcome == .unknownReservation)
        try shop.expectSound()
    }
}
