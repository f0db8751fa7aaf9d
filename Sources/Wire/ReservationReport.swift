public import Inventory

/// What became of a reservation, as `show` tells it.
///
/// Body: that of a reservation, then 16 bytes owner, i64 instant of the first hold of its chain,
/// and for each line a u8 size and its SKU.
public struct ReservationReport: Hashable, Sendable {
    /// State, expiry, lines and shares.
    public var receipt: ReservationReceipt
    /// Whom the units are or were held for.
    public var owner: OwnerID
    /// The instant of the first hold of its chain; no hold of it lives longer than the cap.
    public var heldSince: Instant
    /// The name of each line's SKU; empty where it wasn't known when the reservation was made.
    public var skus: [String]

    /// A report with all its fields.
    public init(
        receipt: ReservationReceipt,
        owner: OwnerID,
        heldSince: Instant,
        skus: [String]
    ) {
        self.receipt = receipt
        self.owner = owner
        self.heldSince = heldSince
        self.skus = skus
    }

    /// The report of an accepted answer to show.
    package init(_ answer: borrowing ReservationAnswer, skuName: (UInt32) -> String) {
        receipt = ReservationReceipt(answer)
        owner = answer.owner
        heldSince = answer.heldSince
        skus = []
        skus.reserveCapacity(answer.lineCount)
        for index in 0..<answer.lineCount { skus.append(skuName(unsafe answer.skuNumbers[index])) }
    }
}

extension ReservationReport: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        skus.reduce(receipt.bodySizeMax + 24) { $0 + 1 + $1.utf8.count }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(skus.count == receipt.lines.count, "each line has a SKU")
        try receipt.write(to: &writer)
        writer.put(owner)
        writer.put(heldSince.milliseconds)
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
        let owner = try reader.takeOwner()
        let heldSince = try reader.takeInstant()
        var skus: [String] = []
        skus.reserveCapacity(receipt.lines.count)
        for _ in receipt.lines {
            let size = Int(try reader.take(UInt8.self))
            skus.append(try reader.takeName(size, sizeMax: Limits.skuSizeBytesMax))
        }
        self.init(receipt: receipt, owner: owner, heldSince: heldSince, skus: skus)
    }
}

/// The reservations of one owner, newest first.
///
/// Body: u32 how many there are, u16 how many follow, u16 0, then each: 16 bytes id and a
/// reservation report.
public struct OwnerReservations: Hashable, Sendable {
    /// One of the reservations.
    public struct Entry: Hashable, Sendable {
        /// Its id.
        public var id: ReservationID
        /// What became of it.
        public var report: ReservationReport

        /// A reservation with its id.
        public init(id: ReservationID, report: ReservationReport) {
            self.id = id
            self.report = report
        }
    }

    /// How many there are; more than ``reservations`` where the limit cut them off.
    public var count: UInt32
    /// The newest of them.
    public var reservations: [Entry]

    /// Reservations with all their fields.
    public init(count: UInt32, reservations: [Entry]) {
        self.count = count
        self.reservations = reservations
    }
}

extension OwnerReservations: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        reservations.reduce(WireLayout.ownerFixedSizeBytes) { $0 + 16 + $1.report.bodySizeMax }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(reservations.count <= Limits.reservationsPerListMax, "a list has a limit")
        writer.put(count)
        writer.put(UInt16(reservations.count))
        writer.putZeros(2)
        for entry in reservations {
            writer.put(entry.id)
            try entry.report.write(to: &writer)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        count = try reader.take(UInt32.self)
        let following = Int(try reader.take(UInt16.self))
        guard following <= Limits.reservationsPerListMax, following <= Int(count) else {
            throw WireFault(.malformedFrame, "more reservations follow than there are")
        }
        try reader.takeZeros(2)
        reservations = []
        for _ in 0..<following {
            let id = try reader.takeID()
            let report = try ReservationReport(from: &reader, isRepeated: false)
            reservations.append(Entry(id: id, report: report))
        }
    }
}
