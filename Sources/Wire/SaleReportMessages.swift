public import Inventory

/// A question about one sale: what became of it so far, or who got what share of it.
///
/// Body of `sale_status`: u8 size, pool. Of `sale_report` as well, and behind it u16 limit.
package struct SaleQuestion: Hashable, Sendable, WireRequest {
    /// What is asked.
    package var operation: Operation
    /// The pool of the sale.
    package var pool: PoolName
    /// How many owners with most units a report lists, 0–1,024; 0 for a status.
    package var limit: Int

    /// A question what became of a sale so far.
    package static func status(_ pool: PoolName) -> SaleQuestion {
        SaleQuestion(operation: .saleStatus, pool: pool, limit: 0)
    }

    /// A question who got what share of a sale.
    package static func report(_ pool: PoolName, limit: Int) -> SaleQuestion {
        SaleQuestion(operation: .saleReport, pool: pool, limit: limit)
    }

    private init(operation: Operation, pool: PoolName, limit: Int) {
        self.operation = operation
        self.pool = pool
        self.limit = limit
    }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 1 + pool.size + (operation == .saleReport ? 2 : 0) }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try writer.putSized(pool, at: -1)
        guard operation == .saleReport else { return }
        guard (0...Limits.ownerSharesPerPageMax).contains(limit) else { throw .tooManyOwnersAsked }
        writer.put(UInt16(limit))
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        precondition(operation == .saleStatus || operation == .saleReport, "no such question")
        let pool = try reader.takeSizedPool(at: -1)
        self.init(operation: operation, pool: pool, limit: 0)
        guard operation == .saleReport else { return }
        limit = Int(try reader.take(UInt16.self))
        guard limit <= Limits.ownerSharesPerPageMax else { throw .tooManyOwnersAsked }
    }
}

/// What became of a sale so far, and its rules.
///
/// Body: i64 instant, the rules, i64 × 5 (on hand, reserved, committed, safety stock, backorder
/// limit: the sums of the pool), u64 × 7 (owners, holds, committed holds, open holds, open units,
/// fulfilled units, returned units), u16 number of outcomes, u16 zero, u32 zero, then each: u16
/// outcome, u16 zero, u32 zero, u64 requests; by outcome, ascending.
public struct SaleStatus: Hashable, Sendable {
    /// The server's instant.
    public var instant: Instant
    /// The rules.
    public var rules: SaleRules
    /// The figures.
    public var figures: SaleFigures

    /// A status with all its fields.
    public init(instant: Instant, rules: SaleRules, figures: SaleFigures) {
        self.instant = instant
        self.rules = rules
        self.figures = figures
    }

    /// Whether the sale sells.
    public var state: SaleState { rules.state(at: instant) }
}

extension SaleStatus: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int { 8 + WireLayout.saleSizeBytesMax + figures.wireSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(instant.milliseconds)
        try writer.put(rules, at: -1)
        writer.put(figures)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        instant = try reader.takeInstant()
        rules = try reader.takeSaleRules(at: -1)
        figures = try reader.takeSaleFigures()
    }
}

/// What became of a sale so far, its rules, and who got what share of it.
///
/// Body: as that of a status, and behind it u16 bands, u16 shares, u32 zero, then each band: u64
/// fewest units, u64 most units (2^64 − 1 for any number), u64 owners, u64 units; then each share:
/// 16 bytes owner, u64 open units, u64 fulfilled units, u32 holds, u32 committed holds, u32 open
/// holds, u32 zero.
public struct SaleOverview: Hashable, Sendable {
    /// The server's instant.
    public var instant: Instant
    /// The rules.
    public var rules: SaleRules
    /// The figures and the shares.
    public var report: SaleReport

    /// An overview with all its fields.
    public init(instant: Instant, rules: SaleRules, report: SaleReport) {
        self.instant = instant
        self.rules = rules
        self.report = report
    }

    /// Whether the sale sells.
    public var state: SaleState { rules.state(at: instant) }
}

