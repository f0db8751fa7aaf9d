internal import CPrefetch
internal import Glibc
internal import Inventory
internal import Synchronization

/// The entries of all SKUs by number, in chunks that never move.
///
/// Numbers are given once, in order, and never again. An engine that holds some SKUs only has
/// chunks for those only: all others share one chunk of zeros, in which no SKU is made.
/// Isolation: ``entry(_:)`` from any thread that has learnt the number under a lock; the rest takes
/// the directory's own lock.
@safe
final class SKUDirectory: @unchecked Sendable {
    // Safe to share: numbers and chunks change under `lock`; a chunk's address is set once, before
    // any number in it is given away.
    private let lock: StripeLock
    private let lockMemory: UnsafeMutableRawPointer
    private let chunks: UnsafeMutablePointer<Atomic<UInt>>
    private let blank: UnsafeMutableRawPointer
    private let pool: ExtentPool
    private let countWord = Atomic<UInt32>(0)

    private static let entriesPerChunk = 1_024
    private static let chunkSizeBytes = entriesPerChunk * StockEntry.sizeBytes
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
        unsafe blank = pool.allocateZeroed(SKUDirectory.chunkSizeBytes)
        unsafe chunks = .allocate(capacity: SKUDirectory.chunksMax)
        for index in 0..<SKUDirectory.chunksMax {
            unsafe (chunks + index).initialize(to: Atomic(UInt(bitPattern: blank)))
        }
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
        precondition(index < Limits.skusMax, "a SKU number is out of range")
        let word = unsafe chunks[index / SKUDirectory.entriesPerChunk].load(ordering: .relaxed)
        guard let chunk = unsafe UnsafeMutableRawPointer(bitPattern: word) else {
            preconditionFailure("a directory has a chunk for every number")
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
        makeRoom(for: Int(first)..<Int(first) + amount)
        return first
    }

    /// Makes room for a number that a record gives, and for no other.
    func admit(_ number: UInt32) -> Bool {
        guard Int(number) < Limits.skusMax else { return false }
        if number < count, hasChunk(Int(number) / SKUDirectory.entriesPerChunk) { return true }
        lock.lock()
        defer { lock.unlock() }
        makeRoom(for: Int(number)..<Int(number) + 1)
        return true
    }

    /// Makes room for all numbers below `count`, at most ``Limits/skusMax``.
    func reserve(_ count: Int) {
        precondition(count >= 0 && count <= Limits.skusMax, "a table of SKUs has a limit")
        lock.lock()
        defer { lock.unlock() }
        makeRoom(for: 0..<count)
    }

    private func hasChunk(_ index: Int) -> Bool {
        unsafe chunks[index].load(ordering: .acquiring) != UInt(bitPattern: blank)
    }

    private func makeRoom(for numbers: Range<Int>) {
        guard let last = numbers.last else { return }
        let first = numbers.lowerBound / SKUDirectory.entriesPerChunk
        for index in first...last / SKUDirectory.entriesPerChunk where !hasChunk(index) {
            let memory = unsafe pool.allocateZeroed(SKUDirectory.chunkSizeBytes)
            unsafe chunks[index].store(UInt(bitPattern: memory), ordering: .releasing)
        }
        let count = max(Int(countWord.load(ordering: .relaxed)), numbers.upperBound)
        countWord.store(UInt32(count), ordering: .releasing)
    }
}
