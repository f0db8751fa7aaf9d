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
}
