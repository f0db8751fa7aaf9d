import Engine
import Inventory
import Support
import Testing

/// Orders are sourced by their policy, within their constraints and what warehouses take.
@Suite struct SourcingReserveTests {
    /// Warehouses `A` to `D` a degree of longitude apart, the destination at 0°, where `A` is.
    ///
    /// A shipment from `A` costs 400, from `B` 300, from `C` 200, from `D` 100.
    private func shop(_ change: (inout Warehouse) -> Void = { _ in }) -> ReserveShop {
        let shop = ReserveShop()
        let warehouses = ["A", "B", "C", "D"].enumerated().map { index, text in
            var warehouse = Warehouse(
                code: ReserveShop.code(text),
                position: Position(
                    latitudeMicrodegrees: 0,
                    longitudeMicrodegrees: Int32(index) * 1_000_000
                ),
                shipmentCostMinor: Int64(400 - index * 100)
            )
            change(&warehouse)
            return warehouse
        }
        #expect(shop.set(warehouses).outcome == .accepted)
        return shop
    }

    private func order(
        _ shop: ReserveShop,
        _ lines: [ReserveLine],
        policy: SourcingPolicy = .nearest,
        mode: ReserveMode = .allOrNothing,
        _ constraints: SourcingConstraints? = nil
    ) -> ReservationReply {
        var command = shop.command(lines, mode: mode)
        command.policy = policy
        command.constraints = constraints
        return shop.perform(.reserve(command))
    }

    private let codes = ["A", "B", "C", "D"].map { ReserveShop.code($0) }

    @Test func eachPolicyFindsItsOwnBest() throws {
        let shop = shop { warehouse in
            warehouse.handlingHours = warehouse.code == ReserveShop.code("B") ? 0 : 48
            warehouse.priority = warehouse.code == ReserveShop.code("C") ? 0 : 9
        }
        shop.stock("shirt", ["A": 50, "B": 50, "C": 50, "D": 50])
        let line = [ReserveShop.line("shirt", 1)]
        let expected: [(SourcingPolicy, String)] = [
            (.nearest, "A:1"), (.cheapest, "D:1"), (.fastest, "B:1"), (.priority, "C:1"),
            (.fewestShipments, "D:1"),
        ]
        for (policy, text) in expected {
            let reply = order(shop, line, policy: policy)
            #expect(support(reply) == text, "\(policy)")
            #expect(reply.promisedAt > shop.now)
        }
        // By now A, B, C have one of 50 promised, D two.
        #expect(support(order(shop, line, policy: .balanced)) == "C:1")
        try shop.expectSound()
    }

    private func support(_ reply: ReservationReply) -> String {
        reply.outcome == .accepted ? text(of: 0, in: reply) : reply.outcome.name
    }

    @Test func fewShipmentsBeatANearWarehouse() {
        let shop = shop()
        shop.stock("shirt", ["A": 1, "D": 2])
        shop.stock("tie", ["B": 1, "D": 1])
        let reply = order(
            shop,
            [ReserveShop.line("shirt", 2), ReserveShop.line("tie", 1)],
            policy: .fewestShipments
        )
        #expect(text(of: 0, in: reply) == "D:2")
        #expect(text(of: 1, in: reply) == "D:1")
    }

    @Test func constraintsLeaveWarehousesOut() throws {
        let shop = shop()
        shop.stock("shirt", ["A": 9, "B": 9, "C": 9])
        let line = [ReserveShop.line("shirt", 10)]
        let far = SourcingConstraints(metresMax: 100_000)
        #expect(order(shop, line, far).outcome == .constraintsUnmet)
        #expect(order(shop, line, SourcingConstraints(splitsMax: 1)).outcome == .constraintsUnmet)
        let excluded = SourcingConstraints(excluded: [codes[0]])
        #expect(text(of: 0, in: order(shop, line, excluded)) == "B:9 C:1")
        let required = SourcingConstraints(required: [codes[0], codes[2]])
        #expect(text(of: 0, in: order(shop, line, mode: .bestEffort, required)) == "A:9 C:1")
        let preferred = SourcingConstraints(preferred: [codes[2]])
        #expect(text(of: 0, in: order(shop, [ReserveShop.line("shirt", 2)], preferred)) == "C:2")
        #expect(order(shop, [ReserveShop.line("shirt", 90)], far).outcome == .insufficientStock)
        try shop.expectSound()
    }