extension SaleOverview: WireAnswer {
    private static let bandSizeBytes = 32
    private static let shareSizeBytes = 48

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        8 + WireLayout.saleSizeBytesMax + report.figures.wireSizeBytes + 8
            + report.bands.count * SaleOverview.bandSizeBytes
            + report.top.count * SaleOverview.shareSizeBytes
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(report.bands.count <= Limits.saleBandsMax, "no more bands than there may be")
        precondition(report.top.count <= Limits.ownerSharesPerPageMax, "as many as a page has")
        writer.put(instant.milliseconds)
        try writer.put(rules, at: -1)
        writer.put(report.figures)
        writer.put(UInt16(report.bands.count))
        writer.put(UInt16(report.top.count))
        writer.putZeros(4)
        for band in report.bands {
            writer.put(band.unitsMin)
            writer.put(band.unitsMax)
            writer.put(band.owners)
            writer.put(band.units)
        }
        for share in report.top { writer.put(share) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        instant = try reader.takeInstant()
        rules = try reader.takeSaleRules(at: -1)
        report = SaleReport(figures: try reader.takeSaleFigures(), bands: [], top: [])
        let bandCount = Int(try reader.take(UInt16.self))
        let shareCount = Int(try reader.take(UInt16.self))
        guard bandCount <= Limits.saleBandsMax else {
            throw WireFault(.malformedFrame, "a report has at most 64 bands")
        }
        guard shareCount <= Limits.ownerSharesPerPageMax else { throw .tooManyOwnersAsked }
        try reader.takeZeros(4)
        for _ in 0..<bandCount { report.bands.append(try reader.takeBand()) }
        for _ in 0..<shareCount { report.top.append(try reader.takeOwnerShare()) }
    }
}

extension SaleFigures {
    /// Bytes that the figures take in a frame.
    fileprivate var wireSizeBytes: Int { 12 * 8 + 8 + refusals.count * 16 }
}

extension ByteWriter {
    fileprivate mutating func put(_ figures: SaleFigures) {
        put(figures.cells.onHand)
        put(figures.cells.reserved)
        put(figures.cells.committed)
        put(figures.cells.safetyStock)
        put(figures.cells.backorderLimit)
        put(figures.owners)
        put(figures.holds)
        put(figures.committedHolds)
        put(figures.openHolds)
        put(figures.openUnits)
        put(figures.fulfilledUnits)
        put(figures.returnedUnits)
        put(UInt16(figures.refusals.count))
        putZeros(6)
        for (outcome, count) in figures.refusals.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            put(outcome.rawValue)
            putZeros(6)
            put(count)
        }
    }

    fileprivate mutating func put(_ share: OwnerShare) {
        put(share.owner)
        put(share.openUnits)
        put(share.fulfilledUnits)
        put(share.holds)
        put(share.committedHolds)
        put(share.openHolds)
        putZeros(4)
    }
}

extension ByteReader {
    fileprivate mutating func takeSaleFigures() throws(WireFault) -> SaleFigures {
        var figures = SaleFigures()
        figures.cells = CellFigures(
            onHand: try take(Int64.self),
            reserved: try take(Int64.self),
            committed: try take(Int64.self),
            safetyStock: try take(Int64.self),
            backorderLimit: try take(Int64.self)
        )
        figures.owners = try take(UInt64.self)
        figures.holds = try take(UInt64.self)
        figures.committedHolds = try take(UInt64.self)
        figures.openHolds = try take(UInt64.self)
        figures.openUnits = try take(UInt64.self)
        figures.fulfilledUnits = try take(UInt64.self)
        figures.returnedUnits = try take(UInt64.self)
        let count = Int(try take(UInt16.self))
        try takeZeros(6)
        var last: UInt16 = 0
        for index in 0..<count {
            let number = try take(UInt16.self)
            guard index == 0 || number > last, let outcome = Outcome(rawValue: number) else {
                throw WireFault(.malformedFrame, "outcomes are known, and in ascending order")
            }
            last = number
            try takeZeros(6)
            figures.refusals[outcome] = try take(UInt64.self)
        }
        return figures
    }

    fileprivate mutating func takeBand() throws(WireFault) -> SaleReport.Band {
        SaleReport.Band(
            unitsMin: try take(UInt64.self),
            unitsMax: try take(UInt64.self),
            owners: try take(UInt64.self),
            units: try take(UInt64.self)
        )
    }

    fileprivate mutating func takeOwnerShare() throws(WireFault) -> OwnerShare {
        let share = OwnerShare(
            owner: try takeOwner(),
            openUnits: try take(UInt64.self),
            fulfilledUnits: try take(UInt64.self),
            holds: try take(UInt32.self),
            committedHolds: try take(UInt32.self),
            openHolds: try take(UInt32.self)
        )
        try takeZeros(4)
        return share
    }
}

extension WireFault {
    fileprivate static var tooManyOwnersAsked: WireFault {
        WireFault(.malformedFrame, "a report lists at most 1024 owners")
    }
}
