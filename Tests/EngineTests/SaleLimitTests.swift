import Engine
import Inventory
import Support
import Testing

/// What a sale doesn't allow an owner or a client, and what it gives back.
@Suite struct SaleLimitTests {
    @Test func ownerGetsNoMoreOfOneSKUThanAllowed() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwnerAndSKU = 3 }
        #expect(sale.reserve(["shirt": 2, "shoe": 3]).outcome == .accepted)
        let refused = sale.reserve(["shoe": 1, "shirt": 2])
        #expect(refused.outcome == .ownerSKULimit)
        #expect(refused.line == 0)
        let second = sale.reserve(["shirt": 1, "shirt": 1])
        #expect(second.outcome == .ownerSKULimit)
        #expect(second.line == 1)
        #expect(sale.reserve(["shirt": 1]).outcome == .accepted)
        #expect(sale.reserve(["shirt": 3], owner: 2).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func ownerGetsNoMoreOfAllSKUsThanAllowed() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 4 }
        #expect(sale.reserve(["shirt": 2, "shoe": 1]).outcome == .accepted)
        #expect(sale.reserve(["shoe": 2]).outcome == .ownerLimit)
        #expect(sale.reserve(["shoe": 1]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func orderAsksForNoMoreThanAllowedWhateverThereIs() {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOrder = 4 }
        #expect(sale.reserve(["shirt": 2, "shoe": 3]).outcome == .orderLimit)
        #expect(sale.reserve(["shirt": 2, "shoe": 2]).outcome == .accepted)
        #expect(sale.reserve(["shirt": 4]).outcome == .accepted)
    }

    @Test func unitsAskedForCountAndNotThoseThatBestEffortFinds() {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 12 }
        var command = sale.command(["shirt": 12])
        command.mode = .bestEffort
        #expect(sale.shop.perform(.reserve(command)).outcome == .accepted)
        // Ten were there, so two more may be had; three are too many.
        #expect(sale.reserve(["shoe": 3]).outcome == .ownerLimit)
        #expect(sale.reserve(["shoe": 2]).outcome == .accepted)
    }

    @Test func windowCountsWhatWasTakenInItAndBeginsAnew() throws {
        let sale = SaleShop()
        let opens = sale.shop.now
        sale.rules {
            $0.opensAt = opens
            $0.unitsPerWindow = 3
            $0.windowMilliseconds = 1_000
        }
        let first = sale.reserve(["shirt": 2])
        #expect(first.outcome == .accepted)
        #expect(sale.reserve(["shirt": 2]).outcome == .windowLimit)
        sale.shop.now = opens.advanced(byMilliseconds: 999)
        #expect(sale.reserve(["shirt": 2]).outcome == .windowLimit)
        sale.shop.now = opens.advanced(byMilliseconds: 1_000)
        #expect(sale.reserve(["shirt": 3]).outcome == .accepted)
        // What goes back to a window that is over frees nothing in the present one.
        #expect(sale.change(first.id, .release) == .accepted)
        #expect(sale.reserve(["shirt": 1]).outcome == .windowLimit)
        try sale.shop.expectSound()
    }

    @Test func unitsGivenBackInTheirWindowMayBeTakenAgain() {
        let sale = SaleShop()
        sale.rules {
            $0.unitsPerWindow = 3
            $0.windowMilliseconds = 3_600_000
        }
        let first = sale.reserve(["shirt": 3])
        #expect(sale.change(first.id, .release, 2) == .accepted)
        #expect(sale.reserve(["shirt": 3]).outcome == .windowLimit)
        #expect(sale.reserve(["shirt": 2]).outcome == .accepted)
    }

    @Test func ownerHoldsNoMoreReservationsAtOnceThanAllowed() throws {
        let sale = SaleShop()
        sale.rules { $0.openHoldsPerOwner = 2 }
        let first = sale.reserve(["shirt": 2])
        #expect(sale.reserve(["shoe": 1]).outcome == .accepted)
        #expect(sale.reserve(["shoe": 1]).outcome == .ownerHoldBudget)
        // A hold counts until nothing of it is held any more.
        #expect(sale.change(first.id, .commit, 1) == .accepted)
        #expect(sale.reserve(["shoe": 1]).outcome == .ownerHoldBudget)
        #expect(sale.change(first.id, .commit) == .accepted)
        #expect(sale.reserve(["shoe": 1]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func clientHoldsNoMoreThanAllowedHoweverManyOwnersItNames() throws {
        let sale = SaleShop()
        sale.rules { $0.openHoldsPerCredential = 2 }
        let first = sale.reserve(["shirt": 1], owner: 1, client: 5)
        #expect(sale.reserve(["shirt": 1], owner: 2, client: 5).outcome == .accepted)
        #expect(
            sale.reserve(["shirt": 1], owner: 3, client: 5).outcome == .credentialHoldBudget
        )
        #expect(sale.reserve(["shirt": 1], owner: 3, client: 6).outcome == .accepted)
        // Nobody named has no budget.
        for owner in 4..<7 {
            #expect(sale.reserve(["shirt": 1], owner: UInt64(owner)).outcome == .accepted)
        }
        #expect(sale.change(first.id, .release) == .accepted)
        #expect(sale.reserve(["shirt": 1], owner: 3, client: 5).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test(arguments: [ReservationChangeKind.release, .cancel])
    func whatIsGivenBackCountsNoLonger(kind: ReservationChangeKind) throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 5 }
        let hold = sale.reserve(["shirt": 3, "shoe": 2])
        if kind == .cancel { #expect(sale.change(hold.id, .commit) == .accepted) }
        #expect(sale.change(hold.id, kind, 2) == .accepted)
        #expect(sale.reserve(["shoe": 3]).outcome == .ownerLimit)
        #expect(sale.change(hold.id, kind) == .accepted)
        #expect(sale.reserve(["shoe": 5]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func whatExpiresCountsNoLongerOnceItIsSwept() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 3 }
        var command = sale.command(["shirt": 3])
        command.timeToLiveMilliseconds = 100
        #expect(sale.shop.perform(.reserve(command)).outcome == .accepted)
        sale.shop.now = sale.shop.now.advanced(byMilliseconds: 100)
        #expect(sale.shop.sweep().expired == 1)
        #expect(sale.reserve(["shirt": 3]).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func whatHasLeftStillCounts() throws {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwnerAndSKU = 3 }
        let hold = sale.reserve(["shirt": 3])
        #expect(sale.change(hold.id, .commit, isFulfilling: true) == .accepted)
        #expect(sale.reserve(["shirt": 1]).outcome == .ownerSKULimit)
        sale.shop.now = sale.shop.now.advanced(byMilliseconds: 3_600_001)
        #expect(sale.shop.sweep().forgotten > 0)
        #expect(sale.reserve(["shirt": 1]).outcome == .ownerSKULimit)
        try sale.shop.expectSound()
    }

    @Test func replacedHoldCountsAsFree() throws {
        let sale = SaleShop()
        sale.rules {
            $0.unitsPerOwner = 4
            $0.unitsPerOwnerAndSKU = 4
            $0.unitsPerWindow = 4
            $0.windowMilliseconds = 3_600_000
            $0.openHoldsPerOwner = 1
            $0.openHoldsPerCredential = 1
        }
        let old = sale.reserve(["shirt": 3], client: 9)
        var command = sale.command(["shirt": 4])
        command.client = 9
        command.replaces = old.id
        var tooMany = sale.command(["shirt": 5])
        tooMany.replaces = old.id
        #expect(sale.shop.perform(.reserve(tooMany)).outcome == .ownerSKULimit)
        let reply = sale.shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted)
        #expect(reply.didReplace)
        let figures = try sale.report().figures
        #expect(figures.openUnits == 4)
        #expect(figures.openHolds == 1)
        #expect(figures.holds == 2)
        try sale.shop.expectSound()
    }

    @Test func fullTableRefusesNewOwnersAndForgetsNobody() throws {
        let sale = SaleShop { settings in
            settings.ownerStripes = 1
            settings.ownerEntriesMax = 5
        }
        sale.rules()
        #expect(sale.reserve(["shirt": 1, "shoe": 1], owner: 1).outcome == .accepted)
        #expect(sale.reserve(["shirt": 1, "shoe": 1], owner: 2).outcome == .tooManyOwners)
        #expect(sale.reserve(["shirt": 1], owner: 2).outcome == .accepted)
        #expect(sale.reserve(["shirt": 1], owner: 3).outcome == .tooManyOwners)
        #expect(sale.reserve(["shirt": 1, "shoe": 1], owner: 1).outcome == .accepted)
        try sale.shop.expectSound()
    }

    @Test func refusedRequestSucceedsOnceThereIsRoom() {
        let sale = SaleShop()
        sale.rules { $0.unitsPerOwner = 2 }
        let hold = sale.reserve(["shirt": 2])
        let command = sale.command(["shirt": 1])
        #expect(sale.shop.perform(.reserve(command)).outcome == .ownerLimit)
        #expect(sale.change(hold.id, .release) == .accepted)
        #expect(sale.shop.perform(.reserve(command)).outcome == .accepted)
    }
}
