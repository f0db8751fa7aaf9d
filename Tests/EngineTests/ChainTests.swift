import Engine
import Inventory
import Support
import Testing

/// Chains of holds: extended, replaced, listed by owner.
@Suite struct ChainTests {
    private func shop() -> ReserveShop {
        let shop = ReserveShop { $0.holdCapMilliseconds = 10_000 }
        shop.setWarehouses(["A", "B"])
        shop.stock("shirt", ["A": 4, "B": 6])
        shop.stock("shoe", ["B": 5])
        return shop
    }

    private func hold(_ shop: ReserveShop, _ units: UInt32 = 4) -> ReserveCommand {
        let command = shop.command([ReserveShop.line("shirt", units)], timeToLive: 4_000)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        return command
    }

    private func extend(
        _ shop: ReserveShop,
        _ id: ReservationID,
        _ milliseconds: UInt32,
        requestID: RequestID? = nil
    ) -> ReservationReply {
        shop.perform(
            .extend(
                ExtendCommand(
                    reservation: id,
                    id: requestID ?? shop.newID(),
                    timeToLiveMilliseconds: milliseconds
                )
            )
        )
    }

    // MARK: Extend

    @Test func aHoldLivesLongerUpToTheCapOfItsChain() throws {
        let shop = shop()
        let start = shop.now
        let id = hold(shop).id
        shop.now = start.advanced(byMilliseconds: 3_000)
        #expect(extend(shop, id, 5_000).expiresAt == start.advanced(byMilliseconds: 8_000))
        // Never shorter, and what changes nothing is no movement.
        let same = extend(shop, id, 1_000)
        #expect(same.outcome == .accepted && same.lsn == 0 && !same.isRepeated)
        #expect(extend(shop, id, 9_000).expiresAt == start.advanced(byMilliseconds: 10_000))
        shop.now = start.advanced(byMilliseconds: 9_999)
        #expect(extend(shop, id, 9_000).lsn == 0)
        try shop.restart()
        #expect(shop.perform(.show(id)).state == .held)
        shop.now = start.advanced(byMilliseconds: 10_000)
        #expect(extend(shop, id, 9_000).outcome == .holdExpired)
        #expect(shop.sweep().expired == 1)
        try shop.expectSound()
    }

    @Test func theLastExtensionIsRemembered() {
        let shop = shop()
        let id = hold(shop).id
        let request = shop.newID()
        let first = extend(shop, id, 5_000, requestID: request)
        shop.now = shop.now.advanced(byMilliseconds: 1_000)
        let again = extend(shop, id, 5_000, requestID: request)
        #expect(again.isRepeated && again.lsn == first.lsn && again.expiresAt == first.expiresAt)
        #expect(extend(shop, id, 6_000, requestID: request).outcome == .requestIDReused)
        #expect(extend(shop, id, .max).outcome == .invalidTimeToLive)
    }

    @Test func aRepeatedReserveTellsTheExpiryThatItToldFirst() {
        let shop = shop()
        let command = hold(shop)
        let first = shop.now.advanced(byMilliseconds: 4_000)
        #expect(extend(shop, command.id, 6_000).expiresAt > first)
        #expect(shop.perform(.reserve(command)).expiresAt == first)
        #expect(shop.perform(.show(command.id)).expiresAt > first)
    }

    @Test func onlyAHoldCanBeExtended() {
        let shop = shop()
        let id = hold(shop).id
        #expect(shop.perform(.commit(id, requestID: shop.newID())).outcome == .accepted)
        #expect(extend(shop, id, 1_000).outcome == .wrongState)
        #expect(extend(shop, shop.newID(), 1_000).outcome == .unknownReservation)
    }

    // MARK: Replace

