import Glibc
import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotDamageTests {
    /// What a byte of a snapshot belongs to.
    private static func place(of offset: Int, in reader: SnapshotReader) -> String {
        if offset < 8 { return "magic" }
        if offset < SnapshotFormat.headerSizeBytes { return "header" }
        if offset < reader.header.directoryOffset {
            return reader.sections.first { offset < $0.endOffset }?.name ?? "no section"
        }
        let trailer = Int(reader.header.sizeBytes) - SnapshotFormat.trailerSizeBytes
        return offset < trailer ? "directory" : "trailer"
    }

    /// What is found in a snapshot, named as ``place(of:in:)`` does.
    private static func found(in path: String, on disk: SimulatedDisk) -> String {
        let reader: SnapshotReader
        do throws(SnapshotError) {
            reader = try SnapshotReader(path: path, disk: disk)
        } catch {
            if error.code == .notASnapshot { return "magic" }
            guard error.code == .damaged, error.path == path else { return "\(error)" }
            if error.reason.contains("header's") { return "header" }
            return error.reason.contains("trailer") ? "trailer" : "directory"
        }
        let faults = reader.verify()
        guard faults.count == 1, let fault = faults.first, fault.code == .damaged,
            fault.path == path, fault.offset == fault.section?.offset
        else { return "\(faults)" }
        return fault.section?.name ?? "no section"
    }

    @Test(arguments: [UInt8(1), 0x80, 0xFF])
    func everyByteThatChangesIsFoundAndNamed(mask: UInt8) throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 6, recordCount: 10).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        #expect(reader.sections.count == 4)
        for offset in 0..<Int(reader.header.sizeBytes) {
            disk.rot(path, at: offset, mask: mask)
            let place = Self.place(of: offset, in: reader)
            #expect(Self.found(in: path, on: disk) == place, "byte \(offset)")
            disk.rot(path, at: offset, mask: mask)
        }
        #expect(try SnapshotReader(path: path, disk: disk).verify().isEmpty)
    }

    @Test func aFileOfAnyOtherLengthIsRefused() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 7, recordCount: 5).write(to: disk)
        let whole = disk.bytes(of: path)
        for count in Array(0..<whole.count) + [whole.count + 1, whole.count + 512] {
            let bytes = (whole + [UInt8](repeating: 0, count: 512)).prefix(count)
            try write(Array(bytes), to: "data/cut", on: disk)
            let error = #expect(throws: SnapshotError.self) {
                try SnapshotReader(path: "data/cut", disk: disk)
            }
            #expect(error?.code == (count < 8 ? .notASnapshot : .damaged), "\(count) bytes")
        }
    }

    @Test func twoDamagedSectionsAreBothNamed() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 8).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        for section in [reader.sections[1], reader.sections[3]] {
            disk.rot(path, at: Int(section.offset) + 30, mask: 4)
        }
        let faults = reader.verify()
        #expect(faults.map(\.section) == [reader.sections[1], reader.sections[3]])
        let line = faults.first?.description ?? ""
        #expect(
            line.hasPrefix(
                "\(path) in section 1 (reservations) at byte \(reader.sections[1].offset): "
                    + "the checksum"
            )
        )
        #expect(line.hasSuffix("use another snapshot or a copy of this one"))
    }

    @Test func aDamagedSectionLeavesNothingInTheBuffer() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 9).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        let buffer = SectionBuffer()
        try reader.read(reader.sections[0], into: buffer)
        #expect(buffer.bytes.count == reader.sections[0].unpackedBytes)
        disk.rot(path, at: Int(reader.sections[1].offset), mask: 1)
        #expect(throws: SnapshotError.self) { try reader.read(reader.sections[1], into: buffer) }
        #expect(buffer.bytes.isEmpty)
    }

    @Test func anotherVersionIsRefusedByName() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 10).write(to: disk)
        var bytes = disk.bytes(of: path)
        bytes[12] = 9
        bytes.mendChecksums()
        try write(bytes, to: path, on: disk)
        let error = #expect(throws: SnapshotError.self) {
            try SnapshotReader(path: path, disk: disk)
        }
        #expect(error?.code == .otherVersion)
        #expect(error?.description.contains("snapshot version 9 isn't 1") == true)
    }

    @Test func aRecordThatCantBeTakenIsNamed() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 10).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        let section = reader.sections[2]
        let error = reader.refusal(of: section, at: 48, reason: "warehouse 7 is unknown")
        #expect(error.code == .recordRefused)
        #expect(
            error.description.hasPrefix(
                "\(path) in section 2 (configuration) at byte \(section.offset): "
                    + "record at unpacked byte 48: warehouse 7 is unknown"
            )
        )
    }

    @Test func aMissingFileIsNamed() throws {
        let error = #expect(throws: SnapshotError.self) {
            try SnapshotReader(path: "data/none.hfs", disk: try emptyDisk())
        }
        #expect(error?.code == .storage)
        #expect(error?.storage?.code == .missing)
        #expect(error?.description.contains("open data/none.hfs") == true)
    }
}
