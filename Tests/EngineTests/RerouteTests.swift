import Engine
import Inventory
import Support
import Testing

/// Held units move away from a warehouse that drains or is gone.
@Suite struct RerouteTests {
    /// `A`, `B` and `C` in this order of distance, with ten shirts in each, and shoes in two.
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B", "C"])
        shop.stock("shirt", ["A": 10, "B": 10, "C": 10])
        shop.stock("shoe", ["A": 5, "C": 5])
        return shop
    }

    private func hold(_ shop: ReserveShop, _ lines: ReserveLine...) -> ReserveCommand {
        let command = shop.command(lines)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        return command
    }

    @discardableResult
    private func reroute(
        _ shop: ReserveShop,
        _ id: ReservationID,
        requestID: RequestID? = nil
    ) -> ReservationReply {
        let command = RerouteCommand(reservation: id, id: requestID ?? shop.newID())
        return shop.perform(.reroute(command))
    }

    private func change(
        _ shop: ReserveShop,
        _ id: ReservationID,
        _ kind: ReservationChangeKind,
        _ items: [ChangeItem] = []
    ) -> ReservationReply {
        let request = ChangeRequest(
            reservation: id,
            id: shop.newID(),
            digest: 1,
            kind: kind,
            items: items
        )
        return shop.perform(.change(request))
    }

    @Test(arguments: [WarehouseState.draining, .offline])
    func heldUnitsGoToTheNextBestWarehouse(_ state: WarehouseState) throws {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 4), ReserveShop.line("shoe", 2))
        let expiresAt = shop.perform(.show(command.id)).expiresAt
        shop.setWarehouses(["A"], state: state)
        let versions = (shop.version("shirt"), shop.version("shoe"))
        let moved = reroute(shop, command.id)
        #expect(moved.outcome == .accepted && moved.lsn > 0 && moved.didReroute)
        // One warehouse for both is nearer than two.
        #expect(text(of: 0, in: moved) == "C:4" && text(of: 1, in: moved) == "C:2")
        #expect(moved.state == .held && moved.expiresAt == expiresAt)
        #expect(shop.available("shirt") == ["A": 10, "B": 10, "C": 6])
        #expect(shop.available("shoe") == ["A": 5, "C": 3])
        #expect(shop.version("shirt") == versions.0.map { $0 + 1 })
        #expect(shop.version("shoe") == versions.1.map { $0 + 1 })
        try shop.expectSound()
        #expect(change(shop, command.id, .commit).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func aRepeatedReserveIsAnsweredAsFirstAndShowTellsWhereUnitsAre() throws {
        let shop = shop()
        _ = hold(shop, ReserveShop.line("shirt", 5, at: "C"))
        let command = shop.command([ReserveShop.line("shirt", 12)])
        let first = shop.perform(.reserve(command))
        #expect(text(of: 0, in: first) == "A:10 B:2")
        shop.setWarehouses(["A"], state: .offline)
        reroute(shop, command.id)
        try shop.restart()
        let again = shop.perform(.reserve(command))
        #expect(again.isRepeated && again.lsn == first.lsn && again.didReroute)
        #expect(text(of: 0, in: again) == "A:10 B:2")
        #expect(again.shares.allSatisfy { $0.progress == nil })
        #expect(again.shares.map(\.isOffline) == [true, false])
        // What comes to a warehouse that the line has a share of joins that share.
        let shown = shop.perform(.show(command.id))
        #expect(text(of: 0, in: shown) == "B:10 C:2" && shown.didReroute)
        #expect(shown.lines[0].reserved == 12)
    }

    @Test func theSameRequestGetsTheSameAnswerAndAnotherHasNothingToDo() throws {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 4))
        #expect(reroute(shop, command.id).lsn == 0)
        shop.setWarehouses(["A"], state: .offline)
        let request = shop.newID()
        let first = reroute(shop, command.id, requestID: request)
        try shop.restart()
        let again = reroute(shop, command.id, requestID: request)
        #expect(again.isRepeated && again.lsn == first.lsn)
        #expect(text(of: 0, in: again) == "B:4")
        let other = reroute(shop, command.id)
        #expect(other.outcome == .accepted && other.lsn == 0 && !other.isRepeated)
        let reused = ChangeRequest(
            reservation: command.id,
            id: request,
            digest: 99,
            kind: .release,
            items: [ChangeItem(line: 0)]
        )
        #expect(shop.perform(.change(reused)).outcome == .requestIDReused)
    }

    @Test func unitsThatFindNoPlaceStayAllOfThem() throws {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 1), ReserveShop.line("shoe", 3))
        let other = hold(shop, ReserveShop.line("shoe", 3, at: "C"))
        shop.setWarehouses(["A"], state: .offline)
        let refused = reroute(shop, command.id)
        #expect(refused.outcome == .insufficientStock && refused.refusedLine == 1)
        #expect(text(of: 0, in: shop.perform(.show(command.id))) == "A:1")
        try shop.expectSound()
        #expect(change(shop, other.id, .release).outcome == .accepted)
        #expect(text(of: 1, in: reroute(shop, command.id)) == "C:3")
    }

    @Test func aLineThatFixedItsWarehouseStays() throws {
        let shop = shop()
        let one = hold(shop, ReserveShop.line("shirt", 1, at: "A"))
        let two = hold(
            shop,
            ReserveShop.line("shoe", 1),
            ReserveShop.line("shirt", 2, at: "A")
        )
        shop.setWarehouses(["A"], state: .draining)
        try shop.restart()
        #expect(reroute(shop, one.id).outcome == .warehouseClosed)
        let refused = reroute(shop, two.id)
        #expect(refused.outcome == .warehouseClosed && refused.refusedLine == 1)
        // A fixed line elsewhere is no obstacle.
        let three = hold(
            shop,
            ReserveShop.line("shirt", 1, at: "B"),
            ReserveShop.line("shoe", 1)
        )
        #expect(reroute(shop, three.id).lsn == 0)
        try shop.expectSound()
    }

    @Test func onlyHeldUnitsMove() throws {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 6))
        let part = [ChangeItem(line: 0, quantity: 2)]
        #expect(change(shop, command.id, .commit, part).outcome == .accepted)
        #expect(change(shop, command.id, .release, [ChangeItem(line: 0, quantity: 1)]).lsn > 0)
        shop.setWarehouses(["A"], state: .offline)
        let moved = reroute(shop, command.id)
        #expect(text(of: 0, in: moved) == "A:3 B:3")
        #expect(moved.shares[0].progress == ShareProgress(committed: 2))
        #expect(moved.shares[1].progress == ShareProgress(held: 3))
        #expect(moved.lines[0].reserved == 6)
        try shop.expectSound()
        #expect(change(shop, command.id, .commit).outcome == .accepted)
        #expect(reroute(shop, command.id).outcome == .wrongState)
        #expect(reroute(shop, shop.newID()).outcome == .unknownReservation)
        try shop.expectSound()
    }

    @Test func aHoldWhoseTimeIsOverStays() {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 6))
        shop.setWarehouses(["A"], state: .offline)
        shop.now = shop.perform(.show(command.id)).expiresAt
        let refused = reroute(shop, command.id)
        #expect(refused.outcome == .holdExpired && refused.state == .expired)
    }

    @Test func unitsStayInTheirPoolAndBackorderedOnesAreTold() throws {
        let shop = shop()
        shop.rows(.received, [("sock", "A", "flash", 4), ("sock", "B", "flash", 1)])
        shop.rows(.received, [("sock", "B", "", 9), ("sock", "C", "flash", 1)])
        var limit = ReserveShop.row("sock", "C", "flash", 0)
        limit.backorderLimit = 5
        shop.write(.configured, [limit])
        var line = ReserveShop.line("sock", 4)
        line.pools = [PoolName("flash") ?? .default, .default]
        let command = hold(shop, line)
        shop.setWarehouses(["A"], state: .draining)
        let moved = reroute(shop, command.id)
        #expect(text(of: 0, in: moved) == "B:1 C:3")
        #expect(moved.shares.map(\.pool.description) == ["flash", "flash"])
        #expect(moved.shares.map(\.backordered) == [0, 2])
        try shop.expectSound()
        // And back, with two of them backordered: they aren't any more.
        shop.setWarehouses(["A"])
        shop.setWarehouses(["C"], state: .offline)
        let back = reroute(shop, command.id)
        #expect(text(of: 0, in: back) == "B:1 A:3")
        #expect(back.shares.map(\.backordered) == [0, 0])
        try shop.expectSound()
    }

    @Test func aMovedHoldIsReplacedExtendedReleasedAndForgotten() throws {
        let shop = ReserveShop { $0.closedRetentionMilliseconds = 1_000 }
        shop.setWarehouses(["A", "B", "C"])
        shop.stock("shirt", ["A": 10, "B": 10, "C": 10])
        let command = hold(shop, ReserveShop.line("shirt", 4))
        shop.setWarehouses(["A"], state: .offline)
        reroute(shop, command.id)
        shop.setWarehouses(["B"], state: .offline)
        #expect(text(of: 0, in: reroute(shop, command.id)) == "C:4")
        let longer = ExtendCommand(
            reservation: command.id,
            id: shop.newID(),
            timeToLiveMilliseconds: 2_000_000
        )
        #expect(shop.perform(.extend(longer)).outcome == .accepted)
        var next = shop.command([ReserveShop.line("shirt", 9)])
        next.replaces = command.id
        #expect(text(of: 0, in: shop.perform(.reserve(next))) == "C:9")
        try shop.expectSound()
        shop.now = shop.now.advanced(byMilliseconds: 2_000)
        #expect(shop.sweep().forgotten == 1)
        #expect(shop.perform(.show(command.id)).outcome == .unknownReservation)
        try shop.expectSound()
    }

    @Test func whatStaysCountsAmongTheMostSplits() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B", "C", "D"])
        shop.stock("shirt", ["A": 10, "B": 5, "C": 6, "D": 6])
        var command = shop.command([ReserveShop.line("shirt", 15)])
        command.constraints = SourcingConstraints(splitsMax: 2)
        #expect(text(of: 0, in: shop.perform(.reserve(command))) == "A:10 B:5")
        shop.setWarehouses(["A"], state: .offline)
        let refused = reroute(shop, command.id)
        #expect(refused.outcome == .constraintsUnmet && refused.refusedLine == 0)
        shop.stock("shirt", ["D": 5], cause: .received)
        #expect(text(of: 0, in: reroute(shop, command.id)) == "B:5 D:10")
        try shop.expectSound()
    }

    @Test func theMostSplitsAndTheMostShipmentsAreKeptTogether() throws {
        let shop = ReserveShop()
        let warehouses = ["A", "B", "C", "D"].enumerated().map { index, code in
            Warehouse(
                code: ReserveShop.code(code),
                position: Position(
                    latitudeMicrodegrees: 0,
                    longitudeMicrodegrees: Int32(index) * 1_000_000
                ),
                capacityShipments: 5
            )
        }
        #expect(shop.set(warehouses).outcome == .accepted)
        shop.stock("shirt", ["A": 10, "B": 5, "C": 6, "D": 10])
        var command = shop.command([ReserveShop.line("shirt", 15)])
        command.constraints = SourcingConstraints(splitsMax: 2)
        #expect(text(of: 0, in: shop.perform(.reserve(command))) == "A:10 B:5")
        var draining = warehouses[0]
        draining.state = .draining
        #expect(shop.set([draining]).outcome == .accepted)
        // Two are nearer than one, but beside B there may be one only.
        #expect(text(of: 0, in: reroute(shop, command.id)) == "B:5 D:10")
        try shop.expectSound()
    }

    @Test func aRunForOneWarehouseLeavesOthersThatDrain() throws {
        let shop = shop()
        let command = hold(shop, ReserveShop.line("shirt", 15))
        shop.setWarehouses(["A", "B"], state: .draining)
        let session = EngineSession(engine: shop.harness.engine)
        let number = UInt16(1)
        let result = shop.harness.engine.reroute(
            command.id,
            from: number,
            now: shop.now,
            session: session
        )
        shop.harness.drain()
        #expect(result.outcome == .accepted && result.heldUnits == 5 && result.lsn > 0)
        #expect(text(of: 0, in: shop.perform(.show(command.id))) == "A:10 C:5")
        try shop.expectSound()
    }
}
