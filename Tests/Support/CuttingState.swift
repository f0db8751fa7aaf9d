internal import Glibc
internal import Storage

/// What a ``CuttingDisk`` would lose if the power went now.
struct CuttingState: Sendable {
    /// What isn't durable of one file.
    struct File: Sendable {
        /// Bytes in the file when it was synced last.
        var durableSize: UInt64
        /// The old bytes of each sector written since, by its number; empty beyond the end.
        var oldSectors: [UInt64: [UInt8]] = [:]
    }

    /// A name that no directory sync has made durable.
    enum NewName: Sendable {
        case made(String)
        case renamed(from: String, to: String)

        /// The name as it is now.
        var name: String {
            switch self {
            case .made(let path): path
            case .renamed(_, let path): path
            }
        }
    }

    var generator: SplitMix64
    var moment: CutMoment?
    var callsLeft = 0
    private(set) var isCut = false
    var files: [String: File] = [:]
    var newNames: [NewName] = []

    init(generator: SplitMix64) { self.generator = generator }

    /// Counts a write against the calls that pass before the cut.
    mutating func countWrite() {
        if let moment, !moment.isOfSync { count() }
    }

    /// Counts a sync against the calls that pass before the cut.
    mutating func countSync() {
        if let moment, moment.isOfSync { count() }
    }

    private mutating func count() {
        if callsLeft == 0 { isCut = true } else { callsLeft -= 1 }
    }

    /// Keeps the bytes that a write is about to replace.
    mutating func keep(
        _ file: any DiskFile,
        _ name: String,
        from offset: UInt64,
        size: Int
    ) throws(StorageError) {
        let sectorSize = UInt64(CuttingDisk.sectorSizeBytes)
        let first = offset / sectorSize
        let last = (offset + UInt64(size) - 1) / sectorSize
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int((last - first + 1) * sectorSize),
            alignment: CuttingDisk.sectorSizeBytes
        )
        defer { bytes.deallocate() }
        let count = try file.read(into: bytes, at: first * sectorSize)
        for sector in first...last where files[name]?.oldSectors[sector] == nil {
            let start = min(count, Int((sector - first) * sectorSize))
            let end = min(count, start + CuttingDisk.sectorSizeBytes)
            files[name]?.oldSectors[sector] = Array(bytes[start..<end])
        }
    }

    // MARK: The cut

    /// Undoes what a power loss may undo and ends the process at once.
    mutating func cutPower() -> Never {
        for name in files.keys.sorted() { undoSectors(of: name) }
        for newName in newNames.reversed() where generator.next() % 2 == 0 {
            switch newName {
            case .made(let path): unlink(path)
            case .renamed(let path, let newPath): rename(newPath, path)
            }
        }
        kill(getpid(), SIGKILL)
        // The signal is on its way.
        while true { pause() }
    }

    /// What becomes of a sector that wasn't synced.
    private enum Fate { case dropped, kept, torn, garbled }

    private mutating func undoSectors(of name: String) {
        guard let file = files[name], !file.oldSectors.isEmpty else { return }
        let descriptor = open(name, O_RDWR)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Some cuts take all of a file's sectors or none; most take them one by one.
        let wholeFate: Fate? =
            switch moment == .duringWrite ? 3 : generator.next() % 4 {
            case 0: .dropped
            case 1: .kept
            default: nil
            }
        for (sector, old) in file.oldSectors.sorted(by: { $0.key < $1.key }) {
            undo(sector, old, wholeFate ?? nextFate(), descriptor)
        }
        let size = UInt64(lseek(descriptor, 0, SEEK_END))
        if size > file.durableSize, generator.next() % 2 == 0 {
            let kept = file.durableSize + generator.next() % (size - file.durableSize)
            ftruncate(descriptor, off_t(kept))
        }
    }

    private mutating func nextFate() -> Fate {
        switch generator.next() % 10 {
        case 0..<4: .dropped
        case 4..<8: .kept
        case 8: .torn
        default: .garbled
        }
    }

    private mutating func undo(
        _ sector: UInt64,
        _ old: [UInt8],
        _ fate: Fate,
        _ descriptor: Int32
    ) {
        let size = CuttingDisk.sectorSizeBytes
        var bytes = old + [UInt8](repeating: 0, count: size - old.count)
        switch fate {
        case .kept: return
        case .dropped: break
        case .torn:
            // The front of the old bytes or their back; the rest is as it was written.
            let edge = Int(generator.next() % UInt64(size))
            let isFront = generator.next() % 2 == 0
            let part = isFront ? bytes[..<edge] : bytes[edge...]
            return write(
                Array(part),
                at: sector * UInt64(size) + UInt64(isFront ? 0 : edge),
                descriptor
            )
        case .garbled:
            for index in bytes.indices {
                bytes[index] = UInt8(truncatingIfNeeded: generator.next())
            }
        }
        write(bytes, at: sector * UInt64(size), descriptor)
    }

    private func write(_ bytes: [UInt8], at offset: UInt64, _ descriptor: Int32) {
        _ = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
    }
}
