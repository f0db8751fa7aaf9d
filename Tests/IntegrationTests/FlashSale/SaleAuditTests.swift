import HoldfastClient
import Testing

@testable import holdfast

/// That the checks on a sale find what they are there for: each test falsifies one thing.
struct SaleAuditTests {
    @Test func aSaleThatWentWellIsGood() {
        let tale = SaleTale()
        #expect(tale.complaints() == [])
        #expect(tale.log.expired == 1)
        #expect(tale.log.released == 1)
        #expect(tale.log.shelves.allSatisfy { $0.sold == 2 && $0.free == 0 })
        #expect(tale.log.emptyMilliseconds == SaleTale.openedMilliseconds + 40)
    }

    @Test func aUnitSoldTwiceIsFoundInTheLog() {
        var tale = SaleTale()
        let late = tale.buyers(of: 0, 4)[3]
        tale.sell(late, at: 2_000)
        let complaints = tale.complaints()
        #expect(complaints.contains { $0.contains("sold beyond its stock") })
        #expect(complaints.contains { $0 == "SALE-00000: 3 sold of 2" })
        #expect(complaints.contains { $0.contains("the server has 2") })
    }

    @Test func aUnitThatIsHeldTwiceForAMomentIsFound() {
        var tale = SaleTale()
        let late = tale.buyers(of: 1, 4)[3]
        tale.hold(late, at: 2_000)
        tale.end(.released, late, at: 2_001)
        #expect(tale.complaints().contains { $0.contains("sold beyond its stock") })
    }

    @Test func aLostSaleIsFoundInLogAndFigures() {
        var tale = SaleTale()
        let order = tale.outcome.receipts[0]
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id }
        tale.server.figures[0].committed = 1
        let complaints = tale.complaints()
        #expect(complaints.contains("acknowledged as sold and not in the log: \(id)"))
        #expect(complaints.contains("SALE-00000: 2 acknowledged as sold, the server has 1"))
    }

    @Test func aHoldThatWasAcknowledgedAndIsLostIsFound() {
        var tale = SaleTale()
        let order = tale.buyers(of: 1, 2)[1]
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id }
        #expect(tale.complaints() == ["acknowledged as held and not in the log: \(id)"])
    }

    @Test func aSaleThatNobodyWasToldOfIsFound() {
        var tale = SaleTale()
        let order = tale.outcome.receipts.removeLast()
        let id = tale.orders.id(order, .reserve)
        let complaints = tale.complaints()
        #expect(complaints.contains("sold in the log and never acknowledged: \(id)"))
        #expect(complaints.contains("SALE-00001: 1 left, all were to be sold"))
    }

    @Test func aReceiptGivenTwiceIsFound() {
        var tale = SaleTale()
        tale.outcome.receipts.append(tale.outcome.receipts[0])
        #expect(tale.complaints().contains { $0.hasPrefix("sold twice: ") })
    }

    @Test func aSaleAfterItsTimeIsFound() {
        var tale = SaleTale()
        let order = tale.outcome.receipts[0]
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id && $0.word == .committed }
        tale.end(.committed, order, at: 10 + SaleTale.holdMilliseconds)
        #expect(tale.complaints().contains { $0.contains("sold after its time") })
    }

    @Test func aSaleWithoutAHoldIsFound() {
        var tale = SaleTale()
        let id = tale.orders.id(tale.outcome.receipts[0], .reserve)
        tale.movements.removeAll { $0.reservation == id && $0.word == .reserved }
        #expect(tale.complaints().contains { $0.contains("sold without a hold") })
    }

    @Test func aHoldThatIsNotWhatWasAskedForIsFound() throws {
        var tale = SaleTale()
        let index = try #require(tale.movements.firstIndex { $0.word == .reserved })
        tale.movements[index].owner = OwnerID(high: 1, low: 1)
        #expect(tale.complaints().contains { $0.contains("not what was asked for") })
    }

    @Test func unitsOfAnotherPoolAreFound() throws {
        var tale = SaleTale()
        let index = try #require(tale.movements.firstIndex { $0.word == .reserved })
        tale.movements[index].lines[0].shares = [
            LoggedMovement.Share(warehouse: "SALE", pool: .default, units: 1)
        ]
        #expect(tale.complaints().contains { $0.contains("taken from another pool") })
    }

    @Test func unitsThatAreLeftAreFoundWhereAllMustBeSold() {
        var tale = SaleTale()
        let order = tale.outcome.receipts.removeLast()
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id }
        tale.outcome.acknowledgedHolds.removeAll { $0 == id.low }
        tale.server.figures[1].committed = 1
        #expect(tale.complaints() == ["SALE-00001: 1 left, all were to be sold"])
    }

    /// Sold out until shortly before the end means within 1.5 pauses and a second of it.
    @Test(arguments: [(7_499, true), (7_500, false)])
    func unitsThatCameBackWhenNobodyAskedMayBeLeft(_ until: Int64, _ isFound: Bool) {
        var tale = SaleTale()
        let order = tale.outcome.receipts.removeLast()
        let id = tale.orders.id(order, .reserve)
        tale.movements.removeAll { $0.reservation == id && $0.word == .committed }
        tale.end(.expired, order, at: until)
        tale.server.figures[1].committed = 1
        let complaints = tale.complaints()
        #expect(complaints == (isFound ? ["SALE-00001: 1 left, all were to be sold"] : []))
    }

    @Test(arguments: [(1_050, false), (1_051, true)])
    func aRefusalThoughUnitsWereFreeIsFound(_ asked: Int64, _ isFound: Bool) {
        var tale = SaleTale(sellsOut: false)
        let id = tale.orders.id(tale.outcome.receipts.removeLast(), .reserve)
        tale.movements.removeAll { $0.reservation == id }
        tale.outcome.acknowledgedHolds.removeAll { $0 == id.low }
        tale.server.figures[1].committed = 1
        // The second SKU's last unit came back 50 ms after the opening.
        tale.outcome.refusedAskMilliseconds[1] = SaleTale.openedMilliseconds + asked
        #expect(tale.complaints().contains { $0.contains("units that were free") } == isFound)
    }

    @Test func whatIsStillHeldIsFound() {
        var tale = SaleTale()
        tale.server.figures[0].reserved = 1
        tale.outcome.tally.openUnits = 1
        let id = tale.orders.id(tale.outcome.receipts[0], .reserve)
        tale.movements.removeAll { $0.reservation == id && $0.word == .committed }
        let complaints = tale.complaints()
        #expect(complaints.contains("SALE-00000: 1 still held"))
        #expect(complaints.contains("the crowd's book still holds 1 unit"))
        #expect(complaints.contains("still held in the log: \(id)"))
    }

    @Test func whatCrowdCheckAndServerSayCounts() {
        var tale = SaleTale()
        #expect(tale.complaints(isClean: false) == ["check: broken"])
        #expect(tale.complaints(end: .badly).count == 1)
        #expect(tale.complaints(end: .killed).count == 1)
        #expect(tale.complaints(end: nil) == [])
        for number in 0..<30 { tale.outcome.tally.note("surprise \(number)") }
        #expect(tale.complaints().last == "and 10 more of that kind")
    }
}
