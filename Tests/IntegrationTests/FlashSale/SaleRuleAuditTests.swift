import HoldfastClient
import Testing

@testable import holdfast

/// That an audit finds what no rule of a sale allows: each test falsifies one thing.
struct SaleRuleAuditTests {
    /// The first order of the tale, its complaints once `change` was done to its hold.
    private func complaints(
        _ change: (inout LoggedMovement) -> Void
    ) throws -> [String] {
        var tale = SaleTale()
        let index = try #require(tale.movements.firstIndex { $0.word == .reserved })
        change(&tale.movements[index])
        return tale.complaints()
    }

    /// Of a sale of one owner, the units that it had in one window of time at most.
    private func windowMost(_ tell: (inout SaleTale, [OrderNumber]) -> Void) -> Int {
        var tale = SaleTale(hasOneOwner: true) { $0.windowMilliseconds = 1_000 }
        tale.forgetOrders()
        tell(&tale, tale.buyers(of: 0, 3))
        return tale.log.owners.unitsOfOneWindowMost
    }

    // MARK: Limits

    @Test func anOwnerAboveALimitIsFound() {
        let complaints = SaleTale(hasOneOwner: true) { $0.unitsPerOwner = 1 }.complaints()
        #expect(complaints.contains { $0.hasPrefix("owner ") && $0.hasSuffix("units") })
        #expect(SaleTale { $0.unitsPerOwner = 1 }.complaints() == [])
    }

    @Test func anOwnerWithTooManyOfOneSKUIsFound() {
        let complaints = SaleTale(hasOneOwner: true) { $0.unitsPerOwnerAndSKU = 1 }.complaints()
        #expect(complaints == ["an owner had 2 units of one SKU"])
        #expect(SaleTale(hasOneOwner: true) { $0.unitsPerOwnerAndSKU = 2 }.complaints() == [])
        #expect(SaleTale { $0.unitsPerOwnerAndSKU = 1 }.complaints() == [])
    }

    @Test func anOwnerWithTooManyOpenHoldsIsFound() {
        func isFound(limit: Int, hasOneOwner: Bool = true) -> Bool {
            var tale = SaleTale(hasOneOwner: hasOneOwner) { $0.openHoldsPerOwner = limit }
            tale.forgetOrders()
            let orders = tale.buyers(of: 0, 2)
            for order in orders { tale.hold(order, at: 10) }
            return tale.complaints().contains { $0.hasSuffix("had 2 holds open") }
        }
        #expect(isFound(limit: 1))
        #expect(!isFound(limit: 2))
        #expect(!isFound(limit: 1, hasOneOwner: false))
    }

    @Test func anOrderOfTooManyUnitsIsFound() throws {
        var tale = SaleTale { $0.unitsPerOrder = 1 }
        #expect(tale.complaints() == [])
        let index = try #require(tale.movements.firstIndex { $0.word == .reserved })
        let line = tale.movements[index].lines[0]
        tale.movements[index].lines = [
            LoggedMovement.Line(
                sku: line.sku,
                requested: 2,
                shares: [line.shares[0], line.shares[0]]
            )
        ]
        #expect(tale.complaints().contains { $0.contains("an order of 2 units") })
    }

    @Test func anOwnerWhoTookTooMuchInAWindowIsFound() {
        let limited = { (scenario: inout FlashSaleScenario) in
            scenario.unitsPerWindow = 1
            scenario.windowMilliseconds = 1_000
        }
        let complaints = SaleTale(hasOneOwner: true, limited).complaints()
        #expect(complaints.count == 1)
        #expect(complaints.contains { $0.hasPrefix("an owner took ") })
        #expect(SaleTale(limited).complaints() == [])
    }

