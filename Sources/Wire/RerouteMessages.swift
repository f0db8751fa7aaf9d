public import Inventory

/// A request to move a hold's units away from warehouses that aren't online.
///
/// Body: 16 bytes reservation, 16 bytes request id.
package struct ReservationReroute: Hashable, Sendable, WireRequest {
    /// The reservation.
    package var reservation: ReservationID
    /// The id of this request.
    package var requestID: RequestID

    /// A request with both fields.
    package init(_ reservation: ReservationID, requestID: RequestID) {
        self.reservation = reservation
        self.requestID = requestID
    }

    /// Always `reroute`.
    package var operation: Operation { .reroute }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.changeSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(reservation)
        writer.put(requestID)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        reservation = try reader.takeID()
        requestID = try reader.takeID()
    }
}

/// A request to move all held units away from a warehouse, or to tell how that goes.
///
/// Body: u8 size, code.
package struct WarehouseReroute: Hashable, Sendable, WireRequest {
    /// Whether it begins, or only tells.
    package var operation: Operation
    /// The warehouse.
    package var warehouse: WarehouseCode

    /// A request to begin.
    package static func start(_ warehouse: WarehouseCode) -> WarehouseReroute {
        WarehouseReroute(operation: .rerouteStart, warehouse: warehouse)
    }

    /// A request to tell.
    package static func status(_ warehouse: WarehouseCode) -> WarehouseReroute {
        WarehouseReroute(operation: .rerouteStatus, warehouse: warehouse)
    }

    private init(operation: Operation, warehouse: WarehouseCode) {
        self.operation = operation
        self.warehouse = warehouse
    }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 1 + warehouse.size }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try writer.putSized(warehouse, at: -1)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        precondition(operation == .rerouteStart || operation == .rerouteStatus, "not a reroute")
        self.init(operation: operation, warehouse: try reader.takeSizedWarehouse())
    }
}

/// How the rerouting of a warehouse goes.
///
/// Body: u64 run, u8 state, u8 0, u16 outcome that pauses it, u32 0, i64 started, i64 ended (0: not
/// yet), u64 looked at, u64 to look at, then for each fate u64 reservations and u64 units, u16
/// number of reasons, u16 number of entries, u32 0, the reasons: u16 outcome, u16 0, u32 0, u64
/// reservations, and the entries: 16 bytes id, u8 fate, u8 0, u16 outcome, i32 line, u64 units,
/// u32 minutes later, u32 0.
extension RerouteReport: WireAnswer {
    private static let fixedSizeBytes = 56 + 16 * RerouteFate.allCases.count
    private static let reasonSizeBytes = 16
    private static let entrySizeBytes = 40

    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        RerouteReport.fixedSizeBytes + reasons.count * RerouteReport.reasonSizeBytes
            + entries.count * RerouteReport.entrySizeBytes
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(run)
        writer.put(state.rawValue)
        writer.putZeros(1)
        writer.put(pausedBy.rawValue)
        writer.putZeros(4)
        writer.put(max(0, startedAt.milliseconds))
        writer.put(max(0, endedAt.milliseconds))
        writer.put(looked)
        writer.put(toLookAt)
        for sum in sums {
            writer.put(sum.reservations)
            writer.put(sum.units)
        }
        writer.put(UInt16(reasons.count))
        writer.put(UInt16(entries.count))
        writer.putZeros(4)
        for reason in reasons {
            writer.put(reason.outcome.rawValue)
            writer.putZeros(6)
            writer.put(reason.reservations)
        }
        for entry in entries {
            writer.put(entry.reservation)
            writer.put(entry.fate.rawValue)
            writer.putZeros(1)
            writer.put(entry.reason.rawValue)
            writer.put(entry.line)
            writer.put(entry.units)
            writer.put(entry.minutesLater)
            writer.putZeros(4)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let run = try reader.take(UInt64.self)
        let state = try reader.takeCase(
            RerouteState.self,
            else: WireFault(.malformedFrame, "the state is 0 to 4")
        )
        try reader.takeZeros(1)
        var base = RerouteReport(run: run, state: state)
        base.pausedBy = try reader.takeOutcome()
        try reader.takeZeros(4)
        base.startedAt = try reader.takeInstant()
        base.endedAt = try reader.takeInstant()
        base.looked = try reader.take(UInt64.self)
        base.toLookAt = try reader.take(UInt64.self)
        var sums: [Sum] = []
        for _ in RerouteFate.allCases {
            let reservations = try reader.take(UInt64.self)
            sums.append(Sum(reservations: reservations, units: try reader.take(UInt64.self)))
        }
        let reasonCount = Int(try reader.take(UInt16.self))
        let entryCount = Int(try reader.take(UInt16.self))
        try reader.takeZeros(4)
        var reasons: [Reason] = []
        for _ in 0..<reasonCount {
            let outcome = try reader.takeOutcome()
            try reader.takeZeros(6)
            reasons.append(Reason(outcome, reservations: try reader.take(UInt64.self)))
        }
        var entries: [Entry] = []
        for index in 0..<entryCount { entries.append(try reader.takeEntry(at: index)) }
        self.init(told: base, sums: sums, reasons: reasons, entries: entries)
    }
}

extension ByteReader {
    fileprivate mutating func takeOutcome() throws(WireFault) -> Outcome {
        guard let outcome = Outcome(rawValue: try take(UInt16.self)) else {
            throw WireFault(.malformedFrame, "the outcome's number isn't known")
        }
        return outcome
    }

    fileprivate mutating func takeEntry(
        at index: Int
    ) throws(WireFault) -> RerouteReport.Entry {
        let id = try takeID()
        let fate = try takeCase(
            RerouteFate.self,
            else: WireFault(.malformedFrame, at: index, "the fate is 0 to 3")
        )
        try takeZeros(1)
        var entry = RerouteReport.Entry(id, fate, units: 0)
        entry.reason = try takeOutcome()
        entry.line = try take(Int32.self)
        entry.units = try take(UInt64.self)
        entry.minutesLater = try take(UInt32.self)
        try takeZeros(4)
        return entry
    }
}
