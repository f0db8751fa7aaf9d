internal import Synchronization

/// How far the table of owners has been gone through for entries of forgotten sales.
///
/// Isolation: ``begin()`` from any thread; the others from the one thread that frees.
@safe
final class ForgottenEntries: @unchecked Sendable {
    // Safe to share: the place belongs to the thread that frees.
    private let asked = Atomic<UInt64>(0)
    private var done: UInt64 = 0
    private var pass: UInt64 = 0
    private var stripe = 0
    private var slot: UInt32 = 0

    /// Where the walk goes on.
    struct Place {
        var stripe: Int
        var slot: UInt32
    }

    /// Asks for one pass more, from the beginning.
    func begin() { asked.add(1, ordering: .releasing) }

    /// Where to look next; `nil` where all was looked at since the last forgetting.
    func place(stripes: Int) -> Place? {
        let wanted = asked.load(ordering: .acquiring)
        if stripe == 0, slot == 0 { pass = wanted }
        if stripe == stripes {
            done = pass
            stripe = 0
            slot = 0
            pass = wanted
        }
        return done == wanted ? nil : Place(stripe: stripe, slot: slot)
    }

    /// Goes on in a stripe, or with the next one.
    func go(to slot: UInt32?, from place: Place) {
        stripe = slot == nil ? place.stripe + 1 : place.stripe
        self.slot = slot ?? 0
    }
}
