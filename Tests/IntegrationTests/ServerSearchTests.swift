import Engine
import Inventory
import Node
import Server
import Testing
import Wire

/// Reserves that are searched on the planning thread: who waits for them, and who doesn't.
@Suite(.serialized) struct ServerSearchTests {
    /// An order whose plan an event loop doesn't find in its steps.
    private static let hard = RandomOrder(31, seed: 777)

    private let held = HeldWork()

    /// A server with one event loop whose planning thread is held, and stock for the hard order.
    private func fixture(
        _ change: (inout ServerSettings) -> Void = { _ in }
    ) async throws -> (ServerFixture, RawClient) {
        let held = held
        let fixture = try await ServerFixture {
            $0.eventLoops = 1
            $0.didSearchLong = { held.hold() }
            change(&$0)
        }
        try fixture.stock(1_000)
        let client = try fixture.client()
        try ServerSearchTests.hard.stock(client)
        return (fixture, client)
    }

    private func figure(_ name: String, _ fixture: ServerFixture) -> Int64? {
        fixture.server.statistics()["server_" + name]
    }

    /// Units held of the hard order's first SKU beside those promised to others.
    private func heldUnits(_ fixture: ServerFixture) -> Int64 {
        let sku = ServerSearchTests.hard.lines[0].sku
        let cells = fixture.node.engine.stock(of: sku)?.cells ?? []
        let promised = ServerSearchTests.hard.promised.filter { $0.sku == sku }
        return cells.reduce(0) { $0 + $1.figures.reserved }
            - promised.reduce(0) { $0 + Int64($1.quantity) }
    }

    // MARK: The plan

    @Test func aHardReserveGetsThePlanOfItsDryRun() async throws {
        let (fixture, client) = try await fixture()
        held.allow(.max)
        let report = try client.source(ServerSearchTests.hard)
        #expect(report.isProven)
        let receipt = try client.call(ServerSearchTests.hard.request())
            .content(ReservationReceipt.self)
        #expect(shares(receipt) == shares(report))
        #expect(figure("long_searches", fixture) == 1)
        await fixture.end()
    }

    /// The same order is planned otherwise where nothing searches long: it is hard indeed.
    @Test func withoutLongSearchesAHardReserveGetsAnotherPlan() async throws {
        let (fixture, client) = try await fixture { $0.waitingSearchesMax = 0 }
        let report = try client.source(ServerSearchTests.hard)
        let receipt = try client.call(ServerSearchTests.hard.request())
            .content(ReservationReceipt.self)
        #expect(shares(receipt) != shares(report))
        #expect(receipt.lines.map(\.reserved) == report.lines.map(\.reserved))
        #expect(figure("long_searches", fixture) == 0)
        #expect(figure("long_searches_refused", fixture) == 1)
        await fixture.end()
    }

    @Test func aHardReplaceGetsItsOwnUnitsBack() async throws {
        let (fixture, client) = try await fixture()
        held.allow(.max)
        let first = ServerSearchTests.hard.request()
        let before = try client.call(first).content(ReservationReceipt.self)
        let second = ServerSearchTests.hard.request(replacing: first.id)
        let after = try client.call(second).content(ReservationReceipt.self)
        #expect(after.didReplace && shares(after) == shares(before))
        #expect(figure("long_searches", fixture) == 2)
        await fixture.end()
    }

    @Test func aHardReserveThatExpectsVersionsKeepsToThem() async throws {
        let (fixture, client) = try await fixture()
        held.allow(.max)
        let report = try client.source(ServerSearchTests.hard)
        var request = ServerSearchTests.hard.request()
        for index in request.lines.indices {
            request.lines[index].expectedVersion = report.lines[index].version
        }
        var stale = request
        stale.id = .random()
        let receipt = try client.call(request).content(ReservationReceipt.self)
        #expect(shares(receipt) == shares(report))
        #expect(try client.call(stale).refusal().outcome == .versionConflict)
        await fixture.end()
    }

    @Test func aSearchThatStockHasOvertakenIsMadeAgain() async throws {
        let (fixture, client) = try await fixture()
        let other = try fixture.client()
        try client.send(ServerSearchTests.hard.request())
        #expect(held.waitUntilHeld(1))
        // Another order takes what the plan would have taken; then all is as before but for it.
        let first = ServerSearchTests.hard.lines[0].sku
        let taken = ReservationRequest.Line(sku: first, quantity: 5)
        var small = ServerFixture.reserve()
        small.lines = [taken]
        #expect(try other.call(small).outcome == .accepted)
        let report = try other.source(ServerSearchTests.hard)
        held.allow(.max)
        let receipt = try client.expectAnswer().content(ReservationReceipt.self)
        #expect(report.isProven && shares(receipt) == shares(report))
        #expect(figure("long_searches", fixture) == 2)
        await fixture.end()
    }

    // MARK: Who waits