    /// Windows follow each other from the opening on, and what comes back counts no more.
    @Test func windowsAreCountedFromTheOpening() {
        #expect(
            windowMost { tale, orders in
                tale.sell(orders[0], at: 0)
                tale.sell(orders[1], at: 999)
            } == 2
        )
        #expect(
            windowMost { tale, orders in
                tale.sell(orders[0], at: 999)
                tale.sell(orders[1], at: 1_000)
            } == 1
        )
        #expect(
            windowMost { tale, orders in
                tale.hold(orders[0], at: 0)
                tale.end(.released, orders[0], at: 1)
                tale.sell(orders[1], at: 2)
            } == 1
        )
        // What was taken in an earlier window gives nothing back to this one.
        #expect(
            windowMost { tale, orders in
                tale.hold(orders[0], at: 999)
                tale.sell(orders[1], at: 1_000)
                tale.end(.released, orders[0], at: 1_001)
                tale.sell(orders[2], at: 1_002)
            } == 2
        )
        // Rules of another instant begin other windows.
        #expect(
            windowMost { tale, orders in
                tale.open(at: 500)
                tale.sell(orders[0], at: 999)
                tale.sell(orders[1], at: 1_000)
            } == 2
        )
    }

    @Test func aHoldBeforeTheOpeningIsFound() {
        var tale = SaleTale()
        tale.movements.removeAll { $0.word == .salesChanged }
        #expect(tale.complaints().contains { $0.contains("held before the sale opened") })
        tale = SaleTale()
        tale.movements.removeAll { $0.word == .salesChanged }
        let orders = tale.movements.filter { $0.reservation != nil }
        tale.movements.removeAll { $0.reservation != nil }
        tale.open(at: 11)
        tale.movements += orders
        let early = tale.complaints().filter { $0.contains("held before the sale opened") }
        #expect(early.count == 1)
    }

    // MARK: The life of a hold

    @Test func aHoldMadeTwiceIsFound() {
        var tale = SaleTale()
        let order = tale.buyers(of: 1, 2)[1]
        tale.hold(order, at: 2_000)
        tale.end(.released, order, at: 2_001)
        let id = tale.orders.id(order, .reserve)
        #expect(tale.complaints().contains { $0.hasSuffix("held a second time, \(id)") })
    }

    @Test func aLineThatIsNotWholeIsFound() throws {
        let found = try complaints { movement in
            movement.lines = [
                LoggedMovement.Line(
                    sku: movement.lines[0].sku,
                    requested: 2,
                    shares: movement.lines[0].shares
                )
            ]
        }
        #expect(found.contains { $0.contains("a line of SALE-00000 that isn't whole") })
    }

    @Test(arguments: [MovementWord.replaced, .rerouted, .fulfilled, .cancelled])
    func whatNobodyAskedForIsFound(_ word: MovementWord) {
        var tale = SaleTale()
        tale.end(word, tale.outcome.receipts[0], at: 3_000)
        #expect(tale.complaints().contains { $0.contains("\(word.rawValue), which nobody asked") })
    }

    @Test(arguments: [(SaleTale.holdMilliseconds - 1, true), (SaleTale.holdMilliseconds, false)])
    func anExpiryBeforeItsTimeIsFound(_ after: Int64, _ isFound: Bool) {
        var tale = SaleTale()
        let order = tale.buyers(of: 1, 2)[1]
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id && $0.word == .released }
        tale.end(.expired, order, at: 40 + after)
        let found = tale.complaints().contains { $0.hasSuffix("expired before its time, \(id)") }
        #expect(found == isFound)
    }

    @Test func whatIsHeldAgainIsAnOrderLikeAnother() {
        var tale = heldAgain()
        #expect(tale.complaints() == [])
        tale.movements.removeAll { $0.word == .expired }
        #expect(tale.complaints().contains { $0.contains("held a second time") })
    }

    @Test func aHoldHeldAgainThatNeverWasIsFound() {
        var tale = heldAgain()
        let id = tale.orders.id(tale.buyers(of: 0, 2)[1], .reserve)
        tale.movements.removeAll { $0.reservation == id }
        #expect(tale.complaints().contains { $0.contains("held again and never before") })
    }

    @Test func aPaymentOfTheHoldThatHadExpiredIsFound() throws {
        var tale = heldAgain()
        let order = tale.buyers(of: 0, 2)[1]
        tale.movements.removeLast()
        tale.end(.committed, order, at: 1_101)
        #expect(tale.complaints().contains { $0.contains("sold without a hold") })
    }

    /// The sale in which the unit that ran out is held again by its shopper and paid.
    private func heldAgain() -> SaleTale {
        var tale = SaleTale()
        let buyers = tale.buyers(of: 0, 3)
        let next = tale.orders.id(buyers[2], .reserve)
        tale.movements.removeAll { $0.reservation == next }
        tale.outcome.receipts.removeAll { $0 == buyers[2] }
        tale.outcome.acknowledgedHolds.removeAll { $0 == next.low }
        tale.hold(buyers[1], .holdAgain, at: 1_100)
        tale.end(.committed, buyers[1], .holdAgain, at: 1_101)
        tale.outcome.receipts.append(buyers[1])
        return tale
    }
}
