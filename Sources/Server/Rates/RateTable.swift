internal import Inventory
internal import Synchronization

/// The token buckets of all owners, in a table that never grows.
///
/// Layout: sets of eight 64-bit words, a cache line each; a word has the uppermost 24 bits of the
/// owner's keyed hash as its tag, and in the other 40 the theoretical arrival in ticks since the
/// table was made. An entry whose time has passed is a full bucket, which is what an owner without
/// an entry has: it is free for others. Where a set has no free one, the least indebted goes.
///
/// So memory is bounded whatever the number of owners. Under a flood of made-up owners limits grow
/// laxer for a moment, as debts are forgotten; nobody is refused for another's requests, but for
/// one chance in two million that two owners of one set share a tag.
///
/// Isolation: any thread. Each entry changes by one compare-and-exchange; nothing else hangs on it,
/// so relaxed ordering suffices.
final class RateTable: Sendable {
    /// What no arrival passes: after 3.4 years without a restart limits let everything through.
    private static let arrivalMax: UInt64 = 1 << 40 - 1
    private static let tagShift: UInt64 = 40
    private static let entriesPerSet = 8
    private static let setSizeBytes = 64
    /// Attempts to change an entry that other threads change as well, before one is let through.
    private static let attemptsMax = 64
    /// Nanoseconds of a tick.
    static let tickNanoseconds: UInt64 = 100_000

    // Safe to share: the address never changes; what stands there is atomic.
    private nonisolated(unsafe) let entries: UnsafeMutablePointer<Atomic<UInt64>>
    private let setMask: UInt64
    private let hash: KeyedHash
    private let rule: ArrivalRule
    /// For how many owners there is room.
    let ownersMax: Int

    /// An empty table with room for at least `ownersMax` owners, each of whom `limit` holds for.
    ///
    /// `hashKey` is secret, so that nobody can make owners that share a set.
    init(limit: RateLimit, ownersMax: Int, hashKey: UInt64) {
        precondition(ownersMax > 0, "a table has room")
        precondition(limit.requestsPerSecond <= ServerLimits.ownerRateMax, "ticks tell the rate")
        var sets = 1
        while sets * RateTable.entriesPerSet < ownersMax { sets *= 2 }
        setMask = UInt64(sets - 1)
        self.ownersMax = sets * RateTable.entriesPerSet
        hash = KeyedHash(key: hashKey)
        rule = limit.rule(tickNanoseconds: RateTable.tickNanoseconds)
        precondition(rule.tolerance < RateTable.arrivalMax, "ticks tell the burst")
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: sets * RateTable.setSizeBytes,
            alignment: RateTable.setSizeBytes
        )
        entries = memory.assumingMemoryBound(to: Atomic<UInt64>.self)
        for index in 0..<self.ownersMax { (entries + index).initialize(to: Atomic(0)) }
    }

    deinit {
        entries.deinitialize(count: ownersMax)
        UnsafeMutableRawPointer(entries).deallocate()
    }

    /// How long an owner would have to wait; takes nothing.
    ///
    /// - Parameters: As those of ``take(_:ticks:)``.
    /// - Returns: 0 where there is a token, else the ticks after which there will be.
    func wait(_ owner: OwnerID, ticks: UInt64) -> UInt64 {
        guard canTell(ticks) else { return 0 }
        let (set, tag) = place(of: owner)
        for index in 0..<RateTable.entriesPerSet {
            let entry = set[index].load(ordering: .relaxed)
            guard entry >> RateTable.tagShift == tag else { continue }
            return rule.decide(entry & RateTable.arrivalMax, now: ticks).wait
        }
        return 0
    }

    private func canTell(_ ticks: UInt64) -> Bool { ticks <= RateTable.arrivalMax - rule.tolerance }

    private func place(
        of owner: OwnerID
    ) -> (set: UnsafeMutablePointer<Atomic<UInt64>>, tag: UInt64) {
        let ownerHash = hash.hash(owner.high, owner.low)
        let set = entries + Int(ownerHash & setMask) * RateTable.entriesPerSet
        return (set, ownerHash >> RateTable.tagShift)
    }

    /// Takes a token of an owner's bucket.
    ///
    /// - Parameters:
    ///   - owner: The owner.
    ///   - ticks: Ticks since the table was made; never falls but for the little by which threads
    ///     differ.
    /// - Returns: 0 where there was one, else the ticks after which there will be.
    /// - Complexity: O(1): one cache line.
    func take(_ owner: OwnerID, ticks: UInt64) -> UInt64 {
        guard canTell(ticks) else { return 0 }
        let (set, tag) = place(of: owner)
        for _ in 0..<RateTable.attemptsMax {
            var chosen = 0
            var word = UInt64.max
            var least = UInt64.max
            for index in 0..<RateTable.entriesPerSet {
                let entry = set[index].load(ordering: .relaxed)
                if entry >> RateTable.tagShift == tag {
                    (chosen, word) = (index, entry)
                    break
                }
                let arrival = entry & RateTable.arrivalMax
                if arrival < least { (chosen, word, least) = (index, entry, arrival) }
            }
            // Another's entry that is driven out says nothing of this owner.
            let isOwn = word >> RateTable.tagShift == tag
            let (arrival, wait) = rule.decide(
                isOwn ? word & RateTable.arrivalMax : 0,
                now: ticks
            )
            if wait > 0 { return wait }
            let exchange = set[chosen].compareExchange(
                expected: word,
                desired: tag << RateTable.tagShift | arrival,
                ordering: .relaxed
            )
            if exchange.exchanged { return 0 }
        }
        return 0
    }
}
