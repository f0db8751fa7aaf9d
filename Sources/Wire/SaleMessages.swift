public import Inventory

/// A request to define, open, close or forget sales: all its rows or none.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then each row: u8 kind (0 rules, 1 opening,
/// 2 closing, 3 removal), then the rules or the pool alone.
package struct SaleWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The changes, each of another sale.
    package var changes: [SaleChange]

    /// A request with all its fields.
    package init(id: RequestID, changes: [SaleChange]) {
        self.id = id
        self.changes = changes
    }

    /// Always `sale_write`.
    package var operation: Operation { .saleWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        WireLayout.writeFixedSizeBytes + changes.count * (1 + WireLayout.saleSizeBytesMax)
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        if let (index, fault) = SaleChange.fault(of: changes) {
            throw WireFault(fault, at: index)
        }
        writer.put(id)
        writer.putZeros(2)
        try writer.putRowCount(changes.count)
        writer.putZeros(4)
        for (index, change) in changes.enumerated() {
            writer.put(change.wireKind)
            if case .rules(let rules) = change {
                try writer.put(rules, at: index)
            } else {
                try writer.putSized(change.pool, at: index)
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        changes = []
        changes.reserveCapacity(min(count, reader.rest / 2))
        for index in 0..<count { changes.append(try reader.takeSaleChange(at: index)) }
        if let (index, fault) = SaleChange.fault(of: changes) {
            throw WireFault(fault, at: index)
        }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .saleWrite)
    }
}

/// All sales, and the server's instant, which says whether each of them sells.
///
/// Body: i64 instant, u16 count, u16 zero, u32 zero, then the rules of each sale.
public struct SaleList: Hashable, Sendable {
    /// The server's instant.
    public var instant: Instant
    /// The rules of all sales.
    public var sales: [SaleRules]

    /// A list with both fields.
    public init(instant: Instant, sales: [SaleRules]) {
        self.instant = instant
        self.sales = sales
    }
}

extension SaleList: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int { 16 + sales.count * WireLayout.saleSizeBytesMax }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(sales.count <= Limits.salesMax, "no more sales than there may be")
        writer.put(instant.milliseconds)
        writer.put(UInt16(sales.count))
        writer.putZeros(6)
        for (index, rules) in sales.enumerated() { try writer.put(rules, at: index) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        instant = try reader.takeInstant()
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.salesMax else {
            throw WireFault(.malformedFrame, "more sales than there may be")
        }
        try reader.takeZeros(6)
        sales = []
        for index in 0..<count { sales.append(try reader.takeSaleRules(at: index)) }
    }
}

extension SaleChange {
    /// The number of the kind in a frame.
    fileprivate var wireKind: UInt8 {
        switch self {
        case .rules: 0
        case .opening: 1
        case .closing: 2
        case .removal: 3
        }
    }
}

extension SaleRules {
    /// The field bits of the rules.
    fileprivate var wireFields: UInt8 {
        var fields: UInt8 = opensAt == nil ? 0 : WireLayout.saleOpensField
        if closesAt != nil { fields |= WireLayout.saleClosesField }
        if returnsRest { fields |= WireLayout.saleReturnsField }
        return fields
    }
}

extension ByteWriter {
    /// Writes rules: u8 pool size, u8 fields, u8 wall, u8 zero, 8 × u32 limits, then what the
    /// fields say (i64 opens, i64 closes), pool.
    mutating func put(_ rules: SaleRules, at index: Int) throws(WireFault) {
        guard rules.pool != WireLayout.defaultInLetters else { throw .invalidPool(at: index) }
        put(UInt8(rules.pool.size))
        put(rules.wireFields)
        put(rules.wall.rawValue)
        putZeros(1)
        for limit in rules.limits { put(limit) }
        if let opensAt = rules.opensAt { try putSaleInstant(opensAt, at: index) }
        if let closesAt = rules.closesAt { try putSaleInstant(closesAt, at: index) }
        put(rules.pool)
    }

    private mutating func putSaleInstant(
        _ instant: Instant,
        at index: Int
    ) throws(WireFault) {
        guard (0...WireLayout.instantMax).contains(instant.milliseconds) else {
            throw WireFault(.malformedFrame, at: index, "an instant lies outside 1970 to 9999")
        }
        put(instant.milliseconds)
    }
}

extension ByteReader {
    /// Reads rules; whether they make sense is for the caller to ask.
    mutating func takeSaleRules(at index: Int) throws(WireFault) -> SaleRules {
        let poolSize = Int(try take(UInt8.self))
        let fields = try take(UInt8.self)
        guard fields <= WireLayout.saleFields else { throw .reserved }
        var rules = SaleRules(pool: .default)
        rules.wall = try takeCase(
            SaleWall.self,
            else: WireFault(.invalidSale, at: index, "a wall is 0, hard, or 1, borrows")
        )
        try takeZeros(1)
        rules.returnsRest = fields & WireLayout.saleReturnsField != 0
        var limits: [UInt32] = []
        for _ in 0..<SaleRules.limitCount { limits.append(try take(UInt32.self)) }
        rules.limits = limits
        if fields & WireLayout.saleOpensField != 0 { rules.opensAt = try takeInstant() }
        if fields & WireLayout.saleClosesField != 0 { rules.closesAt = try takeInstant() }
        rules.pool = try takePool(poolSize, at: index)
        return rules
    }

    fileprivate mutating func takeSaleChange(at index: Int) throws(WireFault) -> SaleChange {
        switch try take(UInt8.self) {
        case 0: return .rules(try takeSaleRules(at: index))
        case 1: return .opening(try takeSizedPool(at: index))
        case 2: return .closing(try takeSizedPool(at: index))
        case 3: return .removal(try takeSizedPool(at: index))
        default: throw WireFault(.malformedFrame, at: index, "a change of a sale is 0 to 3")
        }
    }
}

extension WireLayout {
    // MARK: Sales: u8 pool size, u8 fields, u8 wall, u8 0, 8 × u32, i64 opens, i64 closes, pool.

    /// Bytes of a sale's rules, at most.
    static var saleSizeBytesMax: Int { 4 + 8 * 4 + 2 * 8 + Limits.poolNameSizeBytesMax }
    /// Field bit of a sale: its opening instant follows (i64).
    static var saleOpensField: UInt8 { 1 }
    /// Field bit of a sale: its closing instant follows (i64).
    static var saleClosesField: UInt8 { 2 }
    /// Field bit of a sale: what is left goes back to `default`.
    static var saleReturnsField: UInt8 { 4 }
    /// All field bits of a sale.
    static var saleFields: UInt8 { 7 }
}
