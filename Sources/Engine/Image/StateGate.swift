internal import Glibc
package import Inventory

/// From which LSN on movements apply to what was loaded from state records.
///
/// A movement is applied part by part: to each SKU it touches, to each reservation or remembered
/// write, to the configuration. A part below the LSN of what it touches is in the state record
/// already and is passed over.
///
/// - A **whole** gate is for all of a snapshot. What a movement makes is made; a part about an id
///   that isn't there is passed over, because that id was forgotten before the copying came to it.
///   A SKU is never forgotten, so a part about one that isn't there is an error.
/// - A **partial** gate is for an engine that holds some things only: parts about others are passed
///   over, and of what movements make only what the gate names is made.
///
/// Isolation: the words of a SKU and of an id under their stripe's lock while records are loaded,
/// those of configuration by the one thread that loads that; after loading by the threads that
/// apply, each its own lane.
@safe
package final class StateGate: @unchecked Sendable {
    // Safe to share: guarded as said above; the bases never change.

    /// What a partial gate lets movements make.
    package struct Wanted: Sendable {
        /// SKU numbers.
        package var skus: Set<UInt32>
        /// Ids of reservations and of remembered writes.
        package var ids: Set<RequestID>
        /// Whether what owners have of sales is loaded, all of it.
        package var hasShares: Bool

        /// Lets movements make these.
        package init(
            skus: Set<UInt32> = [],
            ids: Set<RequestID> = [],
            hasShares: Bool = false
        ) {
            self.skus = skus
            self.ids = ids
            self.hasShares = hasShares
        }
    }

    /// LSN from which movements apply to warehouses, pools, policies and rates.
    var configurationLSN: UInt64 = 0
    /// LSN from which movements apply to the names of clients.
    var actorsLSN: UInt64 = 0
    /// Instant at which the image was whole, from which all that is closed in it is remembered for
    /// a retention at most, and what its slice of the log closes for one at least; `nil` where that
    /// isn't known.
    let instant: Instant?
    private let wanted: Wanted?
    private let skuLSNs: UnsafeMutablePointer<UInt64>
    private let stripes: UnsafeMutablePointer<SlotLSNs>
    private let stripeCount: Int
    private let ownerStripes: UnsafeMutablePointer<SlotLSNs>
    private let ownerStripeCount: Int

    private static let skuSizeBytes = Limits.skusMax * MemoryLayout<UInt64>.stride

    /// A gate of one engine, into which nothing has been loaded.
    ///
    /// - Parameters:
    ///   - engine: The engine that is to be loaded and that movements are to be applied to.
    ///   - instant: When the image that is loaded was whole.
    ///   - wanted: `nil` for a whole gate, else what movements may make.
    package init(of engine: Engine, asOf instant: Instant? = nil, wanted: Wanted? = nil) {
        self.instant = instant
        self.wanted = wanted
        // Only pages with a SKU that was loaded ever become memory.
        let mapped = unsafe mmap(
            nil,
            StateGate.skuSizeBytes,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1,
            0
        )
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            preconditionFailure("the machine has no addresses left for a gate")
        }
        unsafe skuLSNs = mapped.bindMemory(to: UInt64.self, capacity: Limits.skusMax)
        stripeCount = engine.reservations.count
        unsafe stripes = .allocate(capacity: stripeCount)
        // Each has a block of its own.
        for index in 0..<stripeCount { unsafe (stripes + index).initialize(to: SlotLSNs()) }
        ownerStripeCount = engine.owners.count
        unsafe ownerStripes = .allocate(capacity: ownerStripeCount)
        for index in 0..<ownerStripeCount {
            unsafe (ownerStripes + index).initialize(to: SlotLSNs())
        }
    }

    deinit {
        unsafe munmap(skuLSNs, StateGate.skuSizeBytes)
        for index in 0..<stripeCount { unsafe stripes[index].words.deallocate() }
        unsafe stripes.deallocate()
        for index in 0..<ownerStripeCount { unsafe ownerStripes[index].words.deallocate() }
        unsafe ownerStripes.deallocate()
    }

    /// The LSNs of one reservation stripe's records, by number.
    @unsafe
    private struct SlotLSNs {
        var words = UnsafeMutablePointer<UInt64>.allocate(capacity: 0)
        var capacity = 0
    }

    // MARK: What was loaded

    /// LSN from which movements apply to a SKU; 0 where none was loaded.
    @inline(__always)
    func lsn(ofSKU number: UInt32) -> UInt64 { unsafe skuLSNs[Int(number)] }

    /// Notes the LSN of a SKU.
    @inline(__always)
    func set(_ lsn: UInt64, ofSKU number: UInt32) { unsafe skuLSNs[Int(number)] = lsn }

    /// LSN from which movements apply to the record of a number; 0 where none was loaded.
    @inline(__always)
    func lsn(ofSlot slot: UInt32, in stripe: Int) -> UInt64 {
        unsafe lsn(slot, of: stripes + stripe)
    }

    /// LSN from which movements apply to an entry of what owners have; 0 where none was loaded.
    func lsn(ofEntry slot: UInt32, in stripe: Int) -> UInt64 {
        unsafe lsn(slot, of: ownerStripes + stripe)
    }

    @inline(__always)
    private func lsn(_ slot: UInt32, of place: UnsafeMutablePointer<SlotLSNs>) -> UInt64 {
        unsafe Int(slot) < place.pointee.capacity ? place.pointee.words[Int(slot)] : 0
    }

    /// Notes the LSN of the record of a number: 0 for one that a movement has made.
    @inline(__always)
    func set(_ lsn: UInt64, ofSlot slot: UInt32, in stripe: Int) {
        unsafe set(lsn, slot, of: stripes + stripe)
    }

    /// Notes the LSN of an entry of what owners have: 0 for one that a movement has made.
    func set(_ lsn: UInt64, ofEntry slot: UInt32, in stripe: Int) {
        unsafe set(lsn, slot, of: ownerStripes + stripe)
    }

    @inline(__always)
    private func set(_ lsn: UInt64, _ slot: UInt32, of place: UnsafeMutablePointer<SlotLSNs>) {
        if unsafe Int(slot) >= place.pointee.capacity {
            if lsn == 0 { return }
            unsafe grow(place, toHold: Int(slot) + 1)
        }
        unsafe place.pointee.words[Int(slot)] = lsn
    }

    @inline(never)
    private func grow(_ place: UnsafeMutablePointer<SlotLSNs>, toHold count: Int) {
        let old = unsafe place.pointee
        let capacity = unsafe max(1_024, max(count, old.capacity * 2))
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity)
        unsafe words.update(from: old.words, count: old.capacity)
        unsafe (words + old.capacity).initialize(repeating: 0, count: capacity - old.capacity)
        unsafe old.words.deallocate()
        unsafe place.pointee = unsafe SlotLSNs(words: words, capacity: capacity)
    }

    // MARK: What movements make

    /// Whether this gate is for some things only.
    var isPartial: Bool { wanted != nil }

    /// Whether what owners have of sales is loaded.
    var hasShares: Bool { wanted?.hasShares ?? true }

    /// Whether a movement may make this SKU.
    func admits(sku number: UInt32) -> Bool { wanted?.skus.contains(number) ?? true }

    /// Whether a movement may make this id.
    func admits(id: RequestID) -> Bool { wanted?.ids.contains(id) ?? true }
}
