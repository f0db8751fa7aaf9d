internal import Synchronization

/// Says whether anybody still waits for what another thread makes; shared with that thread.
final class WaitTicket: Sendable {
    private let isReturnedFlag = Atomic<Bool>(false)

    /// Whether nobody waits any more.
    var isReturned: Bool { isReturnedFlag.load(ordering: .relaxed) }

    /// Lets the work be passed over if it hasn't begun.
    func giveBack() { isReturnedFlag.store(true, ordering: .relaxed) }
}
