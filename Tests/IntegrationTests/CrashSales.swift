import HoldfastClient
import Inventory

/// The sales that the crash test trades in: every limit is set, and few owners meet them.
enum CrashSales {
    /// Seats: only the pool's own units, and holds that live past the test.
    static let seats = PoolName("seats") ?? .default
    /// A drop: it borrows from `default`, and its holds run out unless a payment begins.
    static let drop = PoolName("drop") ?? .default
    static let pools = [seats, drop]

    /// The SKUs of each pool.
    static let skus: [PoolName: [String]] = [
        seats: (0..<3).map { "seat-\($0)" },
        drop: (0..<3).map { "\(dropPrefix)\($0)" },
    ]
    static let dropPrefix = "drop-"
    /// Units of each SKU in each warehouse that the pools have at the start.
    static let unitsPerCell: Int64 = 400
    /// Owners who trade at the same time, and how many others come with each start of a server.
    static let ownersAtOnce = 6
    static let ownersPerRun: UInt64 = 3

    /// The rules of the sale of a pool.
    static func rules(of pool: PoolName) -> SaleRules {
        var rules = SaleRules(pool: pool)
        rules.unitsPerOwnerAndSKU = 7
        rules.unitsPerOwner = 12
        rules.unitsPerOrder = 4
        rules.unitsPerWindow = 10
        rules.windowMilliseconds = 1_000
        rules.openHoldsPerOwner = 3
        rules.openHoldsPerCredential = 8
        if pool == drop {
            rules.wall = .borrows
            rules.firstHoldMilliseconds = 30
        }
        return rules
    }

    /// Makes the sales.
    static let opening = CrashBook.Order(
        id: RequestID(high: 1, low: 3),
        changes: pools.map { .rules(rules(of: $0)) }
    )

    /// What the pools have at the start.
    static var stock: [StockWrite.Row] {
        pools.flatMap { pool in
            skus[pool, default: []].flatMap { sku in
                CrashWorld.codes.map { code in
                    var row = StockWrite.Row(sku: sku, warehouse: code, units: unitsPerCell)
                    row.pool = pool
                    return row
                }
            }
        }
    }

    /// An owner who comes to sales.
    static func owner(_ number: UInt64) -> OwnerID { OwnerID(high: 5, low: number) }

    /// What a trade that goes on long enough is refused for.
    static let outcomes: Set<Outcome> = [
        .ownerSKULimit, .ownerLimit, .orderLimit, .windowLimit, .ownerHoldBudget,
        .credentialHoldBudget, .saleClosed, .frozenBefore,
    ]
}

extension ReservationRequest {
    /// The pool of the sale that it belongs to, if any.
    var salePool: PoolName? {
        lines.first?.pools.first.flatMap { CrashSales.pools.contains($0) ? $0 : nil }
    }
}
