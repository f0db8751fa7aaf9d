public import Inventory

/// What an accepted reserve, commit or release got.
public struct ReservationReceipt: Hashable, Sendable {
    /// What one line got.
    public struct Line: Hashable, Sendable {
        /// Units asked for.
        public var requested: UInt32
        /// Units reserved: the sum of the shares.
        public var reserved: UInt32
        /// Which warehouses serve them, in the order they were taken.
        public var shares: [Share]

        /// A line with all its fields.
        public init(requested: UInt32, reserved: UInt32, shares: [Share]) {
            self.requested = requested
            self.reserved = reserved
            self.shares = shares
        }

        /// Units asked for and not reserved.
        public var short: UInt32 { requested - min(reserved, requested) }
    }

    /// Whether this answer was given before to the same request.
    public var isRepeated: Bool
    /// The present state of the reservation.
    public var state: ReservationState
    /// LSN of the movement; 0 where nothing changed.
    public var lsn: UInt64
    /// When the hold expires, as first answered.
    public var expiresAt: Instant
    /// The lines, in the order of the request.
    public var lines: [Line]

    /// A receipt with all its fields.
    public init(
        isRepeated: Bool,
        state: ReservationState,
        lsn: UInt64,
        expiresAt: Instant,
        lines: [Line]
    ) {
        self.isRepeated = isRepeated
        self.state = state
        self.lsn = lsn
        self.expiresAt = expiresAt
        self.lines = lines
    }

    /// Whether every line got all it asked for.
    public var isWhole: Bool { lines.allSatisfy { $0.short == 0 } }
}

extension ReservationReceipt: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        let share = WireLayout.shareFixedSizeBytes + Limits.warehouseCodeSizeBytesMax
        return lines.reduce(WireLayout.reservationFixedSizeBytes) { size, line in
            size + WireLayout.resultSizeBytes + line.shares.count * share
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(lsn)
        writer.put(expiresAt.milliseconds)
        writer.put(state.rawValue)
        writer.putZeros(1)
        writer.put(UInt16(lines.count))
        for (index, line) in lines.enumerated() {
            writer.put(line.requested)
            writer.put(line.reserved)
            writer.put(UInt16(line.shares.count))
            writer.putZeros(2)
            for share in line.shares {
                writer.put(share.quantity)
                writer.putZeros(2)
                try writer.putSized(share.warehouse, at: index)
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let lsn = try reader.take(UInt64.self)
        let expiresAt = try reader.takeInstant()
        let state = try reader.takeCase(
            ReservationState.self,
            else: WireFault(.malformedFrame, "the state's number isn't known")
        )
        try reader.takeZeros(1)
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.linesPerReservationMax else {
            throw WireFault(.tooManyLines, "a reservation has at most 4096 lines")
        }
        var lines: [Line] = []
        lines.reserveCapacity(min(count, reader.rest / WireLayout.resultSizeBytes))
        for index in 0..<count {
            lines.append(try Line(from: &reader, at: index))
        }
        self.init(
            isRepeated: isRepeated,
            state: state,
            lsn: lsn,
            expiresAt: expiresAt,
            lines: lines
        )
    }
}

extension ReservationReceipt.Line {
    /// Reads one line.
    init(from reader: inout ByteReader, at index: Int) throws(WireFault) {
        let requested = try reader.take(UInt32.self)
        let reserved = try reader.take(UInt32.self)
        let count = Int(try reader.take(UInt16.self))
        try reader.takeZeros(2)
        var shares: [Share] = []
        shares.reserveCapacity(min(count, reader.rest / WireLayout.shareFixedSizeBytes))
        for _ in 0..<count {
            let quantity = try reader.take(UInt32.self)
            try reader.takeZeros(2)
            let size = Int(try reader.take(UInt8.self))
            let warehouse = try reader.takeWarehouse(size, at: index)
            shares.append(Share(warehouse: warehouse, quantity: quantity))
        }
        self.init(requested: requested, reserved: reserved, shares: shares)
    }
}

/// What became of a reservation, as `show` tells it.
public struct ReservationReport: Hashable, Sendable {
    /// State, expiry, lines and shares.
    public var receipt: ReservationReceipt
    /// Whom the units are or were held for.
    public var owner: OwnerID
    /// The name of each line's SKU; empty where it wasn't known when the reservation was made.
    public var skus: [String]

    /// A report with all its fields.
    public init(receipt: ReservationReceipt, owner: OwnerID, skus: [String]) {
        self.receipt = receipt
        self.owner = owner
        self.skus = skus
    }
}

extension ReservationReport: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        skus.reduce(receipt.bodySizeMax + 16) { $0 + 1 + $1.utf8.count }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(skus.count == receipt.lines.count, "each line has a SKU")
        try receipt.write(to: &writer)
        writer.put(owner.high)
        writer.put(owner.low)
        for (index, sku) in skus.enumerated() {
            if sku.isEmpty {
                writer.putZeros(1)
            } else {
                try writer.putSKUSize(sku, at: index)
                writer.put(sku)
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let receipt = try ReservationReceipt(from: &reader, isRepeated: isRepeated)
        let owner = OwnerID(high: try reader.take(UInt64.self), low: try reader.take(UInt64.self))
        var skus: [String] = []
        skus.reserveCapacity(receipt.lines.count)
        for _ in receipt.lines {
            let size = Int(try reader.take(UInt8.self))
            skus.append(try reader.takeName(size, sizeMax: Limits.skuSizeBytesMax))
        }
        self.init(receipt: receipt, owner: owner, skus: skus)
    }
}
