internal import HoldfastClient
internal import NIOCore

/// The part of a crowd that one event loop plays: its carts, their clock and their connections.
///
/// A timer looks every millisecond which carts are due. A request's correlation id holds the
/// cart's place, its attempt, the number of its ask and what the request does, so that every answer
/// finds its cart, and one to an earlier ask is known. While a request is under way its cart is due
/// when the answer is late, and sends it again.
/// Isolation: its event loop.
final class CrowdLoop {
    /// What it plays.
    let scenario: FlashSaleScenario
    let eventLoop: any EventLoop
    let table: CartTable
    let orders: CrowdOrders
    private let frames: CrowdFrames
    private let loopCount: Int
    private var connections: [CrowdConnection] = []
    private var touched: [CrowdConnection] = []
    private var due: [UInt32] = []
    private var startNanoseconds: UInt64 = 0
    private var ended: EventLoopPromise<Void>?
    /// When asking ends.
    let endTick: UInt32
    /// When the last payment is overdue, so that no answer is waited for any more.
    private let lastTick: UInt32
    /// What was sent and told so far.
    var tally = CrowdTally()
    /// The orders that were acknowledged.
    var receipts: [OrderNumber] = []
    /// The lower halves of the ids of the holds that were acknowledged, as often as they were.
    var acknowledgedHolds: [UInt64] = []
    /// By SKU, when an ask for the least that is ever asked for was last refused for want of units:
    /// the tick at which it was sent; 0 for never.
    var refusedAsks: [UInt32]

    static let nanosecondsPerTick: UInt64 = 1_000_000
    private static let offlinePauseTicks: UInt32 = 100
    /// How long an answer may take once every hold is over and every payment was asked for.
    private static let answerTicksMax: UInt32 = 60_000
    /// Bits of a correlation id for what a request does.
    static let stepBits: UInt64 = 3
    static let stepMask: UInt8 = 7
    /// Asks are numbered up to this, and then from 0 again.
    static let askMax: UInt8 = 31

    /// The part of a crowd whose numbers leave `index` when divided by `loopCount`.
    init(
        _ orders: CrowdOrders,
        index: Int,
        of loopCount: Int,
        eventLoop: any EventLoop
    ) throws(WireFault) {
        self.orders = orders
        self.loopCount = loopCount
        self.eventLoop = eventLoop
        scenario = orders.scenario
        frames = try CrowdFrames(orders)
        table = CartTable(scenario, remainder: index, divisor: loopCount)
        endTick = UInt32(scenario.earlyMilliseconds + scenario.durationMilliseconds)
        let payTicks = UInt32(scenario.payMilliseconds) * 3 / 2
        lastTick =
            endTick + UInt32(scenario.holdMilliseconds) + CrowdLoop.afterExpiryTicks + payTicks
            + CrowdLoop.answerTicksMax
        refusedAsks = Array(repeating: 0, count: scenario.skus)
    }

    // MARK: Beginning and end

    /// Makes so many connections.
    func connect(
        _ count: Int,
        _ configuration: ClientConfiguration,
        helloFrame: [UInt8]
    ) -> EventLoopFuture<Void> {
        connections = (0..<count).map { _ in
            CrowdConnection(
                configuration: configuration,
                helloFrame: helloFrame,
                eventLoop: eventLoop,
                crowd: self
            )
        }
        return .andAllSucceed(connections.map { $0.open() }, on: eventLoop)
    }

    /// Lets the crowd come, from an instant of the monotonic clock on, and tells when all are gone.
    func begin(startNanoseconds: UInt64, ended: EventLoopPromise<Void>) {
        self.startNanoseconds = startNanoseconds
        self.ended = ended
        scheduleRun()
    }

    /// Whether all are gone.
    var isOver: Bool { ended == nil }

    /// Sends away who is still there and closes the connections.
    func close() {
        for connection in connections { connection.close() }
        ended?.succeed()
        ended = nil
    }

