/// When each life of a connection is to begin in an open-loop load: at a steady rate, whatever the
/// answers do.
///
/// The lives of all connections stand one after the other at equal distances, the connections
/// taking turns. Latency counts from these instants, also for a life that had to wait for a free
/// slot or for the sender itself, so that a server that stalls can't hide what it made wait.
struct SendSchedule: Equatable {
    /// When the load began, in nanoseconds of the monotonic clock.
    let startNanoseconds: UInt64
    /// Lives a second of all connections together.
    let perSecond: UInt64
    /// How many connections take turns.
    let connections: UInt64
    /// Which of them this is.
    let index: UInt64

    private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

    /// The schedule of one of several connections.
    init(startNanoseconds: UInt64, perSecond: Int, connections: Int, index: Int) {
        precondition(perSecond > 0, "a rate is above zero")
        precondition(index >= 0 && index < connections, "the connection is one of all")
        self.startNanoseconds = startNanoseconds
        self.perSecond = UInt64(perSecond)
        self.connections = UInt64(connections)
        self.index = UInt64(index)
    }

    /// When life `number` of this connection is to begin, in nanoseconds; the last instant where
    /// that is beyond the clock.
    func intendedNanoseconds(ofLife number: UInt64) -> UInt64 {
        let (turn, turnOverflow) = number.multipliedReportingOverflow(by: connections)
        let (place, placeOverflow) = turn.addingReportingOverflow(index)
        guard !turnOverflow, !placeOverflow else { return .max }
        let product = place.multipliedFullWidth(by: SendSchedule.nanosecondsPerSecond)
        guard product.high < perSecond else { return .max }
        let (sum, overflow) = startNanoseconds.addingReportingOverflow(
            perSecond.dividingFullWidth(product).quotient
        )
        return overflow ? .max : sum
    }

    /// How many lives of this connection were to begin up to `now`, that instant included.
    func dueCount(at now: UInt64) -> UInt64 {
        guard now >= startNanoseconds else { return 0 }
        // The last place whose instant, rounded down, isn't later: ⌈(elapsed + 1) · rate / 10⁹⌉.
        let elapsed = now - startNanoseconds + 1
        let product = elapsed.multipliedFullWidth(by: perSecond)
        guard product.high < SendSchedule.nanosecondsPerSecond else { return .max }
        let (quotient, remainder) = SendSchedule.nanosecondsPerSecond.dividingFullWidth(product)
        let places = quotient + (remainder > 0 ? 1 : 0)
        return places > index ? (places - index - 1) / connections + 1 : 0
    }
}