    @Test func aRefusalUnderALimitOfSplitsNamesALineThatIsTrulyShort() throws {
        let shop = shop()
        shop.stock("shirt", ["A": 9])
        shop.stock("mug", ["B": 9])
        let one = SourcingConstraints(splitsMax: 1)
        func refusal(_ lines: [ReserveLine]) -> String {
            let reply = order(shop, lines, one)
            return "\(reply.outcome) \(reply.refusedLine)"
        }
        let free = [ReserveShop.line("shirt", 1), ReserveShop.line("mug", 1)]
        let fixed = [ReserveShop.line("shirt", 5, at: "A"), ReserveShop.line("mug", 1, at: "B")]
        let unknown = ReserveShop.line("ghost", 1)
        #expect(refusal(free) == "constraintsUnmet 1")
        #expect(refusal(free + [unknown]) == "unknownSKU 2")
        #expect(refusal(fixed) == "constraintsUnmet 1")
        #expect(refusal(fixed + [unknown]) == "unknownSKU 2")
        // Of nine shirts the fixed line takes five, whether or not the mug may ship as well.
        #expect(refusal(fixed + [ReserveShop.line("shirt", 5)]) == "insufficientStock 2")
        #expect(refusal(fixed + [ReserveShop.line("shirt", 4)]) == "constraintsUnmet 1")
        #expect(refusal(fixed + [ReserveShop.line("mug", 9, at: "B")]) == "insufficientStock 2")
        try shop.expectSound()
    }

    @Test func aLatestPromiseIsKept() {
        let shop = shop { $0.handlingHours = $0.code == ReserveShop.code("A") ? 72 : 0 }
        shop.stock("shirt", ["A": 9, "B": 9])
        let two = shop.now.advanced(byMilliseconds: 2 * 86_400_000)
        let reply = order(
            shop,
            [ReserveShop.line("shirt", 1)],
            SourcingConstraints(latestPromise: two)
        )
        #expect(text(of: 0, in: reply) == "B:1")
        #expect(reply.promisedAt <= two)
        let tight = SourcingConstraints(latestPromise: shop.now.advanced(byMilliseconds: 1_000))
        #expect(order(shop, [ReserveShop.line("shirt", 1)], tight).outcome == .constraintsUnmet)
    }

    @Test func whatShipsCompleteHasNothingBackordered() {
        let shop = shop()
        shop.stock("shirt", ["A": 1])
        var row = CommandRow(sku: Array("shirt".utf8), warehouse: codes[0], onHand: 0)
        row.backorderLimit = 10
        #expect(shop.write(.configured, [row]).outcome == .accepted)
        let line = [ReserveShop.line("shirt", 2)]
        let complete = SourcingConstraints(shipsComplete: true)
        #expect(order(shop, line, complete).outcome == .constraintsUnmet)
        #expect(order(shop, line, mode: .bestEffort, complete).outcome == .invalidConstraints)
        #expect(order(shop, line).outcome == .accepted)
    }