    private func scheduleRun() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let next = startNanoseconds + (UInt64(tick) + 1) * CrowdLoop.nanosecondsPerTick
        eventLoop.scheduleTask(deadline: .uptimeNanoseconds(next)) { bound.value.run() }
    }

    private func run() {
        guard ended != nil else { return }
        let tick = tick
        guard tick <= lastTick else { return giveUp() }
        table.takeDue(upTo: tick, into: &due)
        for index in due { act(index, table.carts[Int(index)].due) }
        flush()
        guard table.openCount == 0 else { return scheduleRun() }
        ended?.succeed()
        ended = nil
    }

    /// Ends a crowd that waits for answers which never come: the server is gone, or takes nothing.
    private func giveUp() {
        note("\(counted(table.openCount, "cart")) never got an answer")
        ended?.succeed()
        ended = nil
    }

    // MARK: Time

    /// The present tick.
    private var tick: UInt32 { tick(at: NIODeadline.now().uptimeNanoseconds) }

    /// The tick of an instant of the monotonic clock.
    func tick(at nanoseconds: UInt64) -> UInt32 {
        guard nanoseconds > startNanoseconds else { return 0 }
        return UInt32((nanoseconds - startNanoseconds) / CrowdLoop.nanosecondsPerTick)
    }

    /// Nanoseconds from a tick to an instant.
    func nanoseconds(from tick: UInt32, to now: UInt64) -> UInt64 {
        let from = startNanoseconds + UInt64(tick) * CrowdLoop.nanosecondsPerTick
        return now > from ? now - from : 0
    }

    // MARK: Hot path

    /// How a request is sent.
    enum Sending {
        case once
        /// Twice at once, as by a double click.
        case twice
        /// Once more, for want of an answer.
        case again
    }

    /// The side that a shopper is on.
    func withSide(of shopper: UInt32, _ change: (inout CrowdSide) -> Void) {
        if Int(shopper) < scenario.shoppers { change(&tally.people) } else { change(&tally.bots) }
    }

    /// Sends the request of a cart's step and puts the cart, which isn't in the wheel, where it
    /// waits for the answer.
    func send(
        _ step: OrderNumber.Step,
        _ index: UInt32,
        _ traits: ShopperTraits,
        _ sending: Sending = .once,
        at tick: UInt32
    ) {
        let cart = table.carts[Int(index)]
        let connection = connection(of: cart)
        guard connection.isReady else {
            return table.schedule(index, at: tick + CrowdLoop.offlinePauseTicks)
        }
        let correlation =
            UInt64(index) << 32 | UInt64(cart.attempt) << 8
            | UInt64(cart.ask) << CrowdLoop.stepBits | UInt64(step.rawValue)
        let times = sending == .twice ? 2 : 1
        for _ in 0..<times {
            switch step {
            case .reserve:
                frames.writeReserve(
                    cart.order,
                    quantity: traits.quantity,
                    lines: traits.lines,
                    correlation: correlation,
                    to: &connection.output
                )
            case .holdAgain:
                frames.writeHoldAgain(
                    cart.order,
                    correlation: correlation,
                    to: &connection.output
                )
            case .commit, .release, .commitAgain:
                frames.writeChange(
                    cart.order,
                    step,
                    correlation: correlation,
                    to: &connection.output
                )
            }
        }
        table.carts[Int(index)].requests &+= UInt32(times)
        withSide(of: cart.shopper) {
            $0.requests += times
            $0.doubled += times - 1
            if sending == .again { $0.resent += 1 }
        }
        if !connection.isTouched {
            connection.isTouched = true
            touched.append(connection)
        }
        table.schedule(index, at: tick + UInt32(scenario.answerTimeoutMilliseconds))
    }

    private func connection(of cart: Cart) -> CrowdConnection {
        // Tabs of one shopper are on connections that follow each other.
        connections[(Int(cart.shopper) / loopCount + Int(cart.tab)) % connections.count]
    }

    /// Writes what was sent on all connections.
    func flush() {
        for connection in touched { connection.flush() }
        touched.removeAll(keepingCapacity: true)
    }

    // MARK: What connections tell

    /// Notes what must not happen.
    func note(_ surprise: String) { tally.note(surprise) }

    /// Notes that a connection broke.
    func noteBreak() { tally.breaks += 1 }
}
