internal import CPrefetch
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
    private let chunks: UnsafeMutablePointer<Atomic<UInt>>
    private let pool: ExtentPool
    private let countWord = Atomic<UInt32>(0)

    private static let entriesPerChunk = 1_024
    private static let chunksMax = Limits.skusMax / entriesPerChunk

    private let skusMax: Int

    /// A directory without SKUs that takes at most `skusMax`.
    init(pool: ExtentPool, skusMax: Int) {
        precondition(skusMax > 0 && skusMax <= Limits.skusMax, "a table of SKUs has a limit")
        self.pool = pool
        self.skusMax = skusMax
        unsafe lockMemory = .allocate(byteCount: StripeLock.sizeBytes, alignment: 128)
        lock = unsafe StripeLock(at: lockMemory)
        lock.create()
        unsafe chunks = .allocate(capacity: SKUDirectory.chunksMax)
        unsafe memset(chunks, 0, SKUDirectory.chunksMax * MemoryLayout<Atomic<UInt>>.stride)
    }

    deinit {
        lock.destroy()
        unsafe lockMemory.deallocate()
        unsafe chunks.deallocate()
    }

    /// The number that follows the largest number given.
    var count: UInt32 { countWord.load(ordering: .acquiring) }

    /// The entry of a number that was given.
    @inline(__always)
    func entry(_ number: UInt32) -> StockEntry {
        let index = Int(number)
        let word = unsafe chunks[index / SKUDirectory.entriesPerChunk].load(ordering: .relaxed)
        guard let chunk = unsafe UnsafeMutableRawPointer(bitPattern: word) else {
            preconditionFailure("SKU number was never given")
        }
        return unsafe StockEntry(
            at: chunk + index % SKUDirectory.entriesPerChunk &* StockEntry.sizeBytes
        )
    }

    /// Brings the entry of a number close, if there is one.
    @inline(__always)
    func prefetch(_ number: UInt32) {
        let index = Int(number)
        guard index < Limits.skusMax else { return }
        let chunk = unsafe chunks[index / SKUDirectory.entriesPerChunk].load(ordering: .relaxed)
        let offset = UInt(index % SKUDirectory.entriesPerChunk &* StockEntry.sizeBytes)
        unsafe holdfast_prefetch(UnsafeRawPointer(bitPattern: chunk &+ offset))
    }

    /// Takes `amount` numbers in a row, or none when the table is full.
    /// - Returns: The first of them.
    func take(_ amount: Int) -> UInt32? {
        lock.lock()
        defer { lock.unlock() }
        let first = countWord.load(ordering: .relaxed)
        guard Int(first) + amount <= skusMax else { return nil }
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
            if unsafe chunks[chunk].load(ordering: .relaxed) == 0 {
                let memory = unsafe UInt(bitPattern: pool.allocateZeroed(size))
                unsafe chunks[chunk].store(memory, ordering: .releasing)
            }
            chunk += 1
        }
        countWord.store(UInt32(count), ordering: .releasing)
    }
}
