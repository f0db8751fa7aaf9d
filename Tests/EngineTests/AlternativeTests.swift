import Engine
import Inventory
import Support
import Testing

/// What could serve short lines instead.
@Suite struct AlternativeTests {
    /// `A` to `D` in this order of distance; two shirts, caps in their place, some in a pool.
    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B", "C", "D"])
        shop.stock("shirt", ["A": 2, "B": 3, "C": 9])
        shop.rows(.received, [("shirt", "A", "flash", 4), ("shirt", "D", "flash", 8)])
        shop.stock("cap", ["A": 1, "B": 7])
        shop.stock("hat", ["A": 50])
        let rows = [SKUSubstitutes(sku: "shirt", substitutes: ["cap", "hat"])]
        let command = SubstitutesCommand(id: shop.newID(), rows: rows)
        #expect(shop.write(.configuration(.substitutes(command))).outcome == .accepted)
        return shop
    }

    private func asking(
        _ shop: ReserveShop,
        _ lines: [ReserveLine],
        _ constraints: SourcingConstraints? = nil,
        mode: ReserveMode = .bestEffort
    ) -> ReserveCommand {
        var command = shop.command(lines, mode: mode)
        command.constraints = constraints
        command.wantsAlternatives = true
        return command
    }

    /// The alternatives of a line in words: `warehouse shirt C 9 too_far`.
    private func words(_ reply: ReservationReply, line: Int = 0) -> [String] {
        let found = reply.alternatives.first { $0.line == line }?.alternatives ?? []
        return found.map { one in
            let pool = one.pool == .default ? "" : "/\(one.pool)"
            let reason = one.exclusion == .none ? "" : " \(one.exclusion.name)"
            return "\(one.kind.name) \(one.sku) \(one.warehouse)\(pool) \(one.available)\(reason)"
        }
    }

    @Test func whatServesAllComesFirstThenPoolsWarehousesAndSubstitutes() throws {
        let shop = shop()
        let near = SourcingConstraints(metresMax: 150_000)
        let command = asking(shop, [ReserveShop.line("shirt", 10)], near)
        let reply = shop.perform(.reserve(command))
        #expect(text(of: 0, in: reply) == "A:2 B:3")
        #expect(
            words(reply) == [
                "warehouse shirt C 9 too_far", "substitute cap B 7", "substitute hat A 50",
                "pool shirt A/flash 4", "substitute cap A 1",
            ]
        )
        try shop.expectSound()
    }

    @Test func whoDoesNotAskIsToldNothing() {
        let shop = shop()
        var command = asking(shop, [ReserveShop.line("shirt", 40)])
        command.wantsAlternatives = false
        let accepted = shop.perform(.reserve(command))
        #expect(accepted.outcome == .accepted && accepted.alternatives.isEmpty)
        command.id = shop.newID()
        command.mode = .allOrNothing
        let refused = shop.perform(.reserve(command))
        #expect(refused.outcome == .insufficientStock && refused.alternatives.isEmpty)
    }

    @Test func aRefusalTellsOfEveryShortLine() {
        let shop = shop()
        let lines = [
            ReserveShop.line("hat", 1), ReserveShop.line("shirt", 15),
            ReserveShop.line("cap", 9),
        ]
        let reply = shop.perform(.reserve(asking(shop, lines, mode: .allOrNothing)))
        #expect(reply.outcome == .insufficientStock && reply.refusedLine == 1)
        // Caps have neither another pool nor a substitute.
        #expect(reply.alternatives.map(\.line) == [1])
        #expect(words(reply, line: 1).first == "pool shirt A/flash 4")
        let unknown = shop.perform(
            .reserve(asking(shop, [ReserveShop.line("none", 1)], mode: .allOrNothing))
        )
        #expect(unknown.outcome == .unknownSKU && unknown.alternatives.isEmpty)
    }

    @Test func aFixedWarehouseIsLeftForOthers() {
        let shop = shop()
        shop.setWarehouses(["C"], state: .draining)
        let line = ReserveShop.line("shirt", 1, at: "C")
        let reply = shop.perform(.reserve(asking(shop, [line], mode: .allOrNothing)))
        #expect(reply.outcome == .warehouseClosed)
        #expect(
            words(reply) == ["warehouse shirt A 2 not_of_line", "warehouse shirt B 3 not_of_line"]
        )
    }

    @Test func whatIsClosedOrFullIsNotOffered() {
        let shop = shop()
        shop.setWarehouses(["B"], state: .offline)
        let full = Warehouse(
            code: ReserveShop.code("A"),
            position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0),
            capacityShipments: 0
        )
        #expect(shop.set([full]).outcome == .accepted)
        let reply = shop.perform(.reserve(asking(shop, [ReserveShop.line("shirt", 12)])))
        #expect(text(of: 0, in: reply) == "C:9")
        #expect(words(reply) == ["pool shirt D/flash 8"])
    }

    @Test func aLimitOfSplitsIsTold() {
        let shop = shop()
        let one = SourcingConstraints(splitsMax: 1)
        let reply = shop.perform(.reserve(asking(shop, [ReserveShop.line("shirt", 10)], one)))
        #expect(text(of: 0, in: reply) == "C:9")
        // Pools and substitutes elsewhere would be a second warehouse and a second departure.
        #expect(words(reply) == ["warehouse shirt A 2 splits", "warehouse shirt B 3 splits"])
    }

    @Test func whatShipsCompleteOffersOnlyWhatIsThere() {
        let shop = shop()
        var limit = ReserveShop.row("shirt", "D", "flash", 0)
        limit.backorderLimit = 100
        shop.write(.configured, [limit])
        let whole = SourcingConstraints(shipsComplete: true)
        let line = ReserveShop.line("shirt", 20)
        let complete = asking(shop, [line], whole, mode: .wholeLines)
        #expect(words(shop.perform(.reserve(complete))).contains("pool shirt D/flash 8"))
        let any = asking(shop, [line], mode: .wholeLines)
        #expect(words(shop.perform(.reserve(any))).first == "pool shirt D/flash 108")
    }

    @Test func aRepeatedAnswerFindsWhatThereIsThen() throws {
        let shop = shop()
        let command = asking(shop, [ReserveShop.line("shirt", 15)])
        let first = shop.perform(.reserve(command))
        #expect(words(first).first == "pool shirt A/flash 4")
        shop.stock("shirt", ["B": 5], cause: .received)
        shop.rows(.adjusted, [("shirt", "A", "flash", -4)])
        try shop.restart()
        let again = shop.perform(.reserve(command))
        #expect(again.isRepeated && again.lines == first.lines && again.lsn == first.lsn)
        // What came to B the request itself allows: asked anew it would be served.
        #expect(words(again).first == "pool shirt D/flash 8")
        var other = command
        other.wantsAlternatives = false
        #expect(shop.perform(.reserve(other)).outcome == .requestIDReused)
    }

    @Test func aReplacedHoldHasGivenItsUnitsBack() {
        let shop = shop()
        var pooled = ReserveShop.line("shirt", 4)
        pooled.pools = [PoolName("flash") ?? .default]
        let old = shop.command([pooled])
        #expect(shop.perform(.reserve(old)).outcome == .accepted)
        var next = asking(shop, [ReserveShop.line("shirt", 15)])
        next.replaces = old.id
        let reply = shop.perform(.reserve(next))
        #expect(reply.didReplace && words(reply).first == "pool shirt A/flash 4")
    }

    @Test func whatAnotherRequestGotTellsNothing() {
        let shop = shop()
        var first = asking(shop, [ReserveShop.line("shirt", 1), ReserveShop.line("shirt", 15)])
        first.forcedDigest = 7
        #expect(!shop.perform(.reserve(first)).alternatives.isEmpty)
        // Two requests whose digests happen to be alike: the second has no second line.
        var second = first
        second.lines.removeLast()
        let reply = shop.perform(.reserve(second))
        #expect(reply.isRepeated && reply.lines.count == 2 && reply.alternatives.isEmpty)
    }

    @Test func aDryRunAlwaysTells() throws {
        let shop = shop()
        var command = asking(shop, [ReserveShop.line("shirt", 15)], mode: .allOrNothing)
        command.wantsAlternatives = false
        let session = EngineSession(engine: shop.harness.engine)
        let planned = withReserveRequest(command) { request in
            shop.harness.engine.prepare(&request)
            return shop.harness.engine.source(request, now: shop.now, session: session)
        }
        let report = try planned.get()
        #expect(report.outcome == .insufficientStock)
        #expect(report.lines[0].alternatives.count == 5)
        #expect(report.lines[0].alternatives.first?.kind == .pool)
    }

    @Test func lookingEndsAfterSoManyLinesAndCells() {
        let shop = ReserveShop()
        let codes = (0..<600).map { "W\($0)" }
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let warehouses = codes.map { Warehouse(code: ReserveShop.code($0), position: place) }
        #expect(shop.set(warehouses).outcome == .accepted)
        let few = (0..<40).map { "few-\($0)" }
        for sku in few { shop.rows(.received, [(sku, "W0", "flash", 1)]) }
        let byLines = asking(shop, few.map { ReserveShop.line($0, 1) })
        #expect(
            shop.perform(.reserve(byLines)).alternatives.map(\.line)
                == Array(0..<Limits.alternativeLinesMax)
        )
        let many = (0..<30).map { "many-\($0)" }
        for sku in many {
            shop.write(.received, codes.map { ReserveShop.row(sku, $0, "flash", 1) })
        }
        let byCells = asking(shop, many.map { ReserveShop.line($0, 1) })
        let looked = (Limits.alternativeCellsMax + codes.count - 1) / codes.count
        #expect(
            shop.perform(.reserve(byCells)).alternatives.map(\.line) == Array(0..<looked)
        )
    }
}
