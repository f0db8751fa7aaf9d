/// What became of a request.
///
/// The numbers are stable on the wire; each band is one subsystem's.
///
/// A refusal changes nothing, is neither logged nor remembered, and the same request may succeed
/// later.
@frozen
public enum Outcome: UInt16, Sendable, CaseIterable {
    /// Done, or done before and answered again.
    case accepted = 0

    // 100–199: the request itself.

    /// The frame or one of its fields breaks the protocol's layout.
    case malformedFrame = 100
    /// The operation isn't known to this server.
    case unknownOperation = 101
    /// The frame is larger than the server takes.
    case frameTooLarge = 102
    /// The first frame of a connection must be a hello.
    case helloExpected = 103
    /// The client's protocol version isn't spoken here.
    case unsupportedVersion = 104
    /// The client's name isn't known here, or its proof is wrong.
    case authenticationFailed = 105
    /// A SKU must be 1–64 bytes of printable ASCII.
    case invalidSKU = 110
    /// A quantity lies outside its range.
    case invalidQuantity = 111
    /// A reservation needs at least one line.
    case noLines = 112
    /// More lines or rows than a request may carry.
    case tooManyLines = 113
    /// The time to live lies outside its range.
    case invalidTimeToLive = 114
    /// A warehouse code must be 1–16 bytes of printable ASCII.
    case invalidWarehouseCode = 115
    /// A place must lie on Earth.
    case invalidPosition = 116
    /// The reserve mode isn't known.
    case unknownMode = 117
    /// The sourcing policy isn't known.
    case unknownPolicy = 118
    /// The pool isn't known.
    case unknownPool = 119
    /// The cause of a stock change isn't known.
    case unknownCause = 120
    /// A pool must be 1–16 bytes of printable ASCII, not `default`, and named once.
    case invalidPool = 121
    /// The reservation has no line of this index.
    case unknownLine = 122
    /// A reason must be at most 64 bytes of UTF-8 without control characters.
    case invalidReason = 123
    /// A policy's tiers, terms, weights or tolerances lie outside their range.
    case invalidPolicy = 124
    /// A row of the rate card lies outside its range, or two rows are for the same zone.
    case invalidRate = 125
    /// Constraints lie outside their range or contradict each other.
    case invalidConstraints = 126
    /// A SKU is substituted by itself, or twice by the same SKU.
    case invalidSubstitute = 127
    /// A sale's rules contradict each other or lie outside their range.
    case invalidSale = 128
    /// The reason for an extension isn't known.
    case unknownReason = 129

    // 200–299: stock.

    /// Less is available than was asked for.
    case insufficientStock = 200
    /// No such SKU.
    case unknownSKU = 201
    /// No such warehouse.
    case unknownWarehouse = 202
    /// The SKU has no stock record in that warehouse and pool.
    case unknownCell = 203
    /// The warehouse takes no new reservations.
    case warehouseClosed = 204
    /// A figure would pass the largest number of units that a cell can hold.
    case quantityOverflow = 205
    /// Units on hand can't fall below zero.
    case negativeOnHand = 206
    /// The SKU has another version than the request expects.
    case versionConflict = 207
    /// The units are there, but not within the constraints of the request.
    case constraintsUnmet = 208
    /// The units are there, but the warehouses that have them take no more shipments.
    case capacityExhausted = 209
    /// The warehouse is online: nothing has to move away from it.
    case warehouseOnline = 210
    /// No such sale.
    case unknownSale = 211
    /// The sale isn't over, or some of its reservations are still held.
    case saleInUse = 212

    // 300–399: reservations.

    /// No such reservation, or it was forgotten after its retention.
    case unknownReservation = 300
    /// The request id was used before with other content.
    case requestIDReused = 301
    /// The reservation isn't in a state that allows this; the answer carries its state.
    case wrongState = 302
    /// The hold has expired.
    case holdExpired = 303
    /// A count took units away that this commit needs.
    case stockLost = 304
    /// The hold to be replaced belongs to another owner.
    case wrongOwner = 305
    /// An item asks for more units than the reservation has to give.
    case insufficientUnits = 306

    // 400–499: limits of this server.

    /// The table of reservations and remembered requests is full.
    case tooManyReservations = 400
    /// The table of SKUs is full.
    case tooManySKUs = 401
    /// The table of warehouses is full.
    case tooManyWarehouses = 402
    /// The reservation would need more shares than one may have.
    case tooManyShares = 403
    /// The log can't grow because the disk is full; reads go on.
    case readOnlyDiskFull = 404
    /// The server is shutting down.
    case shuttingDown = 405
    /// The server has as many connections as it takes.
    case tooManyConnections = 406
    /// A SKU is stocked in more warehouses and pools than it may be.
    case tooManyCells = 407
    /// The log has no room at this instant; the same request may succeed at once.
    case logBusy = 408
    /// The reservation remembers as many changes of parts as it may.
    case tooManyChanges = 409
    /// The table of pools, or of one cell's pools, is full.
    case tooManyPools = 410
    /// The table of policies is full.
    case tooManyPolicies = 411
    /// As many backups are under way as the server takes.
    case tooManyBackups = 412
    /// The backup isn't under way, or not any more.
    case unknownBackup = 413
    /// The server couldn't read a file of its own.
    case fileUnreadable = 414
    /// The table of sales is full.
    case tooManySales = 415
    /// The table of owners' shares is full.
    case tooManyOwners = 416

