import Engine
import Inventory
import Support
import Testing

/// What a line may take: pools that it names, units beyond what is there, versions it insists on.
@Suite struct PromiseTests {
    private static let flash = PoolName("flash") ?? .default
    private static let vip = PoolName("vip") ?? .default

    private func shop() -> ReserveShop {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B"])
        set(shop, "A", .default, 2)
        set(shop, "A", PromiseTests.flash, 3)
        set(shop, "B", .default, 4)
        set(shop, "B", PromiseTests.vip, 5)
        return shop
    }

    private func set(
        _ shop: ReserveShop,
        _ code: String,
        _ pool: PoolName,
        _ units: Int64,
        backorder: Int64? = nil
    ) {
        var row = CommandRow(
            sku: Array("shirt".utf8),
            warehouse: ReserveShop.code(code),
            onHand: units
        )
        row.pool = pool
        row.backorderLimit = backorder
        let command = StockCommand(id: shop.newID(), cause: .imported, rows: [row])
        #expect(shop.write(.stock(command)).outcome == .accepted)
    }

    private func hold(
        _ shop: ReserveShop,
        _ units: UInt32,
        pools: [PoolName] = [],
        mode: ReserveMode = .bestEffort,
        expecting version: UInt64? = nil
    ) -> (command: ReserveCommand, reply: ReservationReply) {
        var line = ReserveShop.line("shirt", units)
        line.pools = pools
        line.expectedVersion = version
        let command = shop.command([line], mode: mode)
        return (command, shop.perform(.reserve(command)))
    }

    private func shares(_ reply: ReservationReply) -> [String] {
        reply.shares.map { "\($0.warehouse)/\($0.pool):\($0.quantity)-\($0.backordered)" }
    }

    @Test func aLineTakesFromNoPoolThatItDoesNotName() {
        let shop = shop()
        #expect(shares(hold(shop, 99).reply) == ["A/default:2-0", "B/default:4-0"])
        #expect(shares(hold(shop, 99, pools: [PromiseTests.flash]).reply) == ["A/flash:3-0"])
        let unknown = PoolName("nowhere") ?? .default
        let refused = hold(shop, 1, pools: [unknown]).reply
        #expect(refused == ReservationReply(.unknownPool, refusedLine: 0))
    }

    @Test func inAWarehouseTheListSaysWhichPoolGoesFirst() throws {
        let shop = shop()
        let pools = [PromiseTests.vip, PromiseTests.flash, .default]
        let reply = hold(shop, 12, pools: pools).reply
        #expect(shares(reply) == ["A/flash:3-0", "A/default:2-0", "B/vip:5-0", "B/default:2-0"])
        try shop.expectSound()
    }

    @Test func unitsThatAreThereGoFirstWhereverTheyAre() throws {
        let shop = shop()
        set(shop, "A", .default, 2, backorder: 10)
        let (command, reply) = hold(shop, 9, mode: .allOrNothing)
        #expect(shares(reply) == ["A/default:5-3", "B/default:4-0"])
        // A repeat tells the same, also after a restart.
        try shop.restart()
        #expect(shares(shop.perform(.reserve(command))) == shares(reply))
        // What was promised beyond is an order's when goods come, and can't leave before.
        #expect(shop.perform(.commit(command.id, requestID: shop.newID())).outcome == .accepted)
        let request = ChangeRequest(
            reservation: command.id,
            id: shop.newID(),
            digest: 1,
            kind: .fulfil
        )
        #expect(shop.perform(.change(request)).outcome == .negativeOnHand)
        shop.stock("shirt", ["A": 3], cause: .received)
        #expect(shop.perform(.change(request)).state == .fulfilled)
        try shop.expectSound()
    }

    @Test func aLineCanInsistOnAVersion() {
        let shop = shop()
        let version = shop.version("shirt") ?? 0
        let hash = shop.harness.engine.stateHash()
        let lost = hold(shop, 1, expecting: version + 1).reply
        #expect(lost.outcome == .versionConflict && lost.refusedLine == 0)
        #expect(lost.conflict?.version == version)
        #expect(lost.conflict?.figures.onHand == 14)
        #expect(shop.harness.engine.stateHash() == hash)
        #expect(hold(shop, 1, expecting: version).reply.outcome == .accepted)
        #expect(hold(shop, 1, expecting: version).reply.outcome == .versionConflict)
        var line = ReserveShop.line("unknown", 1)
        line.expectedVersion = 0
        let command = shop.command([line], mode: .bestEffort)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
    }
}
