import Inventory
import Testing
import Wire

/// Provokes what sales refuse, over a socket.
final class SaleWitness {
    private let client: RawClient
    private let pool: PoolName
    /// The number of the owner who asks.
    private var owners: UInt64 = 0
    /// The outcomes that were answered.
    private(set) var seen: Set<Outcome> = []

    /// A witness on a connection of its own.
    init(_ fixture: ServerFixture) throws {
        client = try fixture.client()
        pool = try #require(PoolName("sale"))
    }

    /// Asks for what is refused.
    func provoke() throws {
        #expect(try write(.closing(pool)) == .unknownSale)
        #expect(try writeTwice() == .invalidSale)
        var rules = SaleRules(pool: pool)
        rules.opensAt = Instant(milliseconds: 4_102_444_800_000)
        #expect(try write(.rules(rules)) == .accepted)
        #expect(try fence(90) == .accepted)
        #expect(try reserve(1) == .saleNotOpen)
        #expect(try write(.opening(pool)) == .accepted)
        #expect(try reserveBeside() == .mixedSale)
        #expect(try write(.removal(pool)) == .saleInUse)
        try limit(.orderLimit) { $0.unitsPerOrder = 2 }
        try limit(.ownerSKULimit, holding: 1) { $0.unitsPerOwnerAndSKU = 3 }
        try limit(.ownerLimit, holding: 1) { $0.unitsPerOwner = 3 }
        // Of a window as long as there are, so that none ends meanwhile.
        try limit(.windowLimit, holding: 1) {
            $0.unitsPerWindow = 3
            $0.windowMilliseconds = .max
        }
        try limit(.ownerHoldBudget, holding: 1) { $0.openHoldsPerOwner = 1 }
        #expect(try write(.closing(pool)) == .accepted)
        #expect(try reserve(1) == .saleClosed)
        let more = try (1..<Limits.salesMax).map {
            SaleChange.rules(SaleRules(pool: try #require(PoolName("s-\($0)"))))
        }
        #expect(try write(more) == .accepted)
        let last = try #require(PoolName("s-0"))
        #expect(try write(.rules(SaleRules(pool: last))) == .tooManySales)
    }

    /// Sets a limit that only what an owner has already makes too small for three units.
    ///
    /// Somebody else, who has nothing, may have them, unless it is a limit of the order itself.
    private func limit(
        _ outcome: Outcome,
        holding held: UInt32 = 0,
        _ set: (inout SaleRules) -> Void
    ) throws {
        var rules = SaleRules(pool: pool)
        set(&rules)
        #expect(try write(.rules(rules)) == .accepted)
        owners += 1
        if held > 0 { #expect(try reserve(held) == .accepted) }
        #expect(try reserve(3) == outcome)
        guard held > 0 else { return }
        owners += 1
        #expect(try reserve(3) == .accepted)
    }

    /// Opens two sales, whose names become one on the way.
    private func writeTwice() throws -> Outcome? {
        let names = try ["twin-1", "twin-2"].map { SaleChange.opening(try #require(PoolName($0))) }
        var frame = try SaleWrite(id: .random(), changes: names).encode(correlation: 1)
        let last = try #require(frame.lastIndex(of: UInt8(ascii: "2")))
        frame[last] = UInt8(ascii: "1")
        return try send(frame)
    }

    private func write(_ changes: SaleChange...) throws -> Outcome? { try write(changes) }

    private func write(_ changes: [SaleChange]) throws -> Outcome? {
        try call(SaleWrite(id: .random(), changes: changes))
    }

    private func fence(_ units: UInt32) throws -> Outcome? {
        let stock = StockWrite.Row(
            sku: ServerFixture.sku,
            warehouse: ServerFixture.warehouse,
            units: 1_000
        )
        let received = StockWrite(id: .random(), cause: .received, rows: [stock])
        #expect(try call(received) == .accepted)
        let row = Fence.Row(
            sku: ServerFixture.sku,
            warehouse: ServerFixture.warehouse,
            units: units
        )
        return try call(Fence(id: .random(), from: .default, to: pool, rows: [row]))
    }

    private func reserve(_ units: UInt32) throws -> Outcome? {
        var request = ServerFixture.reserve(units)
        request.owner = OwnerID(high: 3, low: owners)
        request.lines[0].pools = [pool]
        return try call(request)
    }

    private func reserveBeside() throws -> Outcome? {
        var request = ServerFixture.reserve(1)
        request.lines.append(request.lines[0])
        request.lines[0].pools = [pool]
        return try call(request)
    }

    private func call(_ request: some WireRequest) throws -> Outcome? {
        try send(try request.encode(correlation: 1))
    }

    private func send(_ frame: [UInt8]) throws -> Outcome? {
        try client.send(frame)
        let outcome = try client.expectAnswer().outcome
        if let outcome { seen.insert(outcome) }
        return outcome
    }
}
