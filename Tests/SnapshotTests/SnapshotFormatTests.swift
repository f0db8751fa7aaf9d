import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotFormatTests {
    @Test func aNameIsThatOfItsLSN() {
        #expect(SnapshotFormat.name(ofLSN: 4_096) == "00000000000000004096.hfs")
        #expect(SnapshotFormat.lsn(ofName: SnapshotFormat.name(ofLSN: .max)) == .max)
        #expect(SnapshotFormat.lsn(ofName: "4096.hfs") == nil)
        #expect(SnapshotFormat.lsn(ofName: "00000000000000004096.hfs.new") == nil)
        #expect(SnapshotFormat.lsn(ofName: "99999999999999999999.hfs") == nil)
        #expect(SnapshotFormat.lsn(ofName: "+0000000000000004096.hfs") == nil)
    }

    /// Every field stands where the format document says.
    @Test func fieldsStandWhereTheDocumentSays() throws {
        let disk = try emptyDisk()
        let image = SampleImage(seed: 1)
        let bytes = disk.bytes(of: try image.write(to: disk))
        func word(_ offset: Int) -> UInt64 { bytes.word(at: offset) }
        func half(_ offset: Int) -> UInt32 { bytes.word(at: offset) }
        #expect(Array(bytes[..<8]) == Array("HFSNAP01".utf8))
        #expect(half(12) == 1)
        #expect(word(16) == UInt64(bytes.count))
        let directory = Int(word(24))
        #expect(directory == bytes.count - 4 * 48 - 16)
        #expect([half(32), half(88), half(92)] == [4, 256, 0])
        #expect(word(40) == 0xABCD_EF01_2345_6789)
        #expect(word(48) == 1_700_000_000_123)
        #expect(word(56) == 4_096)
        #expect(word(64) == image.facts.endLSN)
        #expect([72, 80, 96, 104, 112, 120, 128].map(word) == [11, 12, 1, 2, 3, 4, 5])
        #expect(bytes[136..<512].allSatisfy { $0 == 0 })
        var offset: UInt64 = 512
        for (index, kind) in SnapshotSectionKind.allCases.enumerated() {
            let entry = directory + index * 48
            let records = image.runs[kind] ?? []
            #expect(half(entry) == UInt32(index + 1))
            #expect(word(entry + 8) == offset)
            #expect(half(Int(offset)) == 0x184D_2204)
            offset += word(entry + 16)
            #expect(word(entry + 24) == UInt64(records.map(\.count).reduce(0, +)))
            #expect(word(entry + 32) == UInt64(records.count))
            #expect(word(entry + 40) == (kind == .logSlice ? 4_096 : 0))
        }
        #expect(offset == UInt64(directory))
        #expect(Array(bytes[(bytes.count - 16)...].prefix(8)) == Array("HFSNEND1".utf8))
        // The checksums of the document's rules are the ones that were written.
        var mended = bytes
        for place in [8, 36, bytes.count - 4] + (0..<4).map({ directory + $0 * 48 + 4 }) {
            mended.replaceSubrange(place..<place + 4, with: [0, 0, 0, 0])
        }
        mended.mendChecksums()
        #expect(mended == bytes)
    }
}
