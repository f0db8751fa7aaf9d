import Engine
import Inventory
import Support
import Testing

/// What becomes of parts of a reservation.
@Suite struct PartsTests {
    private func shop(_ change: (inout EngineSettings) -> Void = { _ in }) -> ReserveShop {
        let shop = ReserveShop(change)
        shop.setWarehouses(["A", "B"])
        shop.stock("shirt", ["A": 4, "B": 5])
        shop.stock("shoe", ["B": 5])
        return shop
    }

    /// Holds 6 shirts (A:4 B:2) and 2 shoes (B:2).
    private func hold(_ shop: ReserveShop, timeToLive: UInt32 = 60_000) -> ReservationID {
        let lines = [ReserveShop.line("shirt", 6), ReserveShop.line("shoe", 2)]
        let command = shop.command(lines, timeToLive: timeToLive)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        return command.id
    }

    private func change(
        _ shop: ReserveShop,
        _ id: ReservationID,
        _ kind: ReservationChangeKind,
        _ items: [ChangeItem] = [],
        fulfilling: Bool = false,
        requestID: RequestID? = nil,
        digest: UInt64 = 1
    ) -> ReservationReply {
        let request = ChangeRequest(
            reservation: id,
            id: requestID ?? shop.newID(),
            digest: digest,
            kind: kind,
            isFulfilling: fulfilling,
            items: items
        )
        return shop.perform(.change(request))
    }

    /// The progress of all shares in words: held/committed/fulfilled/cancelled.
    private func progress(_ reply: ReservationReply) -> [String] {
        reply.shares.map { share in
            let now = share.progress ?? ShareProgress(share.quantity, all: reply.state)
            return "\(now.held)/\(now.committed)/\(now.fulfilled)/\(now.cancelled)"
        }
    }

    private func figures(_ shop: ReserveShop, _ sku: String, _ code: String) -> CellFigures? {
        shop.harness.engine.stock(of: sku)?.cells
            .first { $0.warehouse == ReserveShop.code(code) }?.figures
    }

    @Test func partsAreTakenInTheOrderOfSharesAndGivenUpFromTheLast() throws {
        let shop = shop()
        let id = hold(shop)
        let committed = change(shop, id, .commit, [ChangeItem(line: 0, quantity: 5)])
        #expect(committed.state == .held)
        #expect(progress(committed) == ["0/4/0/0", "1/1/0/0", "2/0/0/0"])
        let cancelled = change(shop, id, .cancel, [ChangeItem(line: 0, quantity: 2)])
        #expect(progress(cancelled) == ["0/3/0/1", "1/0/0/1", "2/0/0/0"])
        let released = change(shop, id, .release, [ChangeItem(line: 1)])
        #expect(progress(released) == ["0/3/0/1", "1/0/0/1", "0/0/0/0"])
        let fulfilled = change(shop, id, .fulfil, [ChangeItem(line: 0, quantity: 3)])
        #expect(progress(fulfilled) == ["0/0/3/1", "1/0/0/1", "0/0/0/0"])
        #expect(figures(shop, "shirt", "A")?.onHand == 1)
        #expect(shop.available("shoe") == ["B": 5])
        try shop.expectSound()
    }

    @Test func wholeChangesTakeWhatIsLeftAndRepeatByState() throws {
        let shop = shop()
        let id = hold(shop)
        #expect(change(shop, id, .commit, [ChangeItem(line: 1)]).outcome == .accepted)
        let released = change(shop, id, .release)
        #expect(released.state == .committed)
        #expect(progress(released) == ["0/0/0/0", "0/0/0/0", "0/2/0/0"])
        // The rest was released on purpose, so asking again for either is a repetition.
        for kind in [ReservationChangeKind.commit, .release] {
            let again = change(shop, id, kind)
            #expect(again.isRepeated && again.lsn == 0)
        }
        #expect(change(shop, id, .fulfil).state == .fulfilled)
        #expect(change(shop, id, .fulfil).isRepeated)
        #expect(change(shop, id, .cancel).outcome == .wrongState)
        try shop.expectSound()
    }

