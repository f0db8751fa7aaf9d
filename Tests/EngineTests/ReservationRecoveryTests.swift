import Engine
import Inventory
import Support
import Testing

@Suite struct ReservationRecoveryTests {
    @Test(arguments: [[UInt32(2), 2], [2, 2, 2], [1, 2, 2, 1]])
    func sharesThatLookTheSameAreFulfilledOneByOne(quantities: [UInt32]) throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 20])
        let hold = shop.command(quantities.map { ReserveShop.line("shirt", $0) })
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        let change = ChangeRequest(
            reservation: hold.id,
            id: shop.newID(),
            digest: 1,
            kind: .commit,
            isFulfilling: true
        )
        #expect(shop.perform(.change(change)).outcome == .accepted)
        try shop.restart()
        let left = 20 - Int64(quantities.reduce(0, +))
        #expect(shop.onHand("shirt") == ["A": left])
        try shop.expectSound()
    }

    @Test func sharesOfWhichAPartIsCommittedAreFulfilledOneByOne() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 20])
        let hold = shop.command((0..<3).map { _ in ReserveShop.line("shirt", 2) })
        #expect(shop.perform(.reserve(hold)).outcome == .accepted)
        let part = ChangeRequest(
            reservation: hold.id,
            id: shop.newID(),
            digest: 1,
            kind: .commit,
            items: [ChangeItem(line: 1, quantity: 1), ChangeItem(line: 2, quantity: 1)]
        )
        #expect(shop.perform(.change(part)).outcome == .accepted)
        let whole = ChangeRequest(
            reservation: hold.id,
            id: shop.newID(),
            digest: 2,
            kind: .commit,
            isFulfilling: true
        )
        #expect(shop.perform(.change(whole)).outcome == .accepted)
        try shop.restart()
        #expect(shop.onHand("shirt") == ["A": 14])
        try shop.expectSound()
    }
}
