public import Inventory

// What could serve short lines instead, behind a reservation, a refusal or a line of a dry run.
//
// By line: u16 count of lines, each: u16 index, u8 count of alternatives, u8 0, the alternatives.
// An alternative: u8 kind, u8 why its warehouse may not serve, i64 units, u8 size and SKU, u8 size
// and code, u8 size and pool.

extension WireLayout {
    /// Field bit of a reserve: the answer is to tell alternatives of short lines; nothing follows.
    @inlinable package static var alternativesField: UInt8 { 64 }
    /// Fact bit of a reservation: alternatives follow the lines.
    @inlinable package static var alternativesFact: UInt8 { 8 }
    /// Extension byte of a refusal: alternatives follow.
    @inlinable package static var alternativesExtension: UInt8 { 3 }
    /// Bytes of an alternative with the longest names.
    package static var alternativeSizeBytesMax: Int {
        2 + 8 + 1 + Limits.skuSizeBytesMax + 1 + Limits.warehouseCodeSizeBytesMax + 1
            + Limits.poolNameSizeBytesMax
    }

    /// Bytes that the alternatives of lines can take, at most; none where there are none.
    @usableFromInline
    @inline(never)
    package static func sizeBytesMax(of alternatives: [LineAlternatives]) -> Int {
        if alternatives.isEmpty { return 0 }
        return alternatives.reduce(2) { size, line in
            size + 4 + line.alternatives.count * alternativeSizeBytesMax
        }
    }
}

extension ByteWriter {
    /// Writes alternatives by line; there is at least one.
    mutating func put(_ lines: [LineAlternatives]) throws(WireFault) {
        precondition(!lines.isEmpty, "no alternatives aren't written")
        precondition(lines.count <= Limits.alternativeLinesMax, "more lines than may be")
        put(UInt16(lines.count))
        for line in lines {
            precondition(!line.alternatives.isEmpty, "a line without alternatives isn't written")
            put(UInt16(line.line))
            try put(line.alternatives, of: line.line)
        }
    }

    /// Writes a line's alternatives: u8 count, u8 0, each of them.
    mutating func put(_ alternatives: [Alternative], of line: Int) throws(WireFault) {
        precondition(
            alternatives.count <= Limits.alternativesPerLineMax,
            "more alternatives than may be"
        )
        put(UInt8(alternatives.count))
        putZeros(1)
        for alternative in alternatives {
            put(alternative.kind.rawValue)
            put(alternative.exclusion.rawValue)
            put(alternative.available)
            try putSized(alternative.sku, at: line)
            try putSized(alternative.warehouse, at: line)
            try putSized(alternative.pool, at: line)
        }
    }
}

extension ByteReader {
    /// Reads alternatives by line.
    mutating func takeAlternatives() throws(WireFault) -> [LineAlternatives] {
        let count = Int(try take(UInt16.self))
        guard count >= 1, count <= Limits.alternativeLinesMax else {
            throw WireFault(.malformedFrame, "alternatives are those of 1-32 lines")
        }
        var lines: [LineAlternatives] = []
        for _ in 0..<count {
            let line = Int(try take(UInt16.self))
            guard line > lines.last?.line ?? -1, line < Limits.linesPerReservationMax else {
                throw WireFault(.malformedFrame, "lines with alternatives stand in order")
            }
            let alternatives = try takeAlternatives(of: line)
            guard !alternatives.isEmpty else {
                throw WireFault(.malformedFrame, at: line, "a line without alternatives")
            }
            lines.append(LineAlternatives(line: line, alternatives: alternatives))
        }
        return lines
    }

    /// Reads a line's alternatives: u8 count, u8 0, each of them.
    mutating func takeAlternatives(of line: Int) throws(WireFault) -> [Alternative] {
        let count = Int(try take(UInt8.self))
        guard count <= Limits.alternativesPerLineMax else {
            throw WireFault(.malformedFrame, at: line, "a line has at most 5 alternatives")
        }
        try takeZeros(1)
        var alternatives: [Alternative] = []
        for _ in 0..<count {
            let kind = try takeCase(
                AlternativeKind.self,
                else: WireFault(.malformedFrame, at: line, "an alternative's kind isn't known")
            )
            let exclusion = try takeCase(
                Exclusion.self,
                else: WireFault(.malformedFrame, "why a warehouse may not serve isn't known")
            )
            guard (kind == .warehouse) == (exclusion != .none) else {
                throw WireFault(.malformedFrame, at: line, "a warehouse is left out for a reason")
            }
            let available = try take(Int64.self)
            guard available > 0 else {
                throw WireFault(.malformedFrame, at: line, "an alternative without units")
            }
            alternatives.append(
                Alternative(
                    kind: kind,
                    sku: try takeSizedSKU(at: line),
                    warehouse: try takeSizedWarehouse(at: line),
                    pool: try takeSizedPool(at: line),
                    available: available,
                    exclusion: exclusion
                )
            )
        }
        return alternatives
    }
}

extension ReservationEncoder {
    /// Writes the alternatives of an accepted answer behind its lines; returns the frame's size.
    @usableFromInline
    @inline(never)
    static func writeAlternatives(
        _ alternatives: [LineAlternatives],
        at offset: Int,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        var writer = unsafe ByteWriter(UnsafeMutableRawBufferPointer(rebasing: room[offset...]))
        do throws(WireFault) {
            try writer.put(alternatives)
        } catch {
            preconditionFailure("the engine tells of names that exist")
        }
        precondition(
            offset + writer.size <= Limits.frameSizeBytesMax,
            "the largest reservation with alternatives fits a frame"
        )
        return offset + writer.size
    }
}
