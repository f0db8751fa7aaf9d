internal import Inventory

/// The hierarchical timing wheel of one reservation stripe: what is due when.
///
/// Six levels of 256 lists; level k counts in steps of 256^k milliseconds, so the wheel reaches
/// over all time (2^48 ms). A record stands in the list of the highest byte in which its tick
/// differs from the current one, and moves down level by level as time comes near. Each stripe
/// adds a phase of its own to all instants, so that stripes never cascade together. Lists are
/// linked through the records; the first one's `previous` is the number of its list with the top
/// bit set.
///
/// Isolation: none; the stripe's lock is held.
/// - Complexity: insert and remove O(1); a record is moved at most five times in its life.
/// - Source: G. Varghese, A. Lauck, Hashed and Hierarchical Timing Wheels, 1987, scheme 7.
@safe
struct ExpiryWheel {
    private let heads: UnsafeMutablePointer<UInt32>
    private let bitmaps: UnsafeMutablePointer<UInt64>
    private let phase: UInt64
    private var current: UInt64 = 0
    /// How many records stand in its lists.
    private(set) var count = 0

    private static let levels = 6
    private static let listsPerLevel = 256
    private static let headMark: UInt32 = 1 << 31
    /// Instants from 0 to below this one can be put into any wheel: half of what it reaches over.
    static let spanMilliseconds: Int64 = 1 << (levels * 8 - 1)
    /// Stands for "no record".
    static let none = UInt32.max
    private static let bitmapOffset = levels * listsPerLevel * 4
    private static let sizeBytes = 8_192

    /// An empty wheel.
    init(phaseMilliseconds: UInt64, pool: ExtentPool) {
        precondition(
            ExpiryWheel.bitmapOffset + ExpiryWheel.levels * 32 <= ExpiryWheel.sizeBytes,
            "lists and bitmaps fit their block"
        )
        let block = unsafe pool.allocateZeroed(ExpiryWheel.sizeBytes)
        unsafe heads = unsafe block.assumingMemoryBound(to: UInt32.self)
        let lists = ExpiryWheel.levels * ExpiryWheel.listsPerLevel
        unsafe heads.update(repeating: ExpiryWheel.none, count: lists)
        unsafe bitmaps = unsafe (block + ExpiryWheel.bitmapOffset).assumingMemoryBound(
            to: UInt64.self
        )
        phase = phaseMilliseconds
    }

    /// The first instant from `instant` on at which a list of so many milliseconds begins, a power
    /// of two.
    @inline(__always)
    func step(_ instant: Instant, milliseconds: Int64) -> Instant {
        let mask = UInt64(milliseconds - 1)
        return Instant(milliseconds: Int64((tick(of: instant) + mask) & ~mask) - Int64(phase))
    }

    @inline(__always)
    private func tick(of instant: Instant) -> UInt64 {
        precondition(instant.milliseconds >= 0, "an instant of the engine is never negative")
        return UInt64(instant.milliseconds) + phase
    }

    // MARK: Hot path

    /// Puts a record, which stands in no list, where its `due` belongs, at the instant `now`.
    @inline(__always)
    mutating func insert(
        _ slot: UInt32,
        _ record: ReservationRecord,
        now: Instant,
        records: borrowing RecordSlab
    ) {
        // An empty wheel can turn to the present at once.
        if count == 0 { current = max(current, tick(of: now)) }
        count += 1
        link(slot, record, records: records)
    }

    @inline(__always)
    private mutating func link(
        _ slot: UInt32,
        _ record: ReservationRecord,
        records: borrowing RecordSlab
    ) {
        let tick = tick(of: record.due)
        var list = Int(current & 255)
        if tick > current {
            let level = (63 - (tick ^ current).leadingZeroBitCount) / 8
            precondition(level < ExpiryWheel.levels, "instant lies beyond the wheel")
            list = level * ExpiryWheel.listsPerLevel + Int((tick >> UInt64(level * 8)) & 255)
        }
        let head = unsafe heads[list]
        record.next = head
        record.previous = ExpiryWheel.headMark | UInt32(list)
        if head != ExpiryWheel.none { records.record(head).previous = slot }
        unsafe heads[list] = slot
        unsafe bitmaps[list >> 6] |= 1 << UInt64(list & 63)
    }

