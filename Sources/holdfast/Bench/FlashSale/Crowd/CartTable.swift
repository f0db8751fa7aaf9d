/// How far a cart is.
enum CartState: UInt8, Sendable {
    /// Its shopper hasn't come yet.
    case coming
    /// Its reserve is under way.
    case asking
    /// It was refused and will ask again.
    case pausing
    /// It holds, and its shopper is about to pay or to leave.
    case holding
    /// Its commit is under way.
    case paying
    /// Its release is under way.
    case givingBack
    /// Its payment came when the hold was over, and it asks to hold again what it held.
    case holdingAgain
    /// The commit of what it holds again is under way.
    case payingAgain
    /// It is over.
    case done
}

/// What became of a cart, from what a shopper likes most to what they like least.
enum CartFate: UInt8, CaseIterable, Sendable {
    /// Paid: the order stands.
    case bought
    /// Paid when the hold was over, and held again: the order stands.
    case boughtLate
    /// Paid when the hold was over, and the units were gone: the payment is given back.
    case gone
    /// The payment failed, and the units were given back.
    case paymentFailed
    /// Held and left to expire.
    case abandoned
    /// Refused by a rule of the sale.
    case limited
    /// Refused for want of stock until patience was over.
    case soldOut
    /// Refused for another reason until patience was over.
    case refused
    /// Patience was over before an answer came.
    case unanswered

    /// The name for programs.
    var name: String {
        switch self {
        case .bought: "bought"
        case .boughtLate: "bought_late"
        case .gone: "gone"
        case .paymentFailed: "payment_failed"
        case .abandoned: "abandoned"
        case .limited: "limited"
        case .soldOut: "sold_out"
        case .refused: "refused"
        case .unanswered: "unanswered"
        }
    }
}

/// What is kept of one tab of a shopper, or one line of requests of a bot.
///
/// Ticks are milliseconds since the crowd's start. What isn't here follows from the seed.
/// Layout: 44 bytes, and nothing else for a shopper with one tab.
struct Cart {
    /// The number of who it belongs to.
    var shopper: UInt32 = 0
    /// Its neighbours among those that are due in the same slot of the wheel.
    var next: UInt32 = CartTable.none
    var previous: UInt32 = CartTable.none
    /// When it is to do something.
    var due: UInt32 = 0
    /// When it asked last, or 0 where it holds by an earlier ask.
    ///
    /// What is sent again for want of an answer isn't another ask.
    var asked: UInt32 = 0
    /// From when the latency of the request under way counts.
    var base: UInt32 = 0
    /// When its shopper's patience is over.
    var leaves: UInt32 = 0
    /// Which order of the tab it is at.
    var attempt: UInt32 = 0
    /// Requests sent.
    var requests: UInt32 = 0
    /// What the server said last, as an outcome's number.
    var refusal: UInt16 = 0
    var tab: UInt8 = 0
    /// The number of the last ask, round and round.
    var ask: UInt8 = 0
    var state = CartState.coming
    var fate = CartFate.unanswered
    /// Whether the hold of this attempt was acknowledged.
    var isHeld = false
    /// Whether the tab has bought something, in this or an earlier attempt.
    var hasBought = false

    /// The order that it is at.
    var order: OrderNumber { OrderNumber(shopper: shopper, tab: tab, attempt: attempt) }
}

/// The carts of one event loop and the wheel that says which is due when.
///
/// Layout: a wheel of 65,536 slots of a millisecond, each a doubly linked list through the carts;
/// what is due later than a turn of the wheel waits in its slot for the right turn. A cart is in
/// the wheel unless it is done.
/// Isolation: one event loop.
final class CartTable {
    /// No cart.
    static let none = UInt32.max
    private static let slotCount = 1 << 16

    /// The carts, those of a shopper one after the other.
    let carts: UnsafeMutableBufferPointer<Cart>
    private var heads = [UInt32](repeating: CartTable.none, count: CartTable.slotCount)
    private var current: UInt32 = 0
    /// How many carts aren't done.
    private(set) var openCount = 0

    /// The carts of the shoppers with a number that leaves `remainder` when divided by `divisor`.
    init(_ scenario: FlashSaleScenario, remainder: Int, divisor: Int) {
        let numbers = stride(from: remainder, to: scenario.everybody, by: divisor)
        var cartCount = 0
        for number in numbers { cartCount += ShopperTraits(of: number, in: scenario).tabs }
        carts = .allocate(capacity: cartCount)
        carts.initialize(repeating: Cart())
        var index = 0
        for number in numbers {
            let traits = ShopperTraits(of: number, in: scenario)
            let arrival = scenario.earlyMilliseconds + traits.arrivalMilliseconds
            let start = max(arrival, scenario.earlyMilliseconds)
            for tab in 0..<traits.tabs {
                let lag = ShopperTraits.lagMilliseconds(ofTab: tab, of: number, seed: scenario.seed)
                carts[index].shopper = UInt32(number)
                carts[index].tab = UInt8(tab)
                carts[index].leaves = UInt32(start + traits.patienceMilliseconds)
                schedule(UInt32(index), at: UInt32(arrival + lag))
                index += 1
            }
        }
        openCount = cartCount
    }

    deinit { carts.deallocate() }

    /// Bytes for each cart.
    static var bytesPerCart: Int { MemoryLayout<Cart>.stride }

    // MARK: Hot path

    /// Puts a cart that isn't in the wheel into it.
    func schedule(_ index: UInt32, at tick: UInt32) {
        let due = max(tick, current)
        let slot = Int(due) & (CartTable.slotCount - 1)
        let head = heads[slot]
        carts[Int(index)].due = due
        carts[Int(index)].next = head
        carts[Int(index)].previous = CartTable.none
        if head != CartTable.none { carts[Int(head)].previous = index }
        heads[slot] = index
    }

    /// Takes a cart out of the wheel.
    func unschedule(_ index: UInt32) {
        let cart = carts[Int(index)]
        if cart.previous == CartTable.none {
            heads[Int(cart.due) & (CartTable.slotCount - 1)] = cart.next
        } else {
            carts[Int(cart.previous)].next = cart.next
        }
        if cart.next != CartTable.none { carts[Int(cart.next)].previous = cart.previous }
    }

    /// Takes a cart out of the wheel and puts it in again at another tick.
    func reschedule(_ index: UInt32, at tick: UInt32) {
        unschedule(index)
        schedule(index, at: tick)
    }

    /// Takes what is due up to `now`, that tick included, out of the wheel.
    func takeDue(upTo now: UInt32, into due: inout [UInt32]) {
        due.removeAll(keepingCapacity: true)
        while current <= now {
            var index = heads[Int(current) & (CartTable.slotCount - 1)]
            while index != CartTable.none {
                let next = carts[Int(index)].next
                if carts[Int(index)].due <= current {
                    unschedule(index)
                    due.append(index)
                }
                index = next
            }
            current += 1
        }
    }

    /// Notes that a cart, which isn't in the wheel, is over.
    func finish(_ index: UInt32, _ fate: CartFate) {
        carts[Int(index)].state = .done
        carts[Int(index)].fate = fate
        openCount -= 1
    }
}
