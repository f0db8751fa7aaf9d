internal import Glibc
internal import Inventory
internal import Synchronization

/// How many requests were refused of each sale since the start, by outcome.
///
/// Layout: for each pool, by number, a word for each outcome, in the order of all of them.
/// Isolation: any thread; each word is an atomic.
@safe
struct SaleRefusals: @unchecked Sendable {
    // Safe to share: the base never changes, what it points to is atomic.
    private let words: UnsafeMutablePointer<Atomic<Int>>
    private let places: UnsafeMutablePointer<UInt8>

    private static let outcomes = Outcome.allCases
    /// More than the largest number of an outcome.
    private static let numbersMax = 1_024

    /// No refusal.
    ///
    /// Only the memory of pools that refuse something is ever touched.
    init() {
        let outcomes = SaleRefusals.outcomes
        let size = Limits.poolsMax * outcomes.count * MemoryLayout<Atomic<Int>>.stride
        precondition(outcomes.count <= UInt8.max, "an outcome's place is a byte")
        guard let memory = unsafe calloc(1, size) else {
            preconditionFailure("no memory for the table of refusals")
        }
        unsafe words = unsafe memory.bindMemory(
            to: Atomic<Int>.self,
            capacity: Limits.poolsMax * outcomes.count
        )
        unsafe places = .allocate(capacity: SaleRefusals.numbersMax)
        unsafe places.initialize(repeating: 0, count: SaleRefusals.numbersMax)
        for (index, outcome) in outcomes.enumerated() {
            precondition(Int(outcome.rawValue) < SaleRefusals.numbersMax, "number of an outcome")
            unsafe places[Int(outcome.rawValue)] = UInt8(index)
        }
    }

    /// Gives the memory back.
    func destroy() {
        unsafe free(words)
        unsafe places.deallocate()
    }

    private func word(_ pool: UInt16, _ place: Int) -> UnsafeMutablePointer<Atomic<Int>> {
        unsafe words + Int(pool) * SaleRefusals.outcomes.count + place
    }

    /// Counts a refusal.
    func count(_ outcome: Outcome, of pool: UInt16) {
        let place = unsafe Int(places[Int(outcome.rawValue)])
        unsafe word(pool, place).pointee.wrappingAdd(1, ordering: .relaxed)
    }

    /// The refusals of a pool's sale that there were.
    func counts(of pool: UInt16) -> [Outcome: UInt64] {
        var counts: [Outcome: UInt64] = [:]
        for (place, outcome) in SaleRefusals.outcomes.enumerated() {
            let count = unsafe word(pool, place).pointee.load(ordering: .relaxed)
            if count != 0 { counts[outcome] = UInt64(count) }
        }
        return counts
    }

    /// Forgets the refusals of a pool's sale.
    func forget(_ pool: UInt16) {
        for place in SaleRefusals.outcomes.indices {
            unsafe word(pool, place).pointee.store(0, ordering: .relaxed)
        }
    }
}
