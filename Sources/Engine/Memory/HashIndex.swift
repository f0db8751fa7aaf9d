internal import CPrefetch
internal import Glibc
internal import Synchronization

/// An index from hashes to numbers: open addressing, linear probing, backward-shift deletion.
///
/// Layout: 8-byte entries, a power of two of them: the upper half of the hash as a tag, and the
/// number plus one; 0 is an empty entry. The tag alone gives the place, so growing and deleting
/// never look at what the numbers stand for. Grows by doubling under its stripe's lock (≤ 1 ms for
/// up to 100,000 entries of a stripe) when it is five to six eighths full, each stripe's index
/// at a share of its own: all would else grow at the same time, since hashes fill them evenly.
/// Isolation: the stripe's lock is held across every call but ``prefetch(_:)``,
/// ``prefetchRun(_:)`` and ``hint(_:)``, which read atomically and give only hints. An outgrown
/// block is given back to the pool unless the index was made with `isHinted`: then it stays as it
/// is, so that a hint read from it late is stale at worst. Lives in the stripe's memory.
/// - Complexity: O(1) expected.
/// - Source: Knuth, TAOCP vol. 3, §6.4, Algorithms L and R.
@safe
struct HashIndex: ~Copyable {
    // First, because a mutating call counts as an access to the first byte: no hint reads that.
    private var count = 0
    private let entriesWord: Atomic<UInt>
    private let maskWord: Atomic<UInt>
    private let isHinted: Bool
    /// How full it gets, in 128ths.
    private let fill: UInt8

    private static let entriesMin = ExtentPool.blockSizeBytesMin / 8

    /// An empty index of stripe number `stripe`, whose ``hint(_:)`` may be used if `isHinted`.
    init(pool: ExtentPool, isHinted: Bool, stripe: Int) {
        self.isHinted = isHinted
        // An odd factor, so that neighbours differ and every 16 stripes have all shares once.
        fill = UInt8(81 + stripe &* 11 & 15)
        let block = unsafe pool.allocateZeroed(HashIndex.entriesMin * 8)
        entriesWord = Atomic(UInt(bitPattern: block))
        maskWord = Atomic(UInt(HashIndex.entriesMin - 1))
    }

    private var entries: UnsafeMutablePointer<Atomic<UInt64>> {
        @inline(__always) get {
            guard
                let entries = unsafe UnsafeMutablePointer<Atomic<UInt64>>(
                    bitPattern: entriesWord.load(ordering: .relaxed)
                )
            else { preconditionFailure("index has no entries") }
            return unsafe entries
        }
    }

    private var mask: Int {
        @inline(__always) get { Int(bitPattern: maskWord.load(ordering: .relaxed)) }
    }

    // MARK: Hot path

    /// Brings the entries that a look-up of `hash` will read close to the processor: one in three
    /// goes on into the next cache line.
    @inline(__always)
    func prefetch(_ hash: UInt64) {
        let place = (UInt(truncatingIfNeeded: hash >> 32)) & maskWord.load(ordering: .relaxed)
        let first = entriesWord.load(ordering: .relaxed) &+ place &* 8
        unsafe holdfast_prefetch(UnsafeRawPointer(bitPattern: first))
        unsafe holdfast_prefetch(UnsafeRawPointer(bitPattern: first &+ 64))
    }

    /// Brings all entries that a look-up of `hash` is likely to read close to the processor.
    ///
    /// In a well filled index they seldom stand in one line, above all where `hash` isn't there.
    @inline(__always)
    func prefetchRun(_ hash: UInt64) {
        prefetch(hash)
        prefetch(hash &+ HashIndex.runEntries << 32)
    }

    /// Entries beyond the first that are fetched: all in two lines.
    private static let runEntries: UInt64 = 7

    /// A number that `hash` probably stands for, read without a lock; only good to prefetch by.
    @inline(__always)
    func hint(_ hash: UInt64) -> UInt32? {
        // The mask first: with a block that is newer it only sees less of it.
        let mask = Int(bitPattern: maskWord.load(ordering: .acquiring))
        let entries = unsafe entries
        let tag = hash >> 32
        var place = Int(truncatingIfNeeded: tag) & mask
        for _ in 0..<HashIndex.hintProbesMax {
            let entry = unsafe entries[place].load(ordering: .relaxed)
            if entry == 0 { return nil }
            if entry >> 32 == tag { return UInt32(truncatingIfNeeded: entry) &- 1 }
            place = (place &+ 1) & mask
        }
        return nil
    }

    private static let hintProbesMax = 8

    /// The first number under `hash` for which `isMatch` says yes.
    @inline(__always)
    func find(_ hash: UInt64, _ isMatch: (UInt32) -> Bool) -> UInt32? {
        let entries = unsafe entries
        let mask = mask
        let tag = hash >> 32
        var place = Int(truncatingIfNeeded: tag) & mask
        while true {
            let entry = unsafe entries[place].load(ordering: .relaxed)
            if entry == 0 { return nil }
            if entry >> 32 == tag {
                let number = UInt32(truncatingIfNeeded: entry) &- 1
                if isMatch(number) { return number }
            }
            place = (place &+ 1) & mask
        }
    }