    @Test func aFullWarehouseTakesNoMore() throws {
        let shop = shop { if $0.code == ReserveShop.code("A") { $0.capacityShipments = 2 } }
        shop.stock("shirt", ["A": 90, "B": 1])
        let line = [ReserveShop.line("shirt", 1)]
        var first = shop.command(line)
        first.owner = OwnerID(high: 1, low: 1)
        #expect(shop.perform(.reserve(first)).outcome == .accepted)
        #expect(text(of: 0, in: order(shop, line)) == "A:1")
        #expect(text(of: 0, in: order(shop, line)) == "B:1")
        #expect(order(shop, line).outcome == .capacityExhausted)
        // What takes the place of one there needs no more.
        var second = shop.command([ReserveShop.line("shirt", 5)])
        second.owner = first.owner
        second.replaces = first.id
        #expect(text(of: 0, in: shop.perform(.reserve(second))) == "A:5")
        #expect(order(shop, line).outcome == .capacityExhausted)
        // A part leaves it open, the rest doesn't.
        let part = ChangeRequest(
            reservation: second.id,
            id: shop.newID(),
            digest: 1,
            kind: .release,
            items: [ChangeItem(line: 0, quantity: 4)]
        )
        #expect(shop.perform(.change(part)).outcome == .accepted)
        #expect(order(shop, line).outcome == .capacityExhausted)
        #expect(shop.perform(.commit(second.id, requestID: shop.newID())).outcome == .accepted)
        #expect(order(shop, line).outcome == .capacityExhausted)
        try shop.expectSound()
        try shop.restart()
        #expect(order(shop, line).outcome == .capacityExhausted)
        let fulfil = ChangeRequest(
            reservation: second.id,
            id: shop.newID(),
            digest: 0,
            kind: .fulfil
        )
        #expect(shop.perform(.change(fulfil)).outcome == .accepted)
        #expect(text(of: 0, in: order(shop, line)) == "A:1")
        let fill = shop.harness.engine.warehouseFill()
        #expect(fill.map(\.openShipments) == [2, 1, 0, 0])
        #expect(fill.map(\.capacityShipments) == [2, nil, nil, nil])
        try shop.expectSound()
    }

    @Test func aLimitBelowWhatIsOpenOnlyStopsNewOnes() throws {
        let shop = shop()
        shop.stock("shirt", ["A": 90])
        let line = [ReserveShop.line("shirt", 1)]
        for _ in 0..<3 { #expect(order(shop, line).outcome == .accepted) }
        let limited = Warehouse(
            code: codes[0],
            position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0),
            capacityShipments: 1
        )
        #expect(shop.set([limited]).outcome == .accepted)
        #expect(order(shop, line).outcome == .capacityExhausted)
        shop.now = shop.now.advanced(byMilliseconds: 1_000_000)
        #expect(shop.sweep().expired == 3)
        #expect(order(shop, line).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func contradictionsAreRefused() {
        let shop = shop()
        shop.stock("shirt", ["A": 9])
        let line = [ReserveShop.line("shirt", 1)]
        let (a, b) = (codes[0], codes[1])
        let contradictions = [
            SourcingConstraints(excluded: [a], required: [a]),
            SourcingConstraints(excluded: [a], preferred: [a]),
            SourcingConstraints(required: [a], preferred: [b]),
            SourcingConstraints(splitsMax: 1, splitsPerLineMax: 2),
            SourcingConstraints(excluded: [b, b]),
        ]
        for constraints in contradictions {
            #expect(order(shop, line, constraints).outcome == .invalidConstraints)
        }
        let fixed = [ReserveShop.line("shirt", 1, at: "A")]
        let reply = order(shop, fixed, SourcingConstraints(excluded: [a]))
        #expect(reply.outcome == .invalidConstraints && reply.refusedLine == 0)
        let unknown = SourcingConstraints(excluded: [ReserveShop.code("Z")])
        #expect(order(shop, line, unknown).outcome == .unknownWarehouse)
        var command = shop.command(line)
        command.destination = nil
        command.constraints = SourcingConstraints(metresMax: 5)
        #expect(shop.perform(.reserve(command)).outcome == .invalidConstraints)
    }

    @Test func aRestartKeepsPromiseAndConstraints() throws {
        let shop = shop()
        shop.stock("shirt", ["A": 9])
        var command = shop.command([ReserveShop.line("shirt", 1)])
        command.policy = .cheapest
        command.constraints = SourcingConstraints(
            splitsMax: 3,
            metresMax: 900_000,
            excluded: [codes[1], codes[2]],
            preferred: [codes[0]]
        )
        let reply = shop.perform(.reserve(command))
        try shop.restart()
        #expect(shop.perform(.show(command.id)).promisedAt == reply.promisedAt)
        let extended = ExtendCommand(
            reservation: command.id,
            id: shop.newID(),
            timeToLiveMilliseconds: 2_000_000
        )
        #expect(shop.perform(.extend(extended)).promisedAt == reply.promisedAt)
        try shop.expectSound()
    }
}

extension ReserveShop {
    /// Makes warehouses what they are from now on.
    func set(_ warehouses: [Warehouse]) -> WriteAnswer {
        write(.warehouses(WarehousesCommand(id: newID(), warehouses: warehouses)))
    }
}
