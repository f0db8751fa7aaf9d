import Storage
import Support
import Testing

@testable import Snapshot

/// Arbitrary bytes are refused or read: never a crash, a loop, or more memory than the limits say.
struct SnapshotFuzzTests {
    /// Opens and reads a file as far as it can be read; what stopped that.
    private func read(_ bytes: [UInt8], on disk: SimulatedDisk) throws -> Set<SnapshotError.Code> {
        let path = "data/fuzzed"
        try write(bytes, to: path, on: disk)
        var codes: Set<SnapshotError.Code> = []
        do throws(SnapshotError) {
            let reader = try SnapshotReader(path: path, disk: disk)
            let buffer = SectionBuffer()
            for section in reader.sections {
                do throws(SnapshotError) {
                    try reader.read(section, into: buffer)
                    var sum = 0
                    buffer.eachRecord { record, offset in
                        sum += record.count
                        #expect(record.count % 8 == 0 && offset % 8 == 0)
                    }
                    #expect(sum == section.unpackedBytes)
                } catch {
                    codes.insert(error.code)
                }
            }
        } catch {
            codes.insert(error.code)
        }
        return codes
    }

    @Test func noiseIsNoSnapshot() throws {
        let disk = try emptyDisk()
        var random = SplitMix64(seed: 11)
        for _ in 0..<500 {
            let noise = (0..<random.below(3_000)).map { _ in UInt8(random.below(256)) }
            #expect(try read(noise, on: disk) == [.notASnapshot])
        }
    }

    /// Fields changed at random, all checksums but those of the frames' content made right again:
    /// only the checks of the fields themselves stand between the bytes and the reader.
    @Test func fieldsThatLieAreRefused() throws {
        let disk = try emptyDisk()
        let whole = disk.bytes(of: try SampleImage(seed: 12).write(to: disk))
        let directory = Int(
            try SnapshotReader(path: disk.onlyPath(), disk: disk).header.directoryOffset
        )
        var refused = 0
        var seen: Set<SnapshotError.Code> = []
        for seed in UInt64(1)...4_000 {
            var random = SplitMix64(seed: seed)
            var bytes = whole
            for _ in 0...random.below(3) {
                let offset =
                    switch random.below(3) {
                    case 0: 12 + random.below(124)
                    case 1: directory + random.below(bytes.count - directory)
                    default: SnapshotFormat.headerSizeBytes + random.below(directory - 512)
                    }
                bytes[offset] = random.chance(1, in: 2) ? 0xFF : UInt8(random.below(256))
            }
            if random.chance(1, in: 8) { bytes.removeLast(random.below(bytes.count / 2)) }
            bytes.mendChecksums()
            let codes = try read(bytes, on: disk)
            refused += codes.isEmpty ? 0 : 1
            seen.formUnion(codes)
        }
        #expect(refused > 2_000)
        #expect(seen == [.damaged, .otherVersion])
    }

    /// Frames that are other than they were written, every checksum but that of their content made
    /// right again: content that differs is never handed out.
    @Test func framesThatLieAreRefused() throws {
        let disk = try emptyDisk()
        let image = SampleImage(seed: 13)
        let path = try image.write(to: disk)
        let whole = disk.bytes(of: path)
        let reader = try SnapshotReader(path: path, disk: disk)
        var refused = 0
        for section in reader.sections {
            for offset in Int(section.offset)..<Int(section.endOffset) {
                var bytes = whole
                bytes[offset] ^= 0x55
                bytes.mendChecksums()
                let codes = try read(bytes, on: disk)
                refused += codes == [.damaged] ? 1 : 0
                if codes.isEmpty {
                    // A match may point to another copy of the same bytes: the same content.
                    let other = try SnapshotReader(path: "data/fuzzed", disk: disk)
                    #expect(try SampleImage.records(of: other) == image.runs, "byte \(offset)")
                }
            }
        }
        #expect(refused * 100 > 98 * Int(reader.header.directoryOffset - 512))
    }

    @Test func sectionsOfMoreThanTheLimitAreRefusedBeforeMemoryIsTaken() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 14).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        let entry = Int(reader.header.directoryOffset)
        for (field, value) in [
            (16, UInt64.max), (24, 4_194_312), (24, .max - 7), (8, .max), (32, .max),
        ] {
            var bytes = disk.bytes(of: path)
            withUnsafeBytes(of: value.littleEndian) { word in
                bytes.replaceSubrange(entry + field..<entry + field + 8, with: word)
            }
            bytes.mendChecksums()
            try write(bytes, to: "data/fuzzed", on: disk)
            let error = #expect(throws: SnapshotError.self) {
                try SnapshotReader(path: "data/fuzzed", disk: disk)
            }
            #expect(error?.reason == "directory entry 0 contradicts the file")
            #expect(error?.offset == UInt64(entry))
        }
    }
}
