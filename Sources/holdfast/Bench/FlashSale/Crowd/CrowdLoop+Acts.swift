internal import HoldfastClient

/// What the members of a crowd do when their time has come.
extension CrowdLoop {
    private static let clickPurpose: UInt64 = 5
    private static let pausePurpose: UInt64 = 6
    private static let payPurpose: UInt64 = 7
    private static let changePurpose: UInt64 = 8
    /// How long after its time somebody who pays late, or never, takes a hold to be over.
    static let afterExpiryTicks: UInt32 = 100

    /// Draws for what a cart does next; the same for the same cart at the same point.
    private func draws(_ purpose: UInt64, _ cart: Cart) -> SeededGenerator {
        SeededGenerator(
            seed: UInt64(scenario.seed),
            purpose << 32 | UInt64(cart.requests),
            cart.order.word
        )
    }

    /// The traits of who a cart belongs to.
    func traits(of cart: Cart) -> ShopperTraits {
        ShopperTraits(of: Int(cart.shopper), in: scenario)
    }

    /// Lets a cart, which was due at `tick` and isn't in the wheel any more, do what it is to do.
    func act(_ index: UInt32, _ tick: UInt32) {
        let cart = table.carts[Int(index)]
        switch cart.state {
        case .coming: ask(index, tick)
        case .pausing:
            if tick >= cart.leaves || tick >= endTick { return leave(index) }
            changeMind(index)
            ask(index, tick)
        case .asking:
            if tick >= cart.leaves || tick >= endTick { return leave(index) }
            send(.reserve, index, traits(of: cart), .again, at: tick)
        case .holding: decide(index, tick)
        case .paying: send(.commit, index, traits(of: cart), .again, at: tick)
        case .givingBack: send(.release, index, traits(of: cart), .again, at: tick)
        case .holdingAgain: send(.holdAgain, index, traits(of: cart), .again, at: tick)
        case .payingAgain: send(.commitAgain, index, traits(of: cart), .again, at: tick)
        case .done: preconditionFailure("who is gone isn't due")
        }
    }

    private func ask(_ index: UInt32, _ tick: UInt32) {
        let cart = table.carts[Int(index)]
        let traits = traits(of: cart)
        var click = draws(CrowdLoop.clickPurpose, cart)
        let isDouble = traits.manner != .bot && click.fraction() < scenario.doubleClickShare
        table.carts[Int(index)].state = .asking
        table.carts[Int(index)].asked = tick
        table.carts[Int(index)].ask = cart.ask == CrowdLoop.askMax ? 0 : cart.ask + 1
        table.carts[Int(index)].base = tick
        send(.reserve, index, traits, isDouble ? .twice : .once, at: tick)
    }

    /// A bot asks anew each time, under a new id; some people ask for something else.
    private func changeMind(_ index: UInt32) {
        let cart = table.carts[Int(index)]
        var draws = draws(CrowdLoop.changePurpose, cart)
        let isBot = Int(cart.shopper) >= scenario.shoppers
        if isBot || draws.fraction() < scenario.switchShare { beginAttempt(index) }
    }

    private func beginAttempt(_ index: UInt32) {
        precondition(table.carts[Int(index)].attempt < OrderNumber.attemptsMax, "no more ids")
        table.carts[Int(index)].attempt += 1
        table.carts[Int(index)].isHeld = false
    }

    /// Puts a cart, which isn't in the wheel, where it waits before it asks again.
    func pause(_ index: UInt32, _ tick: UInt32) {
        let cart = table.carts[Int(index)]
        var draws = draws(CrowdLoop.pausePurpose, cart)
        let pause =
            switch traits(of: cart).manner {
            case .plain, .tabs: draws.around(scenario.retryPauseMilliseconds)
            case .hammering: scenario.hammerPauseMilliseconds
            case .bot: scenario.botPauseMilliseconds
            }
        table.carts[Int(index)].state = .pausing
        table.schedule(index, at: tick + UInt32(pause))
    }

    /// Takes a hold that was acknowledged; the cart isn't in the wheel.
    func hold(_ index: UInt32, _ tick: UInt32) {
        table.carts[Int(index)].isHeld = true
        table.carts[Int(index)].state = .holding
        let cart = table.carts[Int(index)]
        let traits = traits(of: cart)
        var draws = draws(CrowdLoop.payPurpose, cart)
        let end = tick + UInt32(scenario.holdMilliseconds) + CrowdLoop.afterExpiryTicks
        let payment = UInt32(draws.around(scenario.payMilliseconds))
        switch (traits.manner, traits.plan) {
        case (.bot, _): decide(index, tick)
        case (_, .pays), (_, .failsToPay): table.schedule(index, at: tick + payment)
        case (_, .paysLate): table.schedule(index, at: end + payment)
        case (_, .abandons): table.schedule(index, at: end)
        }
    }

    private func decide(_ index: UInt32, _ tick: UInt32) {
        let traits = traits(of: table.carts[Int(index)])
        table.carts[Int(index)].base = tick
        switch traits.plan {
        case .pays, .paysLate:
            table.carts[Int(index)].state = .paying
            send(.commit, index, traits, at: tick)
        case .failsToPay:
            table.carts[Int(index)].state = .givingBack
            send(.release, index, traits, at: tick)
        case .abandons: end(index, .abandoned, tick)
        }
    }

    /// Ends what a cart, which isn't in the wheel, did with a hold; a bot goes on.
    func end(_ index: UInt32, _ fate: CartFate, _ tick: UInt32) {
        let cart = table.carts[Int(index)]
        if cart.isHeld { tally.openUnits -= orders.content(of: cart.order).units }
        if fate == .bought || fate == .boughtLate { table.carts[Int(index)].hasBought = true }
        if Int(cart.shopper) >= scenario.shoppers, tick < endTick {
            pause(index, tick)
        } else {
            table.finish(index, cart.hasBought ? .bought : fate)
        }
    }

    /// Lets somebody go whose patience, or the sale, is over; the cart isn't in the wheel.
    private func leave(_ index: UInt32) {
        let cart = table.carts[Int(index)]
        let fate: CartFate =
            if cart.hasBought {
                .bought
            } else if cart.state == .asking {
                .unanswered
            } else {
                Outcome(rawValue: cart.refusal)?.fateOfTheImpatient ?? .refused
            }
        table.finish(index, fate)
    }
}

extension Outcome {
    /// What becomes of a cart that was refused so until patience was over.
    fileprivate var fateOfTheImpatient: CartFate {
        switch self {
        case .insufficientStock, .saleClosed: .soldOut
        case .ownerLimit, .ownerSKULimit, .orderLimit, .windowLimit, .ownerHoldBudget,
            .credentialHoldBudget, .rateLimited:
            .limited
        default: .refused
        }
    }

    /// Whether the same ask may be taken later, so that a shopper pauses and asks again.
    var passes: Bool {
        switch self {
        case .insufficientStock, .saleNotOpen, .unknownPool, .unknownCell, .unknownSKU,
            .windowLimit, .ownerHoldBudget, .credentialHoldBudget:
            true
        default: isOfServer
        }
    }

    /// Whether it only tells that the server can't take anything now.
    var isOfServer: Bool {
        switch self {
        case .rateLimited, .logBusy, .shuttingDown, .readOnlyDiskFull, .tooManyReservations,
            .tooManyConnections:
            true
        default: false
        }
    }

    /// Whether it is a rule of the sale or its end that a shopper can't pass by waiting.
    var isFinalForShopper: Bool {
        switch self {
        case .ownerLimit, .ownerSKULimit, .orderLimit, .saleClosed: true
        default: false
        }
    }
}
