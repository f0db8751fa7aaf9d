internal import Inventory

/// What an engine is made with.
package struct EngineSettings: Sendable {
    /// Stripes of stock, a power of two.
    package var stockStripes = 256
    /// Stripes of reservations and request ids, a power of two.
    package var reservationStripes = 256
    /// The secret of the hash of names and ids; drawn anew at each start.
    package var hashKey: UInt64
    /// Stripes of what owners have of sales, a power of two.
    package var ownerStripes = 256
    /// Entries of what owners have of sales: one for each owner of a sale, one more for each SKU
    /// that the owner took part in, one for each client whose holds are counted; 64 bytes each.
    ///
    /// The limit is kept stripe by stripe; an entry stays until its sale is forgotten.
    package var ownerEntriesMax = 4_194_304
    /// Reservations and remembered requests, all together.
    ///
    /// The limit is kept stripe by stripe.
    package var reservationsMax = 67_108_864
    /// SKUs, at most ``Limits/skusMax``.
    package var skusMax = Limits.skusMax
    /// The longest that ``closedRetentionMilliseconds`` may be: 30 days.
    package static let closedRetentionMillisecondsMax: Int64 = 2_592_000_000
    /// Milliseconds that a released, expired, cancelled or fulfilled reservation is remembered.
    ///
    /// Counted from the instant of what ended it; a snapshot carries the instant of forgetting that
    /// was set then, which whoever loads it keeps, or brings forward to its own retention behind
    /// the snapshot's instant. Forgetting is a movement of its own, so an engine with another
    /// retention comes to the same state from the same snapshot and log.
    package var closedRetentionMilliseconds: Int64 = 3_600_000
    /// The longest that ``forgettingStepMilliseconds`` may be.
    package static let forgettingStepMillisecondsMax: Int64 = 256
    /// Milliseconds, a power of two, in which a stripe forgets closed reservations: those that end
    /// within one step together, each at its retention's end or up to two steps later.
    ///
    /// With 1 each is forgotten at its own instant. A step that is smaller than that of the engine
    /// that closed them lets an expired hold be held again for up to a step too long.
    package var forgettingStepMilliseconds: Int64 = 1
    /// Milliseconds after which what is closed is forgotten, whatever its stripe's steps.
    var closedRetentionMillisecondsMost: Int64 {
        closedRetentionMilliseconds + 2 * (forgettingStepMilliseconds - 1)
    }
    /// Milliseconds that a change of stock or warehouses is remembered.
    package var stockRetentionMilliseconds: Int64 = 86_400_000
    /// Milliseconds that a chain of holds may live from its first hold on, at most 30 days.
    package var holdCapMilliseconds: Int64 = 86_400_000
    /// Milliseconds after which a committed reservation is fulfilled by itself: 30 days.
    package var fulfilAfterMilliseconds: Int64 = 2_592_000_000
    /// Plans without locks before a request plans under the locks of its SKUs.
    package var planAttemptsMax = 3
    /// Bytes of touched memory to which ``Engine/keepMemoryReady()`` fills up what is ahead of the
    /// tables, when less than half of that is left.
    package var readyMemoryBytes = 0

    /// Settings with their defaults.
    package init(hashKey: UInt64) { self.hashKey = hashKey }
}