    /// Notes with a record that it stands in no list.
    @inline(__always)
    static func markUnlinked(_ record: ReservationRecord) { record.previous = none }

    /// Takes a record out of its list.
    @inline(__always)
    mutating func remove(_ record: ReservationRecord, records: borrowing RecordSlab) {
        precondition(record.previous != ExpiryWheel.none, "a record stands in a list")
        count -= 1
        unlink(record, records: records)
    }

    @inline(__always)
    private func unlink(_ record: ReservationRecord, records: borrowing RecordSlab) {
        let next = record.next
        let previous = record.previous
        if next != ExpiryWheel.none { records.record(next).previous = previous }
        if previous & ExpiryWheel.headMark == 0 {
            records.record(previous).next = next
            return
        }
        let list = Int(previous & ~ExpiryWheel.headMark)
        unsafe heads[list] = next
        if next == ExpiryWheel.none { unsafe bitmaps[list >> 6] &= ~(1 << UInt64(list & 63)) }
    }

    // MARK: Sweeping

    /// The earliest instant at which ``nextDue(at:records:)`` may have something to do.
    var earliestWork: Instant {
        guard let list = nextList() else { return Instant(milliseconds: .max) }
        return Instant(milliseconds: Int64(startTick(ofList: list)) - Int64(phase))
    }

    /// Takes out a record that is due at `now`, moving at most `budget` others nearer first.
    ///
    /// - Returns: The record's number; `nil` when nothing more is due or the budget is used up
    ///   (then `budget` is 0).
    mutating func nextDue(
        at now: Instant,
        budget: inout Int,
        records: borrowing RecordSlab
    ) -> UInt32? {
        let target = tick(of: now)
        while budget > 0 {
            guard let list = nextList(), startTick(ofList: list) <= target else {
                current = max(current, target)
                return nil
            }
            current = max(current, startTick(ofList: list))
            budget -= 1
            let slot = unsafe heads[list]
            let record = records.record(slot)
            unlink(record, records: records)
            if tick(of: record.due) <= current {
                count -= 1
                return slot
            }
            link(slot, record, records: records)
        }
        return nil
    }

    /// The list that comes up next: what is left of a list being moved down goes first.
    private func nextList() -> Int? {
        for level in stride(from: ExpiryWheel.levels - 1, to: 0, by: -1) {
            let list = level * ExpiryWheel.listsPerLevel + currentIndex(level)
            if unsafe heads[list] != ExpiryWheel.none { return list }
        }
        for level in 0..<ExpiryWheel.levels {
            let first = level * ExpiryWheel.listsPerLevel
            if let list = firstList(from: first + currentIndex(level), below: first + 256) {
                return list
            }
        }
        return nil
    }

    private func currentIndex(_ level: Int) -> Int {
        Int((current >> UInt64(level * 8)) & 255)
    }

    private func firstList(from start: Int, below end: Int) -> Int? {
        var word = start >> 6
        var bits = unsafe bitmaps[word] & (UInt64.max << UInt64(start & 63))
        while bits == 0 {
            word += 1
            if word == end >> 6 { return nil }
            bits = unsafe bitmaps[word]
        }
        return (word << 6) + bits.trailingZeroBitCount
    }

    /// The first tick of a list, given the current one.
    private func startTick(ofList list: Int) -> UInt64 {
        let level = UInt64(list / ExpiryWheel.listsPerLevel)
        let index = UInt64(list % ExpiryWheel.listsPerLevel)
        let shift = level * 8 + 8
        let above = (current >> shift) << shift
        return above | (index << (level * 8))
    }
}
