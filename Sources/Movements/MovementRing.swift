internal import Glibc
public import Synchronization

/// The ring of bytes between those who make movements and the one thread that writes them out.
///
/// A record's LSN is its byte position in the endless log. Its first byte stands in the ring at
/// that position modulo the capacity, the rest follows without a break: behind the capacity lies
/// room for one more record of the largest size, so no record is ever split. A record's size is a
/// multiple of 8 and stands in its first four bytes, which are stored last, with release order: a
/// zero there means "not written yet". The reader zeroes what it has consumed before it gives the
/// bytes back, so that stays true.
///
/// **Credit.** `append` never waits and never fails, because bytes are taken as credit before:
/// `tail − released + credit outstanding ≤ capacity`, always.
///
/// Isolation: `takeCredit`, `returnCredit`, `append`, `publish`, `tail` and `ringDoorbell` from any
/// thread; `rungTail`, `gather`, `release` and `waitForDoorbell` from the one reader.
@safe
@usableFromInline
package final class MovementRing: Sendable {
    /// Bytes that the ring holds; a power of two.
    @usableFromInline package let capacityBytes: Int
    @usableFromInline let mask: UInt64
    @usableFromInline nonisolated(unsafe) let bytes: UnsafeMutableRawPointer
    /// One counter in each block of 128 bytes, so that none shares a cache line.
    @usableFromInline nonisolated(unsafe) let counters: UnsafeMutableRawPointer
    private nonisolated(unsafe) let doorbellLock: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let doorbell: UnsafeMutablePointer<pthread_cond_t>

    @usableFromInline static let counterStrideBytes = 128
    private static let overhangBytes = 1 << 20

    /// A ring whose first record gets the LSN `startLSN`.
    ///
    /// - Parameters:
    ///   - capacityBytes: A power of two, at least 2 MiB: twice the largest record.
    ///   - startLSN: A multiple of 8.
    package init(capacityBytes: Int, startLSN: UInt64) {
        precondition(capacityBytes.nonzeroBitCount == 1, "ring capacity must be a power of two")
        precondition(capacityBytes >= 2 * MovementRing.overhangBytes, "ring holds two records")
        precondition(startLSN % 8 == 0, "an LSN is a multiple of 8")
        self.capacityBytes = capacityBytes
        mask = UInt64(capacityBytes - 1)
        let size = capacityBytes + MovementRing.overhangBytes
        unsafe bytes = .allocate(byteCount: size, alignment: 1 << 21)
        _ = unsafe madvise(bytes, capacityBytes, MADV_HUGEPAGE)
        unsafe memset(bytes, 0, size)
        let stride = MovementRing.counterStrideBytes
        unsafe counters = .allocate(byteCount: 4 * stride, alignment: stride)
        unsafe counters.initializeMemory(as: UInt8.self, repeating: 0, count: 4 * stride)
        unsafe doorbellLock = .allocate(capacity: 1)
        unsafe pthread_mutex_init(doorbellLock, nil)
        unsafe doorbell = .allocate(capacity: 1)
        // Waiting goes by the monotonic clock: a wall clock set back mustn't stretch it.
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(doorbell, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
        unsafe tailCounter.pointee.store(startLSN, ordering: .relaxed)
        unsafe rungCounter.pointee.store(startLSN, ordering: .relaxed)
    }

    /// Gives the first record another LSN than `init` did; before any other call.
    ///
    /// Recovery learns where the log goes on only after the engine, and so the ring, stands.
    package func begin(at startLSN: UInt64) {
        precondition(startLSN % 8 == 0, "an LSN is a multiple of 8")
        precondition(unsafe usedCounter.pointee.load(ordering: .relaxed) == 0, "the ring is unused")
        unsafe tailCounter.pointee.store(startLSN, ordering: .sequentiallyConsistent)
        unsafe rungCounter.pointee.store(startLSN, ordering: .sequentiallyConsistent)
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe counters.deallocate()
        unsafe pthread_mutex_destroy(doorbellLock)
        unsafe doorbellLock.deallocate()
        unsafe pthread_cond_destroy(doorbell)
        unsafe doorbell.deallocate()
    }

    @inlinable @inline(__always)
    func counter(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        unsafe (counters + index &* MovementRing.counterStrideBytes)
            .assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    /// LSN behind the last byte appended.
    @inlinable @inline(__always)
    var tailCounter: UnsafeMutablePointer<Atomic<UInt64>> { unsafe counter(0) }
    /// Bytes appended and not released, and credit outstanding.
    @inlinable @inline(__always)
    var usedCounter: UnsafeMutablePointer<Atomic<UInt64>> { unsafe counter(1) }
    /// LSN up to which the reader was told to look.
    @inlinable @inline(__always)
    var rungCounter: UnsafeMutablePointer<Atomic<UInt64>> { unsafe counter(2) }
    /// 1 while the reader sleeps.
    @inlinable @inline(__always)
    var sleepingCounter: UnsafeMutablePointer<Atomic<UInt64>> { unsafe counter(3) }

    // MARK: Hot path

    /// LSN behind the last record appended so far.
    @inlinable package var tail: UInt64 { unsafe tailCounter.pointee.load(ordering: .acquiring) }

    /// Takes `count` bytes of credit, or nothing when the ring has no room for them.
    @inlinable
    package func takeCredit(_ count: Int) -> Bool {
        let amount = UInt64(count)
        let used = unsafe usedCounter.pointee.add(amount, ordering: .acquiring).newValue
        if used <= UInt64(capacityBytes) { return true }
        unsafe usedCounter.pointee.subtract(amount, ordering: .relaxed)
        return false
    }

    /// Gives back `count` bytes of credit that no record took.
    @inlinable
    package func returnCredit(_ count: Int) {
        if count > 0 { unsafe usedCounter.pointee.subtract(UInt64(count), ordering: .releasing) }
    }

    /// Takes the next place in the log for a record of `size` bytes, out of credit taken before.
    ///
    /// Called under the locks of all that the movement changes, so that log order is apply order.
    /// - Returns: The record's LSN and where to write it. Its first four bytes belong to `publish`.
    @inlinable @inline(__always)
    package func append(size: Int) -> (lsn: UInt64, record: UnsafeMutableRawPointer) {
        precondition(size % 8 == 0 && size > 0 && size <= 1 << 20, "record size out of range")
        // Wrapping, because a checked sum is a loop; 2^64 bytes are never appended.
        let lsn = unsafe tailCounter.pointee.wrappingAdd(UInt64(size), ordering: .relaxed).oldValue
        return unsafe (lsn, bytes + Int(lsn & mask))
    }

    /// Makes a record that is wholly written visible to the reader.
    @inlinable @inline(__always)
    package func publish(_ record: UnsafeMutableRawPointer, size: Int) {
        unsafe record.assumingMemoryBound(to: Atomic<UInt32>.self).pointee
            .store(UInt32(truncatingIfNeeded: size), ordering: .releasing)
    }

    /// Tells the reader that records up to the present tail wait, and wakes it if it sleeps.
    ///
    /// Once a turn, not once a record.
    @inlinable
    package func ringDoorbell() {
        let lsn = unsafe tailCounter.pointee.load(ordering: .acquiring)
        // The highest, not the last: of two threads that ring at once the lower may come later.
        unsafe rungCounter.pointee.max(lsn, ordering: .sequentiallyConsistent)
        // A sleeper is woken by one: those who ring until it runs needn't.
        if unsafe sleepingCounter.pointee.load(ordering: .sequentiallyConsistent) != 0,
            unsafe sleepingCounter.pointee.exchange(0, ordering: .sequentiallyConsistent) != 0
        {
            wakeReader()
        }
    }

    // MARK: The reader

    /// Wakes the reader whether or not records wait.
    @inline(never)
    @usableFromInline
    package func wakeReader() {
        // Taken so that the reader waits by now; given back first, so that it needn't wait for it.
        unsafe pthread_mutex_lock(doorbellLock)
        unsafe pthread_mutex_unlock(doorbellLock)
        unsafe pthread_cond_signal(doorbell)
    }

    /// LSN up to which the doorbell was rung.
    package var rungTail: UInt64 {
        unsafe rungCounter.pointee.load(ordering: .sequentiallyConsistent)
    }

    /// Sleeps until the doorbell is rung beyond `lsn`, `wakeReader` is called, or the time is over.
    package func waitForDoorbell(beyond lsn: UInt64, timeoutMilliseconds: Int) {
        unsafe pthread_mutex_lock(doorbellLock)
        unsafe sleepingCounter.pointee.store(1, ordering: .sequentiallyConsistent)
        if rungTail <= lsn {
            var deadline = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
            let nanoseconds = deadline.tv_nsec + timeoutMilliseconds * 1_000_000
            deadline.tv_sec += nanoseconds / 1_000_000_000
            deadline.tv_nsec = nanoseconds % 1_000_000_000
            _ = unsafe pthread_cond_timedwait(doorbell, doorbellLock, &deadline)
        }
        unsafe sleepingCounter.pointee.store(0, ordering: .sequentiallyConsistent)
        unsafe pthread_mutex_unlock(doorbellLock)
    }

    /// The whole records from `lsn` on that are ready, up to `end`, in at most two runs of memory.
    ///
    /// - Parameters:
    ///   - lsn: Where the last gathering ended; a record's first byte.
    ///   - end: LSN to stop at, at most ``tail``; a record's first byte.
    ///   - limitBytes: Stop before passing it, but take at least one ready record.
    /// - Returns: The runs in log order (the second is empty unless the ring wrapped) and the
    ///   number of records in both.
    package func gather(
        from lsn: UInt64,
        upTo end: UInt64,
        limitBytes: Int
    ) -> (first: UnsafeRawBufferPointer, second: UnsafeRawBufferPointer, records: Int) {
        var position = lsn
        var records = 0
        var firstSize = 0
        var secondSize = 0
        while position < end {
            let offset = Int(position & mask)
            let size = unsafe Int(
                (bytes + offset).assumingMemoryBound(to: Atomic<UInt32>.self).pointee
                    .load(ordering: .acquiring)
            )
            if size == 0 { break }
            if records > 0, firstSize + secondSize + size > limitBytes { break }
            if offset >= Int(lsn & mask) { firstSize += size } else { secondSize += size }
            position += UInt64(size)
            records += 1
        }
        let start = unsafe UnsafeRawPointer(bytes + Int(lsn & mask))
        let wrapped = Int((lsn + UInt64(firstSize)) & mask)
        return unsafe (
            UnsafeRawBufferPointer(start: start, count: firstSize),
            UnsafeRawBufferPointer(start: UnsafeRawPointer(bytes + wrapped), count: secondSize),
            records
        )
    }

    /// Zeroes two runs that `gather` gave and gives their bytes back as credit.
    package func release(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) {
        unsafe zero(first)
        unsafe zero(second)
        unsafe usedCounter.pointee.subtract(
            UInt64(first.count + second.count),
            ordering: .releasing
        )
    }

    private func zero(_ run: UnsafeRawBufferPointer) {
        guard let base = run.baseAddress else { return }
        unsafe memset(UnsafeMutableRawPointer(mutating: base), 0, run.count)
    }
}
