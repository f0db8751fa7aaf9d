import Engine
import Inventory
import Support
import Testing

/// A shop with units of `shirt` and `shoe` in the pool `flash` of warehouse `A`, and in `default`.
struct SaleShop {
    let shop: ReserveShop
    static let flash = PoolName("flash") ?? .default

    /// Ten units of each SKU in the pool, as many in `default`.
    init(_ change: (inout EngineSettings) -> Void = { _ in }) {
        shop = ReserveShop(change)
        shop.setWarehouses(["A", "B"])
        for sku in ["shirt", "shoe"] {
            shop.rows(.imported, [(sku, "A", "flash", 10), (sku, "A", "", 10)])
        }
    }

    /// Gives the sale of the pool rules.
    @discardableResult
    func rules(
        _ pool: PoolName = SaleShop.flash,
        _ change: (inout SaleRules) -> Void = { _ in }
    ) -> WriteAnswer {
        var rules = SaleRules(pool: pool)
        change(&rules)
        return write([.rules(rules)])
    }

    @discardableResult
    func write(_ changes: [SaleChange]) -> WriteAnswer {
        shop.write(.configuration(.sales(SalesCommand(id: shop.newID(), changes: changes))))
    }

    /// A hold of units of the sale for an owner.
    func command(
        _ lines: KeyValuePairs<String, UInt32>,
        owner: UInt64 = 1,
        pools: [PoolName] = [SaleShop.flash]
    ) -> ReserveCommand {
        var command = shop.command(
            lines.map { sku, units in
                var line = ReserveShop.line(sku, units)
                line.pools = pools
                return line
            }
        )
        command.owner = OwnerID(high: owner, low: 0)
        return command
    }

    /// Asks for units of the sale.
    func reserve(
        _ lines: KeyValuePairs<String, UInt32>,
        owner: UInt64 = 1,
        pools: [PoolName] = [SaleShop.flash],
        client: UInt16 = 0
    ) -> (outcome: Outcome, id: ReservationID, line: Int32) {
        var command = command(lines, owner: owner, pools: pools)
        command.client = client
        let reply = shop.perform(.reserve(command))
        return (reply.outcome, command.id, reply.refusedLine)
    }

    /// Takes units of a hold on.
    @discardableResult
    func change(
        _ id: ReservationID,
        _ kind: ReservationChangeKind,
        _ units: UInt32? = nil,
        line: UInt16 = 0,
        isFulfilling: Bool = false
    ) -> Outcome {
        let request = ChangeRequest(
            reservation: id,
            id: shop.newID(),
            digest: 7,
            kind: kind,
            isFulfilling: isFulfilling,
            items: units.map { [ChangeItem(line: line, quantity: $0)] } ?? []
        )
        return shop.perform(.change(request)).outcome
    }

    /// What is told of the sale, with up to `topMax` owners.
    func report(_ pool: PoolName = SaleShop.flash, topMax: Int = 10) throws -> SaleReport {
        var walk = try #require(shop.harness.engine.saleWalk(of: pool, topMax: topMax))
        while !shop.harness.engine.advance(&walk, limit: 3) {}
        return walk.report
    }
}
