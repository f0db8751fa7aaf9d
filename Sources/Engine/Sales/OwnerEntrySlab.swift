internal import Movements

/// The entries of one owner stripe by number, in chunks that never move.
///
/// Freed numbers serve again, last freed first. Isolation: the stripe's lock is held.
@safe
struct OwnerEntrySlab: ~Copyable {
    private var chunks: [UnsafeMutableRawPointer] = unsafe []
    private var freeHead = OwnerEntrySlab.none
    private var freshCount = 0

    private static let none = UInt32.max
    private static let chunkSizeBytes = ExtentPool.blockSizeBytesMin
    private static let entriesPerChunk = chunkSizeBytes / OwnerEntry.sizeBytes

    /// A slab without entries; the pool gives all memory back at once.
    init() {
        precondition(
            OwnerEntry.sizeBytes == StateLayout.ownerEntrySizeBytes,
            "an entry is copied as it stands"
        )
    }

    /// The entry of a number.
    @inline(__always)
    borrowing func entry(_ slot: UInt32) -> OwnerEntry {
        let index = Int(slot)
        precondition(index < freshCount, "number of an entry is out of range")
        return unsafe OwnerEntry(
            at: chunks[index / OwnerEntrySlab.entriesPerChunk]
                + index % OwnerEntrySlab.entriesPerChunk &* OwnerEntry.sizeBytes
        )
    }

    /// Takes a number whose entry holds arbitrary bytes.
    mutating func allocate(pool: ExtentPool) -> UInt32 {
        if freeHead != OwnerEntrySlab.none {
            let slot = freeHead
            freeHead = entry(slot).sku
            return slot
        }
        if unsafe freshCount == chunks.count * OwnerEntrySlab.entriesPerChunk {
            precondition(freshCount < Int(Int32.max), "too many entries in one stripe")
            unsafe chunks.append(pool.allocate(OwnerEntrySlab.chunkSizeBytes))
        }
        freshCount += 1
        return UInt32(freshCount - 1)
    }

    /// Gives a number back.
    mutating func free(_ slot: UInt32) {
        entry(slot).markFree(next: freeHead)
        freeHead = slot
    }

    /// The number that follows the largest number given: those below stay where they are.
    var slotCount: UInt32 { UInt32(freshCount) }
}
