internal import HoldfastClient

/// What the members of a crowd make of the server's answers.
extension CrowdLoop {
    /// Offset of the state in the body of an accepted answer: behind LSN, expiry and promise.
    static let stateOffset = 24
    /// Offset of the state in the body of a refusal: behind an index.
    private static let refusalStateOffset = 4
    /// How much earlier than its time a hold may seem to expire: what clocks differ by.
    static let clockMarginTicks: UInt32 = 50

    /// Takes an answer.
    func answered(_ header: FrameHeader, _ body: UnsafeRawBufferPointer, now: UInt64) {
        let index = UInt32(truncatingIfNeeded: header.correlation >> 32)
        let attempt = UInt32(truncatingIfNeeded: header.correlation >> 8) & 0xFF_FFFF
        let ask = UInt8(truncatingIfNeeded: header.correlation >> CrowdLoop.stepBits)
        let stepNumber = UInt8(truncatingIfNeeded: header.correlation) & CrowdLoop.stepMask
        guard header.flags & WireLayout.answerFlag != 0, Int(index) < table.carts.count,
            let step = OrderNumber.Step(rawValue: stepNumber)
        else { return note("an answer to nothing: correlation id \(header.correlation)") }
        let cart = table.carts[Int(index)]
        tally.answers += 1
        let isRepeated = header.flags & WireLayout.repeatedFlag != 0
        if isRepeated { tally.repeated += 1 }
        if header.code != 0 {
            withSide(of: cart.shopper) { $0.refusals[header.code, default: 0] += 1 }
        }
        let isCurrent = attempt == cart.attempt && cart.state != .done
        let isAccepted = header.code == 0
        if isAccepted, step == .reserve || step == .holdAgain {
            let order = OrderNumber(shopper: cart.shopper, tab: cart.tab, attempt: attempt)
            acknowledgedHolds.append(orders.id(order, step).low)
        }
        switch step {
        case .reserve:
            guard isCurrent else {
                if isAccepted, !isRepeated { tally.orphans += 1 }
                return
            }
            let isOfLastAsk = ask & CrowdLoop.askMax == cart.ask
            if isAccepted {
                // A copy that was long on its way: since when it holds isn't known.
                if !isOfLastAsk, !cart.isHeld { table.carts[Int(index)].asked = 0 }
                reserved(index, body, isRepeated: isRepeated, now)
            } else if cart.state == .asking, isOfLastAsk {
                refused(index, header.code, now)
            }
        case .commit:
            if isCurrent, cart.state == .paying { paid(index, header.code, body, now) }
        case .release:
            if isCurrent, cart.state == .givingBack { gaveBack(index, header.code, body, now) }
        case .holdAgain:
            if isCurrent, cart.state == .holdingAgain { heldAgain(index, header.code, body, now) }
        case .commitAgain:
            if isCurrent, cart.state == .payingAgain { paid(index, header.code, body, now) }
        }
    }

    private func reserved(
        _ index: UInt32,
        _ body: UnsafeRawBufferPointer,
        isRepeated: Bool,
        _ now: UInt64
    ) {
        let cart = table.carts[Int(index)]
        if cart.isHeld {
            if !isRepeated { note("\(text(cart)) was held twice, each time as if it were new") }
            return
        }
        let tick = tick(at: now)
        tally.reserveLatency.record(nanoseconds: nanoseconds(from: cart.base, to: now))
        table.unschedule(index)
        guard isHeld(text(cart), cart, body, tick) else { return end(index, .gone, tick) }
        let units = orders.content(of: cart.order).units
        tally.openUnits += units
        withSide(of: cart.shopper) { $0.holds += 1 }
        hold(index, tick)
    }

    /// Whether what an accepted hold made is still held; notes where it should be.
    ///
    /// It may have run out while the answer was on its way.
    func isHeld(
        _ what: @autoclosure () -> String,
        _ cart: Cart,
        _ body: UnsafeRawBufferPointer,
        _ tick: UInt32
    ) -> Bool {
        if state(in: body, at: CrowdLoop.stateOffset) == .held { return true }
        if tick + CrowdLoop.clockMarginTicks < cart.asked + UInt32(scenario.holdMilliseconds) {
            note("\(what()) was acknowledged and isn't held any more")
        }
        return false
    }

