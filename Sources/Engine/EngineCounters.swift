internal import Synchronization

/// What a session counts; the engine sums over its sessions.
enum EngineCounter: Int, CaseIterable {
    case reservesAccepted, reservesRefused, repeated, commits, releases, expiries, forgotten
    case fulfilments, cancellations, extensions, replacements, reroutes
    case stockWrites, plans, conflicts, fallbacks

    /// The name in `stats`.
    var name: String {
        switch self {
        case .reservesAccepted: "reserves_accepted"
        case .reservesRefused: "reserves_refused"
        case .repeated: "answers_repeated"
        case .commits: "commits"
        case .releases: "releases"
        case .expiries: "expiries"
        case .fulfilments: "fulfilments"
        case .cancellations: "cancellations"
        case .extensions: "extensions"
        case .replacements: "replacements"
        case .reroutes: "reroutes"
        case .forgotten: "ids_forgotten"
        case .stockWrites: "stock_writes"
        case .plans: "optimistic_plans"
        case .conflicts: "optimistic_conflicts"
        case .fallbacks: "optimistic_fallbacks"
        }
    }
}

/// The counters of one session, on cache lines of their own; written by one thread, read by any.
@safe
final class EngineCounters: @unchecked Sendable {
    // Safe to share: each word is an atomic.
    private let words: UnsafeMutablePointer<Atomic<Int>>

    /// Counters at zero.
    init() {
        unsafe words = unsafe UnsafeMutableRawPointer.allocate(byteCount: 256, alignment: 128)
            .bindMemory(to: Atomic<Int>.self, capacity: 32)
        for index in 0..<32 { unsafe (words + index).initialize(to: Atomic(0)) }
    }

    deinit { unsafe words.deallocate() }

    /// Adds to a counter; only the session's own thread does.
    @inline(__always)
    func add(_ counter: EngineCounter, _ amount: Int = 1) {
        let word = unsafe words + counter.rawValue
        let value = unsafe word.pointee.load(ordering: .relaxed)
        unsafe word.pointee.store(value &+ amount, ordering: .relaxed)
    }

    /// The value of a counter.
    func value(_ counter: EngineCounter) -> Int {
        unsafe (words + counter.rawValue).pointee.load(ordering: .relaxed)
    }
}
