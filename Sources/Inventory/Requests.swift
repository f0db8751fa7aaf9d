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
        if count < 8 {
            for index in 0..<count {
                let byte = unsafe bytes.load(fromByteOffset: index, as: UInt8.self)
                if byte <= 0x20 || byte >= 0x7F { return false }
            }
            return true
        }
        var offset = 0
        while offset &+ 8 < count {
            guard unsafe isPrintable(at: offset) else { return false }
            offset &+= 8
        }
        // The last eight bytes may overlap what was looked at.
        return unsafe isPrintable(at: count &- 8)
    }

    /// Whether the eight bytes at `offset` are printable ASCII without a space.
    @inlinable
    @inline(__always)
    func isPrintable(at offset: Int) -> Bool {
        let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops = ones << 7
        // Of bytes below 0x80 adding 1 sets the top bit of 0x7F alone, adding 0x5F that of all from
        // 0x21 on; neither carries into the next byte.
        return (word | (word &+ ones)) & tops == 0 && (word &+ 0x5F &* ones) & tops == tops
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

/// A view of a line's pools where they stand in a frame: u8 count, then each u8 size and bytes.
///
/// Whoever makes one has checked count, sizes and bytes.
@frozen
@unsafe
public struct PoolListView {
    /// Where the count stands.
    public var bytes: UnsafeRawPointer

    /// A view of the list at `bytes`.
    @inlinable
    public init(bytes: UnsafeRawPointer) { unsafe self.bytes = unsafe bytes }

    /// How many pools there are, 1–8.
    @inlinable
    public var count: Int { unsafe Int(bytes.load(as: UInt8.self)) }

    /// Calls `body` with each pool, in order.
    public func forEach(_ body: (PoolName) -> Void) {
        var offset = 1
        for _ in 0..<(unsafe count) {
            let size = unsafe Int(bytes.load(fromByteOffset: offset, as: UInt8.self))
            precondition(size <= Limits.poolNameSizeBytesMax, "a pool's name is too long")
            var words: (UInt64, UInt64) = (0, 0)
            for index in 0..<size {
                let byte = unsafe bytes.load(fromByteOffset: offset + 1 + index, as: UInt8.self)
                let shifted = UInt64(byte) << (UInt64(index % 8) * 8)
                if index < 8 { words.0 |= shifted } else { words.1 |= shifted }
            }
            body(PoolName(high: words.0, low: words.1))
            offset += 1 + size
        }
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
    /// The pools that may serve the line, in the memory of the frame; `nil` for `default`.
    public var pools: PoolListView?
    /// The version that the SKU must have, or ``anyVersion``.
    public var expectedVersion: UInt64

    /// Stands for "whatever version the SKU has".
    @inlinable public static var anyVersion: UInt64 { .max }

    /// A line of `quantity` units of `sku`, from `warehouse` only if that isn't `.none`.
    @inlinable
    public init(
        sku: SKUView,
        quantity: UInt32,
        warehouse: WarehouseCode = .none,
        pools: PoolListView? = nil,
        expectedVersion: UInt64 = UInt64.max
    ) {
        unsafe self.pools = unsafe pools
        unsafe self.expectedVersion = expectedVersion
        unsafe self.sku = unsafe sku
        unsafe self.hash = 0
        unsafe self.warehouse = warehouse
        unsafe self.quantity = quantity
    }
}

/// A request to hold lines for an owner.
///
/// Lines and constraints stand in memory that the caller owns.
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
    /// What sourcing minimises, unless ``policyName`` says it.
    public var policy: SourcingPolicy
    /// The name of what sourcing minimises; ``PolicyName/none`` where ``policy`` says it.
    public var policyName: PolicyName
    /// The hold of the same owner whose place this one takes; `nil` for none.
    public var replaces: ReservationID?
    /// What a plan has to keep to, in the memory of the frame; `nil` for nothing.
    public var constraints: ConstraintsView?
    /// Whether the answer is to tell what could serve short lines instead.
    public var wantsAlternatives: Bool
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
        policyName: PolicyName = .none,
        replaces: ReservationID? = nil,
        constraints: ConstraintsView? = nil,
        wantsAlternatives: Bool = false,
        lines: UnsafeMutableBufferPointer<RequestLine>
    ) {
        unsafe self.policyName = policyName
        unsafe self.wantsAlternatives = wantsAlternatives
        unsafe self.constraints = unsafe constraints
        unsafe self.replaces = replaces
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

/// What a change takes of one line of a reservation.
@frozen
public struct ChangeItem: Hashable, Sendable {
    /// Index of the line.
    public var line: UInt16
    /// Only the share of this warehouse, or `.none` for any.
    public var warehouse: WarehouseCode
    /// Only shares of this pool; `nil` for any.
    public var pool: PoolName?
    /// Units; 0 for all that are there to take.
    public var quantity: UInt32

    /// An item with all its fields.
    @inlinable
    public init(
        line: UInt16,
        quantity: UInt32 = 0,
        warehouse: WarehouseCode = .none,
        pool: PoolName? = nil
    ) {
        self.line = line
        self.warehouse = warehouse
        self.pool = pool
        self.quantity = quantity
    }
}

/// A request to commit, release, fulfil or cancel a reservation or parts of it.
public struct ChangeRequest: Hashable, Sendable {
    /// The reservation.
    public var reservation: ReservationID
    /// The id of the request.
    public var id: RequestID
    /// A digest of the whole content.
    public var digest: UInt64
    /// What becomes of the units.
    public var kind: ReservationChangeKind
    /// With `commit`: whether the units leave as well.
    public var isFulfilling: Bool
    /// The parts; none for the whole reservation.
    public var items: [ChangeItem]

    /// A request with all its fields.
    public init(
        reservation: ReservationID,
        id: RequestID,
        digest: UInt64,
        kind: ReservationChangeKind,
        isFulfilling: Bool = false,
        items: [ChangeItem] = []
    ) {
        self.reservation = reservation
        self.id = id
        self.digest = digest
        self.kind = kind
        self.isFulfilling = isFulfilling
        self.items = items
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
    /// The pool whose stock changes.
    public var pool: PoolName
    /// With ``isAbsolute`` the units on hand from now on, else the difference to what is there.
    public var onHand: Int64
    /// The safety stock from now on; `nil` leaves it as it is.
    public var safetyStock: Int64?
    /// The backorder limit from now on; `nil` leaves it as it is.
    public var backorderLimit: Int64?
    /// The version that the SKU must have; `nil` for any.
    public var expectedVersion: UInt64?
    /// Whether ``onHand`` is a figure and not a difference.
    public var isAbsolute: Bool

    /// A row with all its fields.
    @inlinable
    public init(
        sku: SKUView,
        warehouse: WarehouseCode,
        pool: PoolName = .default,
        onHand: Int64,
        safetyStock: Int64?,
        backorderLimit: Int64? = nil,
        expectedVersion: UInt64? = nil,
        isAbsolute: Bool
    ) {
        unsafe self.pool = pool
        unsafe self.backorderLimit = backorderLimit
        unsafe self.expectedVersion = expectedVersion
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
/// A row whose SKU or cell is missing makes it where goods come in (`received`, `returned`,
/// `imported`); a count makes the cell only, as does the taking end of a transfer.
@frozen
@unsafe
public struct StockRequest {
    /// The id of the request.
    public var id: RequestID
    /// A digest of the whole content.
    public var digest: UInt64
    /// Why stock changes.
    public var cause: StockCause
    /// What the one who asked says of it, at most 64 bytes of UTF-8; for the audit trail.
    public var reason: String
    /// The rows, in the order of the request; no two of the same cell.
    public var rows: UnsafeMutableBufferPointer<StockRow>

    /// A request with all its fields.
    @inlinable
    public init(
        id: RequestID,
        digest: UInt64,
        cause: StockCause,
        reason: String = "",
        rows: UnsafeMutableBufferPointer<StockRow>
    ) {
        unsafe self.reason = reason
        unsafe self.id = id
        unsafe self.digest = digest
        unsafe self.cause = cause
        unsafe self.rows = unsafe rows
    }
}

/// A SKU and what may be offered in its place.
public struct SKUSubstitutes: Hashable, Sendable {
    /// The name of the SKU.
    public var sku: String
    /// The names of the SKUs that may take its place, the best first; none takes them away.
    public var substitutes: [String]

    /// A SKU with its substitutes.
    public init(sku: String, substitutes: [String]) {
        self.sku = sku
        self.substitutes = substitutes
    }
}

/// A SKU and what it weighs.
public struct SKUWeight: Hashable, Sendable {
    /// The name of the SKU.
    public var sku: String
    /// The weight of a unit in grams; 0 where it isn't known.
    public var weightGrams: UInt32

    /// A SKU of `weightGrams` a unit.
    public init(sku: String, weightGrams: UInt32) {
        self.sku = sku
        self.weightGrams = weightGrams
    }
}
