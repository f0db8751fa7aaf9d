import Storage
import Support

@testable import Snapshot

/// Makes a file of chosen bytes.
func write(_ bytes: [UInt8], to path: String, on disk: any Disk) throws(StorageError) {
    let file = try disk.open(path, for: .create)
    defer { file.close() }
    let result = bytes.withUnsafeBytes { memory -> Result<Void, StorageError> in
        do throws(StorageError) {
            return .success(try file.write(memory, at: 0))
        } catch {
            return .failure(error)
        }
    }
    try result.get()
}

extension SimulatedDisk {
    /// The path of the one snapshot on the disk.
    func onlyPath() throws(StorageError) -> String {
        let names = try list(SampleImage.directory)
        precondition(names.count == 1, "one snapshot")
        return SampleImage.directory + "/" + names[0]
    }
}

extension [UInt8] {
    /// Makes every checksum of a snapshot fit its bytes again, as far as its fields make sense.
    mutating func mendChecksums() {
        guard count >= 528 else { return }
        let directory = Int(clamping: word(at: 24) as UInt64)
        let entries = Int(word(at: 32) as UInt32)
        let trailer = count - 16
        if directory >= 512, directory <= trailer, entries <= (trailer - directory) / 48 {
            for entry in 0..<entries { mendSection(directory + entry * 48) }
            let end = directory + entries * 48
            set(checksum(of: directory..<end), at: 36)
        }
        set(checksum(of: 12..<512), at: 8)
        if directory >= 512, directory <= trailer {
            let ofHeader = checksum(of: 0..<512)
            set(checksum(of: directory..<trailer + 12, after: ofHeader), at: trailer + 12)
        }
    }

    private mutating func mendSection(_ entry: Int) {
        let offset = Int(clamping: word(at: entry + 8) as UInt64)
        let size = Int(clamping: word(at: entry + 16) as UInt64)
        guard offset <= count, size <= count - offset else { return }
        set(checksum(of: offset..<offset + size), at: entry + 4)
    }

    /// The little-endian integer at an offset.
    func word<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Word {
        withUnsafeBytes { $0.load(Word.self, at: offset) }
    }

    private mutating func set(_ value: UInt32, at offset: Int) {
        withUnsafeMutableBytes { $0.store(value, at: offset) }
    }

    private func checksum(of range: Range<Int>, after checksum: UInt32 = 0) -> UInt32 {
        self[range].withUnsafeBytes { SnapshotFormat.checksum(of: $0, after: checksum) }
    }
}
