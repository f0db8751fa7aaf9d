import Engine
import HoldfastClient
import Server
import Testing
import Wire

/// Payments that come too late, over real sockets.
@Suite(.serialized) struct HoldAgainServerTests {
    private static let owner = OwnerID(high: 1, low: 2)

    /// A hold of one unit that lives for a moment.
    private func brief(_ id: ReservationID = .random()) -> ReservationRequest {
        ReservationRequest(
            id: id,
            owner: HoldAgainServerTests.owner,
            lines: [.init(sku: ServerFixture.sku, quantity: 1)],
            timeToLiveMilliseconds: 1
        )
    }

    private func expire(_ id: ReservationID, _ client: RawClient) throws {
        let deadline = ContinuousClock.now + HoldAgainServerTests.patience
        while ContinuousClock.now < deadline {
            let report: ReservationReport = try client.call(ShowRequest(id)).content()
            if report.receipt.state == .expired { return }
        }
        Issue.record("\(id) never expires")
    }

    private static let patience = Duration.seconds(60)

    @Test func theAnswerNamesTheHoldThatIsThere() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(1)
        let client = try fixture.client()
        let old = brief()
        #expect(try client.call(old).outcome == .accepted)
        try expire(old.id, client)
        let request = HoldAgainRequest(old.id, as: .random(), owner: old.owner)
        let anew: HeldReservation = try client.call(request).content()
        #expect(anew.id == request.id && anew.receipt.state == .held && anew.receipt.lsn > 0)
        let repeated = try client.call(request)
        #expect(repeated.isRepeated)
        #expect(try repeated.content(HeldReservation.self).id == request.id)
        // What is held anew is held as any other hold.
        let other = HoldAgainRequest(request.id, as: .random(), owner: old.owner)
        let same: HeldReservation = try client.call(other).content()
        #expect(same.id == request.id && same.receipt.lsn == 0)
        let late = HoldAgainRequest(old.id, as: .random(), owner: old.owner)
        #expect(try client.call(late).outcome == .insufficientStock)
        await fixture.end()
    }

    /// Its own repeats, another shopper and the sweep all race for the unit of an expiring hold.
    @Test func expiryAndHoldingAgainNeverHoldAUnitTwice() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(1)
        let clients = try (0..<3).map { _ in try fixture.client() }
        for _ in 0..<40 {
            let old = brief()
            #expect(try clients[0].call(old).outcome == .accepted)
            let again = HoldAgainRequest(old.id, as: .random(), owner: old.owner)
            var holder: ReservationID?
            let deadline = ContinuousClock.now + HoldAgainServerTests.patience
            while holder == nil, ContinuousClock.now < deadline {
                for client in clients.prefix(2) { try client.send(again) }
                let rival = ServerFixture.reserve()
                try clients[2].send(rival)
                let answers = try clients.map { try $0.expectAnswer() }
                if answers[2].outcome == .accepted { holder = rival.id }
                for answer in answers.prefix(2) where answer.outcome == .accepted {
                    let held = try answer.content(HeldReservation.self)
                    if held.id == old.id { continue }
                    #expect(holder == nil || holder == held.id)
                    holder = held.id
                }
            }
            let check: CheckResult = try clients[0].call(PlainRequest(.check)).content()
            #expect(check.isClean)
            let stock: StockReport = try clients[0].call(
                StockShowRequest(sku: ServerFixture.sku)
            ).content()
            #expect(stock.cells[0].figures.reserved == 1)
            let winner = try #require(holder)
            let release = ReservationChange.release(winner, requestID: .random())
            #expect(try clients[0].call(release).outcome == .accepted)
        }
        await fixture.end()
    }

    @Test func settlingCommitsHoldsAgainOrSaysThatItIsGone() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(2)
        let raw = try fixture.client()
        let client = try await HoldfastClient.connect(
            ClientConfiguration(port: fixture.server.boundPort)
        )
        let owner = HoldAgainServerTests.owner
        var long = brief()
        long.timeToLiveMilliseconds = 600_000
        _ = try await client.reserve(long).get()
        guard case .committed = try await client.settle(long.id, as: .random(), owner: owner)
        else { return #expect(Bool(false), "a hold that is held is committed") }

        let short = brief()
        _ = try await client.reserve(short).get()
        try expire(short.id, raw)
        let id = ReservationID.random()
        for _ in 0..<2 {
            let end = try await client.settle(short.id, as: id, owner: owner)
            guard case .committedAgain(id, let receipt) = end else {
                return #expect(Bool(false), "an expired hold is held again: \(end)")
            }
            #expect(receipt.state == .committed)
        }
        guard
            case .gone(let refusal) = try await client.settle(
                short.id,
                as: .random(),
                owner: owner
            )
        else { return #expect(Bool(false), "units that are sold are gone") }
        #expect(refusal.outcome == .insufficientStock)
        await client.close()
        await fixture.end()
    }

    @Test func settlingAgainLongAfterwardsFindsWhatWasHeldAgain() async throws {
        let fixture = try await ServerFixture(engine: { $0.closedRetentionMilliseconds = 3_000 })
        try fixture.stock(1)
        let raw = try fixture.client()
        let client = try await HoldfastClient.connect(
            ClientConfiguration(port: fixture.server.boundPort)
        )
        let owner = HoldAgainServerTests.owner
        let id = ReservationID.random()
        // Of neither hold is anything known: that is no reason to pay back.
        let nobody = try await client.settle(.random(), as: id, owner: owner)
        guard case .undecided(let unknown) = nobody else {
            return #expect(Bool(false), "what nobody knows isn't gone: \(nobody)")
        }
        #expect(unknown.outcome == .unknownReservation)

        // What is held again in time is known when what it was held for is forgotten.
        let short = brief()
        _ = try await client.reserve(short).get()
        let again = HoldAgainRequest(short.id, as: id, owner: owner)
        var held = short.id
        try await waitUntil {
            held = try raw.call(again).content(HeldReservation.self).id
            return held != short.id
        }
        #expect(held == id)
        try await waitUntil {
            try raw.call(ShowRequest(short.id)).outcome == .unknownReservation
        }
        for _ in 0..<2 {
            let end = try await client.settle(short.id, as: id, owner: owner)
            guard case .committedAgain(id, let receipt) = end else {
                return #expect(Bool(false), "the order has its units: \(end)")
            }
            #expect(receipt.state == .committed)
        }
        await client.close()
        await fixture.end()
    }
}
