import Inventory
import Storage
import Support
import Synchronization
import Testing

@testable import Snapshot

struct SnapshotRoundTripTests {
    @Test func whatIsWrittenIsReadBack() throws {
        for seed in UInt64(1)...20 {
            let disk = try emptyDisk()
            let image = SampleImage(seed: seed)
            let path = try image.write(to: disk)
            #expect(
                path == SampleImage.directory + "/" + SnapshotFormat.name(ofLSN: image.facts.endLSN)
            )
            let reader = try SnapshotReader(path: path, disk: disk)
            #expect(reader.header.facts == image.facts)
            #expect(reader.header.startLSN == image.startLSN)
            #expect(reader.sections.map(\.kind) == SnapshotSectionKind.allCases)
            #expect(try SampleImage.records(of: reader) == image.runs)
            #expect(reader.verify().isEmpty)
            #expect(try disk.list(SampleImage.directory).count == 1)
        }
    }
}
