import HoldfastClient
import Server
import Testing
import Wire

/// Rates over real sockets, so slow that no test lives to see a second token.
@Suite(.serialized) struct RateLimitTests {
    private static let twice = RateLimit(requests: 1, periodSeconds: 3_600, burst: 2)

    private func reserve(_ owner: UInt64) -> ReservationRequest {
        ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 77, low: owner),
            lines: [.init(sku: ServerFixture.sku, quantity: 1)]
        )
    }

    private func reserved(_ fixture: ServerFixture) throws -> Int64 {
        let client = try fixture.client()
        let report: StockReport = try client.call(
            StockShowRequest(sku: ServerFixture.sku)
        ).content()
        return report.cells[0].figures.reserved
    }

    @Test func anOwnerOverItsRateIsRefusedOnAllItsConnectionsAndNobodyElse() async throws {
        let fixture = try await ServerFixture { $0.rates.owner = RateLimitTests.twice }
        try fixture.stock(100)
        let first = try fixture.client()
        let second = try fixture.client()
        let held = reserve(1)
        #expect(try first.call(held).outcome == .accepted)
        #expect(try second.call(reserve(1)).outcome == .accepted)
        for client in [first, second] {
            let refusal = try client.call(reserve(1)).refusal()
            let wait = try #require(refusal.retryAfterMilliseconds)
            #expect(refusal.outcome == .rateLimited && wait > 0 && wait <= 3_600_000)
            #expect(refusal.detail == "try again in \(wait) ms")
            #expect(try client.call(reserve(2)).outcome == .accepted)
        }
        #expect(try first.call(OwnerShowRequest(held.owner)).outcome == .rateLimited)
        // Who has paid can always go on: to hold again what may have expired, and to commit.
        let again = HoldAgainRequest(held.id, as: .random(), owner: held.owner)
        #expect(try first.call(again).outcome == .accepted)
        let commit = ReservationChange.commit(held.id, requestID: .random())
        #expect(try second.call(commit).outcome == .accepted)
        #expect(try reserved(fixture) == 3)
        let figures: ServerStatistics = try first.call(PlainRequest(.stats)).content()
        #expect(figures["server_rate_refusals_owner"] == 3)
        #expect(figures["server_rate_refusals_connection"] == 0)
        await fixture.end()
    }

    @Test func aConnectionOverItsRateIsRefusedInOrder() async throws {
        let limited = try await ServerFixture { $0.rates.connection = RateLimitTests.twice }
        let client = try limited.client()
        var bytes: [UInt8] = []
        for correlation in 0..<100 as Range<UInt64> {
            bytes += try ShowRequest(.random()).encode(correlation: correlation)
        }
        try client.send(bytes)
        for correlation in 0..<100 as Range<UInt64> {
            let answer = try client.expectAnswer()
            #expect(answer.header.correlation == correlation)
            #expect(answer.outcome == (correlation < 2 ? .unknownReservation : .rateLimited))
        }
        // Figures count as well: they are made on the thread that all long reads wait for. The
        // next connection has a bucket of its own.
        #expect(try client.call(PlainRequest(.stats)).outcome == .rateLimited)
        #expect(try limited.client().call(ShowRequest(.random())).outcome == .unknownReservation)
        await limited.end()
    }

    @Test func aClientOverItsRateIsRefusedOnAllItsConnections() async throws {
        let fixture = try await ServerFixture { $0.rates.credential = RateLimitTests.twice }
        let first = try fixture.client()
        #expect(try first.call(ShowRequest(.random())).outcome == .unknownReservation)
        #expect(try fixture.client().call(ShowRequest(.random())).outcome == .unknownReservation)
        #expect(try first.call(ShowRequest(.random())).outcome == .rateLimited)
        #expect(try fixture.client().call(ShowRequest(.random())).outcome == .rateLimited)
        let other = try fixture.connect()
        _ = try other.call(Hello(name: "another")).content(Greeting.self)
        #expect(try other.call(ShowRequest(.random())).outcome == .unknownReservation)
        await fixture.end()
    }

    @Test func anOwnerBeyondItsRateTakesNothingFromItsClient() async throws {
        let fixture = try await ServerFixture {
            $0.rates.owner = RateLimit(requests: 1, periodSeconds: 3_600, burst: 1)
            $0.rates.credential = RateLimit(requests: 1, periodSeconds: 3_600, burst: 3)
        }
        let client = try fixture.client()
        #expect(try client.call(reserve(1)).outcome == .unknownSKU)
        for _ in 0..<50 { #expect(try client.call(reserve(1)).outcome == .rateLimited) }
        #expect(try client.call(reserve(2)).outcome == .unknownSKU)
        #expect(try client.call(reserve(3)).outcome == .unknownSKU)
        #expect(try client.call(reserve(4)).outcome == .rateLimited)
        await fixture.end()
    }

    @Test func aClientBeyondItsRateTakesNothingFromAnOwner() async throws {
        let fixture = try await ServerFixture {
            $0.rates.owner = RateLimit(requests: 1, periodSeconds: 3_600, burst: 1)
            $0.rates.credential = RateLimit(requests: 1, periodSeconds: 3_600, burst: 1)
        }
        let client = try fixture.client()
        #expect(try client.call(ShowRequest(.random())).outcome == .unknownReservation)
        #expect(try client.call(reserve(1)).outcome == .rateLimited)
        // The client's bucket was empty; the owner's is still full, for other clients.
        let other = try fixture.connect()
        _ = try other.call(Hello(name: "another")).content(Greeting.self)
        #expect(try other.call(reserve(1)).outcome == .unknownSKU)
        await fixture.end()
    }

    /// A batch that waits for log credit is decoded again: no frame pays twice.
    @Test func aFrameIsJudgedOnce() async throws {
        let burst = 60_000
        let fixture = try await ServerFixture(ringBytes: 1 << 21) {
            $0.outputHighWatermarkBytes = 1 << 26
            $0.rates.connection = RateLimit(requests: 1, periodSeconds: 3_600, burst: burst)
        }
        try fixture.stock(1_000_000)
        fixture.disk.hold()
        let client = try fixture.client(greetsLater: true)
        var sent = 0
        func count(_ name: String) -> Int { Int(fixture.server.statistics()[name] ?? 0) }
        while count("server_credit_waits") == 0 {
            // However slow the server is, no more is sent ahead than it may have to wait with.
            if sent > count("server_frames") + 2_000 {
                await Task.yield()
                continue
            }
            var bytes: [UInt8] = []
            for _ in 0..<500 {
                bytes += try ServerFixture.reserve(1).encode(correlation: UInt64(sent))
                sent += 1
            }
            try client.send(bytes)
            try #require(sent < burst)
        }
        fixture.disk.letGo()
        _ = try client.expectAnswer().content(Greeting.self)
        for _ in 0..<sent { #expect(try client.expectAnswer().outcome == .accepted) }
        var bytes: [UInt8] = []
        for index in sent...burst {
            bytes += try ShowRequest(.random()).encode(correlation: UInt64(index))
        }
        try client.send(bytes)
        for _ in sent..<burst {
            #expect(try client.expectAnswer().outcome == .unknownReservation)
        }
        #expect(try client.expectAnswer().outcome == .rateLimited)
        await fixture.end()
    }
}