    // 500–599: what a sale or a limit on the shopper doesn't allow.

    /// The sale hasn't begun.
    case saleNotOpen = 500
    /// The sale is over.
    case saleClosed = 501
    /// Lines of a sale and others are in one reservation.
    case mixedSale = 502
    /// The owner would have more units of the SKU than the sale allows.
    case ownerSKULimit = 503
    /// The owner would have more units than the sale allows.
    case ownerLimit = 504
    /// The request asks for more units than an order may.
    case orderLimit = 505
    /// The owner would take more units than the window of time allows.
    case windowLimit = 506
    /// The owner holds as many reservations as the sale allows.
    case ownerHoldBudget = 507
    /// The client holds as many reservations as the sale allows.
    case credentialHoldBudget = 508
    /// The hold was frozen once already.
    case frozenBefore = 509
    /// Too many requests came in too short a time.
    case rateLimited = 510

    /// The name that the protocol's document gives, in snake case.
    public var name: String {
        switch self {
        case .accepted: "accepted"
        case .malformedFrame: "malformed_frame"
        case .unknownOperation: "unknown_operation"
        case .frameTooLarge: "frame_too_large"
        case .helloExpected: "hello_expected"
        case .unsupportedVersion: "unsupported_version"
        case .authenticationFailed: "authentication_failed"
        case .invalidSKU: "invalid_sku"
        case .invalidQuantity: "invalid_quantity"
        case .noLines: "no_lines"
        case .tooManyLines: "too_many_lines"
        case .invalidTimeToLive: "invalid_time_to_live"
        case .invalidWarehouseCode: "invalid_warehouse_code"
        case .invalidPosition: "invalid_position"
        case .unknownMode: "unknown_mode"
        case .unknownPolicy: "unknown_policy"
        case .unknownPool: "unknown_pool"
        case .unknownCause: "unknown_cause"
        case .invalidPool: "invalid_pool"
        case .unknownLine: "unknown_line"
        case .invalidReason: "invalid_reason"
        case .invalidPolicy: "invalid_policy"
        case .invalidRate: "invalid_rate"
        case .invalidConstraints: "invalid_constraints"
        case .invalidSubstitute: "invalid_substitute"
        case .insufficientStock: "insufficient_stock"
        case .unknownSKU: "unknown_sku"
        case .unknownWarehouse: "unknown_warehouse"
        case .unknownCell: "unknown_cell"
        case .warehouseClosed: "warehouse_closed"
        case .quantityOverflow: "quantity_overflow"
        case .negativeOnHand: "negative_on_hand"
        case .versionConflict: "version_conflict"
        case .constraintsUnmet: "constraints_unmet"
        case .capacityExhausted: "capacity_exhausted"
        case .warehouseOnline: "warehouse_online"
        case .unknownReservation: "unknown_reservation"
        case .requestIDReused: "request_id_reused"
        case .wrongState: "wrong_state"
        case .holdExpired: "hold_expired"
        case .stockLost: "stock_lost"
        case .wrongOwner: "wrong_owner"
        case .insufficientUnits: "insufficient_units"
        case .tooManyReservations: "too_many_reservations"
        case .tooManySKUs: "too_many_skus"
        case .tooManyWarehouses: "too_many_warehouses"
        case .tooManyShares: "too_many_shares"
        case .readOnlyDiskFull: "read_only_disk_full"
        case .shuttingDown: "shutting_down"
        case .tooManyConnections: "too_many_connections"
        case .tooManyCells: "too_many_cells"
        case .logBusy: "log_busy"
        case .tooManyChanges: "too_many_changes"
        case .tooManyPools: "too_many_pools"
        case .tooManyPolicies: "too_many_policies"
        case .tooManyBackups: "too_many_backups"
        case .unknownBackup: "unknown_backup"
        case .fileUnreadable: "file_unreadable"
        case .invalidSale: "invalid_sale"
        case .unknownReason: "unknown_reason"
        case .unknownSale: "unknown_sale"
        case .saleInUse: "sale_in_use"
        case .tooManySales: "too_many_sales"
        case .tooManyOwners: "too_many_owners"
        case .saleNotOpen: "sale_not_open"
        case .saleClosed: "sale_closed"
        case .mixedSale: "mixed_sale"
        case .ownerSKULimit: "owner_sku_limit"
        case .ownerLimit: "owner_limit"
        case .orderLimit: "order_limit"
        case .windowLimit: "window_limit"
        case .ownerHoldBudget: "owner_hold_budget"
        case .credentialHoldBudget: "credential_hold_budget"
        case .frozenBefore: "frozen_before"
        case .rateLimited: "rate_limited"
        }
    }
}
