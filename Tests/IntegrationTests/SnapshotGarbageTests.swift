import Foundation
import Inventory
import Movements
import Node
import Snapshot
import Storage
import Support
import Testing

@testable import holdfast

/// Files whose checksums are right and whose records say what can't be: told or refused, never a
/// crash.
@Suite struct SnapshotGarbageTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/images/v1/data/snapshots").path

    private static let rounds =
        ProcessInfo.processInfo.environment["HOLDFAST_FULL"] == nil ? 80 : 2_000

    /// The sections of a snapshot, unpacked.
    private struct Unpacked {
        let header: SnapshotHeader
        var sections: [(kind: SnapshotSectionKind, bytes: [UInt8])]

        init(_ path: String) throws {
            let reader = try SnapshotReader(path: path, disk: LinuxDisk())
            header = reader.header
            let buffer = SectionBuffer()
            sections = try reader.sections.map { section in
                try reader.read(section, into: buffer)
                return (section.kind, Array(buffer.bytes))
            }
        }

        /// Writes it as a snapshot whose checksums are right.
        func write(_ disk: SimulatedDisk) throws -> String {
            let writer = try SnapshotWriter(
                directory: "snapshots",
                startLSN: header.startLSN,
                disk: disk
            )
            for section in sections {
                let result = section.bytes.withUnsafeBytes { bytes -> SnapshotError? in
                    do throws(SnapshotError) {
                        try writer.append(bytes, of: section.kind)
                        return nil
                    } catch {
                        return error
                    }
                }
                if let result { throw result }
            }
            _ = try writer.finish(header.facts)
            return try writer.publish()
        }
    }

    /// Changes a byte or two of a record, but not of its size.
    private func changed(_ whole: Unpacked, _ generator: inout SplitMix64) -> Unpacked {
        var changed = whole
        let index = generator.below(whole.sections.count)
        let bytes = whole.sections[index].bytes
        var starts: [Int] = []
        var offset = 0
        while offset < bytes.count {
            starts.append(offset)
            offset += Int(bytes[offset]) | Int(bytes[offset + 1]) << 8
        }
        let record = generator.below(starts.count)
        let end = record + 1 < starts.count ? starts[record + 1] : bytes.count
        for _ in 0...generator.below(2) {
            let place = starts[record] + 4 + generator.below(end - starts[record] - 4)
            let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(generator.below(256))]
            changed.sections[index].bytes[place] = values[generator.below(values.count)]
        }
        return changed
    }

    @Test func recordsThatMakeNoSenseAreToldOrRefused() throws {
        let names = try LinuxDisk().list(SnapshotGarbageTests.folder)
        let path = SnapshotGarbageTests.folder + "/" + (try #require(names.first))
        let whole = try Unpacked(path)
        let original = try SettledImage(path: path, disk: LinuxDisk())
        var generator = SplitMix64(seed: 2_026)
        var told = 0
        var refused = 0
        for round in 0..<SnapshotGarbageTests.rounds {
            let disk = SimulatedDisk()
            try disk.makeDirectory("snapshots")
            let file = try changed(whole, &generator).write(disk)
            do throws(NodeError) {
                #expect(try tell(SettledImage(path: file, disk: disk), beside: original) > 0)
                told += 1
            } catch {
                #expect(error.code == .damaged, "round \(round): \(error)")
                #expect(error.description.contains(".hfs"))
                refused += 1
            }
        }
        #expect(told > 10)
        #expect(refused > 10)
    }

    /// Reads an image in all ways that the commands do; characters told.
    private func tell(
        _ image: SettledImage,
        beside original: SettledImage
    ) throws(NodeError) -> Int {
        var progress = PassProgress("test", totalBytes: 0, isShown: false)
        let overview = ImageOverviewText(
            overview: try ImageOverview(of: image, top: 4, progress: &progress)
        )
        var count = overview.lines.joined().count + overview.json.text.count
        var comparison = ImageComparison(original, image, limit: 5)
        let difference = ImageDifferenceText(
            before: original.reader,
            after: image.reader,
            difference: try comparison.run(progress: &progress) { _, _ in }
        )
        count += difference.lines.joined().count + difference.json.text.count
        for format in ExportFormat.allCases {
            let cells = CellRows(format: format)
            try image.eachSKU { (sku) in
                for cell in sku.cells { count += cells.row(sku, cell).count }
            }
            let rows = ReservationRows(
                format: format,
                names: try SKUNames(of: image, progress: &progress),
                policies: image.configuration.policies
            )
            try image.eachRemembered { (value) in
                guard case .reservation(let reservation) = value else { return }
                count += rows.rows(reservation).joined().count
            }
        }
        return count
    }
}
