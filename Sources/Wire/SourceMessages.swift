package import Inventory

/// A question what plan a reserve would get.
///
/// Body: that of a reserve; id, owner and time to live don't matter.
package struct SourceRequest: Hashable, Sendable, WireRequest {
    /// The reserve.
    package var request: ReservationRequest

    /// A question about `request`.
    package init(_ request: ReservationRequest) { self.request = request }

    /// Always `source`.
    package var operation: Operation { .source }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int { request.bodySizeMax }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try request.write(to: &writer)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        request = try ReservationRequest(from: &reader, operation: .reserve)
    }
}

/// A plan and what it was chosen from.
///
/// Body: u8 mode, u8 fields (bit 0 destination, bit 1 latest promise, bit 2 ships complete, bit 3
/// proven), u16 outcome, i32 refused line or −1, i64 ordered at, u32 nodes, u32 zero; with bit 0
/// i32 latitude, i32 longitude, 8 bytes region; the policy as in `policy_list` without its number;
/// u16 most splits, u16 most splits a line, u32 most metres, with bit 1 i64 latest promise, three
/// lists of warehouses (excluded, required, preferred): u8 count and codes; then with u16 counts
/// candidates and lines, with u8 counts objective and lower bound.
///
/// A candidate: code, u32 metres, i64 shipment cost, i64 promised instant (0: none), u32 minutes
/// from the order to it, u32 priority, u32 shipments that it takes still (max: any number), u8 why
/// it may not serve (0: it may), u8 why it lost (255: it didn't), u8 fields (bit 0 preferred, bit 1
/// used). A line: SKU, u32 requested, u32 reserved, u64 version, code of its only warehouse or an
/// empty one, u8 count and names of its pools, u16 count of cells, each: code, pool, i64 available,
/// i64 there, i64 unit cost, u32 balance; u16 count of shares, each: code, pool, u32 units, u32
/// backordered; u8 count of alternatives, u8 0, the alternatives. A criterion: u8 number (0 short,
/// 1 backordered, 2 not preferred, 3–6 tiers, 7 shipments), i64 value. Codes, names and pools: u8
/// size and bytes.
package struct SourcingAnswer: Hashable, Sendable, WireAnswer {
    /// The plan.
    package var report: SourcingReport

    private static let destinationField: UInt8 = 1
    private static let latestPromiseField: UInt8 = 2
    private static let shipsCompleteField: UInt8 = 4
    private static let provenField: UInt8 = 8
    private static let candidateSizeBytesMax = 17 + 4 + 8 + 8 + 4 + 4 + 4 + 3
    private static let cellSizeBytesMax = 17 + 17 + 8 + 8 + 8 + 4
    private static let shareSizeBytesMax = 17 + 17 + 8
    private static let noLoss: UInt8 = 255

    /// An answer with `report`.
    package init(_ report: SourcingReport) { self.report = report }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        let lines = report.lines.reduce(0) { size, line in
            size + 65 + 16 + 17 + 1 + line.pools.count * 17 + 4
                + line.cells.count * SourcingAnswer.cellSizeBytesMax
                + line.shares.count * SourcingAnswer.shareSizeBytesMax
                + 2 + line.alternatives.count * WireLayout.alternativeSizeBytesMax
        }
        let listed =
            report.constraints.excluded.count + report.constraints.required.count
            + report.constraints.preferred.count
        return 64 + report.policy.wireSizeBytes + listed * 17
            + report.candidates.count * SourcingAnswer.candidateSizeBytesMax + lines
            + (report.objective.count + report.lowerBound.count) * 9
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        let constraints = report.constraints
        var fields: UInt8 = report.destination == nil ? 0 : SourcingAnswer.destinationField
        if constraints.latestPromise != nil { fields |= SourcingAnswer.latestPromiseField }
        if constraints.shipsComplete { fields |= SourcingAnswer.shipsCompleteField }
        if report.isProven { fields |= SourcingAnswer.provenField }
        writer.put(report.mode.rawValue)
        writer.put(fields)
        writer.put(report.outcome.rawValue)
        writer.put(report.refusedLine)
        writer.put(report.orderedAt.milliseconds)
        writer.put(report.nodes)
        writer.putZeros(4)
        if let destination = report.destination {
            writer.put(destination.position.latitudeMicrodegrees)
            writer.put(destination.position.longitudeMicrodegrees)
            writer.put(destination.region.word)
        }
        writer.put(report.policy)
        writer.put(constraints.splitsMax)
        writer.put(constraints.splitsPerLineMax)
        writer.put(constraints.metresMax)
        if let latest = constraints.latestPromise { writer.put(latest.milliseconds) }
        for list in [constraints.excluded, constraints.required, constraints.preferred] {
            writer.put(UInt8(list.count))
            for code in list { try writer.putSized(code, at: -1) }
        }
        writer.put(UInt16(report.candidates.count))
        for candidate in report.candidates { try writer.put(candidate) }
        writer.put(UInt16(report.lines.count))
        for (index, line) in report.lines.enumerated() { try writer.put(line, at: index) }
        for criteria in [report.objective, report.lowerBound] {
            writer.put(UInt8(criteria.count))
            for criterion in criteria {
                writer.put(criterion.number)
                writer.put(criterion.value)
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let mode = try reader.takeCase(
            ReserveMode.self,
            else: WireFault(.unknownMode, "the mode is 0, 1 or 2")
        )
        let fields = try reader.take(UInt8.self)
        guard fields < 16 else { throw .reserved }
        guard let outcome = Outcome(rawValue: try reader.take(UInt16.self)) else {
            throw WireFault(.malformedFrame, "the outcome's number isn't known")
        }
        let refusedLine = try reader.take(Int32.self)
        let orderedAt = try reader.takeInstant()
        let nodes = try reader.take(UInt32.self)
        try reader.takeZeros(4)
        var destination: Destination?
        if fields & SourcingAnswer.destinationField != 0 {
            let position = Position(
                latitudeMicrodegrees: try reader.take(Int32.self),
                longitudeMicrodegrees: try reader.take(Int32.self)
            )
            destination = Destination(
                position: position,
                region: RegionCode(word: try reader.take(UInt64.self))
            )
        }
        let policy = try reader.takePolicy(at: -1)
        var constraints = SourcingConstraints(
            splitsMax: try reader.take(UInt16.self),
            splitsPerLineMax: try reader.take(UInt16.self),
            metresMax: try reader.take(UInt32.self),
            shipsComplete: fields & SourcingAnswer.shipsCompleteField != 0
        )
        if fields & SourcingAnswer.latestPromiseField != 0 {
            constraints.latestPromise = try reader.takeInstant()
        }
        constraints.excluded = try reader.takeCodes()
        constraints.required = try reader.takeCodes()
        constraints.preferred = try reader.takeCodes()
        report = SourcingReport(
            destination: destination,
            orderedAt: orderedAt,
            mode: mode,
            policy: policy,
            constraints: constraints
        )
        report.outcome = outcome
        report.refusedLine = refusedLine
        report.nodes = nodes
        report.isProven = fields & SourcingAnswer.provenField != 0
        for _ in 0..<(try reader.take(UInt16.self)) {
            report.candidates.append(try reader.takeCandidate())
        }
        for index in 0..<Int(try reader.take(UInt16.self)) {
            report.lines.append(try reader.takeSourcedLine(at: index))
        }
        report.objective = try reader.takeCriteria()
        report.lowerBound = try reader.takeCriteria()
    }

    /// The number of a loss on the wire.
    fileprivate static func number(of reason: LossReason?) -> UInt8 { reason?.rawValue ?? noLoss }

    /// The loss of a number on the wire; `nil` inside for none.
    fileprivate static func loss(_ number: UInt8) throws(WireFault) -> LossReason? {
        if number == noLoss { return nil }
        guard let reason = LossReason(rawValue: number) else {
            throw WireFault(.malformedFrame, "why a warehouse lost isn't known")
        }
        return reason
    }
}

extension ByteWriter {
    fileprivate mutating func put(_ candidate: SourcingReport.Candidate) throws(WireFault) {
        try putSized(candidate.warehouse, at: -1)
        put(candidate.metres)
        put(candidate.shipmentCostMinor)
        put(candidate.promisedAt.milliseconds)
        put(candidate.promiseMinutes)
        put(candidate.priority)
        put(candidate.capacityLeft ?? .max)
        put(candidate.exclusion.rawValue)
        put(SourcingAnswer.number(of: candidate.lossReason))
        put(UInt8(candidate.isPreferred ? 1 : 0) | (candidate.isUsed ? 2 : 0))
    }

    fileprivate mutating func put(
        _ line: SourcingReport.Line,
        at index: Int
    ) throws(WireFault) {
        try putSized(line.sku, at: index)
        put(line.requested)
        put(line.reserved)
        put(line.version)
        put(UInt8(line.warehouse?.size ?? 0))
        if let warehouse = line.warehouse { put(warehouse) }
        put(UInt8(line.pools.count))
        for pool in line.pools { try putSized(pool, at: index) }
        put(UInt16(line.cells.count))
        for cell in line.cells {
            try putSized(cell.warehouse, at: index)
            try putSized(cell.pool, at: index)
            put(cell.available)
            put(cell.present)
            put(cell.unitCostMinor)
            put(cell.balance)
        }
        put(UInt16(line.shares.count))
        for share in line.shares {
            try putSized(share.warehouse, at: index)
            try putSized(share.pool, at: index)
            put(share.quantity)
            put(share.backordered)
        }
        try put(line.alternatives, of: index)
    }
}

extension ByteReader {
    fileprivate mutating func takeCodes() throws(WireFault) -> [WarehouseCode] {
        var codes: [WarehouseCode] = []
        for _ in 0..<(try take(UInt8.self)) { codes.append(try takeSizedWarehouse()) }
        return codes
    }

    fileprivate mutating func takeCandidate() throws(WireFault) -> SourcingReport.Candidate {
        var candidate = SourcingReport.Candidate(warehouse: try takeSizedWarehouse())
        candidate.metres = try take(UInt32.self)
        candidate.shipmentCostMinor = try take(Int64.self)
        candidate.promisedAt = try takeInstant()
        candidate.promiseMinutes = try take(UInt32.self)
        candidate.priority = try take(UInt32.self)
        let capacity = try take(UInt32.self)
        candidate.capacityLeft = capacity == .max ? nil : capacity
        candidate.exclusion = try takeCase(
            Exclusion.self,
            else: WireFault(.malformedFrame, "why a warehouse may not serve isn't known")
        )
        candidate.lossReason = try SourcingAnswer.loss(try take(UInt8.self))
        let fields = try take(UInt8.self)
        guard fields < 4 else { throw .reserved }
        candidate.isPreferred = fields & 1 != 0
        candidate.isUsed = fields & 2 != 0
        return candidate
    }

    fileprivate mutating func takeSourcedLine(
        at index: Int
    ) throws(WireFault) -> SourcingReport.Line {
        let sku = try takeSizedSKU(at: index)
        var line = SourcingReport.Line(sku: sku, requested: try take(UInt32.self))
        line.reserved = try take(UInt32.self)
        line.version = try take(UInt64.self)
        let size = Int(try take(UInt8.self))
        if size > 0 { line.warehouse = try takeWarehouse(size, at: index) }
        for _ in 0..<(try take(UInt8.self)) { line.pools.append(try takeSizedPool(at: index)) }
        for _ in 0..<(try take(UInt16.self)) {
            line.cells.append(
                SourcingReport.Cell(
                    warehouse: try takeSizedWarehouse(at: index),
                    pool: try takeSizedPool(at: index),
                    available: try take(Int64.self),
                    present: try take(Int64.self),
                    unitCostMinor: try take(Int64.self),
                    balance: try take(UInt32.self)
                )
            )
        }
        for _ in 0..<(try take(UInt16.self)) {
            let warehouse = try takeSizedWarehouse(at: index)
            let pool = try takeSizedPool(at: index)
            let quantity = try take(UInt32.self)
            line.shares.append(
                Share(
                    warehouse: warehouse,
                    quantity: quantity,
                    pool: pool,
                    backordered: try take(UInt32.self)
                )
            )
        }
        line.alternatives = try takeAlternatives(of: index)
        return line
    }

    fileprivate mutating func takeCriteria() throws(WireFault) -> [SourcingReport.Criterion] {
        var criteria: [SourcingReport.Criterion] = []
        for _ in 0..<(try take(UInt8.self)) {
            let number = try take(UInt8.self)
            guard number <= 7 else {
                throw WireFault(.malformedFrame, "a criterion's number is 0 to 7")
            }
            criteria.append(SourcingReport.Criterion(number: number, value: try take(Int64.self)))
        }
        return criteria
    }
}