    @Test func laterRequestsOfTheConnectionWaitAndOthersAreServed() async throws {
        let (fixture, client) = try await fixture()
        let report = try client.source(ServerSearchTests.hard)
        let other = try fixture.client()
        let hard = ServerSearchTests.hard.request()
        var easy = ServerFixture.reserve(3)
        easy.replaces = hard.id
        var bytes = try ServerFixture.reserve(1).encode(correlation: 0)
        bytes += try hard.encode(correlation: 1)
        bytes += try easy.encode(correlation: 2)
        bytes += try ReservationChange.commit(easy.id, requestID: .random()).encode(correlation: 3)
        bytes += try ShowRequest(hard.id).encode(correlation: 4)
        try client.send(bytes)
        #expect(held.waitUntilHeld(1))
        for _ in 0..<100 {
            #expect(try other.call(ServerFixture.reserve(1)).outcome == .accepted)
        }
        #expect(try other.call(ShowRequest(hard.id)).outcome == .unknownReservation)
        #expect(try client.expectAnswer().header.correlation == 0)
        #expect(!client.hasAnswer)

        held.allow(1)
        let answers = try (1..<5).map { _ in try client.expectAnswer() }
        #expect(answers.map(\.header.correlation) == [1, 2, 3, 4])
        let first = try answers[0].content(ReservationReceipt.self)
        #expect(shares(first) == shares(report))
        #expect(try answers[1].content(ReservationReceipt.self).didReplace)
        #expect(try answers[2].content(ReservationReceipt.self).state == .committed)
        #expect(try answers[3].content(ReservationReport.self).receipt.state == .released)
        await fixture.end()
    }

    @Test func moreHardReservesThanMayWaitTakeThePlanOfTheirLoop() async throws {
        let (fixture, client) = try await fixture { $0.waitingSearchesMax = 1 }
        let order = ServerSearchTests.hard.renamed("X")
        let other = try fixture.client()
        try order.stock(other)
        let report = try other.source(order)
        try client.send(ServerSearchTests.hard.request())
        #expect(held.waitUntilHeld(1))
        let receipt = try other.call(order.request()).content(ReservationReceipt.self)
        #expect(receipt.lines.map(\.reserved) == report.lines.map(\.reserved))
        #expect(shares(receipt) != shares(report))
        #expect(!client.hasAnswer)
        #expect(figure("long_searches_refused", fixture) == 1)
        held.allow(1)
        let searched = try client.expectAnswer().content(ReservationReceipt.self)
        #expect(shares(searched) == shares(report))
        await fixture.end()
    }

    // MARK: The end

    @Test func aConnectionThatBreaksWhileItWaitsHoldsNothing() async throws {
        let (fixture, client) = try await fixture()
        let requests = (0..<2).map { _ in ServerSearchTests.hard.request() }
        let clients = try (0..<2).map { _ in try fixture.client() }
        let connections = figure("connections", fixture) ?? 0
        for (client, request) in zip(clients, requests) { try client.send(request) }
        #expect(held.waitUntilHeld(1))
        try await waitUntil { figure("long_searches", fixture) == 2 }
        for client in clients { client.reset() }
        try await waitUntil { figure("connections", fixture) == connections - 2 }
        held.allow(.max)
        // What comes behind them on the planning thread has its answer, so they are over.
        let order = ServerSearchTests.hard.renamed("X")
        try order.stock(client)
        #expect(try client.call(order.request()).outcome == .accepted)
        // The one that hadn't begun never did.
        #expect(held.waitUntilHeld(2))
        for request in requests {
            #expect(try client.call(ShowRequest(request.id)).outcome == .unknownReservation)
        }
        #expect(heldUnits(fixture) == 0)
        await fixture.end()
    }

    @Test func aClientThatHasSentAllGetsItsAnswerAfterTheSearch() async throws {
        let (fixture, client) = try await fixture()
        try client.send(ServerSearchTests.hard.request(), correlation: 9)
        client.finishSending()
        #expect(held.waitUntilHeld(1))
        held.allow(1)
        let answers = try client.receiveUntilClosed()
        #expect(answers.map(\.header.correlation) == [9])
        #expect(answers.first?.outcome == .accepted)
        await fixture.end()
    }

    @Test func aDrainRefusesWhatWasSearchedMeanwhile() async throws {
        // Longer than any test waits: only the last client's leaving ends it.
        let (fixture, client) = try await fixture { $0.drainNoticeMilliseconds = 86_400_000 }
        let other = try fixture.client()
        try client.send(ServerSearchTests.hard.request())
        #expect(held.waitUntilHeld(1))
        let drain = fixture.beginDrain()
        try await waitUntil { try other.call(ServerFixture.reserve(1)).outcome == .shuttingDown }
        held.allow(1)
        #expect(try client.expectAnswer().refusal().outcome == .shuttingDown)
        #expect(heldUnits(fixture) == 0)
        client.close()
        other.close()
        await drain.value
        fixture.node.close()
    }

    @Test func aDrainDoesNotWaitForTheAnswerOfASearch() async throws {
        let (fixture, client) = try await fixture { $0.drainNoticeMilliseconds = 1 }
        try client.send(ServerSearchTests.hard.request())
        #expect(held.waitUntilHeld(1))
        let drain = fixture.beginDrain()
        #expect(try client.receiveUntilClosed().isEmpty)
        client.close()
        held.allow(1)
        await drain.value
        #expect(heldUnits(fixture) == 0)
        fixture.node.close()
    }
}
