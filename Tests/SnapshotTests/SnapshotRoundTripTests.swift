import Inventory
import Storage
import Support
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

extension SnapshotRoundTripTests {
    @Test func recordsOfTheSliceHaveTheirLSN() throws {
        let disk = try emptyDisk()
        let image = SampleImage(seed: 1)
        let reader = try SnapshotReader(path: try image.write(to: disk), disk: disk)
        let buffer = SectionBuffer()
        var lsn = image.startLSN
        for section in reader.sections(of: .logSlice) {
            try reader.read(section, into: buffer)
            buffer.eachRecord { record, offset in
                #expect(section.firstLSN + UInt64(offset) == lsn)
                lsn += UInt64(record.count)
            }
        }
        #expect(lsn == reader.header.facts.endLSN)
    }

    @Test func sectionsAreFoundByKind() throws {
        let disk = try emptyDisk()
        let records = SampleImage(seed: 1).runs
        let image = SampleImage(
            runs: [.skus: records[.skus] ?? [], .logSlice: records[.logSlice] ?? []]
        )
        let reader = try SnapshotReader(path: try image.write(to: disk), disk: disk)
        let counts = SnapshotSectionKind.allCases.map { reader.sections(of: $0).count }
        #expect(counts == [1, 0, 0, 1])
        #expect(reader.sections(of: .logSlice).first?.index == 1)
    }

    @Test func threadsReadSectionsAtOnce() throws {
        let disk = try emptyDisk()
        var random = SplitMix64(seed: 2)
        let records = (0..<40).map { _ in SampleImage.record(size: 262_144, &random) }
        let image = SampleImage(runs: [.reservations: records])
        let reader = try SnapshotReader(path: try image.write(to: disk), disk: disk)
        #expect(reader.sections.count == 10)
        let next = Monitor(0)
        let sums = Monitor([[UInt8]: Int]())
        let threads = (0..<4).map { number in
            SystemThread(name: "reader \(number)") {
                let buffer = SectionBuffer()
                while true {
                    let index = next.withLock { value -> Int in
                        value += 1
                        return value - 1
                    }
                    // Each section four times, so that threads meet on the same one.
                    guard index < 4 * reader.sections.count else { return }
                    do throws(SnapshotError) {
                        try reader.read(reader.sections[index / 4], into: buffer)
                    } catch {
                        Issue.record(error)
                    }
                    buffer.eachRecord { record, _ in
                        let bytes = Array(record)
                        sums.withLock { $0[bytes, default: 0] += 1 }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(sums.withLock { $0 } == Dictionary(uniqueKeysWithValues: records.map { ($0, 4) }))
    }
}
