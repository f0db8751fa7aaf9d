internal import HoldfastClient

/// What becomes of payments that come when a hold is over: held again, or gone.
extension CrowdLoop {
    /// Asks to hold again what an order held; the cart isn't in the wheel.
    func askAgain(_ index: UInt32, _ tick: UInt32) {
        table.carts[Int(index)].state = .holdingAgain
        table.carts[Int(index)].asked = tick
        send(.holdAgain, index, traits(of: table.carts[Int(index)]), at: tick)
    }

    /// Takes the answer: pays what is held again, or lets it be.
    func heldAgain(
        _ index: UInt32,
        _ code: UInt16,
        _ body: UnsafeRawBufferPointer,
        _ now: UInt64
    ) {
        let cart = table.carts[Int(index)]
        let tick = tick(at: now)
        table.unschedule(index)
        guard code == 0 else { return refusedAgain(index, code, tick) }
        let held = orders.id(cart.order, .holdAgain)
        guard id(endingIn: body) == held else {
            note("\(text(cart)) had expired and holds still when held again")
            return end(index, .gone, tick)
        }
        guard isHeld("\(held)", cart, body, tick) else { return end(index, .gone, tick) }
        withSide(of: cart.shopper) { $0.holdsAgain += 1 }
        table.carts[Int(index)].state = .payingAgain
        send(.commitAgain, index, traits(of: cart), at: tick)
    }

    private func refusedAgain(_ index: UInt32, _ code: UInt16, _ tick: UInt32) {
        let cart = table.carts[Int(index)]
        let outcome = Outcome(rawValue: code)
        if outcome?.isOfServer ?? false {
            return table.schedule(index, at: tick + UInt32(scenario.answerTimeoutMilliseconds))
        }
        if outcome == .insufficientStock { noteShort(cart) }
        let isOfSale = outcome.map { $0.passes || $0.isFinalForShopper } ?? false
        if !isOfSale { note("\(text(cart)) can't be held again: \(name(of: code))") }
        end(index, .gone, tick)
    }

    /// The id that an answer to hold again ends with: which reservation it speaks of.
    private func id(endingIn body: UnsafeRawBufferPointer) -> ReservationID? {
        guard body.count >= CrowdLoop.idSizeBytes else { return nil }
        let place = body.count - CrowdLoop.idSizeBytes
        let high = body.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let low = body.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
        return ReservationID(high: UInt64(littleEndian: high), low: UInt64(littleEndian: low))
    }

    private static let idSizeBytes = 16
}
