import Engine
import Inventory
import Support
import Testing

@Suite struct ExpiryTests {
    private func shop(
        stripes: Int = 4,
        _ change: (inout EngineSettings) -> Void = { _ in }
    ) -> ReserveShop {
        let shop = ReserveShop(stripes: stripes, change)
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 100_000])
        return shop
    }

    private func hold(_ shop: ReserveShop, timeToLive: UInt32) -> ReserveCommand {
        let command = shop.command([ReserveShop.line("shirt", 1)], timeToLive: timeToLive)
        #expect(shop.perform(.reserve(command)).outcome == .accepted)
        return command
    }

    @Test func holdIsGoodUpToItsLastMillisecond() {
        let shop = shop()
        let start = shop.now
        let command = hold(shop, timeToLive: 1_000)
        shop.now = start.advanced(byMilliseconds: 999)
        #expect(shop.perform(.show(command.id)).state == .held)
        let reply = shop.perform(.commit(command.id, requestID: shop.newID()))
        #expect(reply.outcome == .accepted)
        #expect(reply.expiresAt == start.advanced(byMilliseconds: 1_000))
    }

    @Test func holdIsRefusedFromItsMillisecondOnSweptOrNot() {
        let shop = shop()
        let start = shop.now
        let command = hold(shop, timeToLive: 1_000)
        shop.now = start.advanced(byMilliseconds: 1_000)
        for _ in 0..<2 {
            #expect(shop.perform(.show(command.id)).state == .expired)
            let commit = shop.perform(.commit(command.id, requestID: shop.newID()))
            #expect(commit.outcome == .holdExpired)
            #expect(commit.state == .expired)
            let release = shop.perform(.release(command.id, requestID: shop.newID()))
            #expect(release.outcome == .holdExpired)
            let repeated = shop.perform(.reserve(command))
            #expect(repeated.isRepeated)
            #expect(repeated.state == .expired)
            _ = shop.sweep()
        }
        #expect(shop.available("shirt") == ["A": 100_000])
    }

    @Test func sweepExpiresNothingEarly() {
        let shop = shop()
        let start = shop.now
        _ = hold(shop, timeToLive: 1_000)
        shop.now = start.advanced(byMilliseconds: 999)
        #expect(shop.sweep().expired == 0)
        #expect(shop.available("shirt") == ["A": 99_999])
        shop.now = start.advanced(byMilliseconds: 1_000)
        #expect(shop.sweep().expired == 1)
        #expect(shop.available("shirt") == ["A": 100_000])
    }

    /// Times to live around the borders of a wheel's levels, each swept just before and at it.
    @Test(arguments: [
        1, 2, 63, 64, 65, 255, 256, 257, 1_023, 1_024, 4_095, 4_096, 4_097, 65_535,
        65_536, 262_143, 262_144, 1_048_576, 16_777_215, 16_777_216, 86_399_999, 86_400_000,
    ])
    func everyTimeToLiveEndsAtItsMillisecond(timeToLive: UInt32) {
        for offset in [0, 1, 63, 255, 4_095] as [Int64] {
            let shop = shop(stripes: 1)
            shop.now = shop.now.advanced(byMilliseconds: offset)
            let start = shop.now
            _ = hold(shop, timeToLive: timeToLive)
            shop.now = start.advanced(byMilliseconds: Int64(timeToLive) - 1)
            #expect(shop.sweep().expired == 0)
            shop.now = start.advanced(byMilliseconds: Int64(timeToLive))
            #expect(shop.sweep().expired == 1, "offset \(offset)")
        }
    }

    @Test func steadySweepsExpireEachHoldAtItsMillisecond() {
        let shop = shop(stripes: 2)
        var generator = SplitMix64(seed: 3)
        var due: [Int64: Int] = [:]
        let end = shop.now.advanced(byMilliseconds: 20_000)
        while shop.now < end {
            if generator.next() % 3 == 0 {
                let timeToLive = UInt32(1 + generator.next() % 9_000)
                _ = hold(shop, timeToLive: timeToLive)
                due[shop.now.milliseconds + Int64(timeToLive), default: 0] += 1
            }
            shop.now = shop.now.advanced(byMilliseconds: 1)
            let expected = due[shop.now.milliseconds] ?? 0
            let expired = shop.sweep(limit: 3).expired
            if expired != expected { Issue.record("\(expired) expired, \(expected) due") }
        }
    }

    @Test func leapOverMonthsExpiresEverythingOnce() throws {
        let shop = shop()
        for timeToLive in [1, 5_000, 900_000, 86_400_000] as [UInt32] {
            _ = hold(shop, timeToLive: timeToLive)
        }
        shop.now = shop.now.advanced(byMilliseconds: 100 * 86_400_000)
        #expect(shop.sweep().expired == 4)
        #expect(shop.available("shirt") == ["A": 100_000])
        try shop.expectSound()
    }

    @Test func holdMadeBehindTheSweepersInstantStillExpires() {
        let shop = shop(stripes: 1)
        let start = shop.now
        // The sweeper has looked further ahead than the caller's reading of the clock.
        shop.now = start.advanced(byMilliseconds: 5_000)
        _ = shop.sweep()
        shop.now = start
        let command = hold(shop, timeToLive: 1)
        shop.now = start.advanced(byMilliseconds: 5_001)
        #expect(shop.sweep().expired == 1)
        #expect(shop.perform(.show(command.id)).state == .expired)
    }

    @Test func committedAndReleasedHoldsNeverExpire() throws {
        let shop = shop()
        let one = hold(shop, timeToLive: 50)
        let other = hold(shop, timeToLive: 50)
        _ = shop.perform(.commit(one.id, requestID: shop.newID()))
        _ = shop.perform(.release(other.id, requestID: shop.newID()))
        shop.now = shop.now.advanced(byMilliseconds: 1_000)
        #expect(shop.sweep().expired == 0)
        #expect(shop.perform(.show(one.id)).state == .committed)
        #expect(shop.available("shirt") == ["A": 99_999])
        try shop.expectSound()
    }

    @Test func expiriesAreLoggedInDueOrder() throws {
        let shop = shop(stripes: 1)
        let ids = [900, 100, 500, 300, 700].map { hold(shop, timeToLive: $0).id }
        let start = shop.harness.log.count
        shop.now = shop.now.advanced(byMilliseconds: 1_000)
        _ = shop.sweep(limit: 2)
        let order = shop.harness.reservationIDs(inLogFrom: start)
        #expect(order == [ids[1], ids[3], ids[2], ids[4], ids[0]])
    }

    @Test func sweepIsBoundedAndSaysThatThereIsMore() {
        let shop = shop(stripes: 1)
        for _ in 0..<100 { _ = hold(shop, timeToLive: 10) }
        shop.now = shop.now.advanced(byMilliseconds: 10)
        let session = EngineSession(engine: shop.harness.engine)
        let result = shop.harness.engine.sweep(now: shop.now, session: session, limit: 30)
        session.returnCredit()
        #expect(result.expired <= 30)
        #expect(result.expired > 0)
        #expect(result.hasMore)
        shop.harness.drain()
        #expect(shop.sweep().expired == 100 - result.expired)
    }

    @Test func restartedEngineExpiresAndForgetsAtTheSameMilliseconds() throws {
        let shop = shop()
        let start = shop.now
        let command = hold(shop, timeToLive: 1_000)
        try shop.restart()
        shop.now = start.advanced(byMilliseconds: 999)
        #expect(shop.sweep().expired == 0)
        shop.now = start.advanced(byMilliseconds: 1_000)
        #expect(shop.sweep().expired == 1)
        try shop.restart()
        let retention = shop.settings.closedRetentionMilliseconds
        shop.now = start.advanced(byMilliseconds: 1_000 + retention - 1)
        #expect(shop.sweep().forgotten == 0)
        #expect(shop.perform(.reserve(command)).isRepeated)
        shop.now = start.advanced(byMilliseconds: 1_000 + retention)
        #expect(shop.sweep().forgotten == 1)
        #expect(shop.perform(.show(command.id)).outcome == .unknownReservation)
        try shop.restart()
        #expect(shop.perform(.show(command.id)).outcome == .unknownReservation)
        try shop.expectSound()
    }

    @Test func forgottenIDMakesANewReservation() throws {
        let shop = shop()
        let command = hold(shop, timeToLive: 1_000)
        _ = shop.perform(.release(command.id, requestID: shop.newID()))
        shop.now = shop.now.advanced(byMilliseconds: shop.settings.closedRetentionMilliseconds)
        #expect(shop.sweep().forgotten == 1)
        let reply = shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted)
        #expect(!reply.isRepeated)
        try shop.expectSound()
    }

    /// What ends within a step of its stripe is forgotten together, never early.
    @Test(arguments: [false, true])
    func stripesForgetInSteps(afterRestart: Bool) throws {
        let shop = shop(stripes: 2) {
            $0.forgettingStepMilliseconds = 256
            $0.closedRetentionMilliseconds = 1_000
        }
        var ended: [RequestID: Instant] = [:]
        for _ in 0..<400 {
            let command = hold(shop, timeToLive: 60_000)
            shop.now = shop.now.advanced(byMilliseconds: 3)
            let release = Command.release(command.id, requestID: shop.newID())
            #expect(shop.perform(release).outcome == .accepted)
            ended[command.id] = shop.now
            _ = shop.sweep(limit: 1_000)
        }
        let last = shop.now
        if afterRestart { try shop.restart() }
        var instants: Set<Instant> = []
        while !ended.isEmpty, shop.now < last.advanced(byMilliseconds: 3_000) {
            let count = shop.sweep(limit: 1_000).forgotten
            if count > 0 { instants.insert(shop.now) }
            let known = ended.filter { id, end in
                let isKnown = shop.perform(.show(id)).outcome == .accepted
                let milliseconds = shop.now.milliseconds - end.milliseconds
                if isKnown { #expect(milliseconds <= 1_000 + 2 * 255) }
                if !isKnown, count > 0 { #expect(milliseconds >= 1_000) }
                return isKnown
            }
            #expect(ended.count - known.count == count || shop.now == last)
            ended = known
            shop.now = shop.now.advanced(byMilliseconds: 1)
        }
        #expect(ended.isEmpty)
        // 1,200 ms of ends are five or six steps of each stripe.
        #expect(instants.count <= 2 * 6)
        try shop.expectSound()
    }

    /// Else a late repeat could make a hold twice: its stripe may forget it before the other.
    @Test(arguments: [1, 2, 16, 256] as [Int64])
    func nothingIsHeldAgainOnceWhatWasMadeOfItIsForgotten(step: Int64) {
        let shop = shop(stripes: 16) {
            $0.forgettingStepMilliseconds = step
            $0.closedRetentionMilliseconds = 1_000
        }
        var pairs: [(old: ReserveCommand, again: HoldAgainCommand)] = []
        for _ in 0..<64 {
            let old = hold(shop, timeToLive: 20)
            shop.now = shop.now.advanced(byMilliseconds: 20)
            let again = HoldAgainCommand(reservation: old.id, id: shop.newID(), owner: old.owner)
            #expect(shop.perform(.holdAgain(again)).outcome == .accepted)
            let release = Command.release(again.id, requestID: shop.newID())
            #expect(shop.perform(release).outcome == .accepted)
            pairs.append((old, again))
        }
        let end = shop.now.advanced(byMilliseconds: 2_000)
        var outcomes: [Outcome: Int] = [:]
        var outlived = 0
        while shop.now < end, !pairs.isEmpty {
            _ = shop.sweep(limit: 1_000)
            pairs.removeAll { old, again in
                guard shop.perform(.show(again.id)).outcome == .unknownReservation else {
                    return false
                }
                if shop.perform(.show(old.id)).outcome == .accepted { outlived += 1 }
                // Also for who read the clock before the other was forgotten.
                let present = shop.now
                shop.now = present.advanced(byMilliseconds: -Int64(outlived % 3) * 15)
                outcomes[shop.perform(.holdAgain(again)).outcome, default: 0] += 1
                shop.now = present
                return true
            }
            shop.now = shop.now.advanced(byMilliseconds: 1)
        }
        #expect(outcomes == [.unknownReservation: 64])
        #expect(step < 256 || outlived > 0)
    }

    @Test func stockWritesAreForgottenAfterTheirOwnRetention() {
        let shop = ReserveShop()
        let start = shop.now
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1])
        let retention = shop.settings.stockRetentionMilliseconds
        shop.now = start.advanced(byMilliseconds: retention - 1)
        #expect(shop.sweep().forgotten == 0)
        shop.now = start.advanced(byMilliseconds: retention)
        #expect(shop.sweep().forgotten == 2)
    }
}

