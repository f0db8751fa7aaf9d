internal import CPrefetch
internal import Glibc
internal import Synchronization

/// The records of one reservation stripe by number, in chunks that never move.
///
/// Freed numbers serve again, last freed first. Isolation: the stripe's lock is held, except for
/// ``prefetchNext()``, which gives only a hint.
@safe
struct RecordSlab: ~Copyable {
    private var chunks: UnsafeMutablePointer<UnsafeMutableRawPointer>
    private var chunkCount = 0
    private var chunkCapacity: Int
    private var freeHead = ExpiryWheel.none
    private var freshCount = 0
    private let nextAddress = Atomic<UInt>(0)

    private static let recordsPerChunk = 32
    private static let chunkSizeBytes = recordsPerChunk * ReservationRecord.sizeBytes

    /// A slab without records.
    init(pool: ExtentPool) {
        let size = ExtentPool.blockSizeBytesMin
        unsafe chunks = unsafe pool.allocate(size).assumingMemoryBound(
            to: UnsafeMutableRawPointer.self
        )
        chunkCapacity = unsafe size / MemoryLayout<UnsafeMutableRawPointer>.stride
    }

    /// The record of a number.
    @inline(__always)
    borrowing func record(_ slot: UInt32) -> ReservationRecord {
        let index = Int(slot)
        precondition(index < freshCount, "record number is out of range")
        return unsafe ReservationRecord(
            at: chunks[index / RecordSlab.recordsPerChunk]
                + index % RecordSlab.recordsPerChunk &* ReservationRecord.sizeBytes
        )
    }

    /// Brings the record that the next reservation gets close to the processor.
    @inline(__always)
    borrowing func prefetchNext() {
        let address = nextAddress.load(ordering: .relaxed)
        unsafe holdfast_prefetch(UnsafeRawPointer(bitPattern: address))
        unsafe holdfast_prefetch(UnsafeRawPointer(bitPattern: address &+ 64))
    }

    /// Takes a number whose record holds arbitrary bytes.
    @inline(__always)
    mutating func allocate(pool: ExtentPool) -> UInt32 {
        let slot: UInt32
        if freeHead != ExpiryWheel.none {
            slot = freeHead
            freeHead = record(slot).next
        } else {
            if freshCount == chunkCount * RecordSlab.recordsPerChunk { addChunk(pool: pool) }
            slot = UInt32(freshCount)
            freshCount += 1
        }
        noteNext()
        return slot
    }

    /// Gives a number back.
    mutating func free(_ slot: UInt32) {
        record(slot).markFree()
        record(slot).next = freeHead
        freeHead = slot
        noteNext()
    }

    /// The number that follows the largest number given: those below stay where they are, so a walk
    /// over them may pause between any two.
    var slotCount: UInt32 { UInt32(freshCount) }

    @inline(__always)
    private func noteNext() {
        let next = freeHead != ExpiryWheel.none ? Int(freeHead) : freshCount
        guard next < chunkCount * RecordSlab.recordsPerChunk else { return }
        let address =
            unsafe chunks[next / RecordSlab.recordsPerChunk]
            + next % RecordSlab.recordsPerChunk &* ReservationRecord.sizeBytes
        nextAddress.store(UInt(bitPattern: address), ordering: .relaxed)
    }

    @inline(never)
    private mutating func addChunk(pool: ExtentPool) {
        precondition(freshCount < Int(Int32.max), "too many records in one stripe")
        if chunkCount == chunkCapacity {
            let stride = unsafe MemoryLayout<UnsafeMutableRawPointer>.stride
            let larger = unsafe pool.allocate(chunkCapacity * 2 * stride)
                .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
            unsafe larger.update(from: chunks, count: chunkCount)
            unsafe pool.free(UnsafeMutableRawPointer(chunks), chunkCapacity * stride)
            unsafe chunks = unsafe larger
            chunkCapacity *= 2
        }
        unsafe chunks[chunkCount] = unsafe pool.allocate(RecordSlab.chunkSizeBytes)
        chunkCount += 1
    }
}