    @Test func oldUnitsCountAsFreeAndBothChangesAreOneMovement() throws {
        let shop = shop()
        let old = hold(shop, 10)
        var command = shop.command([ReserveShop.line("shirt", 7)], timeToLive: 4_000)
        command.replaces = old.id
        let version = shop.version("shirt") ?? 0
        let end = shop.harness.endLSN
        let reply = shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted && reply.didReplace)
        #expect(text(of: 0, in: reply) == "A:4 B:3")
        #expect(reply.lsn == end)
        #expect(shop.version("shirt") == version + 1)
        #expect(shop.perform(.show(old.id)).state == .released)
        #expect(shop.available("shirt") == ["A": 0, "B": 3])
        let again = shop.perform(.reserve(command))
        #expect(again.isRepeated && again.didReplace && again.lsn == reply.lsn)
        try shop.expectSound()
    }

    @Test func refusedTheOldHoldStays() throws {
        let shop = shop()
        let old = hold(shop, 10)
        let hash = shop.harness.engine.stateHash()
        var command = shop.command([ReserveShop.line("shirt", 11)])
        command.replaces = old.id
        #expect(shop.perform(.reserve(command)).outcome == .insufficientStock)
        command.lines = [ReserveShop.line("shirt", 1)]
        command.lines[0].expectedVersion = 1
        #expect(shop.perform(.reserve(command)).outcome == .versionConflict)
        command.lines[0].expectedVersion = nil
        command.owner = OwnerID(high: 1, low: 1)
        #expect(shop.perform(.reserve(command)).outcome == .wrongOwner)
        #expect(shop.harness.engine.stateHash() == hash)
        try shop.expectSound()
    }

    @Test func withoutAHoldToReplaceItIsAPlainReserveAndSaysSo() {
        let shop = shop()
        let old = hold(shop)
        #expect(shop.perform(.release(old.id, requestID: shop.newID())).outcome == .accepted)
        for replaces in [old.id, shop.newID()] {
            var command = shop.command([ReserveShop.line("shoe", 1)])
            command.replaces = replaces
            let reply = shop.perform(.reserve(command))
            #expect(reply.outcome == .accepted && !reply.didReplace)
        }
    }

    @Test func theCapCountsFromTheFirstHoldOfTheChain() throws {
        let shop = shop()
        let start = shop.now
        var last = hold(shop)
        for step in 1...3 {
            shop.now = start.advanced(byMilliseconds: Int64(step) * 3_000)
            var next = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 4_000)
            next.replaces = last.id
            let reply = shop.perform(.reserve(next))
            let wanted = min(Int64(step) * 3_000 + 4_000, 10_000)
            #expect(reply.expiresAt == start.advanced(byMilliseconds: wanted))
            last = next
        }
        #expect(shop.perform(.show(last.id)).heldSince == start)
        try shop.expectSound()
    }

    @Test func aHoldOlderThanAShorterCapCanBeReplacedAndEndsAtOnce() throws {
        let shop = shop()
        let start = shop.now
        let old = hold(shop)
        shop.settings.holdCapMilliseconds = 1_000
        try shop.restart()
        shop.now = start.advanced(byMilliseconds: 3_000)
        #expect(extend(shop, old.id, 4_000).lsn == 0)
        var next = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 4_000)
        next.replaces = old.id
        let reply = shop.perform(.reserve(next))
        #expect(reply.outcome == .accepted && reply.didReplace)
        #expect(reply.expiresAt == shop.now)
        #expect(shop.perform(.show(next.id)).state == .expired)
        #expect(shop.sweep().expired == 1)
        try shop.expectSound()
    }

    @Test func onlyHeldUnitsGoWhenAPartlyCommittedHoldIsReplaced() throws {
        let shop = shop()
        let old = hold(shop)
        let part = ChangeRequest(
            reservation: old.id,
            id: shop.newID(),
            digest: 1,
            kind: .commit,
            items: [ChangeItem(line: 0, quantity: 1)]
        )
        #expect(shop.perform(.change(part)).outcome == .accepted)
        var command = shop.command([ReserveShop.line("shirt", 9)])
        command.replaces = old.id
        #expect(shop.perform(.reserve(command)).didReplace)
        #expect(shop.perform(.show(old.id)).state == .committed)
        #expect(shop.available("shirt") == ["A": 0, "B": 0])
        try shop.expectSound()
    }

    // MARK: Owners

    @Test func anOwnersReservationsAreFoundNewestFirst() throws {
        let shop = shop()
        var ids: [ReservationID] = []
        for _ in 0..<8 { ids.append(hold(shop, 1).id) }
        let other = ReserveCommand(id: shop.newID(), lines: [ReserveShop.line("shirt", 1)])
        #expect(shop.perform(.reserve(other)).outcome == .accepted)
        for id in ids.prefix(3) {
            #expect(shop.perform(.release(id, requestID: shop.newID())).outcome == .accepted)
        }
        let owner = OwnerID(high: 7, low: 8)
        try shop.restart()
        let engine = shop.harness.engine
        let open = engine.reservations(of: owner, includesClosed: false, limit: 3, now: shop.now)
        #expect(open.count == 5)
        #expect(open.ids == Array(ids.reversed().prefix(3)))
        let all = engine.reservations(of: owner, includesClosed: true, limit: 99, now: shop.now)
        #expect(all.ids == ids.reversed())
        var units: UInt32 = 0
        engine.ownerHeldUnits(owner, now: shop.now) { _, _, _, share in units += share }
        #expect(units == 5)
        // Forgotten ones leave the list wherever in it they stand.
        shop.now = shop.now.advanced(byMilliseconds: 3_700_000)
        _ = shop.sweep()
        shop.now = shop.now.advanced(byMilliseconds: 3_700_000)
        #expect(shop.sweep().forgotten == 6)
        let none = engine.reservations(of: owner, includesClosed: true, limit: 9, now: shop.now)
        #expect(none.count == 0)
    }
}