@Suite struct ExpiryClockTests {
    /// Two callers' readings of the clock may differ by a moment; what one showed holds for both.
    @Test func holdThatWasShownExpiredIsExpiredForALaterCallerOfAnEarlierInstant() {
        for asks in 0..<3 {
            let shop = ReserveShop()
            shop.setWarehouses(["A"])
            shop.stock("shirt", ["A": 10])
            let start = shop.now
            let command = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 1_000)
            _ = shop.perform(.reserve(command))
            shop.now = start.advanced(byMilliseconds: 1_000)
            let shown =
                switch asks {
                case 0: shop.perform(.show(command.id))
                case 1: shop.perform(.reserve(command))
                default: shop.perform(.commit(command.id, requestID: shop.newID()))
                }
            #expect(shown.state == .expired)
            shop.now = start.advanced(byMilliseconds: 999)
            #expect(shop.perform(.show(command.id)).state == .expired)
            let commit = shop.perform(.commit(command.id, requestID: shop.newID()))
            #expect(commit.outcome == .holdExpired)
        }
    }

    /// A sweep that comes with an early instant must not bring a stripe's instant down again.
    @Test func instantsOfOneStripeNeverFallInTheLog() throws {
        // One stripe of SKUs, many of reservations: a late movement on the SKU raises the instant
        // of an expiry on another reservation stripe above the sweeper's own.
        let shop = ReserveShop {
            $0.stockStripes = 1
            $0.reservationStripes = 2
            $0.closedRetentionMilliseconds = 0
        }
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1_000])
        let start = shop.now
        for _ in 0..<20 {
            let command = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 100)
            _ = shop.perform(.reserve(command))
        }
        for _ in 0..<20 {
            let id = shop.newID()
            var command = shop.command([ReserveShop.line("ghost", 1)], mode: .bestEffort)
            command.id = id
            _ = shop.perform(.reserve(command))
            _ = shop.perform(.release(id, requestID: shop.newID()))
        }
        shop.now = start.advanced(byMilliseconds: 5_000)
        shop.stock("shirt", ["A": 2_000])
        shop.now = start.advanced(byMilliseconds: 100)
        let end = shop.harness.log.count
        #expect(shop.sweep().expired == 20)
        // Each stripe expires holds of the SKU first, at its late instant, and then forgets.
        let late = start.advanced(byMilliseconds: 5_000)
        #expect(shop.harness.instants(inLogFrom: end).allSatisfy { $0 >= late })
        try shop.expectSound()
    }

    @Test func timeNeverGoesBackOnAStripeThatIsSweptByAClockAMomentOlder() throws {
        let shop = ReserveShop { $0.reservationStripes = 2 }
        shop.setWarehouses(["A"])
        let start = shop.now
        let end = start.advanced(byMilliseconds: 1_000)
        for index in 0..<40 {
            let sku = index % 2 == 0 ? "hot" : "cold-\(index)"
            shop.stock(sku, ["A": 100])
            let command = shop.command([ReserveShop.line(sku, 1)], timeToLive: 1_000)
            #expect(shop.perform(.reserve(command)).outcome == .accepted)
        }
        shop.now = end.advanced(byMilliseconds: 5)
        shop.stock("hot", ["A": 200])
        shop.now = end
        shop.harness.drain()
        let from = Int(shop.harness.endLSN - shop.harness.startLSN)
        #expect(shop.sweep(limit: 10_000).expired == 40)
        let instants = shop.harness.instants(inLogFrom: from)
        // Once, where the sweep goes on to the other stripe.
        #expect(zip(instants, instants.dropFirst()).filter { $0 > $1 }.count <= 1)
        try shop.expectSound()
    }
}
