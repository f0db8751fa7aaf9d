import Engine
import Inventory
import Support
import Testing

/// What belongs to a sale, when it is open, and what becomes of it.
@Suite struct SaleTests {
    @Test func nothingIsHeldBeforeASaleOpensAndFromItsCloseOn() throws {
        let sale = SaleShop()
        let opens = sale.shop.now.advanced(byMilliseconds: 100)
        sale.rules {
            $0.opensAt = opens
            $0.closesAt = opens.advanced(byMilliseconds: 50)
        }
        sale.shop.now = opens.advanced(byMilliseconds: -1)
        #expect(sale.reserve(["shirt": 1]).outcome == .saleNotOpen)
        sale.shop.now = opens
        let command = sale.command(["shirt": 1])
        #expect(sale.shop.perform(.reserve(command)).outcome == .accepted)
        sale.shop.now = opens.advanced(byMilliseconds: 50)
        #expect(sale.reserve(["shirt": 1]).outcome == .saleClosed)
        // What was answered stays answered, and what is held may still be paid for.
        #expect(sale.shop.perform(.reserve(command)).isRepeated)
        #expect(sale.change(command.id, .commit) == .accepted)
        #expect(sale.reserve(["shirt": 1], pools: []).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func linesOfASaleAndOthersDontMix() {
        let sale = SaleShop()
        sale.rules()
        var command = sale.command(["shirt": 1, "shoe": 1])
        command.lines[1].pools = []
        let mixed = sale.shop.perform(.reserve(command))
        #expect(mixed.outcome == .mixedSale)
        #expect(mixed.refusedLine == 1)
        #expect(
            sale.reserve(["shirt": 1], pools: [.default, SaleShop.flash]).outcome == .mixedSale
        )
    }

    @Test func hardWallKeepsToItsPool() throws {
        let sale = SaleShop()
        sale.rules()
        #expect(sale.reserve(["shirt": 11]).outcome == .insufficientStock)
        #expect(
            sale.reserve(["shirt": 1], pools: [SaleShop.flash, .default]).outcome == .mixedSale
        )
        #expect(try sale.report().figures.refusals == [.insufficientStock: 1, .mixedSale: 1])
    }

    @Test func softWallBorrowsOnlyWhatItsOwnPoolHasntLeft() throws {
        let sale = SaleShop()
        sale.rules {
            $0.wall = .borrows
            $0.unitsPerOwner = 15
        }
        let hold = sale.reserve(["shirt": 12])
        #expect(hold.outcome == .accepted)
        let cells = sale.shop.harness.engine.stock(of: "shirt")?.cells ?? []
        #expect(cells.first { $0.pool == SaleShop.flash }?.figures.reserved == 10)
        #expect(cells.first { $0.pool == .default }?.figures.reserved == 2)
        // Borrowed units count as the sale's own, and go back to where they came from.
        #expect(sale.reserve(["shoe": 4]).outcome == .ownerLimit)
        #expect(sale.change(hold.id, .release) == .accepted)
        #expect(try sale.report().figures.openUnits == 0)
        try sale.shop.expectSound()
    }

    @Test func rulesOfDefaultAreThoseOfEverydayTrade() throws {
        let sale = SaleShop()
        sale.rules(.default) { $0.unitsPerOwner = 2 }
        #expect(sale.reserve(["shirt": 3], pools: []).outcome == .ownerLimit)
        #expect(sale.reserve(["shirt": 2], pools: []).outcome == .accepted)
        #expect(sale.reserve(["shirt": 3]).outcome == .accepted)
        #expect(try sale.report(.default).figures.openUnits == 2)
        try sale.shop.expectSound()
    }

    @Test func firstHoldLivesNoLongerThanAllowed() throws {
        let sale = SaleShop()
        sale.rules { $0.firstHoldMilliseconds = 1_000 }
        let start = sale.shop.now
        let command = sale.command(["shirt": 1])
        let reply = sale.shop.perform(.reserve(command))
        #expect(reply.expiresAt == start.advanced(byMilliseconds: 1_000))
        sale.shop.now = start.advanced(byMilliseconds: 400)
        // Neither extending nor replacing it wins time.
        let extend = ExtendCommand(
            reservation: command.id,
            id: sale.shop.newID(),
            timeToLiveMilliseconds: 60_000
        )
        #expect(sale.shop.perform(.extend(extend)).expiresAt == reply.expiresAt)
        var next = sale.command(["shirt": 2])
        next.replaces = command.id
        #expect(sale.shop.perform(.reserve(next)).expiresAt == reply.expiresAt)
        try sale.shop.expectSound()
    }

    @Test func saleOfAnUnknownPoolMakesIt() throws {
        let sale = SaleShop()
        let pool = try #require(PoolName("new"))
        #expect(sale.rules(pool).outcome == .accepted)
        #expect(sale.reserve(["shirt": 1], pools: [pool]).outcome == .insufficientStock)
        sale.shop.rows(.transferred, [("shirt", "A", "", -2), ("shirt", "A", "new", 2)])
        #expect(sale.reserve(["shirt": 2], pools: [pool]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func changesOfSalesAreAllMadeOrNone() throws {
        let sale = SaleShop()
        var wrong = SaleRules(pool: SaleShop.flash)
        wrong.unitsPerWindow = 1
        let other = try #require(PoolName("other"))
        let answer = sale.write([.rules(SaleRules(pool: other)), .rules(wrong)])
        #expect(answer.outcome == .invalidSale)
        #expect(answer.refusedRow == 1)
        let unknown = sale.write([.rules(SaleRules(pool: other)), .removal(SaleShop.flash)])
        #expect(unknown.outcome == .unknownSale)
        #expect(sale.shop.harness.engine.network.sales.isEmpty)
        #expect(sale.write([]).outcome == .noLines)
        let twice = sale.write([.rules(SaleRules(pool: other)), .removal(other)])
        #expect(twice.outcome == .invalidSale)
    }

    @Test func saleIsForgottenOnceItIsOverAndNothingIsHeld() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 4 }
        let held = sale.reserve(["shirt": 2])
        let bought = sale.reserve(["shoe": 2])
        #expect(sale.change(bought.id, .commit) == .accepted)
        #expect(sale.write([.removal(SaleShop.flash)]).outcome == .saleInUse)
        sale.rules { $0.closesAt = sale.shop.now }
        #expect(sale.write([.removal(SaleShop.flash)]).outcome == .saleInUse)
        #expect(sale.change(held.id, .release) == .accepted)
        #expect(sale.write([.removal(SaleShop.flash)]).outcome == .accepted)
        #expect(sale.shop.harness.engine.saleWalk(of: SaleShop.flash, topMax: 1) == nil)
        // The next sale of the pool knows nothing of the one before, whose orders go their way.
        sale.rules { $0.unitsPerOwner = 4 }
        #expect(sale.reserve(["shirt": 4]).outcome == .accepted)
        #expect(sale.change(bought.id, .cancel) == .accepted)
        #expect(try sale.report().figures.openUnits == 4)
        try sale.shop.expectSound()
    }

    @Test func rulesMayChangeAndSharesStayCounted() throws {
        let sale = SaleShop()
        sale.rules()
        #expect(sale.reserve(["shirt": 3]).outcome == .accepted)
        sale.rules { $0.unitsPerOwner = 4 }
        #expect(sale.reserve(["shirt": 2]).outcome == .ownerLimit)
        #expect(sale.reserve(["shirt": 1]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func reportTellsWhoHasHowMuch() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 6 }
        #expect(sale.reserve(["shirt": 2, "shoe": 4], owner: 1).outcome == .accepted)
        let second = sale.reserve(["shirt": 2], owner: 2)
        #expect(sale.change(second.id, .commit, isFulfilling: true) == .accepted)
        let third = sale.reserve(["shoe": 1], owner: 3)
        #expect(sale.change(third.id, .release) == .accepted)
        #expect(sale.reserve(["shirt": 9], owner: 4).outcome == .ownerLimit)
        let report = try sale.report(topMax: 2)
        #expect(report.top.map(\.owner.high) == [1, 2])
        #expect(report.top.map(\.openUnits) == [6, 0])
        #expect(report.top.map(\.fulfilledUnits) == [0, 2])
        let owners = report.bands.filter { $0.owners > 0 }.map { [$0.unitsMin, $0.owners] }
        #expect(owners == [[0, 1], [2, 1], [6, 1]])
        let figures = report.figures
        #expect(figures.owners == 3)
        #expect(figures.holds == 3)
        #expect(figures.committedHolds == 1)
        #expect(figures.openHolds == 1)
        #expect(figures.openUnits == 6)
        #expect(figures.fulfilledUnits == 2)
        #expect(figures.cells.onHand == 18)
        #expect(figures.cells.reserved == 6)
        #expect(figures.refusals == [.ownerLimit: 1])
        // Without a page the same figures come without a look at any owner.
        #expect(try sale.report(topMax: 0).figures == figures)
        try sale.shop.expectSound()
    }

    @Test func restGoesBackToDefaultInBatchesAndLateExpiriesFollow() throws {
        let sale = SaleShop()
        for index in 0..<100 {
            sale.shop.rows(.imported, [("extra-\(index)", "A", "flash", 3)])
        }
        sale.rules()
        #expect(sale.reserve(["shirt": 4]).outcome == .accepted)
        let engine = sale.shop.harness.engine
        let session = EngineSession(engine: engine)
        func returnRest() -> (units: Int64, batches: Int) {
            var position = RestPosition()
            var all: (units: Int64, batches: Int) = (0, 0)
            while true {
                #expect(session.takeCredit(Engine.restCreditBytes))
                let result = engine.returnRest(
                    of: SaleShop.flash,
                    from: &position,
                    now: sale.shop.now,
                    session: session
                )
                session.returnCredit()
                sale.shop.harness.drain()
                #expect(result.outcome == .accepted)
                all.units += result.units
                all.batches += 1
                if result.isAtEnd { return all }
            }
        }
        let first = returnRest()
        #expect(first.units == 6 + 10 + 300)
        #expect(first.batches == 2)
        #expect(sale.shop.onHand("shirt") == ["A": 16, "A/flash": 4])
        #expect(sale.shop.onHand("extra-99") == ["A": 3, "A/flash": 0])
        sale.shop.now = sale.shop.now.advanced(byMilliseconds: 900_000)
        #expect(sale.shop.sweep().expired == 1)
        #expect(returnRest().units == 4)
        #expect(returnRest().units == 0)
        #expect(sale.shop.onHand("shirt") == ["A": 20, "A/flash": 0])
        try sale.shop.expectSound()
    }
}