    private func refused(_ index: UInt32, _ code: UInt16, _ now: UInt64) {
        let cart = table.carts[Int(index)]
        let tick = tick(at: now)
        tally.reserveLatency.record(nanoseconds: nanoseconds(from: cart.base, to: now))
        table.unschedule(index)
        table.carts[Int(index)].refusal = code
        let outcome = Outcome(rawValue: code)
        if outcome == .insufficientStock { noteShort(cart) }
        if outcome?.passes ?? false { return pause(index, tick) }
        guard outcome?.isFinalForShopper ?? false else {
            note("\(text(cart)) was refused: \(outcome?.name ?? "\(code)")")
            return end(index, .refused, tick)
        }
        end(index, outcome == .saleClosed ? .soldOut : .limited, tick)
    }

    /// Notes when the least that is ever asked for wasn't there.
    func noteShort(_ cart: Cart) {
        let content = orders.content(of: cart.order)
        guard content.skus.count == 1, content.quantity == scenario.quantity.lowerBound else {
            return
        }
        let sku = content.skus[0]
        refusedAsks[sku] = max(refusedAsks[sku], cart.asked)
    }

    private func paid(
        _ index: UInt32,
        _ code: UInt16,
        _ body: UnsafeRawBufferPointer,
        _ now: UInt64
    ) {
        let cart = table.carts[Int(index)]
        let tick = tick(at: now)
        table.unschedule(index)
        if code == 0 {
            tally.commitLatency.record(nanoseconds: nanoseconds(from: cart.base, to: now))
            receipts.append(cart.order)
            tally.lastOrderTick = max(tally.lastOrderTick, tick)
            let units = orders.content(of: cart.order).units
            withSide(of: cart.shopper) {
                $0.orders += 1
                $0.units += units
            }
            return end(index, cart.state == .payingAgain ? .boughtLate : .bought, tick)
        }
        if Outcome(rawValue: code)?.passes ?? false {
            return table.schedule(index, at: tick + UInt32(scenario.answerTimeoutMilliseconds))
        }
        guard hasRunOut(cart, code, body, tick) else {
            note("\(text(cart)) was held and can't be paid: \(name(of: code))")
            return end(index, .gone, tick)
        }
        if cart.state == .payingAgain { end(index, .gone, tick) } else { askAgain(index, tick) }
    }

    private func gaveBack(
        _ index: UInt32,
        _ code: UInt16,
        _ body: UnsafeRawBufferPointer,
        _ now: UInt64
    ) {
        let cart = table.carts[Int(index)]
        let tick = tick(at: now)
        table.unschedule(index)
        if code != 0 {
            if Outcome(rawValue: code)?.passes ?? false {
                return table.schedule(index, at: tick + UInt32(scenario.answerTimeoutMilliseconds))
            }
            if !hasRunOut(cart, code, body, tick) {
                note("\(text(cart)) was held and can't be given back: \(name(of: code))")
            }
        }
        end(index, .paymentFailed, tick)
    }

    /// Whether a refusal tells that a hold is over whose time can be over.
    func hasRunOut(
        _ cart: Cart,
        _ code: UInt16,
        _ body: UnsafeRawBufferPointer,
        _ tick: UInt32
    ) -> Bool {
        let isOver =
            code == Outcome.holdExpired.rawValue
            || (code == Outcome.wrongState.rawValue
                && state(in: body, at: CrowdLoop.refusalStateOffset) == .expired)
        let expires = cart.asked + UInt32(scenario.holdMilliseconds)
        return isOver && tick + CrowdLoop.clockMarginTicks >= expires
    }

    /// The state that an answer tells.
    func state(in body: UnsafeRawBufferPointer, at offset: Int) -> ReservationState? {
        offset < body.count ? ReservationState(rawValue: body[offset]) : nil
    }

    /// The name of an outcome.
    func name(of code: UInt16) -> String { Outcome(rawValue: code)?.name ?? "\(code)" }

    /// The order of a cart in words.
    func text(_ cart: Cart) -> String {
        "reservation \(orders.id(cart.order, .reserve))"
    }
}
