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
    /// Says that an order's units have left.
    case fulfil = 14
    /// Calls an order off.
    case cancel = 15
    /// Lets a hold live longer.
    case extend = 16
    /// Tells what became of an owner's reservations.
    case ownerShow = 17
    /// Moves a hold's units away from warehouses that aren't online.
    case reroute = 19
    /// Plans an order and explains the plan; holds nothing.
    case source = 18
    /// Changes or sets the stock of cells.
    case stockWrite = 20
    /// All cells of one SKU.
    case stockShow = 21
    /// A page of all stock.
    case stockList = 22
    /// Makes SKUs, and says what they weigh.
    case skuWrite = 23
    /// What could be reserved of many SKUs.
    case availability = 24
    /// The open reservations of one SKU.
    case stockHolds = 25
    /// Makes or replaces warehouses.
    case warehouseWrite = 30
    /// All warehouses.
    case warehouseList = 31
    /// Opens, drains or closes a warehouse.
    case warehouseSetState = 32
    /// What stands in each warehouse.
    case warehouseFill = 33
    /// Defines policies by name.
    case policyWrite = 34
    /// All policies.
    case policyList = 35
    /// Replaces the rate card.
    case ratesWrite = 36
    /// The rate card.
    case ratesList = 37
    /// Says what may be offered in the place of SKUs.
    case substitutesWrite = 38
    /// What may be offered in the place of SKUs.
    case substitutesList = 39
    /// Begins to move all held units away from a warehouse.
    case rerouteStart = 40
    /// How that goes, or what came of it.
    case rerouteStatus = 41
    /// Holds again what an older hold held, in case that has expired.
    case holdAgain = 42
    /// Begins to take a snapshot.
    case snapshotStart = 50
    /// How that goes, or what came of it.
    case snapshotStatus = 51
    /// Begins to check all invariants on an image of the state that isn't kept.
    case checkStart = 52
    /// How that goes, or what it found.
    case checkStatus = 53
    /// The snapshots that the server keeps.
    case snapshotList = 54
    /// Says what a backup copies, and keeps that for a while.
    case backupStart = 55
    /// Bytes of a file that a backup copies.
    case backupRead = 56
    /// Gives what a backup has copied free.
    case backupEnd = 57
    /// Defines, opens, closes or forgets sales.
    case saleWrite = 60
    /// All sales.
    case saleList = 61
    /// What became of a sale so far.
    case saleStatus = 62
    /// Who got what share of a sale.
    case saleReport = 63
    /// Moves units of many SKUs from one pool to another.
    case fence = 64

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
        case .fulfil: "fulfil"
        case .cancel: "cancel"
        case .extend: "extend"
        case .ownerShow: "owner_show"
        case .source: "source"
        case .stockWrite: "stock_write"
        case .stockShow: "stock_show"
        case .stockList: "stock_list"
        case .skuWrite: "sku_write"
        case .availability: "availability"
        case .stockHolds: "stock_holds"
        case .warehouseWrite: "warehouse_write"
        case .warehouseList: "warehouse_list"
        case .warehouseSetState: "warehouse_set_state"
        case .warehouseFill: "warehouse_fill"
        case .policyWrite: "policy_write"
        case .policyList: "policy_list"
        case .ratesWrite: "rates_write"
        case .ratesList: "rates_list"
        case .substitutesWrite: "substitutes_write"
        case .substitutesList: "substitutes_list"
        case .reroute: "reroute"
        case .rerouteStart: "reroute_start"
        case .rerouteStatus: "reroute_status"
        case .holdAgain: "hold_again"
        case .snapshotStart: "snapshot_start"
        case .snapshotStatus: "snapshot_status"
        case .checkStart: "check_start"
        case .checkStatus: "check_status"
        case .snapshotList: "snapshot_list"
        case .backupStart: "backup_start"
        case .backupRead: "backup_read"
        case .backupEnd: "backup_end"
        case .saleWrite: "sale_write"
        case .saleList: "sale_list"
        case .saleStatus: "sale_status"
        case .saleReport: "sale_report"
        case .fence: "fence"
        }
    }
}