    @Test func commitWithFulfilTakesHeldAndCommittedUnits() throws {
        let shop = shop()
        let id = hold(shop)
        #expect(change(shop, id, .commit, [ChangeItem(line: 0, quantity: 2)]).state == .held)
        let reply = change(shop, id, .commit, fulfilling: true)
        #expect(reply.state == .fulfilled)
        #expect(progress(reply) == ["0/0/4/0", "0/0/2/0", "0/0/2/0"])
        #expect(shop.version("shirt") == 4)
        #expect(change(shop, id, .commit, fulfilling: true).isRepeated)
        try shop.expectSound()
    }

    @Test func aPartIsRememberedWithItsReservationAlsoAfterARestart() throws {
        let shop = shop()
        let id = hold(shop)
        let request = shop.newID()
        let items = [ChangeItem(line: 0, quantity: 1)]
        let first = change(shop, id, .commit, items, requestID: request)
        #expect(change(shop, id, .release, [ChangeItem(line: 0, quantity: 1)]).outcome == .accepted)
        try shop.restart()
        let again = change(shop, id, .commit, items, requestID: request)
        #expect(again.isRepeated && again.lsn == first.lsn)
        #expect(progress(again) == ["3/1/0/0", "1/0/0/0", "2/0/0/0"])
        let other = change(shop, id, .commit, items, requestID: request, digest: 2)
        #expect(other.outcome == .requestIDReused)
    }

