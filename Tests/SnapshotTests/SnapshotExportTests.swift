import Glibc
import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotExportTests {
    /// What a command prints, or nil if it fails.
    private static func output(of command: String) -> [UInt8]? {
        guard let pipe = popen(command, "r") else { return nil }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&chunk, 1, chunk.count, pipe)
            if count == 0 { break }
            output += chunk[..<count]
        }
        return pclose(pipe) == 0 ? output : nil
    }

    private static let hasTool = output(of: "lz4 --version 2>&1") != nil

    @Test func anExportedFrameIsThatOfTheFile() throws {
        let disk = try emptyDisk()
        let path = try SampleImage(seed: 1).write(to: disk)
        let reader = try SnapshotReader(path: path, disk: disk)
        try reader.export(reader.sections(of: .reservations), to: "data/raw.lz4", disk: disk)
        let section = reader.sections[1]
        let frame = disk.bytes(of: path)[Int(section.offset)..<Int(section.endOffset)]
        #expect(disk.bytes(of: "data/raw.lz4") == Array(frame))
        disk.rot(path, at: Int(section.offset) + 20, mask: 8)
        let error = #expect(throws: SnapshotError.self) {
            try reader.export([section], to: "data/raw.lz4", disk: disk)
        }
        #expect(error?.section == section)
    }

    @Test(.enabled(if: hasTool, "the lz4 tool isn't installed (apt-get install lz4)"))
    func theLZ4ToolUnpacksWhatIsExported() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let disk = LinuxDisk()
        var random = SplitMix64(seed: 2)
        let image = SampleImage(
            runs: [
                .configuration: [SampleImage.record(size: 8, &random)],
                .skus: (0..<30).map { _ in SampleImage.record(size: 100_000, &random) },
                .logSlice: (0..<50).map { _ in SampleImage.record(size: 96, &random) },
            ]
        )
        let path = try image.write(to: disk, in: directory.path)
        let reader = try SnapshotReader(path: path, disk: disk)
        #expect(reader.sections.count == 5)
        let target = directory.path + "/raw.lz4"
        try reader.export(reader.sections(of: .skus), to: target, disk: disk)
        let skus = image.runs[.skus].map { $0.flatMap(\.self) }
        #expect(Self.output(of: "lz4 -dc '\(target)'") == skus)
        try reader.export(reader.sections, to: target, disk: disk)
        let all = SnapshotSectionKind.allCases.flatMap { image.runs[$0, default: []] }
        #expect(Self.output(of: "lz4 -dc '\(target)'") == all.flatMap(\.self))
    }
}
