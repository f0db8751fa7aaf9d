internal import Glibc
internal import Inventory
internal import Synchronization

/// The entries of all SKUs by number, in chunks that never move.
///
/// Numbers are given once, in order, and never again. Isolation: ``entry(_:)`` from any thread
/// that has learnt the number under a lock; the rest takes the directory's own lock.
@safe
final class SKUDirectory: @unchecked Sendable {
    // Safe to share: numbers and chunks change under `lock`; a chunk's address is set once, before
    // any number in it is given away.
    private let lock: StripeLock
    private let lockMemory: UnsafeMutableRawPointer
    private let chunks: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private let pool: ExtentPool
    private let countWord = Atomic<UInt32>(0)

    private static let entriesPerChunk = 1_024
    private static let chunksMax = Limits.skusMax / entriesPerChunk

    /// A directory without SKUs.
    init(pool: ExtentPool) {
        self.pool = pool
        lockMemory = .allocate(byteCount: StripeLock.sizeBytes, alignment: 128)
        lock = StripeLock(at: lockMemory)
        lock.create()
        chunks = .allocate(capacity: SKUDirectory.chunksMax)
        chunks.initialize(repeating: nil, count: SKUDirectory.chunksMax)
    }

    deinit {
        lock.destroy()
        lockMemory.deallocate()
        chunks.deallocate()
    }

    /// The number that follows the largest number given.
    var count: UInt32 { countWord.load(ordering: .acquiring) }

    /// The entry of a number that was given.
    @inline(__always)
    func entry(_ number: UInt32) -> StockEntry {
        let index = Int(number)
        guard let chunk = chunks[index / SKUDirectory.entriesPerChunk] else {
            preconditionFailure("SKU number was never given")
        }
        return StockEntry(
            at: chunk + index % SKUDirectory.entriesPerChunk &* StockEntry.sizeBytes)
    }

    /// Takes `amount` numbers in a row, or none when the table is full.
    /// - Returns: The first of them.
    func take(_ amount: Int) -> UInt32? {
        lock.lock()
        defer { lock.unlock() }
        let first = countWord.load(ordering: .relaxed)
        guard Int(first) + amount <= Limits.skusMax else { return nil }
        makeRoom(upTo: Int(first) + amount)
        return first
    }

    /// Makes room for a number that a record of the log gives.
    func admit(_ number: UInt32) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard Int(number) < Limits.skusMax else { return false }
        if number >= countWord.load(ordering: .relaxed) { makeRoom(upTo: Int(number) + 1) }
        return true
    }

    private func makeRoom(upTo count: Int) {
        let size = SKUDirectory.entriesPerChunk * StockEntry.sizeBytes
        let last = (count + SKUDirectory.entriesPerChunk - 1) / SKUDirectory.entriesPerChunk
        var chunk = Int(countWord.load(ordering: .relaxed)) / SKUDirectory.entriesPerChunk
        while chunk < last {
            if chunks[chunk] == nil { chunks[chunk] = pool.allocateZeroed(size) }
            chunk += 1
        }
        countWord.store(UInt32(count), ordering: .releasing)
    }
}
