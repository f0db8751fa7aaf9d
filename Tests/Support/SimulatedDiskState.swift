internal import Glibc

/// Why a simulated call fails: a number of the system.
enum SimulatedFailure: Error {
    case number(Int32)
}

/// What a simulated call gives.
typealias SimulatedResult<Value> = Result<Value, SimulatedFailure>

/// The two images of one file.
struct SimulatedContent {
    var durable: [UInt8]
    var current: [UInt8]
    /// Sectors written since the last sync; ranges may overlap.
    private var dirtyRanges: [Range<Int>] = []

    init(durable: [UInt8], current: [UInt8]) {
        self.durable = durable
        self.current = current
    }

    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        SimulatedContent.grow(&current, to: end)
        current.withUnsafeMutableBytes { memory in
            bytes.withUnsafeBytes { memory.baseAddress?.copy($0, to: offset) }
        }
        let sector = SimulatedDisk.sectorSizeBytes
        let dirty = offset / sector..<(end + sector - 1) / sector
        if let last = dirtyRanges.last, last.upperBound >= dirty.lowerBound,
            last.lowerBound <= dirty.lowerBound
        {
            dirtyRanges.removeLast()
            dirtyRanges.append(last.lowerBound..<max(last.upperBound, dirty.upperBound))
        } else {
            dirtyRanges.append(dirty)
        }
    }

    mutating func sync() {
        for range in dirtyRanges {
            let (start, end) = bounds(of: range)
            SimulatedContent.grow(&durable, to: end)
            durable.withUnsafeMutableBytes { memory in
                current.withUnsafeBytes { bytes in
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    memory.baseAddress?.copy(part, to: start)
                }
            }
        }
        dirtyRanges = []
    }

    mutating func crash(_ random: inout SplitMix64) {
        for sector in Set(dirtyRanges.joined()).sorted() {
            let (start, end) = bounds(of: sector..<sector + 1)
            SimulatedContent.grow(&durable, to: end)
            switch random.below(4) {
            case 0: continue
            case 1: durable.replaceSubrange(start..<end, with: current[start..<end])
            case 2:
                let cut = start + random.below(end - start)
                durable.replaceSubrange(start..<cut, with: current[start..<cut])
            default:
                for index in start..<end {
                    durable[index] = UInt8(truncatingIfNeeded: random.next())
                }
            }
        }
        dirtyRanges = []
        current = durable
    }

    /// The first byte of a range of sectors and the one behind its last.
    private func bounds(of sectors: Range<Int>) -> (start: Int, end: Int) {
        let size = SimulatedDisk.sectorSizeBytes
        return (sectors.lowerBound * size, min(sectors.upperBound * size, current.count))
    }

    private static func grow(_ bytes: inout [UInt8], to count: Int) {
        if bytes.count < count {
            bytes.append(contentsOf: [UInt8](repeating: 0, count: count - bytes.count))
        }
    }
}

extension UnsafeMutableRawPointer {
    /// Copies bytes to an offset from here.
    fileprivate func copy(_ bytes: UnsafeRawBufferPointer, to offset: Int) {
        guard let base = bytes.baseAddress else { return }
        (self + offset).copyMemory(from: base, byteCount: bytes.count)
    }
}

/// All that a simulated disk holds.
struct SimulatedDiskState {
    var capacityBytes: Int
    var files: [SimulatedContent] = []
    /// Names as the operating system shows them.
    var current: [String: Int] = [:]
    /// Names that would survive a crash.
    var durable: [String: Int] = [:]
    var directories: Set<String> = []
    /// Those of them that a crash may take, with all that is in them.
    var newDirectories: Set<String> = []
    /// Directories that were renamed, and whose new names a crash may take back.
    private var newNames: [(old: String, new: String)] = []
    var locks: Set<String> = []
    var calls = 0
    var syncs = 0
    var failingCall = Int.max
    var isFailureFinal = false
    var failureNumber = EIO
    var doesSyncFail = false

    init(capacityBytes: Int) { self.capacityBytes = capacityBytes }

    var usedBytes: Int { current.values.reduce(0) { $0 + files[$1].current.count } }

    /// Counts a call; true if this one is to fail.
    mutating func countCall() -> Bool {
        calls += 1
        return isFailureFinal ? calls >= failingCall : calls == failingCall
    }

    /// Writes as far as there is room.
    mutating func write(
        _ bytes: [UInt8],
        to file: Int,
        at offset: Int
    ) -> SimulatedResult<Void> {
        let growth = max(0, offset + bytes.count - files[file].current.count)
        let room = max(0, capacityBytes - usedBytes)
        if growth > room {
            files[file].write(bytes.prefix(max(0, bytes.count - (growth - room))), at: offset)
            return .failure(.number(ENOSPC))
        }
        files[file].write(bytes[...], at: offset)
        return .success(())
    }

    mutating func syncNames(in directory: String) {
        let prefix = directory + "/"
        newDirectories = newDirectories.filter { Self.parent(of: $0) != directory }
        for (old, new) in newNames where Self.parent(of: new) == directory {
            durable = Self.moved(durable, from: old, to: new)
        }
        newNames.removeAll { Self.parent(of: $0.new) == directory }
        durable = durable.filter { !$0.key.hasPrefix(prefix) }
        for (name, file) in current where name.hasPrefix(prefix) { durable[name] = file }
    }

    /// Gives a directory, and with it all that is in it, another name; false where there is none.
    mutating func rename(directory old: String, to new: String) -> Bool {
        guard directories.contains(old) else { return false }
        current = Self.moved(current, from: old, to: new)
        moveDirectories(from: old, to: new)
        newNames.append((old, new))
        return true
    }

    private mutating func moveDirectories(from old: String, to new: String) {
        func moved(_ path: String) -> String {
            path == old || path.hasPrefix(old + "/")
                ? new + path.dropFirst(old.utf8.count) : path
        }
        directories = Set(directories.map(moved))
        newDirectories = Set(newDirectories.map(moved))
    }

    private static func moved(
        _ names: [String: Int],
        from old: String,
        to new: String
    ) -> [String: Int] {
        let pairs = names.map { name, file in
            name.hasPrefix(old + "/") ? (new + name.dropFirst(old.utf8.count), file) : (name, file)
        }
        return Dictionary(pairs) { $1 }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    mutating func crash(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for index in files.indices { files[index].crash(&random) }
        for (old, new) in newNames.reversed() {
            if random.chance(1, in: 2) {
                durable = Self.moved(durable, from: old, to: new)
            } else {
                current = Self.moved(current, from: new, to: old)
                moveDirectories(from: new, to: old)
            }
        }
        newNames = []
        // Names changed since the last sync of their directory: each name by its own draw.
        for name in Set(current.keys).union(durable.keys).sorted()
        where current[name] != durable[name] && random.chance(1, in: 2) {
            durable[name] = current[name]
        }
        for directory in newDirectories.sorted() where random.chance(1, in: 2) {
            directories.remove(directory)
            durable = durable.filter { !$0.key.hasPrefix(directory + "/") }
        }
        newDirectories = []
        current = durable
        reset()
    }

    mutating func reset() {
        locks = []
        failingCall = .max
        isFailureFinal = false
        doesSyncFail = false
    }
}