    /// The first number under `hash` for which `isMatch` says yes; else adds `number` under it.
    @inline(__always)
    mutating func find(
        _ hash: UInt64,
        orInsert number: UInt32,
        pool: ExtentPool,
        _ isMatch: (UInt32) -> Bool
    ) -> UInt32? {
        let mask = mask
        let tag = hash >> 32
        var place = Int(truncatingIfNeeded: tag) & mask
        while true {
            let entry = unsafe entries[place].load(ordering: .relaxed)
            if entry == 0 { break }
            if entry >> 32 == tag {
                let number = UInt32(truncatingIfNeeded: entry) &- 1
                if isMatch(number) { return number }
            }
            place = (place &+ 1) & mask
        }
        if isFull(count + 1, mask: mask) {
            insert(hash, number: number, pool: pool)
        } else {
            precondition(number < .max, "number is out of range")
            count += 1
            unsafe entries[place].store(tag << 32 | UInt64(number + 1), ordering: .relaxed)
        }
        return nil
    }

    /// Calls `body` with every number, in no order that means anything.
    func forEach(_ body: (UInt32) -> Void) {
        let entries = unsafe entries
        for place in 0...mask {
            let entry = unsafe entries[place].load(ordering: .relaxed)
            if entry != 0 { body(UInt32(truncatingIfNeeded: entry) &- 1) }
        }
    }

    /// Adds `number`, which isn't there yet, under `hash`.
    @inline(__always)
    mutating func insert(_ hash: UInt64, number: UInt32, pool: ExtentPool) {
        precondition(number < .max, "number is out of range")
        if isFull(count + 1, mask: mask) { grow(pool: pool) }
        count += 1
        unsafe HashIndex.place((hash >> 32) << 32 | UInt64(number + 1), in: entries, mask: mask)
    }

    @inline(__always)
    private static func place(
        _ entry: UInt64,
        in entries: UnsafeMutablePointer<Atomic<UInt64>>,
        mask: Int
    ) {
        var place = Int(truncatingIfNeeded: entry >> 32) & mask
        while unsafe entries[place].load(ordering: .relaxed) != 0 { place = (place &+ 1) & mask }
        unsafe entries[place].store(entry, ordering: .relaxed)
    }

    /// Grows until `count` numbers fit; before anything else uses the index.
    mutating func reserve(_ count: Int, pool: ExtentPool) {
        while isFull(count, mask: mask) { grow(pool: pool) }
    }

    /// Whether `count` numbers are more than stand in `mask` + 1 entries.
    @inline(__always)
    private func isFull(_ count: Int, mask: Int) -> Bool { count << 7 > (mask + 1) * Int(fill) }

    /// Takes `number` out from under `hash`.
    mutating func remove(_ hash: UInt64, number: UInt32) {
        let entries = unsafe entries
        let mask = mask
        let entry = (hash >> 32) << 32 | UInt64(number + 1)
        var hole = Int(truncatingIfNeeded: hash >> 32) & mask
        while true {
            let present = unsafe entries[hole].load(ordering: .relaxed)
            if present == entry { break }
            precondition(present != 0, "number isn't in the index")
            hole = (hole + 1) & mask
        }
        var place = hole
        while true {
            place = (place + 1) & mask
            let moved = unsafe entries[place].load(ordering: .relaxed)
            if moved == 0 { break }
            let home = Int(truncatingIfNeeded: moved >> 32) & mask
            // Moves back only what would still be found: its home isn't between hole and place.
            if (place &- home) & mask >= (place &- hole) & mask {
                unsafe entries[hole].store(moved, ordering: .relaxed)
                hole = place
            }
        }
        unsafe entries[hole].store(0, ordering: .relaxed)
        count -= 1
    }

    @inline(never)
    private mutating func grow(pool: ExtentPool) {
        let old = unsafe entries
        let oldCount = mask + 1
        let size = oldCount * 2 * 8
        let new = unsafe pool.allocateZeroed(size).assumingMemoryBound(to: Atomic<UInt64>.self)
        for index in 0..<oldCount {
            let entry = unsafe old[index].load(ordering: .relaxed)
            if entry != 0 { unsafe HashIndex.place(entry, in: new, mask: oldCount * 2 - 1) }
        }
        // A hint may see one of the two only: the larger block under the smaller mask is harmless.
        entriesWord.store(UInt(bitPattern: new), ordering: .releasing)
        maskWord.store(UInt(oldCount * 2 - 1), ordering: .releasing)
        if !isHinted { unsafe pool.free(UnsafeMutableRawPointer(old), oldCount * 8) }
    }
}
