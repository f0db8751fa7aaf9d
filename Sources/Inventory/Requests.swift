/// A view of the bytes of a SKU's name where they stand: in a frame, in the log.
///
/// Valid only as long as the memory it points into; never kept beyond a call.
@frozen
@unsafe
public struct SKUView {
    /// The first byte of the name.
    public var bytes: UnsafeRawPointer
    /// The number of bytes.
    public var size: Int

    /// A view of `size` bytes at `bytes`.
    @inlinable
    public init(bytes: UnsafeRawPointer, size: Int) {
        unsafe self.bytes = unsafe bytes
        unsafe self.size = size
    }

    /// Whether the name is 1–64 bytes of printable ASCII without a space.
    @inlinable
    public var isValid: Bool {
        let count = unsafe size
        guard count >= 1, count <= Limits.skuSizeBytesMax else { return false }
        for index in 0..<count {
            let byte = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
            if byte <= 0x20 || byte >= 0x7F { return false }
        }
        return true
    }

    /// Whether `other` has the same bytes.
    @inlinable
    public func hasSameBytes(as other: SKUView) -> Bool {
        guard unsafe size == other.size else { return false }
        for index in 0..<(unsafe size) {
            let left = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
            if unsafe left != other.bytes.load(fromByteOffset: index, as: UInt8.self) {
                return false
            }
        }
        return true
    }

    /// The name as text.
    ///
    /// Allocates; not for the hot path.
    public var text: String {
        unsafe String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: size),
            as: UTF8.self
        )
    }
}

/// One line of a reservation request, as the engine reads it.
@frozen
@unsafe
public struct RequestLine {
    /// The name of the SKU, in the memory of the frame.
    public var sku: SKUView
    /// The keyed hash of the name; set by the engine when it prepares the request.
    public var hash: UInt64
    /// The only warehouse that may serve the line, or `.none`.
    public var warehouse: WarehouseCode
    /// Units asked for.
    public var quantity: UInt32

    /// A line of `quantity` units of `sku`, from `warehouse` only if that isn't `.none`.
    @inlinable
    public init(sku: SKUView, quantity: UInt32, warehouse: WarehouseCode = .none) {
        unsafe self.sku = unsafe sku
        unsafe self.hash = 0
        unsafe self.warehouse = warehouse
        unsafe self.quantity = quantity
    }
}

/// A request to hold lines for an owner.
///
/// Lines stand in memory that the caller owns.
@frozen
@unsafe
public struct ReserveRequest {
    /// The id of the request and of the reservation it makes.
    public var id: ReservationID
    /// Whom the units are held for.
    public var owner: OwnerID
    /// Where the goods go to; `nil` when unknown.
    public var destination: Destination?
    /// When the shopper ordered; `nil` for now.
    public var orderedAt: Instant?
    /// A digest of the whole content; equal content has an equal digest.
    public var digest: UInt64
    /// Milliseconds to hold for; 0 for the default.
    public var timeToLiveMilliseconds: UInt32
    /// What to do when not all is there.
    public var mode: ReserveMode
    /// What sourcing minimises.
    public var policy: SourcingPolicy
    /// The lines, in the order of the request.
    public var lines: UnsafeMutableBufferPointer<RequestLine>

    /// A request with all its fields.
    @inlinable
    public init(
        id: ReservationID,
        owner: OwnerID,
        digest: UInt64,
        timeToLiveMilliseconds: UInt32,
        mode: ReserveMode,
        policy: SourcingPolicy,
        destination: Destination?,
        orderedAt: Instant?,
        lines: UnsafeMutableBufferPointer<RequestLine>
    ) {
        unsafe self.id = id
        unsafe self.owner = owner
        unsafe self.destination = destination
        unsafe self.orderedAt = orderedAt
        unsafe self.digest = digest
        unsafe self.timeToLiveMilliseconds = timeToLiveMilliseconds
        unsafe self.mode = mode
        unsafe self.policy = policy
        unsafe self.lines = unsafe lines
    }
}

/// One row of a request that changes stock.
@frozen
@unsafe
public struct StockRow {
    /// The name of the SKU, in the memory of the frame.
    public var sku: SKUView
    /// The keyed hash of the name; set by the engine.
    public var hash: UInt64
    /// The warehouse whose stock changes.
    public var warehouse: WarehouseCode
    /// With ``isAbsolute`` the units on hand from now on, else the difference to what is there.
    public var onHand: Int64
    /// The safety stock from now on; `nil` leaves it as it is.
    public var safetyStock: Int64?
    /// Whether ``onHand`` is a figure and not a difference.
    public var isAbsolute: Bool

    /// A row with all its fields.
    @inlinable
    public init(
        sku: SKUView,
        warehouse: WarehouseCode,
        onHand: Int64,
        safetyStock: Int64?,
        isAbsolute: Bool
    ) {
        unsafe self.sku = unsafe sku
        unsafe self.hash = 0
        unsafe self.warehouse = warehouse
        unsafe self.onHand = onHand
        unsafe self.safetyStock = safetyStock
        unsafe self.isAbsolute = isAbsolute
    }
}

/// A request to change stock: all its rows or none.
///
/// Rows stand in memory that the caller owns.
///
/// A row whose SKU or cell is missing makes it, unless the cause is `adjusted`.
@frozen
@unsafe
public struct StockRequest {
    /// The id of the request.
    public var id: RequestID
    /// A digest of the whole content.
    public var digest: UInt64
    /// Why stock changes.
    public var cause: StockCause
    /// The rows, in the order of the request; no two of the same cell.
    public var rows: UnsafeMutableBufferPointer<StockRow>

    /// A request with all its fields.
    @inlinable
    public init(
        id: RequestID,
        digest: UInt64,
        cause: StockCause,
        rows: UnsafeMutableBufferPointer<StockRow>
    ) {
        unsafe self.id = id
        unsafe self.digest = digest
        unsafe self.cause = cause
        unsafe self.rows = unsafe rows
    }
}

/// A warehouse: its code, where it stands, its rates and its state.
public struct Warehouse: Hashable, Sendable {
    /// Its code, unique in the engine.
    public var code: WarehouseCode
    /// The city it stands in, at most 64 bytes; for people.
    public var city: String
    /// Where it stands.
    public var position: Position
    /// Rank among warehouses, lower first.
    public var priority: Int32
    /// Cost of one shipment, in minor units of money.
    public var shipmentCostMinor: Int64
    /// Cost of picking one unit, in minor units of money.
    public var unitCostMinor: Int64
    /// The hour (UTC, 0–23) up to which an order leaves the same day.
    public var cutoffHourUTC: UInt8
    /// Hours from order to dispatch.
    public var handlingHours: UInt16
    /// What may be taken from it.
    public var state: WarehouseState

    /// A warehouse with all its fields.
    public init(
        code: WarehouseCode,
        city: String = "",
        position: Position,
        priority: Int32 = 0,
        shipmentCostMinor: Int64 = 0,
        unitCostMinor: Int64 = 0,
        cutoffHourUTC: UInt8 = 0,
        handlingHours: UInt16 = 0,
        state: WarehouseState = .online
    ) {
        self.code = code
        self.city = city
        self.position = position
        self.priority = priority
        self.shipmentCostMinor = shipmentCostMinor
        self.unitCostMinor = unitCostMinor
        self.cutoffHourUTC = cutoffHourUTC
        self.handlingHours = handlingHours
        self.state = state
    }
}
