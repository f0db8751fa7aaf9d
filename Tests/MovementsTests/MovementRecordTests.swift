import Inventory
import Movements
import Testing

@Suite("Movement records")
struct MovementRecordTests {
    private let id = RequestID(high: 0x0102, low: 0x0304)

    /// A committed record of one change, byte by byte.
    private func committed() -> [UInt64] {
        let size = MovementLayout.closedSize(changes: 1)
        var words = [UInt64](repeating: 0, count: size / 8)
        words.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var writer = MovementWriter(
                base,
                size: size,
                kind: .committed,
                cause: 0,
                actor: 0,
                instant: Instant(milliseconds: 77),
                requestID: id
            )
            writer.put(UInt64(5))
            writer.put(UInt64(6))
            writer.put(UInt32(1))
            writer.put(UInt32(9))
            writer.put(UInt16(2))
            writer.put(UInt16(0x8000))
            writer.put(UInt32(3))
            writer.finish()
            bytes.storeBytes(of: UInt32(size), as: UInt32.self)
        }
        return words
    }

    @Test func sizesOfTheCommonRecordsStayWithinTheirBudget() {
        #expect(MovementLayout.reservedSize(lines: 1, shares: 1, hasDestination: false) == 88)
        #expect(MovementLayout.reservedSize(lines: 1, shares: 1, hasDestination: true) == 104)
        #expect(MovementLayout.closedSize(changes: 1) == 64)
    }

    @Test func aReaderReadsWhatAWriterWrote() throws {
        try committed().withUnsafeBytes { bytes throws in
            var reader = try MovementReader(bytes, lsn: 8)
            #expect(reader.header.kind == .committed)
            #expect(reader.header.instant == Instant(milliseconds: 77))
            #expect(reader.header.requestID == id)
            #expect(try reader.takeID() == RequestID(high: 5, low: 6))
            #expect(try reader.take(UInt32.self) == 1)
            #expect(try reader.take(UInt32.self) == 9)
        }
    }

    @Test func aReaderRefusesEveryRecordThatIsCutShort() {
        let words = committed()
        words.withUnsafeBytes { bytes in
            for count in 0..<bytes.count {
                let cut = UnsafeRawBufferPointer(rebasing: bytes[0..<count])
                #expect(throws: MovementError.self) { _ = try MovementReader(cut, lsn: 8) }
            }
        }
    }

    @Test func aReaderNeverReadsPastTheEnd() throws {
        try committed().withUnsafeBytes { bytes throws in
            var reader = try MovementReader(bytes, lsn: 8)
            for _ in 0..<4 { _ = try reader.take(UInt64.self) }
            #expect(throws: MovementError.self) { try reader.take(UInt64.self) }
            #expect(throws: MovementError.self) { try reader.takeBytes(size: 64, paddedTo: 4) }
        }
    }

    @Test func anUnknownKindIsRefusedByNumber() {
        var words = committed()
        words[0] = words[0] & 0xFFFF_FF00_FFFF_FFFF | 0xEE << 32
        words.withUnsafeBytes { bytes in
            let error = #expect(throws: MovementError.self) {
                _ = try MovementReader(bytes, lsn: 64)
            }
            #expect(
                error?.description == "movement at LSN 64: kind 238 isn't known to this version"
            )
        }
    }
}
