import HoldfastClient
import Inventory
import Support

/// The stock that the crash test trades in.
enum CrashWorld {
    /// Warehouses; the order in which they are taken from.
    static let codes = ["LON", "MAN", "GLA"].compactMap { WarehouseCode($0) }
    /// SKUs that are held, committed, given back and restocked.
    static let plain = (0..<16).map { "plain-\($0)" }
    /// SKUs whose holds run out by themselves.
    static let brief = (0..<4).map { "brief-\($0)" }
    /// SKUs that are only ever taken: what was short once is short for good.
    static let oneWay = (0..<8).map { "\(oneWayPrefix)\($0)" }
    static let oneWayPrefix = "one-way-"
    /// SKUs that are counted while they are held.
    static let counted = (0..<4).map { "counted-\($0)" }
    /// Milliseconds that a hold lives that is to outlive the test, however slow the machine is.
    static let longMilliseconds: UInt32 = 21_600_000
    /// The pool that stock is moved to.
    static let pool = PoolName("flash") ?? .default

    /// Units of a SKU in each warehouse at the start: few of what is never given back.
    static func unitsPerCell(of sku: String) -> Int64 { sku.hasPrefix(oneWayPrefix) ? 12 : 120 }

    static var skus: [String] {
        plain + brief + oneWay + counted + CrashSales.pools.flatMap { CrashSales.skus[$0] ?? [] }
    }

    /// Whether holds of a SKU run out while the test runs.
    static func runsOut(_ sku: String) -> Bool {
        brief.contains(sku) || sku.hasPrefix(CrashSales.dropPrefix)
    }

    /// Whether a change of a hold may be refused with `outcome` by right.
    static func mayRefuse(_ outcome: Outcome) -> Bool {
        [
            .wrongState, .holdExpired, .insufficientUnits, .stockLost, .negativeOnHand,
            .tooManyChanges, .frozenBefore,
        ].contains(outcome)
    }

    /// The first change of stock.
    static var opening: StockWrite {
        StockWrite(
            id: RequestID(high: 1, low: 1),
            cause: .imported,
            rows: skus.flatMap { sku in
                codes.map { StockWrite.Row(sku: sku, warehouse: $0, units: unitsPerCell(of: sku)) }
            } + CrashSales.stock
        )
    }

    static var warehouses: [Warehouse] {
        codes.enumerated().map { index, code in
            Warehouse(
                code: code,
                city: "City \(index)",
                position: Position(
                    latitudeMicrodegrees: Int32(index) * 1_000_000,
                    longitudeMicrodegrees: 0
                )
            )
        }
    }
}

extension ReservationRequest {
    /// Whether the hold runs out while the test runs.
    var isBrief: Bool {
        timeToLiveMilliseconds < CrashWorld.longMilliseconds || salePool == CrashSales.drop
    }
}
