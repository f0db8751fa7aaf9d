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
    var dirtySectors: Set<Int> = []

    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if end > current.count {
            current.append(contentsOf: repeatElement(0, count: end - current.count))
        }
        current.replaceSubrange(offset..<end, with: bytes)
        let sector = SimulatedDisk.sectorSizeBytes
        dirtySectors.formUnion(offset / sector...(end - 1) / sector)
    }

    mutating func sync() {
        if dirtySectors.isEmpty { return }
        for sector in dirtySectors { keep(sector) { $0 } }
        dirtySectors = []
    }

    /// Takes one sector over to the platter, changed on the way by `change`.
    private mutating func keep(_ sector: Int, _ change: (ArraySlice<UInt8>) -> ArraySlice<UInt8>) {
        let start = sector * SimulatedDisk.sectorSizeBytes
        let end = min(start + SimulatedDisk.sectorSizeBytes, current.count)
        if durable.count < end {
            durable.append(contentsOf: repeatElement(0, count: end - durable.count))
        }
        durable.replaceSubrange(start..<end, with: change(current[start..<end]))
    }

    mutating func crash(_ random: inout SplitMix64) {
        for sector in dirtySectors.sorted() {
            switch random.below(4) {
            case 0: continue
            case 1: keep(sector) { $0 }
            case 2:
                let cut = random.below(SimulatedDisk.sectorSizeBytes)
                let old = durable
                keep(sector) { new in
                    let tail = new.indices.dropFirst(cut).map { index in
                        index < old.count ? old[index] : 0
                    }
                    return ArraySlice(Array(new.prefix(cut)) + tail)
                }
            default:
                keep(sector) { new in
                    ArraySlice(new.map { _ in UInt8(truncatingIfNeeded: random.next()) })
                }
            }
        }
        dirtySectors = []
        current = durable
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
    var locks: Set<String> = []
    var calls = 0
    var syncs = 0
    var failingCall = Int.max
    var isFailureFinal = false
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
        durable = durable.filter { !$0.key.hasPrefix(prefix) }
        for (name, file) in current where name.hasPrefix(prefix) { durable[name] = file }
    }

    mutating func crash(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for index in files.indices { files[index].crash(&random) }
        // Names changed since the last sync of their directory: each name by its own draw.
        for name in Set(current.keys).union(durable.keys).sorted()
        where current[name] != durable[name] && random.chance(1, in: 2) {
            durable[name] = current[name]
        }
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
