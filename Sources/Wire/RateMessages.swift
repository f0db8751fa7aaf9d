package import Inventory

/// A request to replace the rate card; without a row it is empty afterwards.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then the rows.
package struct RatesWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The whole card from now on.
    package var rows: [RateRow]

    /// A request with all its fields.
    package init(id: RequestID, rows: [RateRow]) {
        self.id = id
        self.rows = rows
    }

    /// Always `rates_write`.
    package var operation: Operation { .ratesWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        rows.reduce(WireLayout.writeFixedSizeBytes) { $0 + $1.wireSizeBytes }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard rows.count <= Limits.ratesMax else { throw .tooManyRates }
        if let (index, fault) = RateRow.fault(of: rows) { throw WireFault(fault, at: index) }
        writer.put(id)
        writer.putZeros(2)
        writer.put(UInt16(rows.count))
        writer.putZeros(4)
        for row in rows { writer.put(row) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.ratesMax else { throw .tooManyRates }
        try reader.takeZeros(4)
        rows = []
        rows.reserveCapacity(min(count, reader.rest / WireLayout.rateFixedSizeBytes))
        for index in 0..<count { rows.append(try reader.takeRate(at: index)) }
        if let (index, fault) = RateRow.fault(of: rows) { throw WireFault(fault, at: index) }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .ratesWrite)
    }
}

/// The rate card, in the order in which it was given.
///
/// Body: u16 count, then the rows.
package struct RatesList: Hashable, Sendable, WireAnswer {
    /// The rows.
    package var rows: [RateRow]

    /// A list of rows.
    package init(_ rows: [RateRow]) { self.rows = rows }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { rows.reduce(2) { $0 + $1.wireSizeBytes } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(rows.count <= Limits.ratesMax, "more rates than may be")
        writer.put(UInt16(rows.count))
        for row in rows { writer.put(row) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.ratesMax else {
            throw WireFault(.malformedFrame, "more rates than may be")
        }
        rows = []
        rows.reserveCapacity(min(count, reader.rest / WireLayout.rateFixedSizeBytes))
        for index in 0..<count { rows.append(try reader.takeRate(at: index)) }
    }
}

extension WireFault {
    fileprivate static var tooManyRates: WireFault {
        WireFault(.tooManyLines, "a rate card has at most 8192 rows")
    }
}

extension RateRow {
    /// Bytes that the row takes in a frame.
    var wireSizeBytes: Int { WireLayout.rateFixedSizeBytes + warehouse.size }
}

extension ByteWriter {
    /// Writes a row: u32 longest distance, u16 hours, u8 code size, u8 zero, 8 bytes region,
    /// i64 base, i64 per kilometre, i64 per kilogram, code.
    fileprivate mutating func put(_ row: RateRow) {
        put(row.metresMax)
        put(row.transitHours)
        put(UInt8(row.warehouse.size))
        putZeros(1)
        put(row.region.word)
        put(row.baseMinor)
        put(row.perKilometreMinor)
        put(row.perKilogramMinor)
        put(row.warehouse)
    }
}

extension ByteReader {
    /// Reads a row; whether it makes sense is for the caller to ask.
    fileprivate mutating func takeRate(at index: Int) throws(WireFault) -> RateRow {
        let metresMax = try take(UInt32.self)
        let transitHours = try take(UInt16.self)
        let codeSize = Int(try take(UInt8.self))
        try takeZeros(1)
        let word = try take(UInt64.self)
        guard word == 0 || ReserveDecoder.isRegion(word) else {
            throw WireFault(.invalidRate, at: index, "a region is 1-8 bytes of printable ASCII")
        }
        let base = try take(Int64.self)
        let perKilometre = try take(Int64.self)
        let perKilogram = try take(Int64.self)
        return RateRow(
            warehouse: codeSize == 0 ? .none : try takeWarehouse(codeSize, at: index),
            region: RegionCode(word: word),
            metresMax: metresMax,
            baseMinor: base,
            perKilometreMinor: perKilometre,
            perKilogramMinor: perKilogram,
            transitHours: transitHours
        )
    }
}
