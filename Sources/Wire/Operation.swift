/// What a request asks for; the numbers are stable on the wire.
@frozen
@usableFromInline
package enum Operation: UInt16, Sendable, CaseIterable {
    /// The first frame of a connection.
    case hello = 1
    /// Counters and gauges of the server.
    case stats = 2
    /// Sweeps all invariants under all locks.
    case check = 3
    /// Holds lines for an owner.
    case reserve = 10
    /// Makes a hold an order.
    case commit = 11
    /// Gives a hold back.
    case release = 12
    /// Tells what became of a reservation.
    case show = 13
    /// Changes or sets the stock of cells.
    case stockWrite = 20
    /// All cells of one SKU.
    case stockShow = 21
    /// A page of all stock.
    case stockList = 22
    /// Makes or replaces warehouses.
    case warehouseWrite = 30
    /// All warehouses.
    case warehouseList = 31

    /// The name that the protocol's document gives, in snake case.
    package var name: String {
        switch self {
        case .hello: "hello"
        case .stats: "stats"
        case .check: "check"
        case .reserve: "reserve"
        case .commit: "commit"
        case .release: "release"
        case .show: "show"
        case .stockWrite: "stock_write"
        case .stockShow: "stock_show"
        case .stockList: "stock_list"
        case .warehouseWrite: "warehouse_write"
        case .warehouseList: "warehouse_list"
        }
    }
}