    @Test func theThirtyThirdPartIsRefusedAndTheWholeStillGoes() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 100])
        let command = shop.command([ReserveShop.line("shirt", 50)])
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        for _ in 0..<32 {
            let items = [ChangeItem(line: 0, quantity: 1)]
            #expect(change(shop, command.id, .commit, items).outcome == .accepted)
        }
        let items = [ChangeItem(line: 0, quantity: 1)]
        #expect(change(shop, command.id, .commit, items).outcome == .tooManyChanges)
        #expect(change(shop, command.id, .commit).state == .committed)
        try shop.expectSound()
    }

    @Test func itemsThatCannotBeServedRefuseTheWholeRequest() {
        let shop = shop()
        let id = hold(shop)
        let hash = shop.harness.engine.stateHash()
        let cases: [(ChangeItem, Outcome)] = [
            (ChangeItem(line: 2), .unknownLine),
            (ChangeItem(line: 0, quantity: 7), .insufficientUnits),
            (ChangeItem(line: 1, warehouse: ReserveShop.code("A")), .insufficientUnits),
            (ChangeItem(line: 1, warehouse: ReserveShop.code("Z")), .insufficientUnits),
            (ChangeItem(line: 1, pool: PoolName("flash")), .insufficientUnits),
        ]
        for (item, outcome) in cases {
            let reply = change(shop, id, .release, [ChangeItem(line: 0, quantity: 1), item])
            #expect(reply == ReservationReply(outcome, refusedLine: 1), "\(item)")
        }
        #expect(change(shop, id, .fulfil, [ChangeItem(line: 0)]).outcome == .wrongState)
        #expect(shop.harness.engine.stateHash() == hash)
    }

    @Test func heldUnitsExpireBesideCommittedOnes() throws {
        let shop = shop()
        let id = hold(shop, timeToLive: 1_000)
        #expect(change(shop, id, .commit, [ChangeItem(line: 1)]).outcome == .accepted)
        shop.now = shop.now.advanced(byMilliseconds: 1_000)
        // Over from its millisecond on, swept or not, and the rest stays an order's.
        for _ in 0..<2 {
            let shown = shop.perform(.show(id))
            #expect(shown.state == .committed)
            #expect(shown.didRestExpire)
            #expect(progress(shown) == ["0/0/0/0", "0/0/0/0", "0/2/0/0"])
            var refusal = ReservationReply(.holdExpired)
            refusal.state = .committed
            #expect(change(shop, id, .commit) == refusal)
            #expect(change(shop, id, .commit, fulfilling: true) == refusal)
            #expect(change(shop, id, .release) == refusal)
            _ = shop.sweep()
        }
        #expect(shop.available("shirt") == ["A": 4, "B": 5])
        #expect(change(shop, id, .fulfil).state == .fulfilled)
        try shop.expectSound()
    }

    @Test func countedAwayUnitsAreToldLineByLineAndTheOthersGo() throws {
        let shop = shop()
        let id = hold(shop)
        shop.stock("shirt", ["A": 1, "B": 1], cause: .imported)
        let hash = shop.harness.engine.stateHash()
        let reply = change(shop, id, .commit)
        #expect(reply.outcome == .stockLost)
        #expect(reply.refusedLine == 0)
        #expect(reply.lostUnits == [LostUnits(line: 0, needed: 6, present: 2)])
        #expect(shop.perform(.commit(id, requestID: shop.newID())).lostUnits == reply.lostUnits)
        #expect(shop.harness.engine.stateHash() == hash)
        #expect(change(shop, id, .commit, [ChangeItem(line: 1)]).outcome == .accepted)
        let two = [
            ChangeItem(line: 0, quantity: 1, warehouse: ReserveShop.code("A")),
            ChangeItem(line: 0, quantity: 1, warehouse: ReserveShop.code("B")),
        ]
        #expect(change(shop, id, .commit, two).outcome == .accepted)
        #expect(change(shop, id, .release).state == .committed)
        #expect(change(shop, id, .fulfil).state == .fulfilled)
        #expect(figures(shop, "shirt", "A")?.onHand == 0)
        try shop.expectSound()
    }

    @Test func safetyStockDoesNotTakeAPromiseBack() {
        let shop = shop()
        let id = hold(shop)
        shop.stock("shirt", ["A": 4], cause: .imported, safety: 4)
        #expect(change(shop, id, .commit).outcome == .accepted)
    }

    @Test func unitsThatAreNotOnHandCannotLeave() {
        let shop = shop()
        let id = hold(shop)
        #expect(change(shop, id, .commit).outcome == .accepted)
        shop.stock("shoe", ["B": 1], cause: .imported)
        #expect(change(shop, id, .fulfil) == ReservationReply(.negativeOnHand, refusedLine: 1))
        #expect(change(shop, id, .fulfil, [ChangeItem(line: 0)]).outcome == .accepted)
    }

    /// Two lines of one cell need their units together.
    @Test(arguments: [4, 5, 8] as [Int64])
    func linesOfOneCellLeaveTogetherOrNotAtAll(onHand: Int64) throws {
        let shop = shop()
        let lines = [ReserveShop.line("shirt", 2, at: "A"), ReserveShop.line("shirt", 3, at: "A")]
        shop.stock("shirt", ["A": 8])
        let command = shop.command(lines)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        #expect(change(shop, command.id, .commit).outcome == .accepted)
        shop.stock("shirt", ["A": onHand], cause: .imported)
        let reply = change(shop, command.id, .fulfil)
        #expect(reply.outcome == (onHand < 5 ? .negativeOnHand : .accepted))
        #expect(figures(shop, "shirt", "A")?.onHand == (onHand < 5 ? onHand : onHand - 5))
        try shop.expectSound()
    }

    /// Each has just what it needs, and neither as much as both.
    @Test func linesOfTwoCellsNeedTheirOwnUnits() throws {
        let shop = shop()
        let lines = [ReserveShop.line("shirt", 2, at: "A"), ReserveShop.line("shoe", 1, at: "B")]
        shop.stock("shirt", ["A": 2])
        shop.stock("shoe", ["B": 1])
        let command = shop.command(lines)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        #expect(change(shop, command.id, .commit).outcome == .accepted)
        #expect(change(shop, command.id, .fulfil).outcome == .accepted)
        #expect(figures(shop, "shirt", "A")?.onHand == 0)
        #expect(figures(shop, "shoe", "B")?.onHand == 0)
        try shop.expectSound()
    }

    @Test func offlineIsToldWithEachShareAndDoesNotHinderACommit() {
        let shop = shop()
        let id = hold(shop)
        shop.setWarehouses(["B"], state: .offline)
        let reply = change(shop, id, .commit)
        #expect(reply.outcome == .accepted)
        #expect(reply.shares.map(\.isOffline) == [false, true, true])
    }

    @Test func emptyHoldsGoTheSameWay() {
        let shop = shop()
        let command = shop.command([ReserveShop.line("nothing", 1)], mode: .bestEffort)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        #expect(change(shop, command.id, .fulfil).outcome == .wrongState)
        #expect(change(shop, command.id, .commit).state == .committed)
        #expect(change(shop, command.id, .commit, fulfilling: true).state == .fulfilled)
        #expect(change(shop, command.id, .fulfil).isRepeated)
    }

    @Test func anOrderIsFulfilledByItselfWhenItsTimeIsOver() throws {
        let shop = shop { $0.fulfilAfterMilliseconds = 10_000 }
        let id = hold(shop)
        #expect(change(shop, id, .commit).outcome == .accepted)
        shop.now = shop.now.advanced(byMilliseconds: 9_999)
        _ = shop.sweep()
        #expect(shop.perform(.show(id)).state == .committed)
        // Nothing leaves that isn't there: it is looked at again later.
        shop.stock("shoe", ["B": 1], cause: .imported)
        shop.now = shop.now.advanced(byMilliseconds: 1)
        _ = shop.sweep()
        #expect(shop.perform(.show(id)).state == .committed)
        shop.stock("shoe", ["B": 9], cause: .imported)
        try shop.restart()
        shop.now = shop.now.advanced(byMilliseconds: 10_000)
        _ = shop.sweep()
        #expect(shop.perform(.show(id)).state == .fulfilled)
        #expect(figures(shop, "shoe", "B")?.onHand == 7)
        try shop.expectSound()
        shop.now = shop.now.advanced(byMilliseconds: 3_600_000)
        #expect(shop.sweep().forgotten >= 1)
        #expect(shop.perform(.show(id)).outcome == .unknownReservation)
    }

    @Test func likeSharesOfTwoLinesLeaveEachOnceAlsoAfterARestart() throws {
        for isPartlyCommitted in [false, true] {
            let shop = shop()
            let lines = [ReserveShop.line("shirt", 2), ReserveShop.line("shirt", 2)]
            let command = shop.command(lines, timeToLive: 1_000)
            #expect(shop.perform(.reserve(command)).outcome == .accepted)
            let longer = ExtendCommand(
                reservation: command.id,
                id: shop.newID(),
                timeToLiveMilliseconds: 9_000
            )
            #expect(shop.perform(.extend(longer)).outcome == .accepted)
            if isPartlyCommitted {
                let items = [ChangeItem(line: 0, quantity: 1), ChangeItem(line: 1, quantity: 1)]
                #expect(change(shop, command.id, .commit, items).outcome == .accepted)
            }
            let reply = change(shop, command.id, .commit, fulfilling: true)
            #expect(progress(reply) == ["0/0/2/0", "0/0/2/0"])
            try shop.expectSound()
            try shop.restart()
            #expect(progress(shop.perform(.show(command.id))) == ["0/0/2/0", "0/0/2/0"])
        }
    }

    @Test func itemsThatNameWhatNobodyKnowsFindNothing() throws {
        let shop = shop()
        let id = hold(shop)
        var item = ChangeItem(line: 0, quantity: 1)
        item.warehouse = ReserveShop.code("Z")
        #expect(change(shop, id, .commit, [item]).outcome == .insufficientUnits)
        item.warehouse = .none
        item.pool = PoolName("nowhere")
        #expect(change(shop, id, .commit, [item]).outcome == .insufficientUnits)
        item.pool = .default
        item.warehouse = ReserveShop.code("B")
        #expect(progress(change(shop, id, .commit, [item])) == ["4/0/0/0", "1/1/0/0", "2/0/0/0"])
    }
}
